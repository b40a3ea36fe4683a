# polycard-check: what the report says of a row, and what it keeps to itself

use strict;
use warnings;

use lib 't/lib';

use Polycard::Check;
use Polycard::FakeMarket;
use Polycard::Test;
use Polycard::Tools;

my $token = $Polycard::Check::TOKEN;
my $next = 380990000000;

test_passed();
test_mistakes();
test_bounds();
test_added();
test_headers();
test_types();
test_json();
test_masking();
test_full();

finish();


sub market {
    my (%faults) = @_;

    my $market = Polycard::FakeMarket->new(token => $token,
        faults => \%faults);
    $market->mode($_) for keys %faults;

    return $market;
}


# the rows by their names, and the report as text

sub both {
    my ($market, @options) = @_;

    my (undef, undef, $report) = report($market->url, @options);
    my (undef, $text) = check($market->url, '--token-file',
        check_token_file(), @options);

    return ({ map { $_->{id} => $_ } @{ $report->{rows} } }, $text);
}


# the lines below a row

sub below {
    my ($text, $row) = @_;

    return $text =~ /^\Q$row\E .*\n((?: {20}.*\n)*)/m ? $1 : undef;
}


# A fault that changes the body of answers of 200

sub body {
    my ($change) = @_;

    return sub {
        my ($request, $answer) = @_;
        $change->($answer->{body}) if $answer->{status} == 200;
    };
}


sub test_passed {
    my ($rows, $text) = both(market());

    for my $row (sort keys %$rows) {
        my $below = below($text, $row);

        if ($rows->{$row}{result} eq 'ok') {
            is($below, '', "$row: ok, and nothing below it");
        } else {
            unlike($below, qr/^\s*$/, "$row: not looked at, and why");
        }
    }
}


sub test_mistakes {
    my $six = body(sub {
        $_[0] =~ s/"female"/"f"/g;
        $_[0] =~ s/20000229/2000-02-29/g;
        $_[0] =~ s/"name":"/"surname":null,"email":7,$&/g;
        $_[0] =~ s/12\.5/"12.5"/g;
        $_[0] =~ s/group_id":1/$&.5/g;
    });
    my ($rows, $text) = both(market(six => $six));
    my $row = $rows->{'A2.client'};

    is($row->{result}, 'FAIL', 'a client with six mistakes');
    is_deeply([ sort map { $_->{what} } @{ $row->{mistakes} } ], [
        'record 1: birthday must be a day as YYYYMMDD',
        'record 1: bonus is a string',
        'record 1: email is a number',
        'record 1: loyalty_group_id is not a whole number',
        'record 1: sex must be male or female',
        'record 1: surname is null',
    ], '... each is in the report');
    is($row->{mistakes}[0]{count}, 6,
        '... once, with how many clients have it');
    is($row->{what}, $row->{mistakes}[0]{what},
        '... the first one is the reason of the row too');

    my $below = below($text, 'A2.client');

    is(scalar(() = $below =~ /record 1: .* \(6 times\)$/mg), 6,
        '... as text: a line for each');
    like($below, qr/sent: GET getClients\?limit=50\n\s*came: 200, /,
        '... and what shows it');
}


# a row that looks at several questions names each that is answered wrongly

sub test_bounds {
    my ($rows, $text) = both(market(wrong => sub {
        my ($request, $answer) = @_;
        $answer->{status} = 422 if $answer->{status} == 400;
    }));

    is_deeply([ map { $_->{sent} } @{ $rows->{'B9.bounds'}{mistakes}[0]{seen} }
        ], [ map { "GET getClients?$_" } qw( limit=0 limit=-1 limit=1.5 limit=x
            limit=1000000 limit=2&offset=-1 limit=2&offset=x
            limit=2&offset=1&after=1 ) ],
        'eight bounds are not kept: each is shown as it was sent');
    is(scalar @{ $rows->{'B1.phone'}{mistakes}[0]{seen} }, 6,
        'six phones in another form likewise');
    like($text, qr/sent: GET getClient\?phone=38000000003$/m,
        '... as they were sent, since they are nobody\'s');
}


sub test_added {
    my ($rows) = both(market(added => sub {
        my ($request, $answer) = @_;

        if ($request->{service} eq 'addClient' && $answer->{status} == 200) {
            $answer->{body} =~ s/"OK"/"ok"/;
            $answer->{body} =~ s/"id":(\d+)/"id":"$1"/;
            $answer->{body} =~ s/"code":"(\d+)"/"code":$1/;
        }
    }), '--write', $next++);

    is_deeply([ map { $_->{what} } @{ $rows->{'A1.addClient'}{mistakes} } ],
        [ 'status is not "OK"', 'id is no whole number',
          'code is no card number' ], 'addClient: all errors');
}


# a header longer than there is room for is not a header that is missing

sub test_headers {
    my ($rows) = both(market(long => sub {
        my $headers = $_[1]{headers};
        $headers->{'X-Total-Count'} = 'x' x 300;
        $headers->{'Content-Type'} = 'application/json; x=' . 'y' x 300;
    }));

    is($rows->{'B9.total'}{what}, 'it is no number', 'a long X-Total-Count');
    is($rows->{'A1.type'}{result}, 'ok', '... a long Content-Type');
}


# what an attribute is instead of what it should be

sub test_types {
    my ($rows) = both(market(types => body(sub {
        $_[0] =~ s/"name":"/"surname":true,"email":[7],"middlename":{},$&/g;
        $_[0] =~ s/12\.5/1e30/g;
        $_[0] =~ s/group_id":1/group_id":"1"/g;
    })));

    is_deeply([ sort map { $_->{what} }
        @{ $rows->{'A2.client'}{mistakes} } ], [
        'record 1: bonus is beyond all amounts',
        'record 1: email is an array',
        'record 1: loyalty_group_id is a string',
        'record 1: middlename is an object',
        'record 1: surname is true or false',
    ], 'five attributes of another type: each is named');
}


# a body that is no JSON: what is wrong with it, and where

sub test_json {
    my %wrong = ('[7.]' => 'has a number that is none at byte 3',
        '[7e+]' => 'has a number that is none at byte 4',
        '[-]' => 'is no JSON at byte 2',
        '[tru]' => 'is no JSON at byte 1', '[falsy]' => 'is no JSON at byte 1',
        '[7,' => 'breaks off at byte 3', '[7' => 'breaks off at byte 2',
        '[7}' => 'is no JSON at byte 2', '{7:7}' => 'is no JSON at byte 1',
        '{' => 'breaks off at byte 1', '{"a"' => 'is no JSON at byte 4',
        '{"a":7,"b' => 'breaks off at byte 9',
        '["a' => 'breaks off at byte 3', '["a\\' => 'breaks off at byte 4',
        '["\x"]' => 'has an escape that is none at byte 4',
        '["\u12"]' => 'has an escape that is none at byte 6',
        '["\ud800"]' => 'cannot be read as JSON',
        '[' x 65 => 'is too deep at byte 64', '' => 'is empty');
    my $market = Polycard::FakeMarket->new(token => $token, faults => {
        map { my $text = $_; ($text => sub {
            my ($request, $answer) = @_;
            $answer->{body} = $text if $answer->{status} == 200
                && $request->{service} eq 'getGroups';
        }) } keys %wrong });

    for my $text (sort keys %wrong) {
        $market->mode($text);

        my (undef, undef, $report) = report($market->url);
        my ($row) = grep { $_->{id} eq 'A1.json' } @{ $report->{rows} };

        is($row->{what}, "the body $wrong{$text}",
            'no JSON: ' . substr $text, 0, 20);
    }
}


# a report that nobody can read must not look like a market that conforms

sub test_full {
    my ($status, $text) = run_command('sh', '-c', '"$@" 2>&1 > /dev/full', 'sh',
        tool('check'), '--token-file', check_token_file(), market()->url);

    is($status, 2, 'a report that cannot be written');
    is($text, "polycard-check: the report cannot be written\n", '... it says');
}


sub test_masking {
    my %type = (
        'text/html; charset=windows-1251' => 'text/html; '
            . 'charset=windows-1251',
        'text/html; charset="UTF-8"; x=1' => 'text/html; '
            . 'charset="UTF-8"; x=*',
        'text/html; charset=a380671112233' => 'text/html; '
            . 'charset=*************',
        'text/html; charset=o@example.com' => 'text/html; '
            . 'charset=*************',
        'text/html; name=Olha' => 'text/html; name=****',
    );

    for my $type (sort keys %type) {
        my ($rows) = both(market(type => sub {
            $_[1]{headers}{'Content-Type'} = $type }));

        like($rows->{'A1.type'}{came}, qr/\A200, \Q$type{$type}\E, \d+ bytes/,
            "$type: a word is shown, what may be a person's is not");
    }

    my ($rows, $text) = both(market(nobody => sub {
        my ($request, $answer) = @_;
        @{$answer}{qw( status body )} = (500, '{}')
            if $request->{service} eq 'getClient';
    }));

    like($text, qr/sent: GET getClient\?phone=38067\*\*\*0001$/m,
        'the phone of a client is masked');
    like($text, qr/sent: GET getClient\?phone=380000000003$/m,
        '... the one that nobody has is not');

    ($text) = (both(market(name => body(sub {
        $_[0] =~ s/"name":"/"380671112233":1,"o\@example.com":1,$&/g }))))[1];

    like(below($text, 'A3.others'), qr/has "38067\*\*\*2233"/,
        'a name that is a phone is masked');
    unlike($text, qr/o\@example/, '... one that is an address too');
}
