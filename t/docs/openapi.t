# docs/openapi.yaml is OpenAPI 3.1, and what the services answer and the hooks
# send is what it says: every status of every service, every hook in its three
# formats, and nothing else.  t/scripts/test holds the answers and hooks of all
# other tests against it as well.

use strict;
use warnings;

use lib 't/lib';

use Polycard::HookShop;
use Polycard::HTTP;
use Polycard::Nginx qw( services );
use Polycard::OpenAPI;
use Polycard::Shop;
use Polycard::Test;

my $path = '/api/v1/web_service';
my $document = source_dir() . '/docs/openapi.yaml';
my $token = 'a' x 32;
my $phone = '380671112233';
my @services = qw( getClient addClient getGroups getClients );
my $record = temp_dir();

$ENV{POLYCARD_RECORD} = "$record";

test_document();

my $seen = test_exchanges();

test_all_seen($seen);
test_wrong();

finish();


# The document itself

sub test_document {
    my ($status, $output) = check_document($document);

    is($status, 0, 'references lead somewhere, examples fit')
        or diag($output);

    my $dir = temp_dir();
    my $text = slurp($document);

    for my $wrong (
        [ 'leads nowhere', 's{schemas/Phone"}{schemas/Fone"}' ],
        [ 'is not used', 's{^  schemas:\n}{$&    Spare: {}\n}m' ],
        [ 'example', 's{name: Тарас}{name: 7}' ],
        [ 'type', 's{type: object}{type: objekt}' ],
        [ 'twice', 's{^    Phone:}{    Text: {}\n$&}m' ])
    {
        my ($what, $change) = @$wrong;

        local $_ = $text;
        ok(eval $change, "a document that is wrong: $what");
        spew("$dir/wrong.yaml", $_);

        ($status, $output) = check_document("$dir/wrong.yaml");
        is($status, 1, '... is found');
        like($output, qr/\Q$what\E/, '... and named');
    }

    test_official($document);
}


# What passes

sub ask {
    my ($nginx, $method, $target, %option) = @_;

    return http_request($nginx, $method, "$path/$target", token => $token,
        %option);
}


sub test_exchanges {
    my $shop = open_shop();

    good_requests($shop);
    bad_requests($shop);
    refusals($shop);
    hooks($shop);
    failures($shop);

    my ($checked, $seen, $faults) = check_exchanges($document, $record);

    cmp_ok($checked, '>', 100, "$checked exchanges were looked at");
    is(join("\n", @$faults), '', 'all of them are as documented');

    return $seen;
}


sub open_shop {
    my @server = ("deny all;", "limit_req zone=one; limit_req_status 429;",
        'return 500;');
    my $http = "limit_req_zone \$uri zone=one:1m rate=1r/m;\n" . join '', map {
        "server { listen 127.0.0.1:%%PORT_$_%%; $server[$_ - 1]\n"
        . services('shop1') . "}\n"
    } 1 .. 3;

    my $shop = Polycard::HookShop->new(
        files  => { token => "$Polycard::HookShop::TOKEN\n",
                    access => "$token\n" },
        market => { access_token => undef,
                    access_token_file => '%%DIR%%/access' },
        http   => $http,
    );

    return $shop->ready;
}


sub good_requests {
    my ($shop) = @_;

    my $nginx = $shop->nginx;

    $shop->put($phone, barcode => '1', surname => 'Шевченко', name => 'Т"\\',
        middlename => "\xf0\x9f\x98\x80" x 255, email => 't@example.com',
        sex => 'male', birthday => '20000229', bonus => '-0.01',
        discount => '9999999999999.99', loyalty_group_id => 0);
    $shop->set_raw('380671112234', 99, barcode => '2', name => "a\x07b\xff",
        bonus => '0.30000000000000004', birthday => '19900231', sex => 'x');
    $shop->call('put_group', 1, title => 'Золота', loyaltyType => 'discount',
        loyaltyQuantity => '7.5', active => 'true');
    $shop->call('put_group', 2, title => 'x' x 255, loyaltyType => 'bonuses',
        loyaltyQuantity => '-3');

    for my $method (qw( GET HEAD )) {
        ask($nginx, $method, "getClient?phone=$phone");
        ask($nginx, $method, 'getClient?phone=380671112234');
        ask($nginx, $method, 'getClient?barcode=1');
        ask($nginx, $method, 'getGroups');
        ask($nginx, $method, 'getClients');
        ask($nginx, $method, 'getClients?limit=1&offset=1');
        ask($nginx, $method, 'getClients?offset=5000');
        ask($nginx, $method, "getGroups?token=$token", token => undef);
    }

    my @encodings = (
        [ 'application/json', json_text({ phone => '380670000001',
            name => "\x{41e}\x{43b}\x{44f}", bonus => 12.5, sex => undef, email => '' }) ],
        [ 'application/x-www-form-urlencoded',
          'phone=380670000002&name=Ol%27ha&bonus=0.015&sex=&birthday=20000101' ],
        [ 'multipart/form-data; boundary=x', "--x\r\nContent-Disposition: "
          . "form-data; name=\"phone\"\r\n\r\n380670000003\r\n--x--\r\n" ],
    );

    for my $encoding (@encodings, @encodings) {
        my ($type, $body) = @$encoding;

        is(ask($nginx, 'POST', 'addClient', type => $type, body => $body)
            ->status, 200, "addClient: $type");
    }
}


sub add {
    my ($nginx, $client, %option) = @_;

    return ask($nginx, 'POST', 'addClient', type => 'application/json',
        body => ref $client ? json_text($client) : $client, %option);
}


sub bad_requests {
    my ($shop) = @_;

    my $nginx = $shop->nginx;

    ask($nginx, 'GET', $_) for qw( getClient getClient?phone=1
        getClient?barcode= getClient?barcode=%00 getClient?phone=1&barcode=2
        getClient?phone=1&phone=2 getClient?phone=%zz getClient?token=1&token=2
        getClient?phone=380999999999 getClients?limit=0 getClients?limit=1001
        getClients?offset=x getClients?after=x getClients?after=1&offset=1
        getClients?limit=1&limit=2 getGroups?token=1&token=2 );

    my $added = '380670000001';

    add($nginx, $_) for {}, { phone => '1' }, { phone => $added, sex => 'x' },
        { phone => $added, birthday => '19900231' }, 'x', '[]',
        { phone => $added, bonus => 'x' }, { phone => $added, name => 7 },
        { phone => $added, loyalty_group_id => 1.5 },
        { phone => $added, barcode => '77' }, { phone => $added },
        { phone => $added, name => 'x' x 256 }, "{\"phone\":\"\\u0000\"}",
        { phone => $added, name => "\x01" }, '{"phone":"1","phone":"1"}';

    ask($nginx, 'POST', 'addClient', type => 'text/plain', body => 'x');
    ask($nginx, 'POST', 'addClient', type => 'multipart/form-data', body => 'x');
    ask($nginx, 'POST', 'addClient', type => 'multipart/form-data; boundary=x',
        body => '--x');
}


# what nginx and the token refuse, at each service

sub refusals {
    my ($shop) = @_;

    my $nginx = $shop->nginx;

    for my $service (@services) {
        my $method = $service eq 'addClient' ? 'POST' : 'GET';
        my @head = ("$method $path/$service HTTP/1.1", 'Host: x',
            "Authorization: Bearer $token");

        ask($nginx, $method, $service, token => 'wrong');
        ask($nginx, $method, $service, token => undef);
        ask($nginx, $_, $service) for qw( PUT DELETE );
        ask($nginx, $method, $service, port => 1);
        ask($nginx, $method, $service, port => 2) for 1 .. 2;
        ask($nginx, $method, $service, port => 3);

        http_raw($nginx, join("\r\n", @$_, '', '')) for
            [ @head, 'Content-Length: 2000000' ],
            [ @head, 'Content-Length: x' ],
            [ @head, 'Transfer-Encoding: gzip' ],
            [ "$method $path/$service?x=" . 'x' x 40000 . ' HTTP/1.1' ];
    }
}


# Redis does not answer, then is gone; and no card is left

sub failures {
    my ($shop) = @_;

    ok($shop->reload(card_numbers => 'pool'), 'numbers from a pool');
    wait_status($shop, 'addClient', 503);

    ok($shop->reload(card_numbers => 'ean13 prefix=21',
        redis_timeout => '200ms'), 'a short time for Redis');

    for my $service (@services) {
        wait_until { times_out($shop, $service) } "504 of $service";
        $shop->redis->signal('CONT');
    }

    $shop->redis->stop;
    wait_status($shop, $_, 503) for @services;
}


# on a busy machine the connection may be lost before Redis stops: 503 then

sub times_out {
    my ($shop, $service) = @_;

    $shop->redis->signal('CONT');
    wait_status($shop, $service, 200);
    $shop->redis->signal('STOP');

    return status_of($shop, $service) == 504;
}


sub wait_status {
    my ($shop, $service, $status) = @_;

    wait_until { status_of($shop, $service) == $status } "$status of $service";
}


sub status_of {
    my ($shop, $service) = @_;

    my $answer = $service eq 'addClient'
        ? add($shop->nginx, { phone => '380670000008' })
        : ask($shop->nginx, 'GET', "$service?phone=$phone");

    return $answer->status;
}


# each kind of hook in each format

sub hooks {
    my ($shop) = @_;

    for my $format (qw( post_json post_form get )) {
        ok($shop->reload(hook_format => $format), "hook_format $format");
        $shop->ready;

        my $gone = '380671119999';

        $shop->put($gone, barcode => "9$format", name => 'Леся & "co" +%');
        $shop->put($gone, email => 'x@example.com');
        $shop->put($gone, bonus => '12.5');
        $shop->put($gone, bonus => '-7.01');
        $shop->put($gone, bonus => '');
        $shop->call('delete_client', $gone);
        $shop->call('put_group', 9, title => 'Літня', loyaltyType => 'bonuses',
            loyaltyQuantity => 1, active => 'false');
        $shop->call('put_group', 9, loyaltyQuantity => '2.25');
        $shop->call('delete_group', 9);
        $shop->settle;
    }
}


sub test_all_seen {
    my ($seen) = @_;

    my $text = slurp($document);
    my @wanted;

    while ($text =~ m{^  /(\w+):\n((?:    .*\n|\n)+)}mg) {
        my ($service, $block) = ($1, $2);
        push @wanted, map { "$service $_" }
            $block =~ /^        "?(\d{3}|default)"?:/mg;
    }

    is(scalar @wanted, 51, 'statuses of four services');

    for my $format ('application/json', 'get',
        'application/x-www-form-urlencoded')
    {
        push @wanted, map { "$format $_" } map {
            my $object = $_;
            map { "$object $_" } qw( added changed deleted )
        } qw( clients bonuses loyalty_groups );
    }

    is_deeply([ sort keys %$seen ], [ sort @wanted ],
        'each of them came, and no other') or diag(explain($seen));
}


# A validator that takes everything would be none: good exchanges are spoilt

sub test_wrong {
    my @good = recorded($record);

    my @wrong = (
        [ 'getClient', 200, 's/}$/,"middlename":null}/' ],
        [ 'getClient', 200, 's/}$/,"extra":1}/' ],
        [ 'getClient', 200, 's/"phone":"380/"phone":"480/' ],
        [ 'getClient', 200, 's/"barcode":"1",//' ],
        [ 'getClient', 200, 's/"bonus":-0.01/"bonus":-0.011/' ],
        [ 'getClient', 200, 's/"bonus":-0.01/"bonus":"-0.01"/' ],
        [ 'getClient', 200, 's/"bonus":-0.01/"bonus":NaN/' ],
        [ 'getClient', 200, 's/"sex":"male"/"sex":"Male"/' ],
        [ 'getClient', 200, 's/20000229/20001329/' ],
        [ 'getClient', 200, 's/"name":"/"name":"\xff/' ],
        [ 'getClient', 200, 's/\}$//' ],
        [ 'getClient', 404, 's/NOK/OK/' ],
        [ 'getClient', 404, 's/no such client/not found/' ],
        [ 'getClient', 418, '' ],
        [ 'getGroups', 200, 's/"title":"[^"]*",//' ],
        [ 'getGroups', 200, 's/true/"true"/' ],
        [ 'getClients', 200, 's/^\[/[{},/' ],
        [ 'getClients', 200, 'no X-Total-Count' ],
        [ 'getClient', 401, 'no WWW-Authenticate' ],
        [ 'getClient', 405, 'no Allow' ],
        [ 'getClient', 503, 'no Retry-After' ],
        [ 'getClient', 200, 'no Content-Type' ],
        [ 'addClient', 200, 's/"code":"/"code":"\x00/' ],
        [ 'addClient', 200, 's/"id":\d+/"id":1.5/' ],
        [ 'hook', 'clients', 's/"object"/"objekt"/' ],
        [ 'hook', 'clients', 's/T0ken/T0/' ],
        [ 'hook', 'clients', 'no webhook-id' ],
        [ 'hook', 'bonuses', 's/"change":/"changes":/' ],
        [ 'hook', 'deleted', 's/"total":0/"total":1/' ],
    );

    for my $wrong (@wrong) {
        my ($service, $which, $change) = @$wrong;

        ok(all_refused($document, $change, chosen($service, $which, @good)),
            "$service $which is refused: "
            . ($change || 'a status that is not documented'));
    }
}


# answers of a service with a status, or hooks that hold a text; of 418, which
# nobody answers, all of the service are made such

sub chosen {
    my ($service, $which, @good) = @_;

    return grep { $_->{kind} eq 'hook' && $_->{body} =~ /$which/ } @good
        if $service eq 'hook';

    my @answers = grep { $_->{kind} ne 'hook' && $_->{method} ne 'HEAD'
        && $_->{path} eq "$path/$service" } @good;

    return $which == 418 ? map { { %$_, status => 418 } } @answers
        : grep { $_->{status} == $which } @answers;
}
