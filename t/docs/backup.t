# docs/backup.md, as it is pasted, with a Redis that is set up as Debian's is, with
# appendonly yes, and a market that goes on meanwhile.
#
#   sh backup                    a script, run as such
#   sh backup-rdb                the same, with the address of this Redis
#   console check-backup         run
#   console restore-dumps        run, after Redis has lost all and was backed up
#   sh|console restore           run, in their order, with the dump of before that
#   console restore-written      the same, when the append only file is written
#   sh forget                    run, after the restore
#   console single               run, with the dump of before that
#
# and of docs/operation.md the loop `sh run`, which tells the gateway.
#
# What survives what: an older dump is restored

use strict;
use warnings;

use Redis;

use Polycard::Docs;
use Polycard::HTTP;
use Polycard::Nginx qw( market services );
use Polycard::Test;

my @blocks = blocks('docs/backup.md');
my ($resend) = grep { $_->{mark} eq 'run' } blocks('docs/operation.md');

is_deeply([ map { "$_->{lang} $_->{mark}" } @blocks ],
    [ 'sh backup', 'sh backup-rdb', 'console check-backup', 'console restore-dumps',
      'sh restore', 'console restore', 'console restore-written', 'sh forget',
      'console single' ], 'the blocks are known');

my $dir = temp_dir();
my $port = free_port();
my $lib = "$dir/var/lib/redis";
my $tools = tools_dir();
my ($redis_cli) = grep { -x } map { "$_/redis-cli" } split /:/, $ENV{PATH};

my $other = free_port();

run_command('mkdir', '-p', $lib, "$dir/etc/redis");

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
                 [ qr/ -o redis -g redis / => ' ' ],
                 [ qr{/tmp/restored} => "$dir/restored" ],
                 [ qr/\b6399\b/ => $other ],
                 [ qr/redis\.example\.com/ => '127.0.0.1' ] ],
    shown   => [ [ qr/\b\d{8}-\d{6}\b/ => 'TIME' ],
                 [ qr/^total \d+/m => 'total' ],
                 [ qr/^-rw-------.*(?= (?:dump|few)-)/m => 'FILE' ],
                 [ qr{\S*(?=/var/backups/)} => '' ] ],
    bin     => {
        'sudo'      => "#!/bin/sh\nexec \"\$@\"\n",
        'redis-cli' => "#!/bin/sh\nexec $redis_cli --no-raw -p $port"
            . " \"\$@\"\n",
        'polycard-export' => "#!/bin/sh\nexec $tools/polycard-export \"\$@\"\n",
        'polycard-import' => "#!/bin/sh\nexec $tools/polycard-import"
            . " --redis=127.0.0.1:$port \"\$@\"\n",
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

# the gateway is away: what it is to be told waits

my $nginx = Polycard::Nginx->new(
    files => { token => 't' x 32 },
    http  => market('shop1', redis => "127.0.0.1:$port", access_token => 'off',
        card_numbers => 'ean13 prefix=20', hook => 'http://127.0.0.1:1/',
        hook_insecure => 'on', hook_token_file => '%%DIR%%/token')
    . "server {\nlisten 127.0.0.1:%%PORT_0%%;\n" . services('shop1')
    . "location = /hook { internal; polycard_hook shop1; }\n}\n");
my $get = '/api/v1/web_service/getClient?phone=38067';

wait_until { meta('sync') eq 'done' } 30, 'the first sync';
client()->fcall('polycard_put_client', 1, 'polycard:{shop1}:',
    sprintf('38067%07d', $_), barcode => "B$_") for 1 .. 30;

add(0);

# the backup; what came after it

test_backup($blocks[0]);
$session->run($blocks[2]);
run_command('rm', glob "$dir/var/backups/redis/*");
test_backup($blocks[1]);
$session->run($blocks[2]);

my ($dump) = glob "$dir/var/backups/redis/dump-*";

my %given = map { $_ => 1 } map { add($_) } 100 .. 110;

client()->fcall('polycard_forget_client', 1, 'polycard:{shop1}:',
    '380670000029');

# the loss, and the backups after it

client()->flushall;
wait_until { $nginx->error_log =~ /\[crit\] .* has lost all data of/ } 30,
    'the line of the runbook';
is(status(1), 404, 'nobody is found');

test_loss($_, $dump) for @blocks[1, 0];
$session->run($blocks[3]);

# the administrator chooses

my ($choice) = $blocks[4]{text} =~ /^dump=(.*)$/m;

unshift @{ $session->{replace} }, [ qr/\Q$choice\E/ => "$dump.missing" ];
isnt(($session->shell($blocks[4]{text}))[0][0], 0, 'there is no such dump');
ok(eval { client()->ping }, '... Redis was not stopped');

$session->{replace}[0][1] = $dump;
restore();

wait_until { status(30) == 200 } 30, 'who was lost is found again';
is({ client()->config('GET', 'appendonly') }->{appendonly}, 'yes',
    'appendonly is yes again');
like(slurp("$dir/etc/redis/redis.conf"), qr/^appendonly yes$/m,
    '... also in redis.conf');

wait_until { add(200) } 30, 'addClient is open by itself';
ok(!$given{ add(201) }, '... with a number that nobody has had');

is(status(100), 404, 'who came after the backup is not known');
is(status(29), 200, 'who was forgotten is back');
spew("$session->{dir}/forgotten", "380670000029\n");
$session->run($blocks[7]);
is(status(29), 404, '... and forgotten again');
$session->run($resend);

# some twice: those that it was told of within the last minute

my %told = map { $_->{phone} => 1 } grep { $_->{action} eq 'changed' }
    map { +{ @{ $_->[1] } } }
    @{ client()->xrange('polycard:{shop1}:outbox', '-', '+') };

is(keys %told, 32, 'the gateway is to be told of all');

# what was restored is kept from now on

client()->fcall('polycard_put_client', 1, 'polycard:{shop1}:', '380670000031',
    barcode => 'B31');
unlink "$lib/dump.rdb";
kill KILL => slurp("$dir/redis.pid");
wait_until { !eval { client() } } 30, 'a crash';
system_ctl('start');
wait_until { status(31) == 200 } 30, 'who came since survives a crash';
is(status(1), 200, '... and who was restored');

# some are deleted by mistake

client()->del('polycard:{shop1}:client:380670000007');
wait_until { status(7) == 404 } 30, 'one is deleted';
$session->run($blocks[8]);
wait_until { status(7) == 200 } 30, '... and comes back from the backup';
is(status(31), 200, '... others stay');

# it was not the right dump: again, and once more

for my $times (2, 3) {
    restore();
    is(scalar(my @lost = glob "$lib/appendonlydir.lost-*"), $times,
        "restored $times times: what was there is kept");
}

$nginx->stop;
system_ctl('stop');

finish();


sub system_ctl {
    my ($what) = @_;

    my ($failed, $said) = run_command("$session->{dir}/bin/systemctl", $what,
        'redis-server');

    die "redis-server: $said" if $failed;
}


# in a second of its own, as the folders that are put aside have it in their names

sub restore {
    my $now = time;

    wait_until { time > $now } 5, 'the next second';

    for my $block (@blocks[4 .. 6]) {
        wait_until { client()->info->{aof_rewrite_in_progress} == 0
            && client()->info->{aof_rewrite_scheduled} == 0 } 30,
            'the append only file' if $block->{mark} eq 'restore-written';

        $session->run($block);
    }
}


# the script, in a file of its own as for cron

sub script_of {
    my ($block) = @_;

    return spew("$dir/redis-backup",
        Polycard::Docs::replace($block->{text}, $session->{replace}));
}


# every day after the loss; the dump of before it is three weeks old by then

sub test_loss {
    my ($block, $dump) = @_;

    my $script = script_of($block);

    utime((time - 20 * 86400) x 2, $dump);
    run_command('rm', '-f', glob "$dir/var/backups/redis/few-*");

    my ($failed, $said) = @{ ($session->shell("sh $script"))[0] };
    my @few = glob "$dir/var/backups/redis/few-*,shop1=0.rdb";

    isnt($failed, 0, "$block->{mark} after the loss: fails");
    is(@few, 1, '... the dump is marked');
    like($said, qr/^\Q$few[0]\E: more than a tenth/m, '... is named');
    is_deeply([ glob "$dir/var/backups/redis/dump-*" ], [ $dump ],
        '... and replaces none of before the loss');
}


sub test_backup {
    my ($block) = @_;

    my $script = script_of($block);
    my $backups = "$dir/var/backups/redis";
    my $run = sub { ($session->shell("sh $script"))[0][0] };

    is($run->(), 0, 'the script');

    my ($dump) = glob "$backups/dump-*.rdb";

    ok($dump, '... makes a dump');
    is((stat $dump)[2] & 0777, 0600, '... which nobody else can read');

    # two weeks later, and while Redis is away

    my $old = "$backups/dump-20200101-062501,shop1=33.rdb";

    rename $dump, $old or die "$dump: $!\n";
    utime((time - 20 * 86400) x 2, $old);
    is($run->(), 0, 'two weeks later');
    is(scalar(my @dumps = glob "$backups/*"), 1, '... the old one is gone');

    $session->{replace} = [ [ qr/\bredis-cli\b/ => 'redis-cli -p 1' ],
                            @{ $session->{replace} } ];
    script_of($block);
    isnt($run->(), 0, 'Redis is away: the script fails');
    is_deeply([ glob "$backups/*.rdb" ], \@dumps,
        '... and leaves no dump');
    shift @{ $session->{replace} };
}


sub add {
    my ($n) = @_;

    my $answer = http_post($nginx, '/api/v1/web_service/addClient',
        type => 'application/json',
        body => sprintf '{"phone":"38067%07d"}', $n);

    return $answer->status == 200 ? $answer->json->{code} : '';
}


sub client { Redis->new(server => "127.0.0.1:$port", reconnect => 5) }

sub meta {
    return eval { client()->hget('polycard:{shop1}:meta', $_[0]) } || '';
}

sub status { http_get($nginx, sprintf '%s%07d', $get, $_[0])->status }
