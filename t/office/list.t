# The office's lists: pages of clients and of groups, which a reader walks through
# while they come and go (docs/office.md)

use strict;
use warnings;

use lib 't/lib';

use JSON::MaybeXS ();

use Polycard::HTTP;
use Polycard::OfficeShop;
use Polycard::Test;

my $shop = Polycard::OfficeShop->new(
    market => { page_limit => 'default=10 max=300' });
my @phones = map { 380671110000 + $_ } 1 .. 250;

sub clients { return $shop->office(GET => 'clients' . ($_[0] // '')) }
sub groups  { return $shop->office(GET => 'groups' . ($_[0] // '')) }
sub phones  { return [ map { $_->{phone} } @{ $_[0]->json } ] }

# follows Link until a page has none; $between is called after each

sub walk {
    my ($path, $between) = @_;
    my @seen;

    while (defined $path) {
        my $answer = $shop->office(GET => $path);

        push @seen, @{ phones($answer) };
        $path = ($answer->header('Link') // '')
            =~ m{^</office/(clients\?after=\d+&limit=\d+)>; rel="next"$}
            ? $1 : undef;
        $between->() if $between;
    }

    return \@seen;
}


# nobody, and then some in each state

for my $list (\&clients, \&groups) {
    my $answer = $list->();

    is_deeply([ $answer->status, $answer->body, $answer->header('X-Total-Count'),
        $answer->header('Link') ], [ 200, '[]', 0, undef ], 'nothing yet');
}

$shop->put($phones[0], barcode => 'A', name => "Олена", bonus => '10.5', id => 17,
    birthday => '19900131', sex => 'female', loyalty_group_id => 3);
$shop->put($_, barcode => "A$_") for @phones[1 .. 5];
$shop->client->hdel($shop->key("client:$phones[5]"), 'barcode');
$shop->client->hset($shop->key("client:$phones[5]"), name => 'no card');
$shop->client->hset($shop->key("client:$phones[1]"), bonus => '1,5', sex => 'x');
$shop->client->del($shop->key("client:$phones[2]"));
$shop->client->set($shop->key("client:$phones[2]"), 'x');
$shop->client->del($shop->key("client:$phones[3]"));

my $answer = clients();
my @records = @{ $answer->json };

is_deeply([ $answer->status, $answer->header('Content-Type'),
    $answer->header('X-Total-Count'), $answer->header('Link'),
    $answer->header('ETag') ],
    [ 200, 'application/json', 6,
      '</office/clients?after=6&limit=10>; rel="next"', undef ], 'a page');
is_deeply(phones($answer), [ @phones[0 .. 2, 4, 5] ],
    '... without the one who is gone');

for my $i (0, 1, 3, 4) {
    my $one = $shop->office(GET => "clients/$records[$i]{phone}");
    my $etag = delete $records[$i]{etag};

    is("\"$etag\"", $one->header('ETag'), 'each with its ETag');
    is_deeply($records[$i], $one->json, '... as GET of this client says');
}

is_deeply($records[2], { phone => $phones[2] . '', whole => JSON::MaybeXS::false,
    why => 'the record is not a hash' }, '... one that is no hash too');
is($answer->typed->[0]{id}, 'number:17', '... numbers are numbers');

my $back = clients()->json->[0];

$back->{name} = 'Olha';
is($shop->office(PUT => "clients/$phones[0]", $back,
    headers => [ 'If-Match', "\"$back->{etag}\"" ])->status, 200,
    'what was read can be sent back');
is($shop->office(PUT => "clients/$phones[0]", $back,
    headers => [ 'If-Match', "\"$back->{etag}\"" ])->status, 412,
    '... if nobody was faster');

my $head = $shop->office(HEAD => 'clients?limit=2');

is_deeply([ $head->status, $head->header('X-Total-Count'),
    $head->header('Link'), $head->body ],
    [ 200, 6, '</office/clients?after=2&limit=2>; rel="next"', '' ], 'HEAD');


# limits, cursors

$shop->flush;
$shop->put_all(map { [ $_, barcode => "B$_", name => 'x' x ($_ % 200) ] } @phones);

is_deeply(phones(clients()), [ @phones[0 .. 9] ], 'the page of page_limit');
is_deeply(phones(clients('?limit=250')), \@phones, 'all at once');
is_deeply(phones(clients('?limit=300')), \@phones, '... and no more');
is_deeply(phones(clients('?after=100&limit=20')), [ @phones[100 .. 119] ],
    'after a cursor');
is_deeply([ clients('?after=250')->body, clients('?after=250')->header('Link') ],
    [ '[]', undef ], 'after the last');
is(clients('?after=249')->header('Link'),
    '</office/clients?after=250&limit=10>; rel="next"',
    'the last page says where those will be who come');
is_deeply(walk("clients?limit=$_"), \@phones, "a walk, $_ at a time")
    for 7, 16, 100;
is_deeply(walk('clients'), \@phones, 'a walk');

# an entry whose record is gone costs no place on the page

$shop->client->del($shop->key("client:$_")) for @phones[3 .. 60];
is_deeply(phones(clients()), [ @phones[0 .. 2, 61 .. 67] ],
    'a page is full though many are gone');


# those whom Polycard does not see: never whole, by the office or by a plain
# command, and one whose card is closed

my @unseen = map { 380673330000 + $_ } 1 .. 3;

$shop->office(PUT => "clients/$unseen[0]", { name => 'no card' });
$shop->client->hset($shop->key("client:$unseen[1]"), name => 'nor he');
$shop->call(capture => $unseen[1]);
$shop->office(PUT => "clients/$unseen[2]", { barcode => 'closed' });
$shop->office(DELETE => "clients/$unseen[2]/card");

my $all = clients('?after=250');

is_deeply(phones($all), \@unseen, 'those whom Polycard does not see are there');
is_deeply([ map { [ @$_{qw( whole why )} ] } @{ $all->json } ],
    [ ([ JSON::MaybeXS::false, 'barcode is missing or cannot be read' ]) x 3 ],
    '... and why');
is($all->header('X-Total-Count'), 253, '... and counted');
is($shop->get('getClients')->header('X-Total-Count'), 250,
    '... but for Polycard');
$shop->office(PATCH => "clients/$unseen[0]", { barcode => 'one' });
is_deeply(phones(clients('?after=251')), [ @unseen[1, 2, 0] ],
    'one who gets a card comes last');
$shop->office(DELETE => "clients/$_") for @unseen;
is(clients()->header('X-Total-Count'), 250, '... and all go');


# clients come and go

my @stay = grep { $_ % 3 == 1 } @phones[61 .. 249];
my @go = grep { $_ % 3 == 0 } @phones[61 .. 249];
my @new;

$shop->call(delete_client => $_) for @phones[0 .. 60];

my %times;

$times{$_}++ for @{ walk('clients?limit=20', sub {
    $shop->office(DELETE => 'clients/' . shift @go) if @go;

    if (@new < 30) {
        push @new, 380672220000 + @new;
        $shop->office(PUT => "clients/$new[-1]", { barcode => "N$new[-1]" });
    }
}) };

is_deeply([ grep { ($times{$_} // 0) != 1 } @stay, @new ], [],
    'whoever is there is seen once, and who comes meanwhile');
is_deeply([ grep { $_ > 1 } values %times ], [], 'nobody twice');


# groups

my %group = (title => 'Gold', loyaltyType => 'discount', loyaltyQuantity => 7.5,
    active => \1);

$shop->office(PUT => "groups/$_", \%group) for 20, 3, 0;
$shop->office(PATCH => 'groups/3', { active => undef });

$answer = groups('?limit=2');
is_deeply([ map { $_->{id} } @{ $answer->json } ], [ 0, 3 ], 'groups by id');
is_deeply([ $answer->header('X-Total-Count'), $answer->header('Link') ],
    [ 3, '</office/groups?after=3&limit=2>; rel="next"' ], '... as clients');
is_deeply([ map { $_->{id} } @{ groups('?after=3')->json } ], [ 20 ],
    '... the next page');

my $one = groups('?after=3')->json->[0];
my $etag = delete $one->{etag};

is_deeply($one, $shop->office(GET => 'groups/20')->json,
    '... each as GET of it says');
is("\"$etag\"", $shop->office(GET => 'groups/20')->header('ETag'),
    '... with its ETag');


# refused

for my $list (\&clients, \&groups) {
    is_error($list->("?after=$_"), 400, 'after must be a whole number',
        "after $_") for 'x', -1, '1.5', '9007199254740992';
    is_error($list->("?limit=$_"), 400, 'limit must be 1 to 300', "limit $_")
        for 0, 301, 'x', -1;
    is_error($list->('?offset=10'), 400, 'offset is not known here: use after',
        'offset');
}

# what is misspelt would be another question, with an answer that looks like one

is_error($shop->office($_->[0] => $_->[1]), 400, "unknown parameter $_->[2]",
    "$_->[0] $_->[1]")
    for [ GET => "clients?phone=$phones[0]", 'phone' ],
        [ GET => 'clients?barcod=1', 'barcod' ], [ GET => 'clients?limt=1', 'limt' ],
        [ GET => 'clients?wait=1', 'wait' ], [ GET => 'clients?Limit=1', 'Limit' ],
        [ GET => 'clients?l%69mt', 'limt' ], [ GET => 'clients?limit%', 'limit' ],
        [ GET => 'clients?limit=1&token=x', 'token' ],
        [ GET => 'clients?barcode=1&limit=1', 'limit' ],
        [ GET => 'groups?foo=1', 'foo' ], [ GET => 'groups?barcode=1', 'barcode' ],
        [ GET => 'registered?foo=1', 'foo' ],
        [ GET => 'registered?barcode=1', 'barcode' ],
        [ GET => "clients/$phones[0]?limit=1", 'limit' ],
        [ GET => 'groups/3?after=1', 'after' ],
        [ DELETE => "clients/$phones[0]?foo=1", 'foo' ],
        [ POST => 'batch?foo=1', 'foo' ];
is_error(clients('?foo=1&limit=0&bar&offset=1'), 400,
    'unknown parameter foo; unknown parameter bar; '
    . 'offset is not known here: use after; limit must be 1 to 300',
    'all of them at once');
is_error($shop->office(PATCH => 'clients/x?foo=1', { sex => 'x' }), 400,
    'phone must be 380 and 9 digits; unknown parameter foo; '
    . 'sex must be male or female', '... with those of path and body');
is_error($shop->office(GET => "$_?foo=1"), 404, 'there is nothing at this path',
    "... '$_' is nowhere first") for 'x', '';
is(clients('?')->status, 200, 'an empty query is none');
is(clients('?&limit=1&')->status, 200, '... nor is what is empty in it');

is_error(clients('?barcode='), 400, 'barcode is missing', 'an empty barcode');
is_error($shop->office($_->[0] => $_->[1], {}), 405,
    'this method is not allowed here', "$_->[0] $_->[1]")
    for [ POST => 'clients' ], [ PUT => 'groups' ], [ DELETE => 'clients' ];
is($shop->office(POST => 'clients', {})->header('Allow'), 'GET, HEAD', '... Allow');
is_error($shop->office(GET => 'clients', undef, token => undef), 401,
    'a token of the office is needed', 'a token is needed');


# a key of another type, Redis that goes away

$shop->client->del($shop->key('groups'));
$shop->client->set($shop->key('groups'), 'x');
is_error(groups(), 500, 'the key groups is of a wrong type', 'a broken index');
is(clients()->status, 200, '... clients are listed');

$shop->redis->stop;
wait_until { clients()->status == 503 } 'Redis is away';
is_error(clients(), 503, 'the client base cannot be reached, try again later',
    'Redis is away: an error, never a part of a list');

finish();
