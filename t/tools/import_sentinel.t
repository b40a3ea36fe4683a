# polycard-import and polycard-export by Sentinels: who is asked and believed,
# and what is said.  A failover in the middle of an import, and at its end: it
# is never told to be done when it may be lost, and the same file once more
# makes everything right.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Command;
use Polycard::LongImport;
use Polycard::SentinelRig;
use Polycard::Test;
use Polycard::Tools;

my $SECRET = 'Sentinels-0wn';
my ($rig, $tools);

subtest 'who is asked', \&test_asked;
subtest 'a healthy master is replaced at the end', \&test_end;
subtest 'a master dies in the middle', \&test_death;
subtest 'a master that is cut off', \&test_cut;
subtest 'a master without its replicas', \&test_alone;
subtest 'TLS and passwords', \&test_tls;

finish();


sub sentinels {
    my (@addresses) = @_;

    return '--sentinel=shop@' . join ',', @addresses;
}


sub open_rig {
    my (%option) = @_;

    # on a busy machine nobody is to take over by himself

    $rig = Polycard::SentinelRig->new(down_after => 30_000, %option);
    $rig->master->load_library;
    $rig->ready;
    $tools = Polycard::Tools->of($rig->master,
        sentinels($rig->sentinel_addresses));
}


# the tools' own options come last, and so those that are given here

sub import_by {
    my ($sentinel, @options) = @_;

    return Polycard::Tools->of($tools->redis, $sentinel)
        ->import_file(import_text(1), @options);
}


sub there { $_[0]->client->zcard('polycard:{shop1}:clients') }


sub test_asked {
    open_rig(look_every => 500);

    my ($one, @others) = $rig->sentinel_addresses;
    my $nobody = '127.0.0.1:' . Polycard::Test::free_port();

    my $run = import_by(sentinels($one, @others));

    is($run->{status}, 0, 'all of them') or diag $run->{err};
    $run = import_by(sentinels($nobody, $one));
    is($run->{status}, 0, 'one that is away is no hindrance')
        or diag $run->{err};

    $run = import_by(sentinels($nobody));

    is($run->{status}, 2, 'nobody');
    like($run->{err}, qr/Sentinel "$nobody": Connection refused\n.*no Sentinel has named a master "shop"/s,
        '... is said of each');

    $run = import_by("--sentinel=other\@$one,$nobody");
    is($run->{status}, 2, 'another name');
    like($run->{err}, qr/Sentinel "$one": it knows no master "other"\n.*Sentinel "$nobody": Conn/s,
        '... each with its own reason');

    is_waited_for($one, sentinels($nobody, $one));

    # one that is cut off names the old master, with a lower epoch

    my $old = $rig->master;

    $rig->cut([ 's1' ], [ qw( m1 r1 r2 s2 s3 ) ]);

    $rig->ask('s2', 'FAILOVER', 'shop');
    wait_until { ($rig->ask('s2', 'get-master-addr-by-name', 'shop'))->[1]
        ne $old->port } 'a failover by the other two';

    my $port = ($rig->ask('s2', 'get-master-addr-by-name', 'shop'))->[1];
    my ($new) = grep { $_->port eq $port } $rig->servers;

    is(($rig->ask('s1', 'get-master-addr-by-name', 'shop'))->[1], $old->port,
        'a Sentinel that is cut off knows the old master only');
    $run = Polycard::Tools->of($new, sentinels($one, @others))
        ->import_file(import_text(), '--quiet');
    is($run->{status}, 0, '... the others are believed')
        or diag $run->{err};
    is(there($new), $COUNT, '... and all is with the new one');

    wait_until { $old->replication('role') eq 'slave' } 60,
        'the old one is told';
    $run = import_by(sentinels($one));
    is($run->{status}, 2, 'it alone: a replica is not written to');
    like($run->{err}, qr/Sentinel "$one": the master is "[\d.:]+", epoch \d+\n.*cannot connect to redis ".*": it is a replica, not the master/s,
        '... which is said, and who has named it');

    $rig->heal;
    $rig->ready;
    $run = Polycard::Tools->of($new, sentinels($one, @others))->export;
    is($run->{status}, 0, 'an export');
    is(scalar(() = $run->{out} =~ /\n/g), $COUNT + 1, '... has all of them');
    $rig->stop;
}


# A Sentinel that writes its file to a busy disk, or gets no processor, is silent for
# seconds: if there is no other one it is asked again.

sub is_waited_for {
    my ($address, $sentinel) = @_;

    my $file = spew($tools->dir . '/one.csv', import_text(1));

    $rig->hang('s1');

    my $import = Polycard::Command->new({}, tool('import'),
        Polycard::Tools->of($tools->redis, $sentinel)->market, $file);

    wait_until { given_up($address) || !$import->alive }
        'the first attempt is over';
    $rig->go_on('s1');
    is($import->status, 0, 'one that was silent is asked again')
        or diag $import->output;
}


# connections to it that it has not accepted, and that the other end has closed

sub given_up {
    my ($address) = @_;

    my $there = sprintf ':%04X', $address =~ /:(\d+)$/;

    return scalar grep { (split)[1] =~ /$there$/ && (split)[3] eq '08' }
        split /\n/, slurp('/proc/net/tcp');
}


sub start { Polycard::LongImport->new($tools, @_) }


sub once_more {
    my ($what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    $rig->ready;
    imported_again(Polycard::Tools->of($rig->master, $tools->{market}[0]),
        $what);
}


# Sentinel demotes the old one seconds later: it takes all until then

sub test_end {
    open_rig();

    my $run = start(700);
    my $old = $rig->master;

    $rig->fail_over;
    is($run->ended(700 .. $COUNT - 1), 2,
        'all was taken by a master that is none any more');
    like($run->text, qr/^records +$COUNT$/m, '... all of it');
    like($run->text, qr/a failover has taken place: the master is ".*" now, not ".*"|READONLY|is lost/,
        '... which is said');
    like($run->text, qr/may (?:be|have) lost.* Run it again/,
        '... and what to do');
    wait_until { $old->replication('role') eq 'slave' } 60, 'the demotion';
    once_more('a failover');
    $rig->stop;
}


sub test_death {
    open_rig(look_every => 500, down_after => 3000);

    my $run = start(700);

    $rig->kill('m1');
    is($run->ended(700 .. 1500), 2, 'a dead master');
    like($run->text, qr/redis "127.0.0.1:\d+" is lost: /, '... is said');
    like($run->text, qr/broken off; what is up to line \d+ was written, but a failover may have lost the last of it\. Run it again/,
        '... and how to go on');
    once_more('while it is replaced')
        if $rig->wait_master_other_than('m1') && $rig->start('m1');
    $rig->stop;
}


# replicas and Sentinels are at the other side: what it takes will be lost

sub test_cut {
    open_rig(look_every => 500, down_after => 3000);

    my $run = start(700);

    $rig->cut([ 'm1', 'client' ], [ qw( r1 r2 s1 s2 s3 ) ]);
    is($run->ended(700 .. 999), 2, 'a master that is cut off');
    like($run->text, qr/^records +1000$/m, '... has taken all');
    like($run->text, qr/none of its \d replicas has received all that was written/,
        '... but nobody has it from there');
    like($run->text, qr/all was written, but the last of it may be lost\. Run it again/,
        '... and what to do');
    $rig->heal;
    $rig->wait_master_other_than('m1');
    once_more('healed');
    $rig->stop;
}


# Sentinels know replicas that the master has not: one of them may take over

sub test_alone {
    open_rig();

    my $master = $rig->master;
    my @sentinels = sentinels($rig->sentinel_addresses);

    $master->client->acl('SETUSER', 'polycard_office', '-info');

    my $run = import_by(@sentinels);

    is($run->{status}, 0, 'a user that may not run INFO') or diag $run->{err};
    is(scalar(() = $run->{err} =~ /has received all is not known: NOPERM/g), 1,
        '... does not know whether there are replicas, and says so');

    $master->client->acl('SETUSER', 'polycard_office', '+info');
    is(import_by(@sentinels)->{err}, '', '... else nothing is said');

    $rig->cut([ 'm1' ], [ qw( r1 r2 ) ]);
    $master->client->client('KILL', 'TYPE', 'replica');
    wait_until { $master->replication('connected_slaves') eq '0' }
        'no replicas';
    $run = import_by(@sentinels);
    is($run->{status}, 2, 'no replica is connected');
    like($run->{err}, qr/it has none of the 2 replicas that the Sentinels know\n.*all was written, but the last of it may be lost/s,
        '... and what it means');

    $rig->heal;
    $rig->ready;
    is(import_by(@sentinels)->{status}, 0, '... once they are back: done');
    $rig->stop;
}


sub test_tls {
    open_rig(tls => 1, passwords => 1, look_every => 500,
        sentinel_password => $SECRET);

    my $dir = $tools->dir;
    my @sentinels = sentinels($rig->sentinel_addresses);
    my @redis = ('--tls', '--cacert=' . $rig->ca->file);
    my @tls = ('--sentinel-tls', '--sentinel-cacert=' . $rig->ca->file);
    my @password = '--sentinel-password-file='
        . spew("$dir/sentinel.password", "$SECRET\n");

    my $run = import_by(@sentinels, @redis, @tls, @password);

    is($run->{status}, 0, 'each with its own') or diag $run->{err};
    is(there($rig->master), 1, '... is there');

    $run = import_by(@sentinels, @redis, @tls);
    is($run->{status}, 2, 'no password');
    like($run->{err}, qr/Sentinel ".*": NOAUTH/, '... the Sentinels say so');

    my $log = join '', map { $_->log } $rig->sentinels;

    unlike($log, qr/polycard_office/, '... none has seen that of Redis');

    $run = import_by(@sentinels, @redis, @tls,
        '--sentinel-password-file=' . spew("$dir/wrong", "wrong\n"));
    like($run->{err}, qr/Sentinel ".*": WRONGPASS/, 'a wrong one');

    $run = import_by(@sentinels, @redis, @password, '--sentinel-tls');
    like($run->{err}, qr/Sentinel ".*": TLS: /, 'an authority not trusted');
    is($run->{status}, 2, '... nothing is done');

    $run = import_by(@sentinels, '--tls', @tls, @password);
    like($run->{err}, qr/Sentinel ".*": the master is .*cannot connect to redis ".*": TLS: /s,
        'that of Redis not trusted');
    is($run->{status}, 2, '... nothing is done');
    $rig->stop;
}
