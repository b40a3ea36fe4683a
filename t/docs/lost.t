# The runbook "Redis has lost all" of docs/operation.md, as it is pasted, with a
# Redis that is set up as Debian's is, with appendonly yes, and a market that
# goes on meanwhile.
#
#   sh|console lost        run, in their order
#   console lost-written   the same, when the append only file is written

use strict;
use warnings;

use Redis;

use Polycard::Docs;
use Polycard::HTTP;
use Polycard::Nginx qw( market services );
use Polycard::Test;

my @blocks = grep { $_->{mark} =~ /^lost/ } blocks('docs/operation.md');

cmp_ok(scalar @blocks, '>=', 3, 'the runbook has commands');

my $dir = temp_dir();
my $port = free_port();
my $lib = "$dir/var/lib/redis";
my ($redis_cli) = grep { -x } map { "$_/redis-cli" } split /:/, $ENV{PATH};

run_command('mkdir', '-p', $lib, "$dir/etc/redis", "$dir/var/backups/redis");

# as Debian's, where it matters

spew("$dir/etc/redis/redis.conf", <<"END");
bind 127.0.0.1
port $port
daemonize yes
pidfile $dir/redis.pid
logfile $dir/redis.log
dir $lib
save 3600 1 300 100 60 10000
appendonly yes
notify-keyspace-events Kghxe\$
END

my $session = Polycard::Docs->new(
    replace => [ [ qr{(?<![\w.])/(?=(?:etc|var)/)} => "$dir/" ],
                 [ qr/ -o redis -g redis / => ' ' ] ],
    bin     => {
        'sudo'      => "#!/bin/sh\nexec \"\$@\"\n",
        'redis-cli' => "#!/bin/sh\nexec $redis_cli --no-raw -p $port"
            . " \"\$@\"\n",
        'systemctl' => <<"END",
#!/bin/sh
case "\$*" in
    'stop redis-server')
        pid=\$(cat $dir/redis.pid)
        kill "\$pid"
        while kill -0 "\$pid" 2> /dev/null; do sleep 0.1; done ;;
    'start redis-server') exec redis-server $dir/etc/redis/redis.conf ;;
    *) exit 1 ;;
esac
END
    },
);

my $owner = $$;

END { kill KILL => slurp("$dir/redis.pid") if $$ == $owner && -e "$dir/redis.pid" }

system_ctl('start');

my $nginx = Polycard::Nginx->new(http => market('shop1',
        redis => "127.0.0.1:$port", access_token => 'off',
        card_numbers => 'ean13 prefix=20')
    . "server {\nlisten 127.0.0.1:%%PORT_0%%;\n" . services('shop1') . "}\n");
my $get = '/api/v1/web_service/getClient?phone=38067';

wait_until { meta('sync') eq 'done' } 30, 'the first sync';
client()->fcall('polycard_put_client', 1, 'polycard:{shop1}:',
    sprintf('38067%07d', $_), barcode => "B$_") for 1 .. 30;

# the backup, and the loss

client()->save;
run_command('cp', "$lib/dump.rdb", "$dir/var/backups/redis/dump.rdb");
client()->flushall;
wait_until { $nginx->error_log =~ /\[crit\] .* has lost all that it knew/ } 30,
    'the line of the runbook';
is(status(1), 404, 'nobody is found');

for my $block (@blocks) {
    wait_until { client()->info->{aof_rewrite_in_progress} == 0
        && client()->info->{aof_rewrite_scheduled} == 0 } 30,
        'the append only file' if $block->{mark} eq 'lost-written';

    $session->run($block);
}

wait_until { status(30) == 200 } 30, 'who was lost is found again';
is({ client()->config('GET', 'appendonly') }->{appendonly}, 'yes',
    'appendonly is yes again');
like(slurp("$dir/etc/redis/redis.conf"), qr/^appendonly yes$/m,
    '... also in redis.conf');

# what was restored is kept from now on

client()->fcall('polycard_put_client', 1, 'polycard:{shop1}:', '380670000031',
    barcode => 'B31');
unlink "$lib/dump.rdb";
kill KILL => slurp("$dir/redis.pid");
wait_until { !eval { client() } } 30, 'a crash';
system_ctl('start');
wait_until { status(31) == 200 } 30, 'who came since survives a crash';
is(status(1), 200, '... and who was restored');

$nginx->stop;
system_ctl('stop');

finish();


sub system_ctl {
    my ($what) = @_;

    my ($failed, $said) = run_command("$session->{dir}/bin/systemctl", $what,
        'redis-server');

    die "redis-server: $said" if $failed;
}


sub client { Redis->new(server => "127.0.0.1:$port", reconnect => 5) }

sub meta {
    return eval { client()->hget('polycard:{shop1}:meta', $_[0]) } || '';
}

sub status { http_get($nginx, sprintf '%s%07d', $get, $_[0])->status }
