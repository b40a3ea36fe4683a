# Changes without end, by a process of its own, in every way that there is; it
# survives whatever happens to Redis.  What they were does not matter: what
# is in Redis at the end is the truth.
#
#   my $stream = Polycard::Stream->new(socket => ..., prefix => ...,
#                                      clients => 50, seed => 1);
#   ... server => '127.0.0.1:...'       # instead of socket
#   $stream->stop;      # how many changes were made

package Polycard::Stream;

use strict;
use warnings;

use parent 'Polycard::Server';

use List::Util qw( max );
use Redis;
use Time::HiRes qw( time );

use Polycard::Test ();
use Polycard::Wait;

my @names = ('Olha', "\xd0\x9e\xd0\xbb\xd1\x8f", 'a "b" & c', 'x');


sub new {
    my ($class, %option) = @_;

    my $self = bless { pause => 0.003, changes => 0, %option,
                       dir => Polycard::Test::temp_dir() }, $class;

    return $self->serve(sub {
        $SIG{TERM} = sub { $self->{over} = 1 };
        srand $self->{seed};
        $self->run;
        Polycard::Test::spew("$self->{dir}/changes", $self->{changes});
    })->announce;
}


sub name { 'stream' }


sub stop {
    my ($self) = @_;

    return 0 if !$self->alive;

    $self->signal('TERM');
    $self->wait_end;

    return Polycard::Test::slurp("$self->{dir}/changes");
}


# The process

sub run {
    my ($self) = @_;

    my $next = time;

    while (!$self->{over}) {
        eval { $self->change; $self->{changes}++ };

        # a refusal of Redis is an answer; all else is a lost connection

        $self->{redis} = undef if $@ && $@ !~ /ERR|WRONGTYPE|NOSCRIPT/;

        # so many in a second, however long each takes; what a Redis that was
        # away has kept back is not made up for

        $next = max($next + $self->{pause}, time - 0.1);
        let_pass(max(0, $next - time));
    }
}


sub redis {
    my ($self) = @_;

    return $self->{redis} ||= Redis->new(
        $self->{server} ? (server => $self->{server})
                        : (sock => $self->{socket}),
        cnx_timeout => 1, read_timeout => 1, write_timeout => 1,
        no_auto_connect_on_new => 0);
}


sub phone { sprintf '38067%07d', int rand $_[0]{clients} }

sub key {
    my ($self, $phone) = @_;

    return "$self->{prefix}client:" . (defined $phone ? $phone : $self->phone);
}

sub amount { sprintf '%.2f', rand(200) - 100 }


my @changes = (
    # weight, change
    [ 12, 'create' ], [ 12, 'rename_person' ], [ 12, 'set_bonus' ],
    [ 12, 'increase' ], [ 3, 'take_name' ], [ 3, 'take_bonus' ],
    [ 3, 'delete' ], [ 2, 'expire' ], [ 3, 'move_phone' ], [ 2, 'copy' ],
    [ 5, 'together' ], [ 3, 'script' ], [ 6, 'put' ], [ 6, 'change_bonus' ],
    [ 2, 'delete_client' ], [ 3, 'group' ],
);

my @choice = map { ($_->[1]) x $_->[0] } @changes;


sub change {
    my ($self) = @_;

    my $name = $choice[rand @choice];

    $self->$name($self->redis, $self->phone);
}


# a hash that is there already keeps its card

sub create {
    my ($self, $redis, $phone) = @_;

    $redis->hset($self->key($phone), barcode => "b$phone",
        name => $names[rand @names], bonus => $self->amount);
}


# only where somebody is: a hash without a card is no client

sub if_there {
    my ($self, $redis, $phone, @command) = @_;

    $redis->eval('if redis.call("EXISTS", KEYS[1]) == 1 then '
        . 'redis.call(ARGV[1], KEYS[1], unpack(ARGV, 2)) end', 1,
        $self->key($phone), @command);
}


sub rename_person {
    my ($self, $redis, $phone) = @_;

    $self->if_there($redis, $phone, HSET => name => "n" . int rand 1000);
}


sub set_bonus {
    my ($self, $redis, $phone) = @_;

    $self->if_there($redis, $phone, HSET => bonus => $self->amount);
}


sub increase {
    my ($self, $redis, $phone) = @_;

    $self->if_there($redis, $phone, HINCRBYFLOAT => bonus => $self->amount);
}


sub take_name  { $_[1]->hdel($_[0]->key($_[2]), 'name') }
sub take_bonus { $_[1]->hdel($_[0]->key($_[2]), 'bonus') }
sub delete     { $_[1]->unlink($_[0]->key($_[2])) }
sub expire     { $_[1]->pexpire($_[0]->key($_[2]), 1 + int rand 50) }
sub move_phone { $_[1]->rename($_[0]->key($_[2]), $_[0]->key) }
sub copy       { $_[1]->copy($_[0]->key($_[2]), $_[0]->key, 'REPLACE') }


sub together {
    my ($self, $redis, $phone) = @_;

    $redis->multi;
    $redis->del($self->key($phone));
    $self->create($redis, $phone);
    $redis->hincrbyfloat($self->key($phone), bonus => $self->amount);
    $redis->exec;
}


sub script {
    my ($self, $redis, $phone) = @_;

    $redis->eval('for _, key in ipairs(KEYS) do if redis.call("EXISTS", key)'
        . ' == 1 then redis.call("HINCRBYFLOAT", key, "bonus", ARGV[1]) end '
        . 'end', 3, (map { $self->key } 1 .. 3), $self->amount);
}


sub call {
    my ($self, $redis, $name, @arguments) = @_;

    $redis->fcall("polycard_$name", 1, $self->{prefix}, @arguments);
}


sub put {
    my ($self, $redis, $phone) = @_;

    $self->call($redis, put_client => $phone, barcode => "b$phone",
        name => $names[rand @names], bonus => $self->amount);
}


sub change_bonus {
    my ($self, $redis, $phone) = @_;

    $self->call($redis, change_bonus => $phone, $self->amount);
}


sub delete_client {
    my ($self, $redis, $phone) = @_;

    $self->call($redis, delete_client => $phone);
}


sub group {
    my ($self, $redis) = @_;

    $redis->hset("$self->{prefix}group:" . int(rand 5), loyaltyType =>
        'bonuses', title => 't' . int rand 100, loyaltyQuantity => 1);
}


1;
