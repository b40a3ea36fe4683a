# polycard-import interrupted: by a signal, by kill -9, by Redis. What was
# confirmed is there, and the same file once more makes everything right.  And
# what it shows at a terminal.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Command;
use Polycard::FakeRedis;
use Polycard::LongImport;
use Polycard::Test;
use Polycard::Tools;

my $tools = Polycard::Tools->new;
my $whole = digest_of_whole();

test_signal($_) for qw( INT TERM HUP );
test_signal_twice();
test_signal_while_redis_is_slow();
test_nohup();
test_killed();
test_redis_gone();
test_redis_refuses();
test_no_replicas();
test_odd_answers();
test_registered_meanwhile();
test_export_interrupted();
test_terminal();

finish();


sub digest_of_whole {
    my $run = $tools->import_file(import_text());

    is($run->{status}, 0, 'a run that nothing disturbs') or diag($run->{err});

    return $tools->digest;
}


sub start { Polycard::LongImport->new($tools, @_) }


# the whole file makes it as if nothing had happened

sub once_more {
    my ($what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    imported_again($tools, $what);
    is($tools->digest, $whole, '... and all is there');
}


sub test_signal {
    my ($signal) = @_;

    $tools->client->flushall;

    my $run = start(700);
    $run->interrupt($signal);

    wait_until { !process_exists($run->pid) } 'an end while more could come';
    is($run->ended, 130, "SIG$signal ends it");

    like($run->text, qr/interrupted; what is up to line (\d+) is in Redis. Run it again to go on/,
        '... it says how to go on');
    my ($line) = $run->text =~ /up to line (\d+)/;
    is($tools->there, $line - 1, '... all that it had read is in Redis');
    like($run->text, qr/^new +\d+$/m, '... with the summary');

    once_more("SIG$signal");
}


# the second one is not waited for: here Redis does not answer

sub test_signal_twice {
    $tools->client->flushall;

    my $run = start(700);
    $tools->redis->signal('STOP');
    $run->give(700 .. 1500);

    kill 'INT', $run->pid;
    wait_until { slurp('/proc/' . $run->pid . '/status')
        =~ /^SigCgt:\s+[0-9a-f]+[014589cd]$/m } 'the handler to go';
    kill 'INT', $run->pid;

    is($run->ended, 128 + 2, 'a second Ctrl-C kills');

    $tools->redis->signal('CONT');
    once_more('killed by Ctrl-C');
}


sub test_signal_while_redis_is_slow {
    $tools->client->flushall;

    my $run = start(700);
    $tools->redis->signal('STOP');
    $run->give(700 .. 2900);
    kill 'INT', $run->pid;
    $tools->redis->signal('CONT');

    is($run->ended, 130, 'interrupted while it waits for Redis');
    my ($line) = $run->text =~ /up to line (\d+)/;
    is($tools->there, $line - 1, '... what it had sent is waited for');
    cmp_ok($tools->there, '<', 2500, '... and not all is sent');

    once_more('Redis was slow');
}


sub test_nohup {
    $tools->client->flushall;

    my $run = start(700, before => [ 'nohup' ]);

    kill 'HUP', $run->pid;
    $run->give(700 .. 799);
    is($run->ended, 0, 'nohup: SIGHUP is ignored');
    is($tools->there, 800, '... all is there');
}


sub test_killed {
    $tools->client->flushall;

    my $run = start(700);

    kill 'KILL', $run->pid;
    is($run->ended, 128 + 9, 'kill -9');
    cmp_ok($tools->there, '>=', 637, '... what was sent is in Redis');

    once_more('kill -9');
}


sub test_redis_gone {
    $tools->client->flushall;

    my $run = start(1000);

    $tools->redis->signal('KILL');
    wait_until { !$tools->redis->alive } 'the end of Redis';

    # it finds out as soon as it has something to send
    $run->give(1000 .. 1063);
    is($run->ended, 2, 'Redis dies');
    like($run->text, qr/redis "unix:.*" is lost: /, '... which is said');
    like($run->text, qr/broken off; what is up to line (\d+) is in Redis/,
        '... with the line');

    my ($line) = $run->text =~ /up to line (\d+)/;
    cmp_ok($line, '>', 100, '... that was confirmed last');
    cmp_ok($line, '<=', 1001, '... by then');

    $tools->redis->restart;
    $tools->redis->load_library;
    once_more('Redis died');
}


# Errors of Redis are not errors of a record

sub test_redis_refuses {
    my $redis = $tools->client;

    $redis->flushall;

    my $run = start(700);
    $redis->config('SET', 'maxmemory', 1);
    $run->give(700 .. 1600);
    is($run->ended, 2, 'Redis has no memory left');
    like($run->text, qr/redis: OOM/, '... which is said');
    like($run->text, qr/^refused +0$/m, '... no record is refused for it');
    $redis->config('SET', 'maxmemory', 0);
    once_more('no memory');

    $redis->flushall;
    $run = start(700);
    $redis->function('FLUSH');
    $run->give(700 .. 1600);
    is($run->ended, 2, 'the functions are gone');
    like($run->text, qr/redis: ERR Function not found/, '... which is said');

    # the back office may not load them

    $tools->redis->load_library;
    once_more('the functions were gone');
}


# a server that takes no writes without replicas, of which it has none

sub test_no_replicas {
    $tools->client->config('SET', 'min-replicas-to-write', 1);

    my $run = $tools->import_file(import_text(1));

    $tools->client->config('SET', 'min-replicas-to-write', 0);

    is($run->{status}, 2, 'a Redis that misses its replicas');
    like($run->{err}, qr/ Fewer replicas than its min-replicas-to-write are connected to it: they are down, or it is cut off from them, or another server is the master now$/m,
        '... the cause is said');
}


# a Redis that answers with another type than ours: an end, whatever it is

sub test_odd_answers {
    my %kind = (text => "+OK\r\n", number => ":1\r\n", none => "*0\r\n",
        created => "*2\r\n:2\r\n:1\r\n", odd => "*2\r\n+x\r\n:1\r\n",
        page => "*2\r\n:1\r\n:1\r\n", part => "*1\r\n:0\r\n",
        numbers => "*2\r\n\$1\r\n0\r\n*1\r\n:7\r\n",
        empty => "*2\r\n\$1\r\n0\r\n*0\r\n",
        missing => "-ERR Function not found\r\n",
        there => "-ERR Library 'polycard' already exists\r\n");
    my %answer = ('ZRANGE .*[(]' => 'none', 'FCALL polycard_import' => 'created',
        'SCAN' => 'empty');
    my $fake = Polycard::FakeRedis->new(modes => { map { my $mode = $_;
        $mode => sub {
            my ($pattern, $kind) = split /=/, $mode;
            my %all = (%answer, $pattern ? ($pattern => $kind) : ());
            my ($found) = grep { "@_" =~ /^$_/ } sort { length $b <=> length $a }
                keys %all;
            return $found ? $kind{ $all{$found} } : ();
        } } '', map { (split / /, $_, 2)[1] } odd_answers() });
    my $tools = Polycard::Tools->of($fake, '--redis=' . $fake->address);
    my @user = ('-u', 'x', '-P', spew($tools->dir . '/password', 'x'));

    for my $case ('import ', 'export ', odd_answers()) {
        my ($tool, $mode) = split / /, $case, 2;
        my $good = $mode eq '' || $mode =~ /=there|=missing/;

        $fake->mode($mode);

        my $run = $tool eq 'export' ? $tools->export(@user)
            : $tools->import_file(import_text(1), @user,
                $tool eq 'delete' ? ('--delete-missing', '--force') : ());

        is($run->{status}, $good ? 0 : 2, "odd answers: $case")
            or diag(explain($run));
        like($run->{err}, qr/redis: an unexpected answer/, '... it says')
            if !$good;
    }
}


sub odd_answers {
    return ('import FCALL polycard_version=text',
        'import FCALL polycard_import=odd', 'import FCALL polycard_import=text',
        'delete ZRANGE=text', 'export ZCARD=text', 'export ZRANGE=page',
        'export SCAN=part', 'export SCAN=numbers', 'export HMGET=number');
}


# --delete-missing does not meet those who came while the file was read

sub test_registered_meanwhile {
    $tools->client->flushall;

    my $new = '380999999999';
    my $run = start(700, options => [ '--delete-missing', '--force' ]);

    $tools->client->fcall('polycard_put_client', 1, $tools->key(''), $new,
        'barcode', 'new');
    is($run->ended, 0, 'somebody registers while a file is read');
    is($tools->there, 701, '... and stays');
    ok($tools->client->exists($tools->key("client:$new")),
        '... with the record');
}


sub test_export_interrupted {
    my $path = $tools->dir . '/export.csv';

    $tools->client->flushall;
    once_more('all clients');
    spew($path, 'before');

    # it waits for an answer of Redis
    $tools->redis->signal('STOP');

    my $process = Polycard::Command->new({}, tool('export'), $tools->market,
        $path);
    my $pid = $process->pid;

    # a child that is not the tool yet has this test's own handlers
    wait_until { (readlink("/proc/$pid/exe") || '') =~ /polycard-export$/
        && slurp("/proc/$pid/status")
            =~ /^SigCgt:\s+[0-9a-f]+[2367abef]$/m } 'the handler';
    kill 'INT', $pid;
    $tools->redis->signal('CONT');

    is($process->status, 130, 'an export is interrupted');
    is(slurp($path), 'before', '... the file is as it was');
    is_deeply([ glob "$path.*" ], [], '... and none beside it');
}


# At a terminal: script(1) has one

sub test_terminal {
    my $file = spew($tools->dir . '/input', import_text());
    my $command = join ' ', tool('import'), map({ "'$_'" } $tools->market);
    my $shown = sub {
        my ($line) = @_;
        my ($status, $output) = run_command({ env => { TERM => 'xterm' } },
            'script', '-qec', $line, '/dev/null');
        is($status, 0, $line) or diag($output);
        return $output;
    };

    $tools->client->flushall;

    like($shown->("stty cols 100; $command $file"),
        qr/\r\e\[K *\d+% \[#*-*\] \d+ records, \d+ a second, \d+:\d\d left\r\e\[K/,
        'a bar with rate and time left, which goes at the end');
    like($shown->("stty cols 30; $command $file"),
        qr/\r\e\[K *\d+% \d+ records, \d+ a .{0,10}\r\e\[K/,
        'a narrow terminal: no bar');
    like($shown->("cat $file | $command"),
        qr/\r\e\[K\d+ records, \d+ a second\r\e\[K/,
        'standard input: how much there is is unknown');
    unlike($shown->("$command -q $file"), qr/\e/, '--quiet: nothing');
    unlike($shown->("$command $file 2> /dev/null"), qr/\e/,
        'standard error is no terminal: nothing');
    like($shown->(join ' ', tool('export'), map({ "'$_'" } $tools->market),
        '> /dev/null'), qr/\r\e\[K *\d+% \[/, 'an export');

    my $run = $tools->import_file({ file => $file });
    unlike($run->{out} . $run->{err}, qr/\e/, 'no terminal: no bar');
}
