# A library in front of libc and hiredis, in which a test makes calls of an
# nginx fail while it runs.
#
#   my $stub = Polycard::Stub->new;
#   my $nginx = Polycard::Nginx->new(preload => $stub->library, ...);
#   $stub->spare($nginx->pid);          # from now on, and not in the master
#   $stub->arm('memory', 7);            # the 7th call from now on fails, once
#   $stub->arm('memory', 7, 1);         # ... and all that follow
#   ... $stub->disarm;                  # how many have failed
#   $stub->where;                       # the calls that led to the first of them
#   $stub->live;                        # blocks of memory that are in use
#
# What fails, and how:
#
#   memory        malloc() and the like return NULL
#   reader        redisReaderCreateWithFunctions() returns NULL
#   feed          redisReaderFeed() returns REDIS_ERR and sets nothing
#   feed lost     ... says REDIS_OK and has lost the bytes
#   feed err      ... says REDIS_OK and sets err
#   reply         redisReaderGetReply() returns REDIS_ERR and sets nothing
#   reply lost    ... says REDIS_OK and gives a whole reply to nobody
#   reply err     ... says REDIS_OK, has a reply, and sets err

package Polycard::Stub;

use strict;
use warnings;

use Fcntl qw( O_RDWR SEEK_SET );

use Polycard::Preload ();
use Polycard::Test ();

my @KINDS = ('', 'memory', 'reader', 'feed', 'feed lost', 'feed err', 'reply',
             'reply lost', 'reply err');

# as the struct of t/torture/preload.c has them

my %at = (fail_at => 0, from_then_on => 1, kind => 2, spared => 3, count => 4,
          failed => 5, live => 6, where => 7);
my $SIZE = 4096;


sub new {
    my ($class) = @_;

    my $dir = Polycard::Test::temp_dir();
    my $path = "$dir/state";

    Polycard::Test::spew($path, "\0" x $SIZE);
    sysopen my $state, $path, O_RDWR or die "$path: $!\n";

    my @flags = (qq{-DSTUB_STATE="$path"}, map {
        '-DSTUB_' . uc($KINDS[$_] =~ s/ /_/r) . "=$_"
    } 1 .. $#KINDS);

    push @flags, '-DSTUB_NO_MEMORY' if is_sanitized();

    return bless { dir => $dir, state => $state,
                   library => Polycard::Preload::build(Polycard::Test::slurp(
                       Polycard::Test::source_dir() . '/t/torture/preload.c'),
                       @flags) }, $class;
}


# a sanitizer's memory is not libc's: there is no "memory" with it

sub is_sanitized { ($ENV{POLYCARD_NGINX} || '') =~ /sanitize/ }


sub library { $_[0]{library} }


# The file that is shared with the workers

sub set {
    my ($self, $name, $value) = @_;

    sysseek $self->{state}, 8 * $at{$name}, SEEK_SET;
    syswrite $self->{state}, pack 'q', $value;
}


sub number {
    my ($self, $name) = @_;

    sysseek $self->{state}, 8 * $at{$name}, SEEK_SET;
    sysread $self->{state}, my($bytes), 8;

    return unpack 'q', $bytes;
}


sub failed          { $_[0]->number('failed') }
sub live            { $_[0]->number('live') }
sub is_from_then_on { $_[0]->number('from_then_on') }


# a line for each call: object+0xoffset symbol

sub where {
    my ($self) = @_;

    sysseek $self->{state}, 8 * $at{where}, SEEK_SET;
    sysread $self->{state}, my($bytes), $SIZE;

    return $bytes =~ s/\0.*//sr;
}


sub spare {
    my ($self, $pid) = @_;

    $self->set(spared => $pid);
}


sub arm {
    my ($self, $kind, $n, $from_then_on) = @_;

    my ($index) = grep { $KINDS[$_] eq $kind } 1 .. $#KINDS
        or die "stub: $kind\n";

    $self->set(count => 0);
    $self->set(failed => 0);
    $self->set(kind => $index);
    $self->set(from_then_on => $from_then_on ? 1 : 0);
    $self->set(fail_at => $n);
}


sub disarm {
    my ($self) = @_;

    $self->set(fail_at => 0);

    return $self->failed;
}


1;
