# polycard-import --delete-missing and those who registered with Polycard: as long
# as the market has not confirmed them in the stream `registered`, and if they came
# after the file was written, or in the day before, it cannot name them.  So they
# neither go nor are taken for somebody in it.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Command;
use Polycard::Test;
use Polycard::Tools;

my $tools = Polycard::Tools->new;
my $redis = $tools->client;
my $stream = $tools->key('registered');

my $mine = '380671112233';
my $hers = '380931112233';
my $other = '380501234567';
my $card = 2900000000018;

test_kept();
test_number();
test_card();
test_carded();
test_read();
test_time();
test_unknown_time();
test_groups();
test_pages();
test_bound();
test_pipe();
test_faults();

finish();


# one client of the market, and one who has registered since

sub fill {
    $redis->flushall;
    $tools->import_ok('one client', text("$mine,4820000000017,5001"));
    add($hers);
}


sub text { return join "\n", 'phone,barcode,id', @_, '' }


# what the module calls, with the numbers in use known

sub add {
    my ($phone, $is) = @_;

    $redis->hset($tools->key('meta'), sync => 'done');
    $redis->rpush($tools->key('cards'), $card++);

    my $reply = $redis->fcall('polycard_add_client', 1, $Polycard::Tools::PREFIX,
        $phone, 'pool', '', '', '', name => 'Ольга', bonus => 100);

    die "addClient: $reply->[0]\n" if $reply->[0] ne ($is // 'created');
}


sub go {
    my ($input, @options) = @_;

    return $tools->import_file($input, '--delete-missing', @options);
}


# who is there has registered so much earlier

sub age {
    my ($seconds) = @_;

    for my $key ($redis->keys($tools->key('added:*'))) {
        my %added = $redis->hgetall($key);

        s/ \K(\d+)$/$1 - 1000 * $seconds/e for values %added;
        $redis->hset($key, %added);
    }
}


sub records { $redis->xrange($stream, '-', '+') }


sub test_kept {
    fill();

    my $file = text("$mine,4820000000017,5001");
    my $run = go($file, '--dry-run');

    counted($run, { records => 1, unchanged => 1, kept => 1 },
        'a trial: who registered is not missing');

    $run = go($file);

    is($run->{status}, 0, 'who registered after the file was written');
    counted($run, { records => 1, unchanged => 1, kept => 1 }, '... is kept');
    like($run->{out},
        qr/^kept +1 \(registered with Polycard, not in the file yet\)$/m,
        '... and it is said why');
    is($tools->stored("client:$hers")->{bonus}, 100, '... with all she has');
    is(scalar(my @left = records()), 1, '... and the market can read it still');

    $run = go("phone,name\n$mine,\n$hers,Ольга\n");

    counted($run, { records => 2, unchanged => 2 },
        'a file that names her: nobody is kept');
}


# both count the ids: the number of the next client of the market is hers

sub test_number {
    fill();

    is($tools->stored("client:$hers")->{id}, 5002, 'she got a number');

    my $run = go(text("$mine,4820000000017,5001", "$other,4820000000024,5002"));

    counted($run, { records => 2, unchanged => 1, new => 1, kept => 1 },
        '... which is that of a new client in the file: nobody is moved');
    is($tools->stored("client:$hers")->{barcode}, $card - 1,
        '... she has her card');
    is($tools->stored("client:$other")->{barcode}, '4820000000024',
        '... and he has his');
    is($tools->stored("client:$other")->{bonus}, undef, '... and no bonus');
}


# who knows the card has read it, by whatever way

sub test_card {
    fill();

    my $held = $tools->stored("client:$hers")->{barcode};
    my $run = go(text("$mine,4820000000017,5001", "$other,$held,5002"));

    is($run->{status}, 0, 'a file that gives her card and number');
    is($tools->stored("client:$other")->{barcode}, $held,
        '... and another phone: she has moved');
    is_deeply([ sort($tools->phones) ], [ $other, $mine ], '... there');
}


# a client of the market who got a card is in its files

sub test_carded {
    $redis->flushall;
    $tools->import_ok('a client without a card', text("$mine,,5001",
        "$other,4820000000024,"));
    add($mine, 'carded');

    is($redis->hget("$Polycard::Tools::PREFIX" . "client:$mine", 'barcode'),
        $card - 1, 'he got one');

    my $run = go(text("$other,4820000000024,"));

    counted($run, { records => 1, unchanged => 1, deleted => 1 },
        '... and goes when the file does not name him');
}


sub test_read {
    my $file = text("$mine,4820000000017,5001");

    fill();
    add($other);

    my ($first) = records();

    age(2 * 86_400);
    confirm($first->[0]);

    my $run = go($file);

    counted($run, { records => 1, unchanged => 1, deleted => 1, kept => 1 },
        'of two who registered the market has confirmed the first');
    is_deeply([ sort($tools->phones) ], [ $other, $mine ], '... she goes');
}


sub confirm {
    my ($record) = @_;

    $redis->fcall('polycard_read', 1, $Polycard::Tools::PREFIX, $record);
}


# A file is written, then she registers and is confirmed at once, then the file
# is imported.  It may be an old one, that was long on its way.

sub test_time {
    my $file = $tools->dir . '/input';

    fill();
    confirm((records())[0][0]);
    is(scalar(my @none = records()), 0, 'confirmed at once');

    my $run = go(text("$mine,4820000000017,5001"));

    counted($run, { records => 1, unchanged => 1, kept => 1 },
        '... and in no file yet: she is kept');

    age(40 * 3600);
    Polycard::Test::spew($file, text("$mine,4820000000017,5001"));
    utime time, time - 30 * 3600, $file or die "$file: $!\n";
    is(go({ file => $file })->{count}{kept}, 1,
        '... also 10 hours before that, in a file of the day before');

    utime time, time - 10 * 3600, $file or die "$file: $!\n";
    is(go({ file => $file }, '--dry-run')->{count}{missing}, 1,
        '... 30 hours before the file she is missing');
    is(go({ pipe => text("$mine,4820000000017,5001") }, '--dry-run')
        ->{count}{missing}, 1, '... 40 hours before what comes by a pipe, too');

    utime time, time + 90 * 3600, $file or die "$file: $!\n";
    is(go({ file => $file })->{count}{deleted}, 1,
        '... and before a file that is of a time to come');
}


# those whom an earlier release has noted without it, and what is none of ours

sub test_unknown_time {
    my $key = $tools->key('added:' . substr $hers, -3);

    for my $stored ('0' x 40, '0' x 40 . ' x', 'x', '') {
        fill();
        confirm((records())[0][0]);
        $redis->hset($key, $hers, $stored);
        is(go(text("$mine,4820000000017,5001"))->{count}{deleted}, 1,
            "a time that is not known: \"$stored\"");
    }

    fill();
    confirm((records())[0][0]);
    $redis->del($key);
    $redis->set($key, 'x');

    my $run = go(text("$mine,4820000000017,5001"), '--dry-run');

    is($run->{count}{missing}, 1, 'a key of a wrong type');
}


sub test_groups {
    my $file = text("$mine,4820000000017,5001");
    my @group = map { "group \xff$_" } 1, 2;

    fill();
    age(2 * 86_400);
    $redis->xgroup('CREATE', $stream, $_, 0) for @group;

    is(go($file)->{count}{kept}, 1, 'groups to which nothing was delivered');

    deliver($group[0]);
    is(go($file)->{count}{kept}, 1, 'one got it, and has not acknowledged it');

    acknowledge($group[0]);
    is(go($file)->{count}{kept}, 1, 'one has, the other one knows nothing');

    deliver($group[1]);
    is(go($file)->{count}{kept}, 1, '... or has it in work');

    # a record that was removed is on the list of its consumer still

    add($other);
    age(2 * 86_400);
    deliver($group[1]);
    acknowledge($group[1]);
    deliver($group[0]);
    $redis->xdel($stream, (records())[1][0]);

    my $run = go($file);

    counted($run, { records => 1, unchanged => 1, deleted => 2 },
        'both have acknowledged it, or it was removed: they go');
    is(scalar(my @left = records()), 1, '... the stream is as it was');
}


sub deliver {
    my ($group) = @_;

    $redis->xreadgroup('GROUP', $group, 'one', 'STREAMS', $stream, '>');
}


sub acknowledge {
    my ($group) = @_;

    $redis->xack($stream, $group, map { $_->[0] } records());
}


# more than one page, of records and of what is not acknowledged

sub test_pages {
    my $file = text("$mine,4820000000017,5001");

    fill();

    my @many = map { 380_440_000_000 + $_ } 1 .. 1100;

    add($_) for @many;
    age(2 * 86_400);

    is(go($file)->{count}{kept}, 1101, '1,101 who registered');

    $redis->xgroup('CREATE', $stream, 'shop', 0);
    $redis->xreadgroup('GROUP', 'shop', 'one', 'COUNT', 1050, 'STREAMS', $stream,
        '>');

    my @records = records();

    $redis->xack($stream, 'shop', map { $_->[0] } @records[grep { $_ % 2 == 0 }
        0 .. 1049]);

    my $run = go($file, '--force');

    is($run->{count}{deleted}, 525, '... of whom 525 are confirmed: they go');
    is($run->{count}{kept}, 576, '... those in work and those to come stay');
}


# who is kept does not count as missing

sub test_bound {
    fill();
    add(380_440_000_000 + $_) for 1 .. 40;

    my $run = go(text("$mine,4820000000017,5001"));

    is($run->{status}, 0, 'more of them than may go at once');
    counted($run, { records => 1, unchanged => 1, kept => 41 },
        '... hinder nobody');
}


sub test_pipe {
    fill();

    my $run = go({ pipe => text("$mine,4820000000017,5001") });

    is($run->{status}, 0, 'a pipe');
    is($run->{count}{kept}, 1, '... keeps her, too');
}


# it is not known who they are

sub test_faults {
    fill();

    my $before = $redis->debug('DIGEST');

    $redis->rename($stream, "$stream.aside");
    $redis->set($stream, 'x');

    my $run = go(text("$mine,4820000000017,5001"));

    is($run->{status}, 2, 'a stream of a wrong type');
    like($run->{err}, qr/WRONGTYPE/, '... is said');

    $redis->del($stream);
    $redis->rename("$stream.aside", $stream);
    is($redis->debug('DIGEST'), $before, '... and nobody is deleted');

    # records that are none of addClient's

    $redis->xadd($stream, '*', 'x', 'y');
    $redis->xadd($stream, '*', action => 'created', phone => '');
    is(go(text("$mine,4820000000017,5001"))->{count}{kept}, 1,
        'records of others change nothing');
}
