# polycard-check --office: our office conforms, and each way of being wrong is found
# in its row.  The wrong ones are ours behind an nginx that spoils one thing.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Check;
use Polycard::OfficeShop;
use Polycard::Server;
use Polycard::Test;

my $office = $Polycard::OfficeShop::TOKEN;
my $dir = temp_dir();
my $file = spew("$dir/office", "$office\n");
my $next = 380990000000;

# what an nginx in front does, and the rows that are not right then; those with
# "write" need --write

my @faults = (
    [ 'anybody is let in', "set \$with 'Bearer $office';",
        'office.closed FAIL', 'office.query FAIL' ],
    [ 'the services\' token opens it',
        "if (\$http_authorization = 'Bearer $Polycard::Check::TOKEN') { "
        . "set \$with 'Bearer $office'; }", 'office.closed FAIL' ],
    [ 'a token in the query',
        "if (\$arg_token) { set \$with 'Bearer \$arg_token'; }",
        'office.query FAIL' ],
    [ 'other sites', q{proxy_set_header Origin '';}, 'office.origin FAIL' ],
    [ 'no type', 'proxy_hide_header Content-Type; default_type text/html;',
        'office.answer FAIL' ],
    [ 'errors of another form', q{sub_filter '"NOK"' '"ERROR"';},
        'office.answer FAIL' ],
    [ 'no count', 'proxy_hide_header X-Total-Count;', 'office.list FAIL' ],
    [ 'records without whole', q{sub_filter '"whole":' '"hole":';},
        'office.list FAIL', 'office.record skip', 'office.same skip',
        'office.tag skip' ],
    [ 'records without a tag', q{sub_filter '"etag":' '"tag":';},
        'office.record FAIL', 'office.tag FAIL' ],
    [ 'a record without a phone', q{set $phone '"phone":'; }
        . q{if ($uri ~ clients/380) { set $phone '"fone":'; } }
        . q{sub_filter '"phone":' $phone;}, 'office.record FAIL',
        'office.same FAIL' ],
    [ 'no limit', 'set $args "";', 'office.list FAIL', 'office.walk FAIL',
         'office.wrong FAIL' ],
    [ 'no Link', 'proxy_hide_header Link;', 'office.walk FAIL' ],
    [ 'a Link in a circle', 'proxy_hide_header Link; add_header Link '
        . q{'</office/clients?limit=50>; rel="next"';}, 'office.walk FAIL' ],
    [ 'another client in the list', q(sub_filter '[{"phone":"380670000001",')
        . q( '[{"phone":"380670000001","email":"x",';), 'office.record FAIL' ],
    [ 'another market', q{sub_filter '"surname":"A1"' '"surname":"B1"';},
        'office.same FAIL' ],
    [ 'no ETag', 'proxy_hide_header ETag;', 'office.tag FAIL' ],
    [ 'no 304', q{proxy_set_header If-None-Match '';}, 'office.tag FAIL' ],
    [ 'no 412', q{proxy_set_header If-Match '';}, 'office.tag FAIL' ],
    [ 'an error without a name', q{sub_filter 'phone must' 'it must';},
        'office.wrong FAIL' ],
    [ 'no Allow', 'proxy_hide_header Allow;', 'office.method FAIL' ],
    [ 'a wrong list', q{sub_filter '"record":' '"cursor":';},
        'office.new FAIL' ],
    [ 'not all errors', q{sub_filter 'sex must be male or female; ' '';},
        'write', 'office.errors FAIL' ],
    [ 'money twice', q{proxy_set_header Idempotency-Key '';}, 'write',
        'office.once FAIL' ],
    [ 'a batch that skips', q{sub_filter '"line":3' '"line":4';}, 'write',
        'office.batch FAIL' ],
    [ 'no batch', 'if ($uri ~ batch) { return 444; }', 'write',
        'office.batch FAIL' ],
    [ 'null is kept', q(sub_filter '"whole":true}' )
        . q('"email":"x","whole":true}';), 'write', 'office.patch FAIL',
        'office.record FAIL', 'office.same FAIL' ],
);

# connections are taken, and nothing is ever answered

my $silent = Polycard::Server::listen_tcp();

my $port = 0;
my $shop = Polycard::OfficeShop->new(
    files  => { tokens => "$Polycard::Check::TOKEN\n" },
    market => { access_token => undef,
                access_token_file => '%%DIR%%/tokens' },
    http   => join '', map { "server { listen 127.0.0.1:%%PORT_" . ++$port
        . "%%; location /office/ { set \$with \$http_authorization; "
        . "proxy_set_header Authorization \$with; sub_filter_once off; "
        . "sub_filter_types *; $_->[1] "
        . "proxy_pass http://127.0.0.1:%%PORT_0%%; } }\n" } @faults,
        [ 'falls silent', silent_after('/office/clients[?]limit=2') ],
        [ 'silent services', '} location /api/ { '
            . silent_after('/api/v1/web_service/getGroups') ]);

test_empty();
fill();
test_ours();
test_alone();
test_faults();
test_tokens();
test_silent();
test_away();
test_options();

finish();


sub url { return 'http://127.0.0.1:' . $shop->nginx->port($_[0]) }

# one question only is answered; nginx tells of those that gave up, with paths

sub silent_after {
    my ($asked) = @_;

    return 'error_log /dev/null crit; '
        . "if (\$request_uri !~ '^$asked\$') { proxy_pass http://127.0.0.1:"
        . $silent->sockport . '; }';
}


sub office {
    my ($n, @options) = @_;

    return report(url(0) . '/api/v1/web_service', '--office',
        url($n) . '/office/', '--office-token-file', $file, @options);
}


sub fill {
    $shop->put_all(map { [ 380670000000 + $_, barcode => "10$_",
        surname => "A$_", bonus => $_ / 4 ] } 1 .. 120);
    $shop->put(380670000200, barcode => 'x');
    $shop->client->hdel($shop->key('client:380670000200'), 'barcode');
    $shop->add({ phone => '380670000300' });
}


sub test_empty {
    my ($status, $rows) = office(0, '--strict');

    is($status, 0, 'an empty market conforms');
    is_deeply([ grep { !/ skip$/ } @$rows ], [], '... in what can be seen');
}


sub test_ours {
    $shop->client->hset($shop->key('client:380670000001'), 'discount', 'x');

    my $before = $shop->digest;
    my ($status, $rows) = office(0, '--strict');

    is($status, 0, 'our office conforms, with what cannot be read in a record');
    is_deeply([ grep { /^office/ } @$rows ], [ map { "office.$_ skip" }
        qw( https patch errors once batch ) ], '... in all that is asked');
    is($shop->digest, $before, '... and nothing was written');

    $shop->client->hdel($shop->key('client:380670000001'), 'discount');

    for my $time (qw( first second )) {
        ($status, $rows) = office(0, '--strict', '--write', $next);
        is($status, 0, "with --write, for the $time time: it conforms");
        is_deeply([ grep { /^office/ } @$rows ], [ 'office.https skip' ],
            '... everything is asked');
    }

    my %stored = %{ $shop->stored($next) };

    is_deeply([ @stored{qw( name email bonus )} ], [ 'Test', undef, 0 ],
        '... and what was added is taken back');
}


# without the services

sub test_alone {
    my ($status, $output) = check(undef, '--office', url(0) . '/office',
        '--office-token-file', $file);

    is($status, 0, 'the office alone');
    unlike($output, qr/^[AB]\d/m, '... only its rows');
    like($output, qr/^office\.same   skip .*\n +the services are not asked$/m,
        '... nothing to compare with');

    ($status) = check(undef, '--office', url(0) . '/office',
        '--office-token-file', $file, '--write', ++$next);
    is($status, 0, '... with a client that was not there');
}


sub test_faults {
    my $n = 0;

    for my $fault (@faults) {
        my ($what, $conf, @expected) = @$fault;
        my @write = $expected[0] eq 'write' ? (shift @expected && ('--write',
            ++$next)) : ();
        my ($status, $rows) = office(++$n, @write);

        # nginx takes the ETag of what it changes away

        push @expected, 'office.tag FAIL'
            if $conf =~ /sub_filter '/ && !grep { /^office\.tag / } @expected;

        is($status, 1, "$what: it does not conform");
        my @found = grep { /^office/
            && !/^office\.(?:https|patch|errors|once|batch) skip/ } @$rows;

        is_deeply([ sort @found ], [ sort @expected ], "... $what is found");
    }
}


# no token, where one in front of the office has it; and the services' own, which
# cannot be another one then

sub test_tokens {
    my @services = (url(0) . '/api/v1/web_service', '--office');
    my $same = "$dir/same";
    my (undef, $rows) = report(@services, url(1) . '/office/');

    is_deeply([ grep { /^office\.(?:closed|query|reach) / } @$rows ],
        [ 'office.closed skip', 'office.query skip' ], 'without a token');

    spew($same, "$Polycard::Check::TOKEN\n");
    (undef, $rows) = report(@services, url(2) . '/office/',
        '--office-token-file', $same);
    is_deeply([ grep { /^office\.(?:closed|query|reach) / } @$rows ], [],
        'with the token of the services');
}


# after three of them it is asked no more: what was not asked is not answered
# wrongly; the services and the office are counted apart

sub test_silent {
    my $n = @faults;
    my ($status, $rows) = office(++$n, '--timeout', 2, '--write', ++$next);

    is($status, 1, 'the office falls silent: it does not conform');
    is_deeply([ grep { /^office.* FAIL$/ } @$rows ],
        [ map { "office.$_ FAIL" } qw( closed walk record ) ],
        '... in what was asked');
    is(scalar(grep { /^office.* skip$/ } @$rows), 13,
        '... the rest was not judged');

    ($status, $rows) = report(url(++$n) . '/api/v1/web_service', '--office',
        url(0) . '/office/', '--office-token-file', $file, '--timeout', 2,
        '--write', $next);

    is($status, 1, 'the services fall silent');
    ok(grep({ $_ eq 'A1.getClient skip' } @$rows), '... for good');
    is_deeply([ grep { /^office/ } @$rows ], [ 'office.https skip',
        'office.same skip' ], '... the office is asked all the same');
}


sub test_away {
    my ($status, $rows) = report(url(0) . '/api/v1/web_service', '--office',
        url(0) . '/office/');

    is($status, 2, 'a token is needed');
    ok(grep({ $_ eq 'office.reach FAIL' } @$rows), '... it says');

    ($status, my $text) = check(undef, '--office', url(0) . '/office/',
        '--office-token-file', spew("$dir/wrong", "wrong-$office\n"),
        '--verbose');
    is($status, 2, 'a wrong token');
    unlike($text, qr/\Q$office\E/, '... is not shown');

    ($status, $text) = check(undef, '--office', url(21) . '/office/',
        '--office-token-file', $file, '--write', $next);
    unlike($text, qr/\Q$next\E|3806700000/, 'no phones without --verbose');
}


sub test_options {
    my $file = check_token_file();

    for my $case ([ qr/one URL is wanted/, '--token-file', $file ],
        [ qr/must begin with/, '--office', 'x' ],
        [ qr/without user/, '--office', 'http://x/?a' ],
        [ qr/no such file/i, '--office', 'http://x/', '--office-token-file',
          "$dir/none" ])
    {
        my ($error, @options) = @$case;
        my ($status, $text) = check(undef, @options);

        is($status, 2, "refused: $options[0] $options[1]");
        like($text, $error, '... and why');
    }
}
