# From the market to the gateway, whatever happens between: random writes by
# functions and plain commands, sweeps, a full outbox, the guard, and emitters
# that take over from each other, crash, repeat their calls and get random
# verdicts.  In the end the gateway's picture of clients and groups equals the
# live records.
#
# The emitter is a model of core/dispatch: a window of hooks that were read,
# one on its way per key.
#
# Environment: POLYCARD_SEED, POLYCARD_ROUNDS.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;
use Polycard::GatewayModel;

my $seed = $ENV{POLYCARD_SEED} || time;
my $rounds = $ENV{POLYCARD_ROUNDS} || 60;
my $f = Polycard::Functions->new;
my $redis = $f->client;
my $gateway = Polycard::GatewayModel->new;

note "POLYCARD_SEED=$seed";
srand($seed);

my @phones = map { sprintf '38067111%04d', 1000 + $_ * 7 } 1 .. 30;
my @groups = 1 .. 4;
my %fields = (
    clients => [qw( surname name middlename email sex birthday barcode bonus
        discount loyalty_group_id )],
    loyalty_groups => [qw( title loyaltyType loyaltyQuantity active )],
);

sub one_of { return $_[rand @_] }
sub chance { return rand() < $_[0] }

my (@faults, %count);

sub fault { push @faults, "@_" }
sub apply { $gateway->apply(@_) }


# The market

sub key_of { return $_[0] =~ /:/ ? $f->key($_[0]) : $f->key("client:$_[0]") }

sub bonus { return one_of('0', '5', '10.5', '-3.25', '0.01', '999999.99') }

sub write_client {
    my ($phone) = @_;

    my $key = key_of($phone);
    my $dice = rand;

    return $redis->del($key) if $dice < 0.12 || $redis->type($key) eq 'string';
    return $redis->set($key, 'garbage') if $dice < 0.14;
    return $redis->hdel($key, one_of(@{ $fields{clients} })) if $dice < 0.3;

    $redis->hset($key, barcode => substr($phone, -4) . one_of('', 1, 2))
        if chance(0.5);
    $redis->hset($key, one_of('bonus', 'discount'), bonus()) if chance(0.7);
    $redis->hset($key, one_of('name', 'email'), one_of('Оля', "\xff", 'x"\\'))
        if chance(0.5);
}

sub write_group {
    my ($key) = @_;

    return $redis->del(key_of($key)) if chance(0.15);

    $redis->hset(key_of($key), title => one_of('a', 'b'), loyaltyType =>
        'bonuses', loyaltyQuantity => bonus(), active => one_of(0, 1));
}

sub id_of { return $_[0] =~ /(\d+)$/ ? $1 : () }

my %market = (
    plain        => sub { write_client($_[0]) },
    plain_group  => sub { write_group('group:' . one_of(@groups)) },
    put          => sub { $f->error(put_client => $_[0], name => rand(9),
                              barcode => substr($_[0], -4),
                              bonus => bonus()) },
    change_bonus => sub { $f->error(change_bonus => $_[0], bonus()) },
    delete       => sub { $f->error(delete_client => $_[0]) },
    add          => sub { $f->error(add_client => $_[0], 'ean13', '20', '',
                              '', name => 'Іван') },
    put_group    => sub { $f->error(put_group => one_of(@groups), title =>
                              rand(9), loyaltyType => 'discount',
                              loyaltyQuantity => 5) },
    capture      => sub { $f->error(capture => map { one_of(@phones) }
                              1 .. 5) },
    capture_all  => sub { $f->error(capture => @phones[0 .. 24]) },
    resend       => sub { $f->error(resend => $_[0]) },
);


# The emitter

my (@window, $after, $holder, @old);
my $attempts_max = 3;

# a call whose answer may be lost: then it is made again, and changes nothing

sub sure {
    my ($name, @arguments) = @_;

    my $reply = $f->fenced($name, @arguments);

    if (chance(0.1)) {
        my $again = $f->fenced($name, @arguments);

        fault("$name again: $again") if $again != 0;
        $count{repeated}++;
    }

    return $reply;
}

sub take_over {
    push @old, $f->fence if $f->fence;

    if (chance(0.5)) {
        $redis->del($f->key('lease'));
    } elsif ($f->fence) {
        $f->call(release => $f->fence);
    }

    $f->acquire('emitter ' . ++$holder);
    @window = ();
    $after = '0-0';
    $count{take_over}++;
}

sub read_more {
    my ($last, @hooks) = @{ $f->fenced(next => $after, 1 + int rand 20) };

    $after = $last;
    push @window, @hooks;
}

# the first of its key in the window is sent

sub send_one {
    my %seen;
    my @first = grep { !$seen{$_->[1]}++ } @window;
    my $hook = one_of(@first) or return;
    my ($id, $key) = @$hook;
    my @same = grep { $_->[1] eq $key && $_ != $hook } @window;

    if (@same && chance(0.1)) {
        my @rest = splice @same, rand @same;

        fault('hold') if sure(hold => $key, map { $_->[0] } @rest) != @rest;
        forget(@rest);
        return;
    }

    if (chance(0.7)) {
        apply(@$hook);

        # or nobody learns that it was accepted

        return if chance(0.1);
        sure(accept => $id);
        forget($hook);
        return;
    }

    my $done = sure(refuse => $key, $id, int rand 3, $attempts_max,
        'status 400', 'no', map { $_->[0] } @same);

    fault("refuse: $done") if $done == 0;
    died($hook) if $done < 0;
    forget($hook, @same);
}

sub forget {
    my %gone = map { $_->[0] => 1 } @_;

    @window = grep { !$gone{$_->[0]} } @window;
}

sub died {
    my ($hook) = @_;

    $gateway->died($hook->[1]);
    $count{died}++;
}

# what is in the window goes before what is on hold

sub send_due {
    my ($ms, @hooks) = @{ $f->fenced(due => 1 + int rand 10) };

    for my $hook (@hooks) {
        my ($key, $attempts, $id, @rest) = @$hook;

        next if grep { $_->[1] eq $key } @window;

        if (chance(0.5)) {
            apply($id, $key, @rest);
            next if chance(0.1);
            fault('accept_held') if sure(accept_held => $key, $id) != 1;
            next;
        }

        my $done = sure(refuse_held => $key, $id, $attempts, int rand 3,
            $attempts_max, 'status 400', 'no');

        fault("refuse_held: $done") if $done == 0;
        died([$id, $key]) if $done < 0;
    }
}

# one whose lease is over can do no harm

sub send_late {
    my $fence = one_of(@old) or return;
    my $hook = one_of(@window) || ['1-1', $phones[0]];
    my ($id, $key) = @$hook;
    my $digest = $f->digest;

    for my $call ([accept => $fence, $id], [hold => $fence, $key, $id],
        [refuse => $fence, $key, $id, 1, 1, 'r', 'a'],
        [accept_held => $fence, $key, $id], [next => $fence, '0-0', 10],
        [refuse_held => $fence, $key, $id, 1, 1, 1, 'r', 'a'],
        [due => $fence, 10], [release => $fence],
        [settings => $fence, hooks => 0], [sweep_index => $fence, 0, 10])
    {
        my $error = $f->error(@$call);

        fault("$call->[0] of an old holder: $error") if $error !~ /^FENCED /;
    }

    fault('an old holder has changed something') if $f->digest ne $digest;
    $count{late}++;
}

sub confirm {
    $count{confirmed} += $f->call('confirm_deletions');
}

my %emitter = (
    read      => \&read_more,
    send      => \&send_one,
    send_more => sub { send_one() for 1 .. 10 },
    due       => \&send_due,
    late      => \&send_late,
    take_over => sub { take_over() if chance(0.3) },
    sweep     => sub { $f->sweep(one_of(qw( index groups scan ))) },
    attempts  => sub { $attempts_max = one_of(1, 2, 3, 100) },
    requeue   => sub { $f->call(requeue => 'all') if chance(0.3) },
    bound     => sub { $f->fenced('settings', outbox_max => one_of(1, 10, 30,
                           1000), delete_guard => one_of(0, 100, 100)) },
    confirm   => \&confirm,
);


# No more wait than `outbox_max`, unless there were more before it was lowered,
# or an operator has put some back.

my $most = 0;

sub waiting {
    my $status = $f->status;

    return $status->{outbox} + $status->{held};
}

sub check_bound {
    my ($waiting, $bound) = (waiting(), $f->status->{outbox_max});

    fault("$waiting wait, not $bound") if $waiting > $most
        && $waiting > $bound;
    $most = $waiting;
}


# In the end all is well

sub settle {
    take_over();
    $f->fenced('settings', outbox_max => 100_000);

    # whether a broken record is reported depends on when it was looked at

    for my $phone (@phones) {
        my $type = $redis->type(key_of($phone));

        $redis->del(key_of($phone)) if $type eq 'string'
            || ($type eq 'hash' && !$redis->hget(key_of($phone), 'barcode'));
    }

    for (1 .. 2) {
        $f->sweep($_) for qw( index groups scan );
        confirm();
    }

    $f->sweep($_) for qw( index groups );
}

sub deliver {
    while (1) {
        read_more();

        if (@window) {
            apply(@$_) for @window;
            $f->fenced(accept => map { $_->[0] } @window);
            @window = ();
            next;
        }

        # those that wait for an attempt need not wait

        my @held = $redis->zrange($f->key('retry'), 0, -1);

        $redis->zadd($f->key('retry'), 1, $_) for @held;

        my ($ms, @due) = @{ $f->fenced(due => 128) };

        for my $hook (@due) {
            my ($key, $attempts, $id, @rest) = @$hook;

            apply($id, $key, @rest);
            $f->fenced(accept_held => $key, $id);
        }

        last if !@due && !@held;
    }
}

# attributes as they are told

sub live {
    my ($object, $key) = @_;

    my %stored = $redis->hgetall(key_of($key));
    my %live;

    for my $field (@{ $fields{$object} }) {
        my $value = $stored{$field};

        next if !defined $value;

        $value = $value ? 'true' : 'false' if $field eq 'active';
        $live{$field} = $value;
    }

    return %live ? \%live : undef;
}

sub compare {
    my ($object, $key) = @_;

    my $live = live($object, $key);

    # what is dead may come after what is newer

    return if !$live && $gateway->is_dead($key);

    if ($live && $gateway->is_dead($key)) {
        $f->call(resend => split /:/, $key);
        deliver();
    }

    fault("$key is " . text_of_attributes($live) . ', not '
        . text_of_attributes($gateway->told($key)))
        if text_of_attributes($live)
           ne text_of_attributes($gateway->told($key));
}

sub left_over {
    my $status = $f->status;

    for my $name (qw( outbox held held_keys dead found deletions_waiting
        deletions_confirmed ))
    {
        fault("$name: $status->{$name}") if $status->{$name};
    }

    fault('guard') if $status->{guard} ne 'open';
    fault("left: $_") for $redis->keys($f->key('retry*')),
        $redis->keys($f->key('gone')), $redis->keys($f->key('found'));
}


take_over();
$f->fenced('settings', hooks => 1, delete_guard => 100);
$f->sweep('scan');

my @market = sort keys %market;
my @emitter = sort keys %emitter;

# more of them where chance has left something out

my @happens = qw( applied confirmed died repeated take_over late );

for my $round (1 .. 10 * $rounds) {
    $count{applied} = $gateway->count;
    last if $round > $rounds && !grep { ($count{$_} || 0) <= 5 } @happens;

    for (1 .. 60) {
        if (chance(0.5)) {
            $market{one_of(@market)}->(one_of(@phones));
        } else {
            my $what = one_of(@emitter, qw( read send_more due ));

            $emitter{$what}->();
            $most = waiting() if $what eq 'requeue';
        }

        check_bound();
    }

    if ($round % 5 == 0) {
        settle();
        1 while $f->call(requeue => 'all');
        deliver();
        compare(clients => $_) for @phones;
        compare(loyalty_groups => "group:$_") for @groups;
        left_over();

        # keys that have lost their order begin again

        for my $key ($gateway->dead) {
            my ($kind, $id) = $key =~ /:/ ? ('group', id_of($key))
                : ('client', $key);

            $f->call("delete_$kind" => $id);
        }

        settle();
        deliver();
        $gateway->begin_anew;
    }

    push @faults, $gateway->faults;

    if (@faults) {
        unshift @faults, "round $round";
        last;
    }
}

ok(!@faults, 'the gateway knows what is live')
    or diag(map { "$_\n" } "POLYCARD_SEED=$seed",
        splice @faults, 0, 20);

for my $what (@happens) {
    cmp_ok($count{$what} || 0, '>', 5, "$what: " . ($count{$what} || 0));
}

finish();
