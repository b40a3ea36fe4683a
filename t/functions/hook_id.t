# Ids of hooks: whatever Redis loses, whoever writes beside it, wherever its clock
# stands, none is that of another hook, and the later one is the greater one.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;
use Polycard::Redis;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my $phone = '380671112233';
my $stream = $f->key('outbox');

test_transaction();
test_last_id();
test_no_phone();
test_loss();
test_restart();
test_rights();
test_masters();

finish();


# the hooks that wait, by their ids

sub ids {
    my ($client) = @_;

    return map { $_->[0] } @{ ($client // $redis)->xrange($stream, '-', '+') };
}


sub begin {
    $f->reset;
    $f->hooks_on;
    $f->call(put_client => $phone, name => 'Olha', barcode => 'A1');
}


sub change { $f->call(change_bonus => $phone, 5) }


# the part of an id that tells whose it is

sub history_of {
    my ($id) = @_;

    return $id =~ /^\d+-(\d+)\d{6}$/ ? $1 : $id =~ /^\d+-\d{1,6}$/ ? 0 : $id;
}


# that of a server that has lost all so many times

sub history {
    my ($client, $losses) = @_;

    my $first = hex(substr $client->info('replication')->{master_replid}, 0, 6)
        + ($losses || 0);

    return $first =~ s/380/381/gr;
}


sub is_rising {
    my ($name, @ids) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my @parts = map { [ split /-/ ] } @ids;

    is_deeply([ map { join '-', @$_ } sort { $a->[0] <=> $b->[0]
        || $a->[1] <=> $b->[1] } @parts ], \@ids, $name);
}


# two that write at the same time, when one takes the place of the other, which
# hangs

sub test_masters {
    $f->redis->load_library_without_time;
    begin();

    my $first = history($redis);    # its history has another name with a replica
    my $other = Polycard::Redis->new(primary => $f->redis);

    $other->wait_received;
    $other->client->replicaof('NO', 'ONE');

    my @clients = ($redis, $other->client);

    for my $amount (1 .. 500) {
        $_->fcall(polycard_change_bonus => 1, $f->key(''), $phone, 1, sub { })
            for @clients;
    }

    $_->wait_all_responses for @clients;

    my @ids = map { [ ids($_) ] } @clients;
    my %seen;

    $seen{$_}++ for map { @$_ } @ids;

    is_deeply([ map { scalar @$_ } @ids ], [ 501, 501 ], 'two masters write hooks');
    is_deeply([ grep { $seen{$_} > 1 } sort keys %seen ], [ $ids[0][0] ],
        '... which have one in common: that of before');

    for (0, 1) {
        is_rising('... the later one the greater one', @{ $ids[$_] });
        is(history_of($ids[$_][-1]), $_ ? history($clients[$_]) : $first,
            '... which tells whose it is');
    }

    # what is replicated has the id that it had

    $other->client->replicaof('127.0.0.1', $f->redis->port);
    $other->wait_received;
    is_deeply([ ids($other->client) ], $ids[0], 'a replica has the same');
}


# its calls have one time

sub test_transaction {
    begin();
    $redis->multi;
    $redis->fcall(polycard_patch_client => 1, $f->key(''), $phone,
        '*', name => "N$_", bonus => $_) for 1 .. 20;
    $redis->exec;

    my @ids = ids();

    is(@ids, 41, 'calls of one transaction, two hooks each');
    is_rising('... have rising ids', @ids);
    is_deeply([ grep { $_ != history($redis) } map { history_of($_) } @ids ], [],
        '... of this history');
}


# The clock of Redis is behind that of what is there: it was set back, or another
# server wrote it.

sub test_last_id {
    my $own = history($redis);
    my $ms = 4102444800000;
    my %next = (
        "$ms-0" => "$ms-${own}000000",
        "$ms-${own}000041" => "$ms-${own}000042",
        "$ms-${own}999998" => "$ms-${own}999999",
        "$ms-${own}999999" => $ms + 1 . "-${own}000000",
        "$ms-16777216000000" => $ms + 1 . "-${own}000000",
        "$ms-18446744073709551615" => $ms + 1 . "-${own}000000",
        '18446744073709551614-0' => '18446744073709551614-1',
        '18446744073709551614-18446744073709551615' => '18446744073709551615-0',
    );

    for my $last (sort keys %next) {
        begin();
        $redis->xadd($stream, $last, 'a', 'b');
        $redis->xdel($stream, $last);
        change();
        is((ids())[-1], $next{$last}, "after $last");
        change();
        is_rising('... and on', ids());
    }

    begin();
    $redis->xadd($stream, "$ms-0", 'a', 'b');
    $f->call(patch_client => $phone, '*', name => 'Mark', bonus => 7, discount => 2);
    is_deeply([ (ids())[-3 .. -1] ], [ map { "$ms-${own}00000$_" } 0 .. 2 ],
        'several of one call');
}


# of a history whose digits are those of a phone

sub test_no_phone {
    my $library = $f->redis->library;
    my %seen;

    for my $history (380, 3801106, 13801106, 11380110, 380110) {
        (my $told = $library) =~ s/^function market\.history\(\)\n\K/sprintf
            "    if true then return '%06x0000000000' end\n", $history/me or die 'no such line';
        $redis->function('LOAD', 'REPLACE', $told);
        begin();

        my ($id) = ids();

        unlike($id, qr/380\d{9}/, "$history: no phone is in $id");
        $seen{ history_of($id) }++;
    }

    is(scalar keys %seen, 5, '... each has its own');
    $f->redis->load_library_without_time;
}


# A loss of all, in one history: ids would come again if the clock was set back.

sub test_loss {
    begin();
    is(history_of((ids())[0]), history($redis), 'before a loss');
    $f->reset;
    $f->acquire;
    $f->fenced(settings => lost => 1, hooks => 1, initial_sync => 'announce');
    $f->call(put_client => $phone, name => 'Olha', barcode => 'A1');
    $redis->hset($f->key('meta'), sync => 'done');
    change();
    is(history_of((ids())[-1]), history($redis, 1), 'after it others');
}


sub test_restart {
    $f->redis->restart;
    $redis = $f->client;
    $f->redis->load_library_without_time;
    begin();
    is(history_of((ids())[0]), history($redis), 'after a restart, those of a history');
}


# a user that Redis does not tell

sub test_rights {
    begin();
    $f->redis->load_library_without_time;
    $redis->acl('SETUSER', 'shop', 'on', '>pw', '~*', '&*', '+@all', '-info');

    my $shop = Redis->new(sock => $f->redis->socket, username => 'shop',
        password => 'pw');

    $shop->fcall(polycard_change_bonus => 1, $f->key(''), $phone, 5);
    is(history_of((ids())[-1]), 0, 'a user without the right to INFO');
    change();
    is(history_of((ids())[-1]), history($redis), '... for himself alone');
    is_rising('... and in order', ids());
    $f->reset;
    $shop->fcall(polycard_settings => 1, $f->key(''), $f->acquire, hooks => 1);
    begin();
    is(history_of((ids())[-1]), history($redis, 1), '... also where all is lost');

    # what there is to ask is asked after the first write

    $redis->acl('SETUSER', 'shop', '+info', '-time');
    $shop->fcall(polycard_change_bonus => 1, $f->key(''), $phone, 5);
    $redis->xadd($stream, '4102444800000-0', 'a', 'b');
    $redis->xdel($stream, '4102444800000-0');
    $redis->acl('SETUSER', 'shop', '+time', '-xinfo');
    $shop->fcall(polycard_patch_client => 1, $f->key(''), $phone, '*',
        name => 'Mark', bonus => 7, discount => 2);
    is_deeply([ (ids())[-3 .. -1] ], [ map { "4102444800000-$_" } 1 .. 3 ],
        'several of a call, numbered by Redis');
    is(scalar(my @all = ids()), 5, 'without that to TIME, or XINFO, hooks are written');
    is_rising('... in order', ids());
}
