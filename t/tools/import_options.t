# polycard-import and polycard-export: command lines, users of Redis, the
# functions in Redis, markets with a hook.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Tools;

my $tools = Polycard::Tools->new;
my $redis = $tools->client;
my $phone = '380671112233';

test_library();
test_hooks();
test_options();
test_help();
test_connection();
test_passwords();
test_rights();

finish();


# The functions are loaded where they are missing or older

sub test_library {
    my $file = "phone,name\n$phone,x\n";
    my $text = sub {
        my ($version) = @_;
        return "#!lua name=polycard\nredis.register_function{"
            . "function_name='polycard_version', flags={'no-writes'}, "
            . "callback=function() return $version end}\n"
            . "redis.register_function('polycard_import_clients', "
            . "function() return {1, 1} end)\n";
    };

    # who is to load them must be allowed to

    $redis->acl('SETUSER', 'polycard_office', '+function|load');
    $redis->flushall;
    $redis->function('FLUSH');
    $tools->import_ok('a Redis without the functions', $file);
    is_deeply($tools->stored("client:$phone"), { name => 'x' }, '... has them');

    $redis->flushall;
    $redis->function('LOAD', 'REPLACE', $text->(0));
    $tools->import_ok('an older version', $file);
    is_deeply($tools->stored("client:$phone"), { name => 'x' },
        '... is replaced');

    $redis->flushall;
    $redis->function('LOAD', 'REPLACE', $text->(1000));
    my $run = $tools->import_ok('a newer version', $file);
    is_deeply($tools->stored("client:$phone"), {}, '... stays');
    like($run->{err}, qr/version 1000 of the functions, newer than/,
        '... which is said');

    $redis->acl('SETUSER', 'polycard_office', '-function|load');
    $redis->function('FLUSH');
    $run = $tools->import_file($file);
    is($run->{status}, 2, 'a user who may not load them');
    like($run->{err}, qr/NOPERM .*\n.*import once as a user who may load them/,
        '... is told what to do');

    $tools->redis->load_library;
}


# Where a hook is configured each client is told; before that nobody is

sub test_hooks {
    my $file = "phone,name,barcode\n$phone,x,1\n";

    $redis->flushall;
    my $run = $tools->import_ok('a market that nginx does not know yet', $file);
    is($redis->exists($tools->key('outbox')), 0, '... no hooks are written');
    unlike($run->{err}, qr/hook/, '... and none is spoken of');

    $redis->flushall;
    $redis->hset($tools->key('meta'), 'hooks', 1);
    $run = $tools->import_ok('a market with a hook', $file);
    is($redis->xlen($tools->key('outbox')), 1, '... one is written');
    like($run->{err}, qr/this market has a hook: .* is announced to Polycard/,
        '... which is said');

    $redis->flushall;
    $redis->hset($tools->key('meta'), 'hooks', 1, 'sync', 'restore');
    $run = $tools->import_ok('a market that was lost', $file);
    is($redis->exists($tools->key('outbox')), 0, '... no hooks are written');
    like($run->{err}, qr/lost this market: .* taken in as at a first start/,
        '... which is said');
    unlike($run->{err}, qr/is announced/, '... and nothing else');
}


sub test_options {
    my $file = $tools->dir . '/input';
    my @redis = '--redis=unix:' . $tools->redis->socket;

    spew($file, "phone,name\n$phone,x\n");

    my @bad = (
        [ 'which market\?', @redis ],
        [ 'prefix "x" must be', @redis, '-p', 'x' ],
        [ '"a\{b" is no name of a market', @redis, '-m', 'a{b' ],
        [ 'the market is given twice', @redis, '-m', 'a', '-m', 'b' ],
        [ '--format must be', @redis, '-m', 'a', '-f', 'xml' ],
        [ '--delimiter must be', @redis, '-m', 'a', '-d', ":" ],
        [ '--database must be', @redis, '-m', 'a', '-n', '1x' ],
        [ '--force is for', @redis, '-m', 'a', '--force' ],
        [ 'for clients only', @redis, '-m', 'a', '-g', '--delete-missing' ],
        [ '--user needs', @redis, '-m', 'a', '-u', 'x' ],
        [ 'more than one file', @redis, '-m', 'a', 'x' ],
        [ "unrecognized option '--none'", '--none' ],
        [ 'cannot connect to redis "unix:/none"', '-r', 'unix:/none',
            '-m', 'a' ],
        [ 'cannot connect to redis "127.0.0.1:x"', '-r', '127.0.0.1:x',
            '-m', 'a' ],
        [ '--redis and --sentinel do not', @redis, '-m', 'a', '--sentinel=a@b' ],
        [ '--sentinel must be', '-m', 'a', '--sentinel=a' ],
        [ '--sentinel must be', '-m', 'a', '--sentinel=@b' ],
        [ '--sentinel must be', '-m', 'a', '--sentinel=a@b,' ],
        [ '--sentinel must be', '-m', 'a',
            '--sentinel=a@' . join(',', 1 .. 17) ],
        [ 'need --sentinel', '-m', 'a', '--sentinel-user=x' ],
        [ '--sentinel-user needs --sentinel-password-file', '-m', 'a',
            '--sentinel=a@b', '--sentinel-user=x' ],
        [ '--sentinel-key need --sentinel-tls', '-m', 'a', '--sentinel=a@b',
            '--sentinel-cacert=x' ],
        [ '--redis must be', '-m', 'a', '-r', 'a,' ],
        [ 'a cluster has no --database', '-m', 'a', '-r', 'a,b', '-n', '1' ],
        [ 'cannot read "/none"', @redis, '-m', 'a', '-P', '/none' ],
        [ 'cannot connect to redis "\[::1\]:1"', '-r', '[::1]:1', '-m', 'a' ],
        [ 'cannot connect to redis "\[::1\]"', '-r', '[::1]', '-n', 16,
            '-m', 'a' ],
        [ 'more than 128 options', @redis, '-m', 'a', ('-i') x 128 ],
    );

    for my $bad (@bad) {
        my ($error, @options) = @$bad;
        my $run = $tools->run(undef, tool('import'), @options, $file);

        is($run->{status}, 2, "@options[0 .. $#options]");
        like($run->{err}, qr/$error/, '... is refused');
    }
}


sub test_help {
    for my $name (qw( import export )) {
        my $run = $tools->run(undef, tool($name), '--help');

        is($run->{status}, 0, "polycard-$name --help");
        like($run->{out}, qr/^Usage: polycard-$name \[OPTION\]/, '... tells');
        is((grep { length > 80 } split /\n/, $run->{out}), 0,
            '... in lines that fit a terminal');

        my ($version) = slurp(source_dir()
            . '/ngx_polycard_module/version.h') =~ /"([\d.]+)"/;
        $run = $tools->run(undef, tool($name), '-V');
        like($run->{out}, qr/^polycard-$name \Q$version\E \(functions for Redis: version \d+\)$/,
            '--version');
    }
}


sub test_connection {
    my $file = spew($tools->dir . '/input', "phone,name\n$phone,x\n");
    my $run = $tools->run(undef, tool('import'), '-r',
        '127.0.0.1:' . $tools->redis->port, '-p', 'my:{x}:', '-n', 3, '-q',
        $file);
    is($run->{status}, 0, 'TCP, a prefix, a database');
    is($run->{out} . $run->{err}, '', '--quiet says nothing');

    $redis->select(3);
    is($redis->hget("my:{x}:client:$phone", 'name'), 'x', '... it is there');
    $redis->select(0);
}


sub test_passwords {
    my $file = spew($tools->dir . '/input', "phone,name\n$phone,x\n");
    my $secret = spew($tools->dir . '/secret', "pass \"word\n");
    my $run;

    $redis->acl('SETUSER', 'office', 'on', '>pass "word', '+@all', '~*');
    $run = $tools->run(undef, tool('import'), $tools->market('-u'), '-u', 'office',
        '-P', $secret, $file);
    is($run->{status}, 0, 'a user with a password') or diag($run->{err});

    spew($secret, 'wrong');
    $run = $tools->run(undef, tool('import'), $tools->market('-u'), '-u', 'office',
        '-P', $secret, $file);
    is($run->{status}, 2, 'a wrong password');
    like($run->{err}, qr/cannot connect to redis .*: WRONGPASS/, '... is said');

    $redis->acl('SETUSER', 'default', 'off');
    $run = $tools->run(undef, tool('import'), $tools->market('-u'), $file);
    $redis->acl('SETUSER', 'default', 'on');
    is($run->{status}, 2, 'nobody');
    like($run->{err}, qr/NOAUTH .* --user and --password-file say who/,
        '... is told who may');

    spew($secret, 'pass "word');
    $redis->acl('SETUSER', 'office', 'resetkeys', '~other:*');
    $run = $tools->run(undef, tool('import'), $tools->market('-u'), '-u', 'office',
        '-P', $secret, $file);
    is($run->{status}, 2, 'the user of another market');
    like($run->{err}, qr/NOPERM .*: another market than this user's\? See/,
        '... is told so');

    spew($secret, '');
    $run = $tools->run(undef, tool('import'), $tools->market('-P'), '-P', $secret,
        $file);
    is($run->{status}, 2, 'an empty password');
    like($run->{err}, qr/holds no password/, '... is said');
}


# the rights of the back office are enough, where the functions are loaded

sub test_rights {
    my $secret = $tools->redis->dir . '/polycard_office.password';
    my @user = ('--user=polycard_office', "--password-file=$secret");

    $redis->flushall;
    $tools->redis->load_library;

    $tools->import_ok('a back office', "phone,barcode\n$phone,1\n", @user,
        '--delete-missing');

    my $run = $tools->export(@user);
    is($run->{status}, 0, '... and its export') or diag($run->{err});
}
