# docs/office.openapi.yaml is OpenAPI 3.1, and what the office and the operator's
# location answer is what it says: every status of every operation.  t/scripts/test
# holds the answers of all other tests against it as well.

use strict;
use warnings;
use utf8;

use lib 't/lib';

use Polycard::HTTP;
use Polycard::OfficeShop;
use Polycard::OpenAPI;
use Polycard::OperatorShop;
use Polycard::Test;

my $document = source_dir() . '/docs/office.openapi.yaml';
my $record = temp_dir();
my %token = (office => $Polycard::OfficeShop::TOKEN,
    operator => $Polycard::OperatorShop::TOKEN);
my ($one, $two, $gone) = qw( 380671112233 380671112244 380671119999 );
my $none = '1700000000000-0';
my $shop;

# every operation: method, path

my @operations = (
    [ GET    => 'office/clients?barcode=1' ],
    [ GET    => 'office/groups' ],
    (map { [ $_ => "office/clients/$one" ] } qw( GET PUT PATCH DELETE )),
    (map { [ POST => "office/clients/$one/$_" ] }
        qw( bonus move merge card forget )),
    [ DELETE => "office/clients/$one/card" ],
    (map { [ $_ => 'office/groups/3' ] } qw( GET PUT PATCH DELETE )),
    [ POST   => 'office/batch' ],
    [ GET    => 'office/registered' ],
    [ POST   => 'office/registered/read' ],
    [ GET    => 'operator/hooks' ],
    [ GET    => 'operator/dead' ],
    [ DELETE => "operator/dead/$none" ],
    (map { [ POST => "operator/$_" ] } qw( hooks/find hooks/end dead/requeue
        resend probe deletions/confirm clients/confirm ), "dead/$none/requeue"),
);

# what a body has that is right in its form

my %body = (
    bonus => { change => 1 }, move => { phone => $gone },
    merge => { from => $two }, read => { upto => $none }, find => { phone => $one },
    resend => { phone => $one },
);


$ENV{POLYCARD_RECORD} = "$record";

my ($status, $output) = check_document($document);

is($status, 0, 'references lead somewhere, examples fit') or diag($output);
test_official($document);

test_exchanges();
test_wrong();

finish();


sub test_exchanges {
    my $limit = "limit_req zone=one; limit_req_status 429;";
    my $port = 0;
    my $places = 'location /office/ { polycard_office shop1; } '
        . 'location /operator/ { polycard_operator shop1; }';

    $shop = Polycard::OperatorShop->new(
        market => { office_token_file => '%%DIR%%/office',
                    redis_timeout => '300ms' },
        files  => { office => "$token{office}\n" },
        server => "location /office/ { polycard_office shop1; }\n",
        http   => join "\n", 'limit_req_zone $uri zone=one:1m rate=1r/m;',
            map { 'server { listen 127.0.0.1:%%PORT_' . ++$port . '%%; '
                . "$_ $places }" } 'deny all;', $limit, 'return 500;');
    $shop->ready;

    clients();
    conflicts();
    groups();
    batch();
    registered();
    operator();
    refusals();
    failures();

    my ($checked, $seen, $faults) = check_exchanges($document, $record);

    cmp_ok($checked, '>', 300, "$checked exchanges were looked at");
    is(join("\n", @$faults), '', 'all of them are as documented');
    test_all_seen($seen);
}


sub ask {
    my ($method, $path, $body, %option) = @_;

    if (!exists $option{type} && ($method eq 'POST' || $path =~ m{^operator}
        && $method ne 'GET' || defined $body))
    {
        $option{type} = 'application/json';
    }

    return http_request($shop->nginx, $method, "/$path", token => token_of($path),
        body => ref $body ? Polycard::Shop::json_text($body) : $body, %option);
}


sub token_of { return $token{ $_[0] =~ s{/.*}{}sr } }

sub office { return ask(shift, 'office/' . shift, @_) }

sub operator_ { return ask(shift, 'operator/' . shift, @_) }

sub tag { return office(GET => $_[0])->header('ETag') }


sub clients {
    my %all = (name => 'Тарас', surname => 'Ш"\\', email => 't@example.com',
        sex => 'male', birthday => '20000229', barcode => '1', bonus => '-0.01',
        discount => 5, loyalty_group_id => 0, id => 17);

    office(PUT => "clients/$one", \%all) for 1 .. 2;
    office(PUT => "clients/$two", 'barcode=2&bonus=&discount=1.5',
        type => 'application/x-www-form-urlencoded');
    office(PATCH => "clients/$one", { name => undef, bonus => 7.25 });
    office(PATCH => "clients/$one", 'email=',
        type => 'application/x-www-form-urlencoded');
    office(PATCH => "clients/$gone", { name => 'x' },
        type => 'application/merge-patch+json');
    office($_ => "clients/$one") for qw( GET HEAD );
    office(GET => "clients/$gone");
    office(GET => 'clients?barcode=1');
    office(GET => $_, undef, headers => [ 'If-None-Match', tag($_) ]),
        office(GET => $_, undef, headers => [ 'If-Match', '"x"' ])
        for "clients/$one", 'clients?barcode=1';

    office(POST => "clients/$one/bonus", { change => 0.5 });
    office(POST => "clients/$one/bonus", 'change=-1&floor=0',
        type => 'application/x-www-form-urlencoded');
    office(POST => "clients/$one/bonus", { change => $_ },
        headers => [ 'Idempotency-Key', 'r1' ]) for 1, 2;
    office(POST => "clients/$one/bonus", { change => -1000, floor => 0 });

    office(POST => "clients/$one/card", $_) for {}, { barcode => '11' },
        { barcode => '2' };
    office(DELETE => "clients/$one/card") for 1 .. 2;
    office(POST => "clients/$one/move", { phone => $two });
    office(POST => "clients/$two/move", { phone => '380671112255' });
    office(POST => "clients/$one/merge", { from => '380671112255' });
    office(POST => "clients/$gone/forget");
    office(POST => "clients/$gone/$_", $body{$_})
        for qw( bonus merge forget );
    office(POST => "clients/$gone/card", {});
    office(POST => "clients/$gone/move", { phone => $one });
    office($_ => "clients/$gone") for qw( GET DELETE );
    office(GET => 'clients?barcode=x');

    for my $case ([ PUT => '', { name => 'x' } ], [ PATCH => '', { name => 'x' } ],
        [ DELETE => '' ], [ POST => '/move', $body{move} ],
        [ POST => '/merge', $body{merge} ], [ POST => '/card', {} ],
        [ DELETE => '/card' ])
    {
        my ($method, $path, $body) = @$case;

        office($method => "clients/$one$path", $body,
            headers => [ 'If-Match', '"' . '0' x 32 . '"' ]);
    }

    my @key = ('Idempotency-Key', 'k');

    office(PATCH => "clients/$one", { name => 'x' }, headers => \@key) for 1, 2;
    office($_->[0] => "clients/$one$_->[1]", $_->[2], headers => \@key)
        for [ PUT => '', { name => 'x' } ], [ PATCH => '', { name => 'y' } ],
        [ DELETE => '' ], [ POST => '/move', $body{move} ],
        [ POST => '/merge', $body{merge} ], [ POST => '/card', {} ],
        [ DELETE => '/card' ], [ POST => '/forget' ];

    office(PUT => "clients/$two", { barcode => '22' });
    office(POST => "clients/$one/merge", $body{merge},
        headers => [ 'If-Match', '"' . '0' x 32 . '"' ]);
    office(GET => "clients/1");
    office($_->[0] => "clients/$one$_->[1]", '{"x":1}') for [ PUT => '' ],
        [ PATCH => '' ], map { [ POST => "/$_" ] } qw( bonus move merge card );
    office($_->[0] => "clients/1$_->[1]") for [ DELETE => '' ],
        [ DELETE => '/card' ], [ POST => '/forget' ];
    office(GET => "clients$_")
        for '', '?limit=1', '?after=1000', '?after=x', '?limit=0', '?barcode=';
    office(DELETE => "clients/$one");
}


# records that somebody else has spoilt

sub conflicts {
    my $key = $shop->key("client:$one");

    office(PUT => "clients/$one", { barcode => '3' });
    office(PUT => "clients/$two", { barcode => '4', bonus => 1 });
    office($_ => "clients/$one", { barcode => '4' }) for qw( PUT PATCH );
    $shop->client->hset($key, bonus => 'x', sex => 'x');
    office(GET => "clients/$one");
    office(POST => "clients/$one/$_", $body{$_}) for qw( bonus merge );

    $shop->client->hset($shop->key('cards'), 'lost', $gone);
    $shop->client->set($shop->key("client:$gone"), 'x');
    $shop->client->zadd($shop->key('clients'), 99, $gone);
    office(GET => 'clients');
    $shop->client->zrem($shop->key('clients'), $gone);
    office(GET => 'clients?barcode=lost');
    office($_ => "clients/$gone", { name => 'x' }) for qw( GET PUT PATCH );
    office(DELETE => "clients/$gone/card");
    $shop->client->del($shop->key("client:$gone"));
}


sub groups {
    my %group = (title => 'Золота', loyaltyType => 'discount',
        loyaltyQuantity => 7.5, active => \1);

    office(PUT => 'groups/3', \%group) for 1 .. 2;
    office(PATCH => 'groups/3', { loyaltyQuantity => '10', active => undef });
    office(PATCH => 'groups/4', \%group);
    office($_ => 'groups/3') for qw( GET HEAD );
    office(GET => 'groups/3', undef,
        headers => [ 'If-None-Match', tag('groups/3') ]);
    office($_ => 'groups/3', { %group, title => 'x' },
        headers => [ 'If-Match', '"' . '0' x 32 . '"' ])
        for qw( PUT PATCH DELETE );
    office($_ => 'groups/x', { title => 'x' }) for qw( GET PUT PATCH DELETE );
    office(GET => 'groups/3', undef, headers => [ 'If-Match', '"x"' ]);
    office($_->[0] => 'groups/3', $_->[1], headers => [ 'Idempotency-Key', 'k' ])
        for ([ PATCH => { title => 'x' } ]) x 2, [ PATCH => { title => 'y' } ],
        [ PUT => \%group ], [ 'DELETE' ];
    office(GET => "groups$_") for '', '?limit=1', '?after=3', '?after=x';
    office(DELETE => 'groups/3') for 1 .. 2;
    office(GET => 'groups/3');

    $shop->client->set($shop->key('group:3'), 'x');
    office($_ => 'groups/3', \%group) for qw( GET PUT PATCH );
    $shop->client->del($shop->key('group:3'));
}


sub batch {
    my @lines = (
        '{"op":"put","phone":"380671112266","set":{"barcode":"66"}}',
        '{"op":"patch","phone":"380671112277","set":{"bonus":1}}',
        '{"op":"bonus","phone":"380671112266","change":5,"floor":0,"key":"k"}',
        '{"op":"card","phone":"380671112266"}',
        '{"op":"merge","phone":"380671112266","from":"380671112277"}',
        '{"op":"move","phone":"380671112266","to":"380671112288"}',
        '{"op":"close","phone":"380671112288"}', 'x', '',
        '{"op":"forget","phone":"380671112288"}',
        '{"op":"put_group","id":5,"set":{"title":"x","loyaltyType":"bonuses",'
            . '"loyaltyQuantity":1}}',
        '{"op":"delete_group","id":5}', '{"op":"delete","phone":"380671112288"}');

    office(POST => 'batch', join("\n", @lines, ''),
        type => 'application/x-ndjson');
    office(POST => 'batch', join("\n", @lines, ''),
        type => 'application/x-ndjson',
        headers => [ 'Idempotency-Key', 'night' ]) for 1, 2;
}


sub registered {
    $shop->add({ phone => '380670000001', name => 'Олена', bonus => 5.5 });

    my ($first) = @{ office(GET => 'registered?limit=1')->json };

    office(GET => "registered?after=$first->{record}&wait=0");
    office(GET => 'registered?limit=0');
    office(HEAD => 'registered');
    office(POST => 'registered/read', { upto => $first->{record} });
    office(POST => 'registered/read', {});
}


sub operator {
    operator_(GET => 'hooks');
    operator_(GET => 'dead');
    $shop->settle;
    $shop->make_dead($two, "D$_") for 1 .. 2;
    $shop->client->xadd($shop->key('dead'), '*', somebody => 'x');

    my @dead = @{ operator_(GET => 'dead?limit=50')->json };

    operator_(GET => 'dead?limit=1');
    operator_(GET => 'dead?limit=0');
    operator_(POST => 'hooks/find', $_) for { phone => $two }, { group => 4 }, {};
    operator_(POST => "dead/$dead[2]{id}/requeue");
    operator_(DELETE => "dead/$dead[2]{id}") for 1 .. 2;
    $shop->rules;
    operator_(POST => "dead/$dead[0]{id}/requeue") for 1 .. 2;
    operator_(POST => 'dead/requeue');
    $shop->drain;

    operator_(POST => 'resend', $_) for { phone => $one }, { phone => $gone },
        { all => \1 }, { all => \0 }, {};
    operator_(POST => 'deletions/confirm', $_) for { waiting => 5 }, undef,
        { waiting => 'x' };
    operator_(POST => "$_/confirm") for qw( clients );
    $shop->client->hset($shop->key('meta'), lost => 1000 * time,
        sync => 'restore');
    operator_(POST => 'clients/confirm');
    operator_(POST => 'hooks/end');
    operator_(POST => 'probe');
    outage();
}


sub outage {
    $shop->drain;
    $shop->rules([ '.', { status => 503, headers => [ 'Retry-After', 3600 ] } ]);
    $shop->call(change_bonus => $two, 1);
    wait_until {
        my $outage = operator_(GET => 'hooks')->json->{outage};

        return $outage && $outage->{next_try};
    } 'an outage';
    operator_(POST => 'hooks/find', { phone => $two });
    $shop->rules;
    operator_(POST => 'probe');
    $shop->drain(30);
}


# what nginx and the token refuse, of each operation

sub refusals {
    for my $operation (@operations) {
        my ($method, $path) = @$operation;

        ask($method, $path, undef, token => 'wrong');
        ask($method, $path, undef, port => $_) for 1, 2, 2, 3;
        ask($path =~ /office/ && $path !~ /clients$/ ? 'PROPFIND' : 'MKCOL',
            $path);
        long($method, $path, 'Content-Length: 2000000');
        long($method, "$path?x=" . 'x' x 40000, 'Content-Length: 0');
        ask($method, $path, 'x', type => 'text/plain');
    }
}


sub long {
    my ($method, $path, $length) = @_;

    my $type = $path =~ /batch/ ? 'x-ndjson' : 'json';

    http_raw($shop->nginx, join "\r\n", "$method /$path HTTP/1.1", 'Host: x',
        "Authorization: Bearer " . token_of($path), "Content-Type: application/$type",
        $length, '', '');
}


# Redis does not answer, then it is gone

sub failures {
    wait_until { operator_(GET => 'hooks')->status == 200 } 'Redis is there';
    $shop->redis->signal('STOP');
    is(operator_(GET => 'hooks')->status, 504, 'Redis is silent');
    $shop->redis->signal('CONT');

    $shop->redis->stop;
    wait_until { operator_(GET => 'hooks')->status == 503 } 'Redis is gone';

    for my $operation (@operations) {
        my ($method, $path) = @$operation;
        my ($what) = $path =~ m{(\w+)\z};

        next if $what eq 'batch';
        ask($method, $path, $method =~ /PUT|PATCH/ ? { name => 'x' }
            : $method eq 'GET' ? undef : $body{$what});
    }
}


# each status of each operation came; one that all have, of one of them; some take
# a market without hooks, with deletions held back, or hosts that are gone

sub test_all_seen {
    my ($seen) = @_;

    my $shared = qr/40[0135]|41[345]|429|50[034]/;
    my ($operation, @own, %shared);

    for (split /\n/, slurp($document)) {
        last if /^components:/;
        $operation = $1 if /^ {6}operationId: (\w+)/;

        my ($status) = /^ {8}"(\d{3})":/ or next;

        if ($status =~ $shared) {
            $shared{$status} = 1;
        } else {
            push @own, "$operation $status";
        }
    }

    is(join(', ', grep { !$seen->{$_} } @own), 
        'endHooks 200, requeueAll 409, resend 409, confirmDeletions 409',
        'each of them came');
    is_deeply([ grep { my $status = $_;
        !grep { / $status\z/ } keys %$seen } sort keys %shared ], [],
        '... and those that all have');
}


# A validator that takes everything would be none: good exchanges are spoilt

sub test_wrong {
    my @good = recorded($record);

    for my $wrong (
        [ "office/clients/$one", 200, 's/"whole":true/"whole":1/' ],
        [ "office/clients/$one", 200, 's/"bonus":[\d.]+/"bonus":0.123/' ],
        [ "office/clients/$one", 200, 's/^\{"phone"/{"extra":1,"phone"/' ],
        [ "office/clients/$one", 200, 'no ETag' ],
        [ "office/clients/$one", 412, 's/condition/cond/' ],
        [ "office/clients/$one/bonus", 200, 's/"total":/"sum":/' ],
        [ 'office/groups', 200, 's/"etag":"/"etag":"W/' ],
        [ 'office/batch', 200, 's/"line":1,/"line":0,/' ],
        [ 'office/batch', 200, 's/,"http":\d+//' ],
        [ 'office/registered', 200, 's/"created"/"made"/' ],
        [ 'operator/dead', 200, 's/"key":"380/"key":"38067/' ],
        [ 'operator/hooks', 200, 's/"guard":"\w+"/"guard":"ajar"/' ],
        [ 'operator/hooks', 503, 'no Retry-After' ],
        [ 'operator/hooks', 401, 'no WWW-Authenticate' ])
    {
        my ($path, $status, $change) = @$wrong;

        ok(all_refused($document, $change, grep { ($_->{path} // '') eq "/$path"
            && $_->{status} == $status && $_->{method} !~ /HEAD|DELETE/ } @good),
            "$path $status is refused: $change");
    }
}
