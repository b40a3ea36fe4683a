# What the tests of the Lua library share: a Redis with the library, for whose calls no
# time passes, and short names for its functions and keys.
#
#   my $f = Polycard::Functions->new;
#   is($f->call(put_client => $phone, name => 'Olha'), 1);
#   $f->refused('phone must be 380 and 9 digits', put_client => '380', ...);

package Polycard::Functions;

use strict;
use warnings;

use Test::More;

use Polycard::Redis;

our $PREFIX = 'polycard:{shop1}:';


sub new {
    my ($class, %conf) = @_;

    my $redis = Polycard::Redis->new('enable-debug-command' => 'yes', %conf);

    $redis->load_library_without_time;

    return bless { redis => $redis }, $class;
}


sub redis  { $_[0]{redis} }
sub client { $_[0]{redis}->client }
sub key    { $PREFIX . $_[1] }


sub call {
    my ($self, $name, @arguments) = @_;

    # a list in list context would be taken apart

    my $reply = $self->client->fcall("polycard_$name", 1, $PREFIX,
        @arguments);

    return $reply;
}


# the text of the error, or '' where there was none, but a reply

sub error {
    my ($self, $name, @arguments) = @_;

    eval { $self->{reply} = $self->call($name, @arguments); 1 } and return '';

    my ($text) = $@ =~ /^\[fcall\] (.*?), +at /s;

    return defined $text ? $text : $@;
}


# an error of just these words, after ERR if they do not begin with another word
# of capitals, and nothing in Redis has changed

sub refused {
    my ($self, $words, $name, @arguments) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $before = $self->digest;

    $words = "ERR $words" if $words !~ /^[A-Z]{4,} /;

    is($self->error($name, @arguments), $words, "$name: $words");
    is($self->digest, $before, '... and nothing has changed');
}


sub digest { $_[0]->client->debug('DIGEST') }


# a client or a group as it is stored

sub stored {
    my ($self, $name) = @_;

    return { $self->client->hgetall($self->key($name)) };
}


# whole hash of a helper key: $f->hash('shadow:233')->{$phone}

sub hash {
    my ($self, $name) = @_;

    return $self->stored($name);
}


# names of all keys, after the prefix, whose name or content has something that
# matches

sub keys_with {
    my ($self, $pattern) = @_;

    my $redis = $self->client;
    my %read = (
        string => sub { $redis->get($_[0]) },
        list   => sub { $redis->lrange($_[0], 0, -1) },
        hash   => sub { $redis->hgetall($_[0]) },
        zset   => sub { $redis->zrange($_[0], 0, -1) },
        stream => sub { map { @{ $_->[1] } }
            @{ $redis->xrange($_[0], '-', '+') } },
    );

    return [ sort map { my $key = $_;
        grep({ /$pattern/ } $key, $read{ $redis->type($key) }->($key))
            ? $key =~ s/^\Q$PREFIX\E//r : () } $redis->keys('*') ];
}


# hooks are wanted; deletions are told, however many there are

sub hooks_on {
    my ($self, %settings) = @_;

    $self->client->hset($self->key('meta'), hooks => 1, delete_guard => 100,
        sync => 'done', %settings);
}


# the first sync is over: cards are issued

sub open {
    my ($self) = @_;

    $self->client->hset($self->key('meta'), sync => 'done');

    return $self;
}


# The emitter's side: its lease, calls with the fence number of it, a whole
# pass of a sweep as the sums of what its calls say.

sub acquire {
    my ($self, $holder) = @_;

    return $self->{fence} = $self->call(lease => $holder || 'test', 600_000)
        ->[0];
}


sub fence { $_[0]{fence} }


sub fenced {
    my ($self, $name, @arguments) = @_;

    return $self->call($name, $self->{fence}, @arguments);
}


sub sweep {
    my ($self, $name, $count) = @_;

    my @names = qw( hooks seen found skipped guard bad missed unread );
    my %sum = map { $_ => 0 } 'calls', @names;
    my $cursor = 0;

    do {
        my $reply = $self->fenced("sweep_$name", $cursor,
            $count || ($name eq 'scan' ? 100 : 40));

        ($cursor, my @told) = @$reply;
        $sum{$_} += shift @told for @names;

        die "the pass of $name has no end\n" if ++$sum{calls} > 100_000;
    } while ($cursor ne '0');

    return \%sum;
}


sub status {
    my ($self) = @_;

    return { @{ $self->call('status') } };
}


# the hooks that wait in the outbox, as polycard_next tells them

sub waiting {
    my ($self) = @_;

    my ($last, @hooks) = @{ $self->fenced(next => '0-0', 128) };

    return @hooks;
}


# the records of a stream as lists of name and value, which are removed

sub take {
    my ($self, $stream) = @_;

    my @records = @{ $self->client->xrange($self->key($stream), '-', '+') };

    $self->client->xdel($self->key($stream), map { $_->[0] } @records)
        if @records;

    return map { $_->[1] } @records;
}


# twelve digits and their check digit

sub ean13 {
    my ($self, $digits) = @_;

    my @digit = split //, $digits;
    my $sum = 0;

    $sum += $digit[$_] + ($_ % 2 ? 2 * $digit[$_] : 0) for 0 .. 11;

    return $digits . (10 - $sum % 10) % 10;
}


sub reset {
    my ($self) = @_;

    $self->client->flushall;
}


1;
