# Who may call: tokens, nginx's own means, both (contract B15)

use strict;
use warnings;

use lib 't/lib';

use MIME::Base64 qw( encode_base64 );

use Polycard::Test;
use Polycard::HTTP;
use Polycard::Nginx qw( market services );
use Polycard::Shop;

my $first = 'first-token_0123456789.~+/=ABCDE';
my $second = 'second&token%with=signs+of#all?';
my $longest = 'x' x 255;

# user is "market", the password "hidden"

my $shop = Polycard::Shop->new(
    market => { access_token => undef, access_token_file => '%%DIR%%/tokens' },
    files  => { tokens => "$first\n$second\n$longest\n",
                others => "other-market\n",
                users  => 'market:{PLAIN}hidden' },
    http   => market('shop2', redis => '%%REDIS%%', emitter => 'off',
                     card_numbers => 'phone',
                     access_token_file => '%%DIR%%/others'),
    server => services('shop2', '/shop2/') . <<'EOC',
auth_basic_user_file %%DIR%%/users;
location = /any/getClient {
    satisfy any; allow 127.0.0.1; deny all;
    polycard_get_client shop1;
}
location = /basic2/getClient {
    auth_basic "the market";
    polycard_get_client shop1;
}
location = /denied/getClient { deny all; polycard_get_client shop1; }
EOC
);

my $path = '/api/v1/web_service';
my $phone = '380671112233';

$shop->put($phone, barcode => '1');

sub with {
    my ($authorization, $query) = @_;

    return http_get($shop->nginx, "$path/getClient?phone=$phone"
        . (defined $query ? "&$query" : ''),
        headers => defined $authorization
            ? [ 'Authorization', $authorization ] : []);
}

sub token { 'token=' . url_encode($_[0]) }


# right ones

is(with("Bearer $first")->status, 200, 'a token in the header');
is(with("Bearer $second")->status, 200, '... another token of the file');
is(with("Bearer $longest")->status, 200, '... a token of 255 characters');
is(with("bearer $first")->status, 200, 'bearer in lower case');
is(with("BEARER $first")->status, 200, '... in upper case');
is(with("Bearer   $first")->status, 200, 'several spaces');
is(with(undef, token($first))->status, 200, 'a token in the query');
is(with(undef, token($second))->status, 200, '... percent-encoded');
is(with(undef, "x=1&" . token($longest) . '&y')->status, 200,
    '... between other parameters');
is(with("Bearer $first", token($second))->status, 200, 'both, both right');
is(with("Bearer $first", token('wrong'))->status, 200,
    'the header goes before the query');
is(with('Basic bWFya2V0OmhpZGRlbg==', token($first))->status, 200,
    'another scheme leaves it to the query');


# wrong ones

for my $case (
    [ 'none' ],
    [ 'another', 'Bearer wrong' ],
    [ 'an empty one', 'Bearer ' ],
    [ 'the scheme alone', 'Bearer' ],
    [ 'another scheme', "Basic $first" ],
    [ 'no scheme', $first ],
    [ 'a scheme that begins like it', "BearerX $first" ],
    [ 'no space', "Bearer$first" ],
    [ 'a part', 'Bearer ' . substr $first, 0, -1 ],
    [ 'one character more', "Bearer ${first}x" ],
    [ 'in another case', 'Bearer ' . lc $first ],
    [ 'two', "Bearer $first $second" ],
    [ 'longer than any', 'Bearer ' . 'x' x 256 ],
    [ 'much longer than any', 'Bearer ' . 'x' x 5000 ],
    [ 'another in the query', undef, 'token=wrong' ],
    [ 'an empty one in the query', undef, 'token=' ],
    [ 'the name alone', undef, 'token' ],
    [ 'a NUL in the query', undef, token("$first\0") ],
    [ 'a line of the file', undef, token("$first\n$second") ],
    [ 'in upper case', undef, 'TOKEN=' . url_encode($first) ],
    [ 'a wrong header, a right query', 'Bearer wrong', token($first) ])
{
    my ($what, $authorization, $query) = @$case;

    my $answer = with($authorization, $query);

    is_nok($answer, 401, qr/token/, "$what: refused");
    like($answer->header('WWW-Authenticate'), qr/^Bearer/,
        '... and told how to do it');
}

isnt(with(undef, token($first) . '&' . token('wrong'))->status, 200,
    'two in the query, one wrong');

for my $service (qw( getClient getClients getGroups addClient )) {
    my $method = $service eq 'addClient' ? 'POST' : 'GET';

    is_nok(http_request($shop->nginx, $method, "$path/$service"), 401,
        qr/token/, "$service wants a token before all else");
}

my $digest = $shop->digest;

is_nok($shop->add({ phone => '380671112234' }), 401, qr/token/,
    'addClient without a token');
is($shop->digest, $digest, '... adds nobody');
is($shop->add({ phone => '380671112234' }, token => $first)->status, 200,
    '... with one it does');
is(http_post($shop->nginx, "$path/addClient?" . token($second),
    type => 'application/json', body => '{"phone":"380671112235"}')->status,
    200, '... with one in the query too');
is_nok(http_post($shop->nginx, "$path/addClient",
    type => 'application/x-www-form-urlencoded',
    body => 'phone=380671112236&' . token($first)), 401, qr/token/,
    '... not with one in the body');

# who may not call learns nothing

is(http_get($shop->nginx, "$path/getClient?phone=1")->body,
    http_get($shop->nginx, "$path/getClient?phone=$phone")->body,
    'without a token a wrong phone and a right one are the same');


# another market has tokens, and clients, of its own

sub other {
    my ($service, $token) = @_;

    return http_get($shop->nginx, "/shop2/$service", token => $token);
}

is(other('getClients', 'other-market')->body, '[]',
    'another market, another token, no clients');
is_nok(other('getClients', $first), 401, qr/token/, '... not with ours');
is(with('Bearer other-market')->status, 401, '... nor we with its');


# no token in a link

for my $query (token($first), token($second), token($first) . '&limit=1') {
    my $answer = http_get($shop->nginx, "$path/getClients?$query");

    like($answer->header('Link'),
        qr/^<[^?]+\?after=\d+&limit=\d+>; rel="next"$/,
        'no token in the link to the next page');
}


# a changed file is read at a reload

$shop->nginx->write_file('tokens', "third\n");
is(with('Bearer third')->status, 401, 'a token that was just written');
ok($shop->nginx->reload, 'reload');
is(with('Bearer third')->status, 200, '... is right after a reload');
is(with("Bearer $first")->status, 401, '... and the old one is not');


# beside nginx's own means

my $basic = 'Basic ' . encode_base64('market:hidden', '');

sub basic2 {
    my ($authorization, $query) = @_;

    return http_get($shop->nginx, "/basic2/getClient?phone=$phone&$query",
        headers => $authorization ? [ Authorization => $authorization ] : []);
}

is(basic2($basic, 'token=third')->status, 200,
    'auth_basic, and the token in the query');

my $answer = basic2($basic, 'token=wrong');
is_nok($answer, 401, qr/token/, '... a wrong token');

$answer = basic2(undef, 'token=third');
is_nok($answer, 401, qr/authorization/, '... without a password');
is($answer->header('WWW-Authenticate'), 'Basic realm="the market"',
    '... nginx tells how to do it, and we do not');

is_nok(http_get($shop->nginx, "/denied/getClient?phone=$phone&token=third"),
    403, qr/allowed/, 'deny');
is(http_get($shop->nginx, "/any/getClient?phone=$phone&token=third")->status,
    200, 'satisfy any');


# access_token off

ok($shop->reload(access_token => 'off', access_token_file => undef), 'reload');
is(with()->status, 200, 'off: without a token');
is(with('Bearer whatever')->status, 200, '... with any token');
is(with(undef, 'token=whatever')->status, 200, '... in the query too');
is(basic2($basic, '')->status, 200, '... with auth_basic alone');
is_nok(basic2('Basic xxxx', ''), 401, qr/./, '... a wrong password');

finish();
