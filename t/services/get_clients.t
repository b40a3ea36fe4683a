# getClients: pages in the order in which clients became known (contract B9)

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::HTTP;
use Polycard::Shop;

# what is written past the functions stays as it is: nobody takes it in

my $shop = Polycard::Shop->new(market => { emitter => 'off' },
    server => <<'EOC');
location = /old { rewrite ^ /api/v1/web_service/getClients last; }
EOC

sub phone { 380670000000 + $_[0] }
sub page  { $shop->get('getClients', @_) }
sub query { $shop->get_raw('getClients', $_[0]) }

sub numbers {
    my ($answer) = @_;

    return join ' ', map { $_->{phone} - phone(0) } @{ $answer->json };
}


sub next_page {
    my ($answer) = @_;

    my ($path) = ($answer->header('Link') || '')
        =~ /^<([^<>]+)>; rel="next"$/ or return;

    return http_get($shop->nginx, $path);
}


# from a page to the end: every phone as often as it was seen

sub walk {
    my ($answer, $between) = @_;

    my %seen;
    my $pages = 0;

    while ($answer) {
        $seen{$_->{phone}}++ for @{ $answer->json };
        $between->(++$pages, $answer) if $between;

        die "the walk does not end\n" if $pages > 1000;

        $answer = next_page($answer);
    }

    return \%seen;
}


# nobody is there

my $empty = page();

is($empty->status, 200, 'no client: 200');
is($empty->body, '[]', '... an empty array');
is($empty->header('Content-Type'), 'application/json', '... of JSON');
is($empty->header('X-Total-Count'), 0, '... none of none');
is($empty->header('Link'), undef, '... and no next page');
is(page(offset => 5)->body, '[]', 'nor from any offset');
is(page(after => 5)->body, '[]', 'nor after any cursor');


# ten clients, not in the order of their phones

my @known = (4, 9, 1, 7, 10, 2, 8, 3, 6, 5);

for my $n (@known) {
    $shop->put(phone($n), barcode => "c$n");
}

is(numbers(page()), "@known", 'the order in which they became known');

$shop->put(phone(4), name => 'Taras');
$shop->put(phone(1), barcode => 'c1b');
is(numbers(page()), "@known", '... a change does not move them');

$shop->call('delete_client', phone(4));
is(numbers(page()), "@known[1 .. 9]", '... a deleted one is not there');
$shop->put(phone(4), barcode => 'c4', surname => 'Petrenko',
    bonus => '12.5', discount => '5', loyalty_group_id => '2', sex => 'male',
    birthday => '20000101', email => 'petrenko@example.com');
@known = (@known[1 .. 9], 4);
is(numbers(page()), "@known", '... and when it comes back, at the end');

is_record(page(offset => 9), [ {
    phone => 'string:' . phone(4), barcode => 'string:c4',
    surname => 'string:Petrenko', bonus => 'number:12.5',
    discount => 'number:5', loyalty_group_id => 'number:2',
    sex => 'string:male', birthday => 'string:20000101',
    email => 'string:petrenko@example.com',
} ], 'a record is that of getClient');


# offset and limit

is(numbers(page(offset => 0)), "@known", 'offset 0');
is(numbers(page(offset => 3)), "@known[3 .. 9]", 'offset 3');
is(numbers(page(limit => 4)), "@known[0 .. 3]", 'limit 4');
is(numbers(page(offset => 3, limit => 4)), "@known[3 .. 6]", 'both');
is(numbers(page(offset => 9, limit => 4)), "$known[9]", 'over the end');
is(page(offset => 10)->body, '[]', 'behind the end');
is(page(offset => '9007199254740991')->body, '[]', 'far behind the end');
is(numbers(page(limit => 1)), "$known[0]", 'limit 1');
is(numbers(page(limit => 1000)), "@known", 'limit 1000');

for my $answer (page(), page(limit => 3), page(offset => 99),
    page(after => 2, limit => 1))
{
    is($answer->header('X-Total-Count'), 10, 'how many there are');
}

for my $wrong ('limit=0', 'limit=-1', 'limit=%2B5', 'limit=+5', 'limit=1.5',
    'limit=1e2', 'limit=', 'limit', 'limit=ten', 'limit=0x10', 'limit=5%20',
    'limit=5&limit=5', 'limit=1001', 'limit=99999999999999999999999',
    'limit=18446744073709551617')
{
    is_nok(query($wrong), 400, qr/^limit/, $wrong);
}

for my $wrong ('offset=-1', 'offset=%2B5', 'offset=1.5', 'offset=',
    'offset=all', 'offset=0x1', 'offset=1&offset=2',
    'offset=99999999999999999999999', 'offset=18446744073709551616')
{
    is_nok(query($wrong), 400, qr/^offset/, $wrong);
}

for my $wrong ('after=-1', 'after=1.5', 'after=', 'after=x', 'after=(1',
    'after=1&after=1', 'after=%2Binf', 'after=inf')
{
    is_nok(query($wrong), 400, qr/^after/, $wrong);
}

is_nok(query('offset=0&after=0'), 400, qr/offset and after/,
    'offset together with after');
is(page(unknown => 'x')->status, 200, 'other parameters do not matter');


# page_limit

ok($shop->reload(page_limit => 'default=3 max=5'), 'reload');

is(numbers(page()), "@known[0 .. 2]", 'the default that was set');
is(numbers(page(limit => 5)), "@known[0 .. 4]", 'the greatest that was set');
is_nok(page(limit => 6), 400, qr/^limit/, 'one more');

ok($shop->reload(page_limit => 'default=100 max=1000'), 'reload');


# following the link

my $first = page(limit => 4);

like($first->header('Link'),
    qr{^</api/v1/web_service/getClients\?after=\d+&limit=4>; rel="next"$},
    'the link to the next page');
is(numbers(next_page($first)), "@known[4 .. 7]", 'the second page');
is(numbers(next_page(next_page($first))), "@known[8 .. 9]", 'the third');
is(numbers(next_page(page(offset => 2, limit => 4))), "@known[6 .. 9]",
    'from an offset the link goes on with a cursor');
like(page(limit => 4, unknown => 'x')->header('Link'),
    qr{getClients\?after=\d+&limit=4>}, 'nothing else is in the link');
like(http_get($shop->nginx, '/old', query => { limit => 2 })->header('Link'),
    qr{^</old\?after=}, 'after a rewrite the link is the caller\'s own');
is_deeply(walk(page(limit => 3)), { map { phone($_) => 1 } @known },
    'the links lead to everybody once');

my $last = next_page(page(limit => 10));

is($last->body, '[]', 'behind the last client is an empty page');
is($last->header('Link'), undef, '... the end of the links');

my $end = page(limit => 10);

$shop->put(phone(11), barcode => 'c11');
is(numbers(next_page($end)), '11', '... until somebody is added');
$shop->call('delete_client', phone(11));


# while clients are added and deleted

$shop->put_all(map { [ phone($_), barcode => "c$_" ] } 100 .. 599);

my %deleted;
my $added = 600;

my $seen = walk(page(limit => 7), sub {
    my ($n, $answer) = @_;

    # one that was seen, one that comes much later, and two new ones

    my $gone = $answer->json->[3];

    for my $phone ($gone ? $gone->{phone} : (), phone(600 - $n)) {
        $deleted{$phone} = 1 if $shop->call('delete_client', $phone) == 1;
    }

    return if $n > 40;

    $shop->put(phone($added), barcode => "c$added");
    $added++;
});

is_deeply([ grep { $seen->{$_} != 1 } keys %$seen ], [],
    'while clients come and go, nobody is seen twice');
is_deeply([ grep { !$seen->{$_} && !$deleted{$_} }
            map { phone($_) } @known, 100 .. $added - 1 ], [],
    '... and who stays is seen');
ok($added > 630 && keys %deleted > 60, '... and many came and went');


# big pages

$shop->client->flushdb;
$shop->put_all(map { [ phone($_), barcode => "c$_", name => "N$_ " . 'x' x 200,
                       bonus => $_ ] } 1 .. 2050);

my $big = page(limit => 1000);

is($big->status, 200, 'a page of 1000');
is(numbers($big), join(' ', 1 .. 1000), '... all of them, in order');
is_deeply($big->json->[766], { phone => '' . phone(767), barcode => 'c767',
    name => 'N767 ' . 'x' x 200, bonus => 767 }, '... each whole');
is(numbers(page(offset => 1950, limit => 101)),
    join(' ', 1951 .. 2050), 'a page over the end');
is(numbers(page(offset => 500, limit => 101)), join(' ', 501 .. 601),
    'one more than a batch');
is_deeply(walk(page(limit => 999)), { map { phone($_) => 1 } 1 .. 2050 },
    'the walk in big steps');
is(numbers(page()), join(' ', 1 .. 100), 'the default is 100');


# records that cannot be shown keep their place

$shop->client->flushdb;
$shop->put(phone($_), barcode => "c$_") for 1 .. 12;
$shop->client->hdel($shop->key('client:' . phone(2)), 'barcode');
$shop->client->set($shop->key('client:' . phone(3)), 'Halyna Secret');
$shop->client->del($shop->key('client:' . phone(5)));
$shop->client->del($shop->key('client:' . phone($_))) for 9 .. 12;

my $holes = page(limit => 4);

is(numbers($holes), '1 4', 'no barcode, wrong type: left out of the page');
is($holes->header('X-Total-Count'), 12, '... and counted');
is(numbers(page(offset => 3, limit => 3)), '4 6', '... they keep their place');
is(numbers(next_page($holes)), '6 7 8', '... in a walk too');
is(page(offset => 8, limit => 4)->body, '[]', 'a page of them alone is empty');
is(page(offset => 8, limit => 2)->header('Link') ? 'has a next one' : 'ends',
    'has a next one', '... but not the end');
is_deeply(walk(page(limit => 1)),
    { map { phone($_) => 1 } 1, 4, 6, 7, 8 }, 'a walk passes over them');

my @said = grep { /\[error\]/ } $shop->nginx->log_lines;

is(scalar @said, 1, 'the log says so once')
    or diag(@said);
like($said[0], qr/shop1.*cannot be shown/, '... of which market');
unlike(join('', $shop->nginx->log_lines), qr/Halyna|38067000000[235]/,
    '... and not whom');

$shop->put(phone(2), barcode => 'c2b');
is(numbers(page(limit => 4)), '1 2 4', 'whole again, at its old place');


# Redis fails in the middle of a page: an error, not a part

$shop->client->flushdb;
$shop->put_all(map { [ phone($_), barcode => "c$_" ] } 1 .. 300);

my @keys = ('~' . $shop->key('clients'),
            map { '~' . $shop->key('client:' . phone($_)) } 1 .. 255);

$shop->client->acl('SETUSER', 'polycard', 'resetkeys', @keys);

is_nok(page(limit => 300), 503, qr/./,
    'a page that cannot be read to its end');
is(page(limit => 255)->status, 200, '... though its beginning can');
$shop->client->acl('SETUSER', 'polycard', 'resetkeys', '~' . $shop->key('*'));
is(numbers(page(limit => 300)), join(' ', 1 .. 300),
    '... and later all of it');

finish();
