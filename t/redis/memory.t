# Memory that runs out on the way to Redis, and a hiredis whose results are
# wrong: every caller has an answer that is his own, or an error, and all is
# well as soon as the fault is over.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::Shop;
use Polycard::Stub;

my $path = $Polycard::Shop::PATH;
my @phones = map { "38067111223$_" } 0 .. 5;

my $stub = Polycard::Stub->new;
my $shop = Polycard::Shop->new(preload => $stub->library,
    market => { redis_timeout => '5s', redis_connect_timeout => '5s' },
    allow   => [qr/\[(?:emerg|alert)\].* failed \(12: Cannot allocate/],
    private => [qr/\[emerg\].* failed \(12: Cannot allocate/]);
my $nginx = $shop->nginx;
my ($worker) = $nginx->workers;

$stub->spare($nginx->pid);
$shop->put_all(map { [$_, name => "Name $_", barcode => "29$_"] } @phones);


# Six callers, whose commands Redis gets at once.  Without an answer is only
# whose connection nginx has closed.

sub callers {
    my ($before) = @_;

    $shop->redis->signal('STOP');

    my @callers = map {
        start_get($nginx, "$path/getClient", timeout => 20, query =>
            $_ % 2 ? { barcode => "29$phones[$_]" } : { phone => $phones[$_] })
    } 0 .. $#phones;

    $_->wait_until_read for @callers;
    $shop->redis->signal('CONT');

    my @faults;

    for my $i (0 .. $#callers) {
        my $answer = $callers[$i]->answer;
        my $eof = $callers[$i]{eof};

        $callers[$i]->close;

        push @faults, "caller $i: " . $answer->status . ' ' . $answer->body
            if !is_own($answer, $phones[$i], $eof);
    }

    return @faults;
}


sub is_own {
    my ($answer, $phone, $eof) = @_;

    return $answer->json->{phone} eq $phone
        && $answer->json->{barcode} eq "29$phone"
        && $answer->json->{name} eq "Name $phone" if $answer->status == 200;

    return $answer->status =~ /^50[0234]$/ || $eof && !$answer->status;
}


# one caller, after the connection was lost

sub after_a_loss {
    $shop->client->client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');

    my $answer = start_get($nginx, "$path/getClient", timeout => 20,
        query => { phone => $phones[0] });
    my ($got) = answers($answer);

    return is_own($got, $phones[0], $answer->{eof}) ? ()
        : $got->status . ' ' . $got->body;
}


# Until all of them have their records again, over a connection that has worked
# long enough to be made again at once

sub is_well {
    my $get = sub {
        my $answer = eval { $shop->get('getClient', phone => $_[0]) };
        return $answer && $answer->status == 200 && is_own($answer, $_[0]);
    };

    my $before = $worker;

    ($worker) = $nginx->workers;

    return Polycard::Test::wait_for(sub {
        return 0 if grep { !$get->($_) } @phones;

        my @ages = $shop->client->client('LIST')
            =~ / age=(\d+) [^\n]* user=polycard /g;

        return @ages && !grep { $_ <= 1 } @ages;
    }, 20) && $worker eq $before;
}


# The fault at each place in turn, up to the last one that is reached

sub fails {
    my ($kind, $script, $name, %option) = @_;

    my ($places, $again) = (0, 0);
    my @faults;

    for (my $n = 1; $n <= ($option{last} || $n); $n += $option{step} || 1) {
        $stub->arm($kind, $n, $option{always});

        my @wrong = $script->();
        my $failed = $stub->disarm;

        push @wrong, 'not well afterwards' if !is_well();
        push @faults, map { "place $n: $_" } @wrong;

        # on a busy machine Redis may be too late for all of them, and nothing
        # is fed

        redo if $n == 1 && !$failed && !@faults && $again++ < 3;
        last if !$failed || @faults > 3;
        $places++;
    }

    ok($places && !@faults, "$kind, $name: $places places")
        or diag(join "\n", @faults);
}


ok(is_well(), 'a market that is well');

if (!Polycard::Stub::is_sanitized()) {
    fails('memory', \&callers, 'once');
    fails('memory', \&callers, 'from then on', always => 1, step => 6);
    fails('memory', \&after_a_loss, 'once, after a loss');
}

fails('reader', \&after_a_loss, 'once, after a loss');

fails($_, \&callers, 'once', last => 2)
    for ('feed', 'feed lost', 'feed err', 'reply', 'reply lost', 'reply err');
fails($_, \&after_a_loss, 'from then on, after a loss', last => 1, always => 1)
    for qw( feed reply );

finish();
