# What the tests of the Lua library share: a Redis with the library, and short
# names for its functions and keys.
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

    $redis->load_library;

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


# the text of the error, or '' where there was none

sub error {
    my ($self, $name, @arguments) = @_;

    eval { $self->call($name, @arguments); 1 } and return '';

    my ($text) = $@ =~ /^\[fcall\] (.*?), +at /s;

    return defined $text ? $text : $@;
}


# an error of just these words, and nothing in Redis has changed

sub refused {
    my ($self, $words, $name, @arguments) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $before = $self->digest;

    is($self->error($name, @arguments), "ERR $words", "$name: $words");
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


sub hooks_on {
    my ($self) = @_;

    $self->client->hset($self->key('meta'), hooks => 1);
}


# the records of a stream as lists of name and value, which are removed

sub take {
    my ($self, $stream) = @_;

    my @records = @{ $self->client->xrange($self->key($stream), '-', '+') };

    $self->client->xdel($self->key($stream), map { $_->[0] } @records)
        if @records;

    return map { $_->[1] } @records;
}


sub reset {
    my ($self) = @_;

    $self->client->flushall;
}


1;
