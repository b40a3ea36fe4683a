# What the gateway knows of a market, from its hooks alone, as it is told to do
# it: hooks in the order in which they come, repeated ids dropped.  And what it
# should know: the records in Redis.
#
#   my $picture = Polycard::Picture->new($shop->gateway->hooks);
#   $picture->records;      # { "client <phone>" => "text", ... }
#   $picture->flaws;        # what cannot be: a list of texts
#   Polycard::Picture::mirror($shop);       # like records
#
#   my $picture = Polycard::Picture::wait_same($shop, 30);
#   my $picture = Polycard::Picture::wait_same($shop, 30, "group 1", ...);
#
# a test: within so many seconds nothing waits any more, and the gateway knows
# what is in Redis, but for these records.
#
# Discounts are not looked into: a hook "bonuses" does not say what it is of.

package Polycard::Picture;

use strict;
use warnings;

use JSON::MaybeXS ();
use Test::More;

use Polycard::Test ();

my $json = JSON::MaybeXS->new->canonical;

# 1: Redis is started again meanwhile, so that what was told in the last minute is
# told once more, as it is now: added, or deleted (hook/told.h)
our $RETOLD = 0;

# 1: a server whose place another one had taken may have it again
our $RETURNS = 0;

# What a server has written since this time, ms, may be lost where another one takes
# its place: what that says first of a key need not follow from what the gateway has.
our $LOST;

# of the numbers in the ids of hooks, how many a server has (hook_id.lua)
my $SPAN = 1_000_000;


sub new {
    my ($class, @hooks) = @_;

    my $self = bless { records => {}, bonus => {}, last => {}, flaws => [] },
        $class;
    my %seen;

    for my $hook (@hooks) {
        next if $seen{ $hook->{id} }++;

        $self->{hooks}++;
        $self->apply($hook);
    }

    $self->{repeats} = @hooks - ($self->{hooks} || 0);

    return $self;
}


sub hooks   { $_[0]{hooks} || 0 }
sub repeats { $_[0]{repeats} }
sub flaws   { @{ $_[0]{flaws} } }

# how many are none only because of $LOST
sub forgiven { $_[0]{forgiven} || 0 }


sub records {
    my ($self) = @_;

    my $records = $self->{records};

    return { map { $_ => $json->encode($records->{$_}) } keys %$records };
}


sub flaw {
    my ($self, $hook, $text) = @_;

    push @{ $self->{flaws} }, "$hook->{id} $hook->{object} $hook->{action}: "
        . "$text " . $json->encode($hook->{data});
}


# about: whether there is a `record`, or how much its `bonus` is

sub odd {
    my ($self, $hook, $what, $about, $text) = @_;

    return $self->{forgiven}++ if $self->{unsure}{$what}{$about};

    $self->flaw($hook, $text);
}


sub apply {
    my ($self, $hook) = @_;

    my $data = $hook->{data};
    my $what = $hook->{object} eq 'loyalty_groups' ? "group $data->{id}"
        : 'client ' . ($data->{phone} || $data->{client_phone});

    $self->check_order($hook, $what);

    return $self->apply_bonus($hook, $what) if $hook->{object} eq 'bonuses';

    my $old = $self->{records}{$what};

    if ($hook->{action} eq 'deleted') {
        $self->odd($hook, $what, 'record', 'nobody was there')
            if !$old && !($RETOLD && $self->{gone}{$what});
        $self->{gone}{$what} = 1;
        delete $self->{records}{$what};
        delete $self->{bonus}{$what};
        delete $self->{unsure}{$what};

        return;
    }

    $self->odd($hook, $what, 'record', 'was there already')
        if $old && $hook->{action} eq 'added' && !$RETOLD;
    $self->odd($hook, $what, 'record', 'was not there')
        if !$old && $hook->{action} eq 'changed';

    $self->{records}{$what} = plain($data);
    delete $self->{unsure}{$what}{record};

    if ($hook->{action} eq 'added') {
        $self->{bonus}{$what} = $data->{bonus} || 0;
        delete $self->{unsure}{$what};
    }
}


# amounts of a client must add up, hook by hook

sub apply_bonus {
    my ($self, $hook, $what) = @_;

    my $data = $hook->{data};
    my $record = $self->{records}{$what}
        or return $self->odd($hook, $what, 'record', 'nobody is there');

    my $sum = sprintf '%.2f', ($self->{bonus}{$what} // 0) + $data->{change};

    $self->odd($hook, $what, 'bonus', "$sum is not the total")
        if abs($sum - $data->{total}) > 0.001;
    delete $self->{unsure}{$what}{bonus};

    $self->{bonus}{$what} = $data->{total};
    $record->{bonus} = sprintf '%.2f', $data->{total};

    delete $record->{bonus} if $hook->{action} eq 'deleted';
}


sub check_order {
    my ($self, $hook, $what) = @_;

    my $last = $self->{last}{$what} || [ 0, 0 ];
    my @now = split /-/, $hook->{id};
    my ($server, $before) = map { int($_->[1] / $SPAN) } \@now, $last;
    my $gone = $self->{gone_servers}{$what} ||= {};

    if ($gone->{$server} && !$RETURNS) {
        $self->flaw($hook, 'came after one of a later server');

    } elsif ($now[0] < $last->[0]
             || $now[0] == $last->[0] && $now[1] <= $last->[1])
    {
        $self->flaw($hook, 'came after a later one'
            . ($server == $before ? '' : ' of another server'));
    }

    if ($server != $before) {
        $gone->{$before} = 1;
        $self->{unsure}{$what} = { record => 1, bonus => 1 }
            if defined $LOST && $last->[0] >= $LOST;
    }

    $self->{last}{$what} = \@now;
}


# every value as a text, amounts with two decimals

sub plain {
    my ($data) = @_;

    my %plain = map { $_ => "$data->{$_}" } keys %$data;

    for my $amount (grep { exists $plain{$_} } qw( bonus loyaltyQuantity )) {
        $plain{$amount} = sprintf '%.2f', $plain{$amount};
    }

    return \%plain;
}


sub mirror {
    my ($shop) = @_;

    my $redis = $shop->client;
    my %records;

    for my $kind ([ client => 'phone' ], [ group => 'id' ]) {
        my ($name, $identity) = @$kind;
        my $prefix = $shop->key("$name:");

        for my $key ($redis->keys("$prefix*")) {
            my %fields = $redis->hgetall($key);
            my $id = substr $key, length $prefix;

            utf8::decode($_) for values %fields;

            # the market's own, of which no hook tells

            delete $fields{id} if $name eq 'client';

            $records{"$name $id"} = $json->encode(
                plain({ $identity => $id, %fields })) if %fields;
        }
    }

    return \%records;
}


sub wait_same {
    my ($shop, $seconds, @but) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my ($mirror, $known, $picture);

    my $look = sub {
        $mirror = mirror($shop);
        $picture = Polycard::Picture->new($shop->gateway->hooks);
        $known = $picture->records;

        delete @$_{@but} for $mirror, $known;
    };

    my $same = Polycard::Test::wait_for(sub {
        return 0 if !$shop->is_drained;

        $look->();

        return $json->encode($known) eq $json->encode($mirror);
    }, $seconds);

    if (!ok($same, 'the gateway knows what is in Redis')) {
        $look->();
        is_deeply($known, $mirror, '... but for');
        diag(explain($shop->status));
    }

    my @flaws = $picture->flaws;

    ok(!@flaws, '... the hooks of each, ' . $picture->hooks . ' and '
        . $picture->repeats . ' repeats, make sense one after the other')
        or diag(join "\n", @flaws > 20 ? @flaws[0 .. 19] : @flaws);

    return $picture;
}


1;
