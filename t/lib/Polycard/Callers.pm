# Those who call a market's services all the time, each a process: one asks for
# a client that is there, others add new ones, and repeat what failed, as
# Polycard does.
#
#   my $callers = Polycard::Callers->new($shop, phone => $phone, adders => 2);
#   ... first => 100             # the number in the phone of the first one
#   ... pause => 0.005           # between two requests of one, seconds
#   $callers->issued;            # how many cards so far
#   $callers->stop;              # afterwards:
#   $callers->twice;             # numbers and ids of two clients: texts
#   $callers->stops($time);      # { getClient => seconds, addClient => ... },
#                                # the longest time without a success since then

package Polycard::Callers;

use strict;
use warnings;

use List::Util qw( max );
use Time::HiRes qw( time );

use Polycard::HTTP;
use Polycard::Server;
use Polycard::Shop;
use Polycard::Test ();
use Polycard::Wait;

my $PATIENCE = 5;           # of one request, seconds
my $PREFIX = 38091;         # of the phones of those who are added


sub new {
    my ($class, $shop, %option) = @_;

    my $self = bless { adders => 2, pause => 0.005, %option,
                       port => $shop->nginx->port,
                       dir => Polycard::Test::temp_dir() }, $class;

    $self->{children} = [
        $self->call('getClient', sub { $self->get }),
        map { my $n = $_; my $i = $self->{first} || 0;
              $self->call("addClient $n", sub { $self->add($n, \$i) })
        } 1 .. $self->{adders},
    ];

    return $self;
}


# a file for each, with a line of "time status id code phone" for an answer

sub call {
    my ($self, $name, $code) = @_;

    my $path = "$self->{dir}/$name";

    Polycard::Test::spew($path, '');

    return Polycard::Server->new(sub {
        open my $file, '>>', $path or die "$path: $!\n";
        $file->autoflush;

        while (1) {
            print {$file} join(' ', time, $code->()), "\n";
            let_pass($self->{pause});
        }
    });
}


sub get {
    my ($self) = @_;

    my $answer = eval {
        http_get($self->{port}, "$Polycard::Shop::PATH/getClient",
            query => { phone => $self->{phone} }, timeout => $PATIENCE)
    };

    return $answer ? $answer->status : 0;
}


# the same phone again until it has its card

sub add {
    my ($self, $n, $i) = @_;

    my $phone = sprintf '%d%d%06d', $PREFIX, $n, $$i;

    my $answer = eval {
        http_post($self->{port}, "$Polycard::Shop::PATH/addClient",
            type => 'application/json', timeout => $PATIENCE,
            body => json_text({ phone => $phone }))
    };
    my $status = $answer ? $answer->status : 0;

    return $status if $status != 200;

    $$i++;

    my $json = $answer->json;

    return ($status, $json->{id}, $json->{code}, $phone);
}


sub stop {
    my ($self) = @_;

    $_->kill for splice @{ $self->{children} };
}


# What came of it

# lists of [ time, status, id, code, phone ]; the last line may be cut off

sub answers {
    my ($self, $service) = @_;

    return map { [ split / / ] } map {
        grep { /\n\z/ } split /^/, Polycard::Test::slurp($_)
    } glob "$self->{dir}/$service*";
}


sub issued {
    my ($self) = @_;

    return scalar grep { $_->[1] == 200 } $self->answers('addClient');
}


sub twice {
    my ($self) = @_;

    my (%has, @twice);

    for my $answer (grep { $_->[1] == 200 } $self->answers('addClient')) {
        chomp(my (undef, undef, $id, $code, $phone) = @$answer);

        for my $thing ("id $id", "card $code") {
            push @twice, "$thing: $has{$thing} and $phone"
                if $has{$thing} && $has{$thing} ne $phone;
            $has{$thing} ||= $phone;
        }
    }

    return @twice;
}


# of whom how many answers were which: { "getClient 200" => n, ... }

sub counts {
    my ($self) = @_;

    my %count;

    for my $service (qw( getClient addClient )) {
        $count{"$service " . ($_->[1] + 0)}++ for $self->answers($service);
    }

    return \%count;
}


sub stops {
    my ($self, $since) = @_;

    return { map {
        my @good = sort { $a <=> $b } grep { $_ > $since }
            map { $_->[1] == 200 ? $_->[0] : () } $self->answers($_);
        my ($last, $longest) = ($since, 0);

        for my $time (@good) {
            $longest = max($longest, $time - $last);
            $last = $time;
        }

        ($_ => $longest);
    } qw( getClient addClient ) };
}


1;
