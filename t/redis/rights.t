# The users of docs/redis/polycard.acl: loaded as the manual says, they may do
# what they need and nothing else, and each right that is missing has its line
# in the log.  (All other tests run with these users too.)

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HookShop;
use Polycard::Redis;

my $root = source_dir();
my $prefix = 'polycard:{shop1}:';
my $phone = 380671112233;
my $next = 380680000000;
my ($shop, $admin);

# commands that nginx runs itself, and no function does

my @of_nginx = qw( fcall function|load ping psubscribe subscribe );

# commands without which a function goes on

my %spared = map { $_ => 1 } qw( info unlink xinfo xpending );

my %line = map { /^user (\S+) / ? ($1 => $_) : () }
    split /\n/, slurp("$root/docs/redis/polycard.acl");

is_deeply([ sort keys %line ], [qw( polycard polycard_office )], 'two users');

test_commands();
test_loading();
test_office();
test_functions();
test_texts();
test_arguments();
test_module();

finish();


sub commands {
    my ($user) = @_;

    return $line{$user} =~ /\+(\S+)/g;
}


# what the library runs is what it can name when it may not, and what nginx's
# user may run

sub test_commands {
    my %known = map { lc, 1 }
        @{ Polycard::Redis->new->client->command('LIST') };
    my ($named) = slurp("$root/redis-scripts/failure.lua")
        =~ /^local COMMANDS = (.*?)\n\n/ms;
    my %named = map { lc, 1 } $named =~ /\b([A-Z]+)\b/g;
    my %run = map { lc, 1 } map { slurp($_) =~ /'([A-Z]{3,})'/g }
        grep { !/failure/ } glob "$root/redis-scripts/*.lua";
    my @run = grep { $known{$_} } sort keys %run;

    is_deeply([ sort keys %named ], \@run, 'the library knows its commands');

    my %may = map { $_ => 1 } commands('polycard');

    is_deeply([ grep { !$may{$_} } @run ], [], 'nginx may run them all');
    is_deeply([ grep { !$run{$_} } sort keys %may ],
        \@of_nginx, '... and these, for itself');
}


# the file, by aclfile and ACL LOAD, by the line of its comment

sub test_loading {
    my $dir = temp_dir();
    my $acl = slurp("$root/docs/redis/polycard.acl") =~ s/>\*\*\*/>S3cret/gr;
    my ($take) = $acl =~ /^#     (grep .*)$/m;

    spew("$dir/polycard.acl", $acl);
    spew("$dir/users.acl", "user default on nopass ~* &* +\@all\n");

    my $redis = Polycard::Redis->new(acl => 0, aclfile => "$dir/users.acl");

    my ($status, $output) = run_command({ dir => "$dir" }, 'sh', '-c',
        $take =~ s{/etc/redis}{$dir}r);
    is($status, 0, 'the lines are taken over') or diag($output);
    is($redis->client->acl('LOAD'), 'OK', 'ACL LOAD takes the file');
    is_deeply([ sort $redis->client->acl('USERS') ],
        [qw( default polycard polycard_office )], 'the users are there');

    for my $user (qw( polycard polycard_office )) {
        my $client = Redis->new(sock => $redis->socket, username => $user,
            password => 'S3cret');

        is($client->ping, 'PONG', "$user is let in");

        for my $command ([ get => 'polycard:{shop2}:seq:id' ], [ keys => '*' ],
            [ config => 'GET', 'dir' ], [ acl => 'LIST' ], [ 'flushall' ],
            [ 'flushdb' ], [ client => 'LIST' ], [ script => 'FLUSH' ],
            [ eval => 'return 1', 0 ], [ function => 'DELETE', 'polycard' ],
            [ function => 'FLUSH' ], [ publish => 'x', 'y' ],
            [ rename => 'polycard:{shop1}:clients', 'polycard:{shop2}:x' ],
            [ psubscribe => '*', sub { } ])
        {
            my ($name, @arguments) = @$command;

            ok(!eval { $client->$name(@arguments); 1 }, "... but no $name");
            like($@, qr/NOPERM/, '... it is not allowed');
        }
    }
}


# Each right of the back office is one that something in the manual needs.

sub test_office {
    my $redis = Polycard::Redis->new;
    my $client = $redis->client;

    # without unlink all goes on, see t/functions/sweep.t
    my %itself = map { $_ => 1 } qw( ping unlink xinfo );

    $redis->load_library;

    ok(!grep({ $_ } functions($redis, 'polycard_office'), plain($redis)),
        'all that the back office does');

    for my $right (commands('polycard_office')) {
        next if $itself{$right};

        $client->flushall;
        $client->acl('SETUSER', 'polycard_office', "-$right");
        ok(scalar(grep { /NOPERM/ } functions($redis, 'polycard_office'),
            plain($redis)), "not without $right");
        $client->acl('SETUSER', 'polycard_office', "+$right");
    }
}


# What a function may not run is named, by the function.  What is nginx's own
# is taken away in test_module; without unlink all goes on, see
# t/functions/sweep.t.

sub test_functions {
    my $redis = Polycard::Redis->new;
    my $client = $redis->client;
    my %other = (%spared, map { $_ => 1 } @of_nginx);

    $redis->load_library;
    is_deeply([ grep { $_ } functions($redis, 'polycard') ], [],
        'with all rights');

    for my $right (grep { !$other{$_} } commands('polycard')) {
        $client->flushall;
        $client->acl('SETUSER', 'polycard', "-$right");
        ok(scalar(grep {
            /NOPERM this user has no permissions to run \Q$right\E in polycard_/
        } functions($redis, 'polycard')), "without $right a function names it");
        $client->acl('SETUSER', 'polycard', "+$right");
    }
}


# The words of other versions of Redis, and of Valkey, as a function meets them

sub test_texts {
    my $redis = Polycard::Redis->new;
    my $failure = slurp("$root/redis-scripts/failure.lua");
    my %named = (
        "ACL failure in script: User u has no permissions to run the 'exists' "
            . 'command' => 'NOPERM this user has no permissions to run exists '
            . 'in polycard_x',
        'ACL failure in script: No permissions to access a key' =>
            'NOPERM this user has no permissions to access one of the keys '
            . 'used by polycard_x',
        'ACL failure in script: The user executing the script can\'t access '
            . 'at least one of the keys mentioned in the command arguments' =>
            'NOPERM this user has no permissions to access one of the keys '
            . 'used by polycard_x',
        'ERR something else' => 'ERR something else',
    );

    for my $text (sort keys %named) {
        my $lua = "local said\nlocal redis = { acl_check_cmd = "
            . 'redis.acl_check_cmd, error_reply = redis.error_reply, '
            . 'register_function = function(f) said = f.callback end }'
            . "\n$failure\nregister('x', function() error({ err = ARGV[1] }) "
            . "end)\nlocal done, reply = pcall(said, { 'a:{b}:' }, {})\n"
            . 'return reply.err or reply';

        is($redis->client->eval($lua, 0, $text), $named{$text},
            "what is missing is named: $text");
    }
}


# Newer servers take a check of a command only with as many arguments as that one
# takes; the first word of an error, of the table in failure.lua

sub test_arguments {
    my $redis = Polycard::Redis->new;
    my ($table) = slurp("$root/redis-scripts/failure.lua")
        =~ /^local COMMANDS = (.+?)\n\n/ms;
    my %least = $table =~ /([A-Z]+) (\d)/g;
    my %wrong;

    for my $command (sort keys %least) {
        my $name = $command eq 'XINFO' ? 'XINFO|GROUPS' : $command;
        my $arity = $redis->client->command('INFO', $name)->[0][1] - 1;

        $arity = -$arity - 2 if $arity < 0;
        $wrong{$command} = $arity if $arity != $least{$command};
    }

    cmp_ok(scalar keys %least, '>', 40, 'the table was found');
    is_deeply(\%wrong, {}, 'each command is asked for with arguments that it takes');
}


# a call as this user: its error, or nothing

sub caller_of {
    my ($redis, $user) = @_;

    my $client = Redis->new(sock => $redis->socket, username => $user,
        password => $redis->password($user));

    return sub {
        my ($name, @arguments) = @_;

        return eval { $client->$name(@arguments); 1 } ? '' : $@;
    };
}

# the errors of the functions that the manual has for the back office, and of
# some that nginx calls where it is nginx

sub functions {
    my ($redis, $user) = @_;

    my $do = caller_of($redis, $user);
    my $admin = Redis->new(sock => $redis->socket);
    my $call = sub {
        my ($name, @arguments) = @_;

        return $do->(fcall => "polycard_$name", 1, $prefix, @arguments);
    };

    # the state that nginx leaves: hooks, one that is dead, deletions that wait

    $admin->hset("${prefix}meta", hooks => 1, sync => 'done',
        delete_guard => 1, outbox_max => 1000);
    $admin->set("${prefix}lease", '1 host/1/1', 'PX', 100000);

    return map { $_->() }
        sub { $call->('put_client', $phone, name => 'x', barcode => 'b',
                  bonus => 1, id => 5) },
        sub { $call->('put_client', $phone + 1, barcode => 'c') },
        sub { $call->('change_bonus', $phone, 5) },
        sub { $call->('change_bonus', $phone, 5, '', 'receipt-17') },
        sub { $call->('move_client', $phone + 1, $phone + 2) },
        sub { $call->('replace_client', $phone + 3, '', barcode => 'd',
                  bonus => 7) },
        sub { $call->('patch_client', $phone + 3, '*', name => 'y') },
        sub { $call->('get_client', $phone + 3) },
        sub { $call->('get_client', 'barcode', 'd') },
        sub { $call->('list_clients', '', 10) },
        sub { $call->('merge_clients', $phone, $phone + 3) },
        sub { $call->('set_card', $phone + 2, 'e') },
        sub { $admin->rpush("${prefix}cards", 1 .. 3);
              $call->('issue_card', $phone + 2, 'pool', '', '', '') },
        sub { $call->('close_card', $phone + 2) },
        sub { $call->('registered', '', 10) },
        sub { $call->('read', $admin->xadd("${prefix}registered", '*',
                  action => 'created')) },
        sub { $call->('dead', '', 10) },
        sub { $call->('delete_dead', $admin->xadd("${prefix}dead", '*', 1,
                  1)) },
        sub { $admin->rpush("${prefix}history:233",
                  "1-0 1 1 clients added $phone");
              $call->('find_hooks', $phone) },
        sub { $call->('forget_client', 380671113233) },
        sub { $call->('forget_client', $phone) },
        sub { $call->('put_client', $phone, barcode => 'f', bonus => 1) },
        sub { $call->('resend_all') },
        sub { $call->('resend_all', 'stop') },
        sub { $call->('delete_client', $phone + 2) },
        sub { $call->('put_group', 3, title => 'x', loyaltyType => 'bonuses',
                  loyaltyQuantity => 1) },
        sub { $call->('delete_group', 3) },
        sub { $call->('capture', $phone) },
        sub { $call->('capture_group', 3) },
        sub { $call->('resend', $phone) },
        sub { $call->('resend', 'all') },
        sub { $call->('status') },
        sub {
            for my $n (1 .. 40) {
                my $error = $call->('put_client', $phone + 10 + $n,
                    barcode => "k$n");
                return $error if $error;
            }

            for my $n (1 .. 40) {
                my $error = $call->('delete_client', $phone + 10 + $n);
                return $error if $error;
            }

            return '';
        },
        sub { $call->('confirm_deletions') },
        map({
            my $hook = $_;

            # the second one goes in front of the first one

            sub {
                $admin->xadd("${prefix}dead", '*', reason => 'status 422',
                    answer => '', hook => $hook, attempts => 1, object => 'clients', action => 'added',
                    phone => $phone, barcode => 'b');
                return $call->('requeue', 'all');
            };
        } '5-0', '1-0'),
        $user eq 'polycard' ? (
            emitter($call, $admin),
            sub { $call->('lease', 'host/1/1', 10000) },
            sub { $call->('release', 1) },
            sub { $admin->del("${prefix}lease");
                  $call->('lease', 'host/1/1', 10000) },
            sub { $admin->rpush("${prefix}cards", 1 .. 3);
                  $call->('add_client', $phone + 5, 'pool', '', '', '') },
        ) : ();
}


# What the emitter calls, with the fence of its lease: one hook of a client is
# refused, one is on hold with it, one is found to be of a client on hold; and a
# record that no index knows is found.

sub emitter {
    my ($call, $admin) = @_;

    my $key = $phone + 100;
    my @ids;

    return (
        sub {
            @ids = map { $admin->xadd("${prefix}outbox", '*',
                object => 'clients', action => 'added', phone => $key,
                barcode => $_) } 1 .. 4;
            return $call->('refuse', 1, $key, $ids[0], 60000, 9, 'r', 'a',
                $ids[1]);
        },
        sub { $call->('hold', 1, $key, $ids[2]) },
        sub { $call->('next', 1, '0-0', 128) },
        sub { $call->('due', 1, 128) },
        sub { $call->('refuse_held', 1, $key, $ids[0], 1, 60000, 9, 'r',
                  'a') },
        sub { $call->('accept_held', 1, $key, $ids[0]) },
        sub { $call->('accept', 1, $ids[3]) },
        sub { $call->('outage', 1, 1) },
        sub { $call->('outage', 1, 0) },
        sub { $call->('settings', 1, hooks => 1) },
        sub { $call->('sweep_index', 1, 0, 40) },
        sub { $call->('sweep_groups', 1, 0, 40) },
        sub {
            $admin->hset("${prefix}client:" . ($phone + 200), barcode => 's');
            return '';
        },
        map({ sub { $call->('sweep_scan', 1, 0, 100) } } 1 .. 3),
        sub { $call->('swept', 1, 0, 0) },
    );
}


# the errors of the plain commands that the manual has for the back office

sub plain {
    my ($redis) = @_;

    my $do = caller_of($redis, 'polycard_office');

    return map { $_->() }
        sub { $do->(hset => "${prefix}client:$phone", name => 'y') },
        sub { $do->(hincrby => "${prefix}client:$phone", 'bonus', 1) },
        sub { $do->(hdel => "${prefix}client:$phone", 'name') },
        sub { $do->(expire => "${prefix}client:$phone", 1000) },
        sub { $do->(hget => "${prefix}client:$phone", 'barcode') },
        sub { $do->(hgetall => "${prefix}client:$phone") },
        sub { $do->(zrange => "${prefix}clients", 0, -1) },
        sub { $do->(get => "${prefix}seq:id") },
        sub { $do->(set => "${prefix}seq:id", 9) },
        sub { $do->(rpush => "${prefix}cards", 'x') },
        sub { $do->(llen => "${prefix}cards") },
        sub { $do->(lrange => "${prefix}unfit", 0, 2) },
        sub { $do->(del => "${prefix}client:$phone") },
        sub { $do->(scan => 0) },
        sub { $do->(xrange => "${prefix}dead", '-', '+') },
        sub { $do->(xdel => "${prefix}dead", '1-0') },
        sub { $do->(xgroup => 'CREATE', "${prefix}registered", 'office', 0,
                  'MKSTREAM') },
        sub { $do->(xreadgroup => 'GROUP', 'office', 'one', 'COUNT', 1,
                  'STREAMS', "${prefix}registered", '>') },
        sub { $do->(xpending => "${prefix}registered", 'office') },
        sub { $do->(xack => "${prefix}registered", 'office', '1-0') };
}


# Right by right: without it a line names it; with it all is well again.

sub test_module {
    $shop = Polycard::HookShop->new(
        market => { card_numbers => 'pool', sweep_interval => '5ms',
                    hook_attempts => 2, lease => '500ms',
                    delete_guard => '1%' });
    $admin = Redis->new(sock => $shop->redis->socket);

    $shop->ready;
    $shop->rules([ 'refuse', { status => 422 } ]);

    # functions as well, in what nginx says of them

    for my $right (@of_nginx, qw( hmget hset scan zrange )) {
        without("the command $right", "-$right", "+$right",
            qr/NOPERM .*\b\Q$right\E\b.*/, $right eq 'info' ? 'warn' : 'error');
    }

    my @keys = $line{polycard} =~ /(?<= )~\S+/g;
    my @channels = $line{polycard} =~ /(?<= )&\S+/g;

    without('its keys', 'resetkeys', $keys[0],
        qr/NOPERM .*keys?\b.*: user "polycard" needs \Q$keys[0]\E/, 'error');

    for my $channel (@channels) {
        without("the channel $channel", [ 'resetchannels',
            grep { $_ ne $channel } @channels ], $channel,
            qr/NOPERM .*channels?\b.*: user "polycard" needs &__keyspace\@0__:/,
            'error');
    }

    $shop->rules;
    $shop->put($phone, name => 'the end', barcode => 'E-1');
    ok($shop->wait_told('the end', 60), 'with all rights hooks go on');
}


sub without {
    my ($what, $take, $give, $pattern, $level) = @_;

    my $nginx = $shop->nginx;
    my $seen = length $nginx->error_log;

    $admin->acl('SETUSER', 'polycard', ref $take ? @$take : $take);
    $admin->client('KILL', 'USER', 'polycard');
    $admin->function('FLUSH') if $what =~ /load/;

    my $said = wait_until {
        stir();
        substr($nginx->error_log, $seen) =~ /\[$level\] .* $pattern/;
    } 60, "no line without $what";

    ok($said, "without $what a line says so");

    $admin->acl('SETUSER', 'polycard', $give);
    $admin->client('KILL', 'USER', 'polycard');
    wait_until {
        $shop->get('getClients')->status == 200 && $shop->holder
    } 60, "all is well again with $what";
}


# something for every part of nginx, and of the library, to do

sub stir {
    my ($one, $two) = ($next++, $next++);

    eval {
        $admin->rpush("${prefix}cards", "card-$one");
        $admin->hset("${prefix}client:$one", name => 'Taras', barcode => $one);
        $admin->hset("${prefix}client:$two", name => 'refuse',
            barcode => $two);
        $admin->hincrby("${prefix}client:" . ($one - 3), 'bonus', 5);
        $admin->hset("${prefix}client:" . ($two - 3), name => "refuse $two");
        $admin->del("${prefix}client:" . ($one - 6));
        $admin->hset("${prefix}group:5", title => "x$one",
            loyaltyType => 'bonuses', loyaltyQuantity => 1);
    };

    $shop->get('getClient', phone => $one);
    $shop->get('getClient', barcode => $one);
    $shop->get('getGroups');
    $shop->get('getClients');
    $shop->add({ phone => '' . $next++, name => 'Olha' });
}
