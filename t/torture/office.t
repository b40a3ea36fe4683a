# The office and the operator's location without memory: as in torture.t, and
# nothing is half written; a receipt that is sent until it is answered counts
# once, a client who moves is in one place, a dead letter stays one.

use strict;
use warnings;

use lib 't/lib';

use List::Util qw( sum0 );

use Polycard::Test;
use Polycard::OfficeShop;
use Polycard::Shop qw( json_text );
use Polycard::Torture;

my $shop = Polycard::Torture->new(
    market => { card_numbers => 'ean13 prefix=20', office_token => 'off',
                operator_token => 'off', hook_attempts => 1 },
    server => Polycard::HookShop::location('')
        . "location /office/ { polycard_office shop1; }\n"
        . "location /operator/ { polycard_operator shop1; }\n");

my ($phone, $first, $second, $from) = map { "38067111224$_" } 0 .. 3;
my @json = (type => 'application/json');
my @lines = (type => 'application/x-ndjson');

$shop->ready;
$shop->put_all([ $phone, name => 'Olha', barcode => 'c1' ],
    [ $first, name => 'Petro', barcode => 'c2', bonus => 7 ],
    map { [ 380672000000 + $_, name => "Name $_", barcode => "m$_" ] } 1 .. 40);
$shop->call('put_group', 3, title => 'Gold', loyaltyType => 'bonuses',
    loyaltyQuantity => 5);
$shop->rules([ '"name":"Dead"', { status => 422, body => '{"Status":"Error"}' } ]);
$shop->put('380671112255', name => 'Dead', barcode => 'dead');
wait_until { $shop->status->{dead} == 1 } 'a dead letter';
$shop->settle;


# What a script asks: [method, path, body or undef, option => value ...]

sub office   { return request('office', @_) }
sub operator { return request('operator', @_) }

sub request {
    my ($place, $method, $path, $body, %option) = @_;
    my $status = delete $option{status} // 200;

    return [ "$method $path", $method, "/$place/$path", @json,
        defined $body ? (body => ref $body ? json_text($body) : $body) : (),
        right => sub { $_->status =~ /^(?:$status)$/ && length $_->body },
        %option ];
}


# What must work afterwards

sub answers_office {
    my $answer = eval { $shop->get('getClient', phone => $phone) };

    return $answer && $answer->status == 200
        && $answer->json->{barcode} eq 'c1';
}


# Receipts: each is sent until there is an answer, as docs/office.md says

my ($receipts, %unanswered) = (0);

sub receipt {
    my $key = 'r' . ++$receipts;

    $unanswered{$key} = 1;

    return $key;
}


sub bonus {
    my ($key) = @_;

    return [ "bonus $key", 'POST', "/office/clients/$phone/bonus", @json,
        body => '{"change":1}', headers => [ 'Idempotency-Key', $key ],
        right => sub {
            delete $unanswered{$key} if $_->status == 200;
            return $_->status == 200 && $_->json->{total} <= $receipts;
        } ];
}


sub line {
    my ($key) = @_;

    return json_text({ op => 'bonus', phone => $phone, change => 1,
                       key => $key }) . "\n";
}


sub batch {
    my (@keys) = @_;

    return [ 'batch', 'POST', '/office/batch', @lines,
        body => join('', map { line($_) } @keys), right => sub {
            my @answers = map { JSON::MaybeXS->new->decode($_) } split /\n/, $_->body;

            for my $i (0 .. $#answers) {
                delete $unanswered{$keys[$i]}
                    if $answers[$i]{status} eq 'OK';
            }

            return $_->status == 200 && @answers == @keys
                && !grep { $_->{status} ne 'OK' && $_->{http} < 500 } @answers;
        } ];
}


sub money_is_right {
    return 0 if !answers_office();

    $shop->ask(%unanswered ? batch(sort keys %unanswered) : ());

    return !%unanswered
        && $shop->stored($phone)->{bonus} == $receipts;
}


# the client is with one of his phones, whole

sub is_in_one_place {
    my @found = grep { ($_->{barcode} // '') eq 'c2' && $_->{bonus} == 7
                       && $_->{name} eq 'Petro' }
        map { $shop->stored($_) } $first, $second;

    return answers_office() && @found == 1
        && sum0(map { scalar keys %{ $shop->stored($_) } } $first, $second)
           == keys %{ $found[0] };
}


# The refused hook is there, and none is twice: beside it there may be one that
# "resend" has made of the same client, and those that could not be sent.

sub one_is_dead {
    my @dead = $shop->dead;
    my %hook = map { $_->{hook} => 1 } @dead;

    return answers_office() && $shop->is_drained && @dead == keys %hook
        && grep { ($_->{name} // '') eq 'Dead' } @dead;
}


# he is there, or not at all: then he is forgotten again

sub is_merged {
    my $stored = $shop->stored($from);

    return 0 if !answers_office() || %$stored && ($stored->{barcode} // '') ne 'c3';

    $shop->ask(office(POST => "clients/$from/forget", undef,
        status => '200|404'));

    return !%{ $shop->stored($from) };
}


# The scripts

my $written = 0;

$shop->torture('office, reading', \&answers_office, sub {
    $shop->ask(office(GET => "clients/$phone"),
        office(GET => 'clients?barcode=c1'), office(GET => 'groups/3'),
        office(GET => 'clients/380990000000', undef, status => 404),
        office(GET => 'registered'), office(GET => 'x', undef, status => 404));
});

# pages of several calls, whole or not at all

sub page {
    my ($path, $count) = @_;

    return [ "GET $path", 'GET', "/office/$path", right => sub {
        my @records = @{ $_->json };

        return $_->status == 200 && $_->header('X-Total-Count') >= $count
            && @records >= $count && !grep { !$_->{etag} } @records;
    } ];
}

$shop->torture('office, lists', \&answers_office, sub {
    $shop->ask(page('clients?limit=40', 40), page('groups', 1));
});

$shop->torture('office, writing', \&answers_office, sub {
    my $name = 'Olha ' . ++$written;

    $shop->ask(office(PATCH => "clients/$phone", { name => $name }),
        office(PUT => "clients/$from", { barcode => 'c3', name => $name },
            status => '200|201'),
        office(PUT => 'groups/3', { title => $name, loyaltyType => 'bonuses',
            loyaltyQuantity => 5 }),
        office(PATCH => "clients/$phone", { sex => 'x', nmae => 1 },
            status => 400),
        office(DELETE => "clients/$from", undef, status => '200|404'));
});

$shop->torture('office, receipts', \&money_is_right, sub {
    $shop->ask(map { bonus(receipt()) } 1 .. 3);
});

$shop->torture('office, batch', \&money_is_right, sub {
    $shop->ask(batch(map { receipt() } 1 .. 12));
}, rare => 3);

$shop->torture('office, moves', \&is_in_one_place, sub {
    my ($here, $there) = %{ $shop->stored($first) } ? ($first, $second)
        : ($second, $first);

    $shop->ask(office(POST => "clients/$here/move", { phone => $there }));
});

$shop->torture('office, merge and forget', \&is_merged, sub {
    $shop->put($from, barcode => 'c3');
    $shop->ask(office(POST => "clients/$first/merge", { from => $from },
        status => '200|404'));
    $shop->ask(office(POST => "clients/$from/forget", undef,
        status => '200|404'));
});

$shop->torture('office, cards', \&answers_office, sub {
    $shop->ask(office(POST => "clients/$from/card", {}, status => '200|404'));
    $shop->ask(office(PUT => "clients/$from", { name => 'x' },
        status => '200|201'));
    $shop->ask(office(POST => "clients/$from/card", {}));
    $shop->ask(office(DELETE => "clients/$from/card", undef,
        status => '200|404'));
});

# who waits hears of the next one; what is read goes

my $last = '0-0';

$shop->torture('office, registered', \&answers_office, sub {
    my $next = sprintf '380681%06d', ++$written;

    $shop->ask(office(GET => "registered?after=$last&wait=1"),
        [ 'addClient', 'POST', '/api/v1/web_service/addClient', @json,
          body => json_text({ phone => $next }),
          right => sub { $_->status == 200 } ]);

    my $records = $shop->client->xrevrange($shop->key('registered'), '+', '-',
        'COUNT', 1);

    $last = $records->[0][0] if @$records;
    $shop->ask(office(POST => 'registered/read', { upto => $last }));
}, rare => 3);

$shop->torture('operator, reading', \&one_is_dead, sub {
    $shop->ask(operator(GET => 'hooks'), operator(GET => 'dead'),
        operator(POST => 'hooks/find', { phone => '380671112255' }),
        operator(POST => 'hooks/find', {}, status => 400));
});

$shop->torture('operator, acting', \&one_is_dead, sub {
    my ($dead) = grep { ($_->{name} // '') eq 'Dead' } $shop->dead;

    $shop->ask(operator(POST => "dead/$dead->{entry}/requeue", undef,
            status => '200|404'),
        operator(POST => 'resend', { phone => $phone }),
        operator(POST => 'resend', { all => 'true' }),
        operator(POST => 'probe', undef, status => '200|409'),
        operator(POST => 'deletions/confirm', {}, status => '200|409'),
        operator(DELETE => 'dead/1-1', undef, status => 404));
    $shop->wait_or_fail(\&one_is_dead);
    $shop->ask(operator(POST => 'dead/requeue'));
    $shop->wait_or_fail(\&one_is_dead);
}, rare => 7);

is($shop->stored($phone)->{bonus} // 0, $receipts, "$receipts receipts, each once");

finish();
