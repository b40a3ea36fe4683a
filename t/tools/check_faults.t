# polycard-check: each way of being wrong is found in the row that it belongs to

use strict;
use warnings;

use lib 't/lib';

use Polycard::Check;
use Polycard::FakeMarket;
use Polycard::Test;

my $token = $Polycard::Check::TOKEN;
my $next = 380990000000;

test_faults();

finish();


# One fault at a time: the rows that are not ok then.  The first ones change the
# body of answers of 200.

sub test_faults {
    my %fault = (
        'a null'            => [ 's/"name":"/"surname":null,$&/g',
                                 'A2.client FAIL' ],
        'a sum as text'     => [ 's/"bonus":12.5/"bonus":"12.5"/',
                                 'A2.client FAIL' ],
        'a number as text'  => [ 's/"name":"[^"]*"/"name":7/g',
                                 'A2.client FAIL' ],
        'a sex'             => [ 's/"female"/"f"/g', 'A2.client FAIL' ],
        'a day'             => [ 's/20000229/20010229/g', 'A2.client FAIL' ],
        'a date'            => [ 's/20000229/2000-02-29/g',
                                 'A2.client FAIL' ],
        'a group of 1.5'    => [ 's/group_id":1/$&.5/g', 'A2.client FAIL' ],
        'no barcode'        => [ 's/"barcode":"104",//', 'A2.client FAIL' ],
        'no card'           => [ 's/"barcode":"\d+",//g', 'A1.shown FAIL',
                                 'A2.client FAIL' ],
        'a long card'       => [ 's/"barcode":"/$& . "1" x 4000/ge',
                                 'A1.shown FAIL', 'A2.client FAIL' ],
        'a long name'       => [ 's/"name":"/$& . "x" x 255/ge',
                                 'A2.client FAIL' ],
        'a name twice'      => [ 's/"name":"/"name":"x",$&/g',
                                 'A2.client FAIL', 'A2.same note' ],
        'a record of none'  => [ 's/^\[\{"barcode"/["x",{"barcode"/',
                                 'A1.limit FAIL', 'A1.offset FAIL',
                                 'A2.client FAIL', 'B9.total note' ],
        'another attribute' => [ 's/"name":"/"points":1,$&/g',
                                 'A3.others note' ],
        'an empty text'     => [ 's/"name":"/"email":"",$&/g',
                                 'B3.empty note' ],
        'a long number'     => [ 's/12\.5/12.50/g', 'B4.number note' ],
        'an exponent'       => [ 's/12\.5/1.25e1/g', 'B4.number note' ],
        'a whole 1.0'       => [ 's/group_id":1/$&.0/g', 'B4.number note' ],
        'decimals'          => [ 's/12\.5/12.505/g', 'B16.decimals note' ],
        'NaN'               => [ 's/12\.5/NaN/g', 'A1.json FAIL',
                                 'A1.getClients FAIL' ],
        'a group without'   => [ 's/"title":"One",//', 'A3.group FAIL' ],
        'a group of text'   => [ 's/:true/:"true"/', 'A3.group FAIL' ],
        'an object'         => [ 's/^\[\{"id".*/{}/', 'A1.getGroups FAIL',
                                 'B15.query note' ],
        'no UTF-8'          => [ 's/One/\xcf/', 'A1.json FAIL',
                                 'A1.getGroups FAIL', 'B15.query note' ],
        'more behind it'    => [ 's/7\}\]$/$& x/', 'A1.json FAIL',
                                 'A1.getGroups FAIL', 'B15.query note' ],
        'a raw newline'     => [ 's/One/O\nne/', 'A1.json FAIL',
                                 'A1.getGroups FAIL', 'B15.query note' ],
        'a number 07'       => [ 's/:7\}/:07}/', 'A1.json FAIL',
                                 'A1.getGroups FAIL', 'B15.query note' ],
        'a card as number'  => [ 's/"code":"(\d+)"/"code":$1/',
                                 'A1.addClient FAIL' ],
        'an id of text'     => [ 's/"id":(\d+),"code/"id":"$1","code/',
                                 'A1.addClient FAIL' ],
    );

    my %faults = map { my $change = $fault{$_}[0];
        ($_ => sub {
            my ($request, $answer) = @_;
            local $_ = $answer->{body};
            eval "$change; 1" or die $@;
            $answer->{body} = $_ if $answer->{status} == 200;
        }) } keys %fault;

    my %other = other_faults();
    my $market = Polycard::FakeMarket->new(token => $token, faults =>
        { %faults, map { $_ => $other{$_}[0] } keys %other });

    my $all;

    for my $name (sort(keys %fault), sort keys %other) {
        my (undef, @wanted) = @{ $fault{$name} || $other{$name} };

        $market->mode($name);

        my ($status, $rows, $report) = report($market->url, '--write',
            $next++);

        is_deeply([ grep { !/ skip$/ } @$rows ], \@wanted, "$name: found")
            or diag(explain([ grep { $_->{result} ne 'ok' }
                @{ $report->{rows} } ]));
        is($status, grep({ /FAIL/ } @wanted) ? 1 : 0, '... exit status');

        $all ||= { map { $_->{id} => 1 } @{ $report->{rows} } };
        delete $all->{ (split)[0] } for @wanted;
    }

    is_deeply([ sort keys %$all ], [ 'A1.https', 'A1.reach' ],
        'every other row has failed once');
}


# those that are not in the body, or only in some answers

sub other_faults {
    my ($added, $changed) = (0, 0);
    my $service = sub {
        my ($name, $change) = @_;

        return sub {
            my ($request, $answer) = @_;
            $change->($answer, $request) if $request->{service} eq $name
                && $answer->{status} < 401;
        };
    };
    my $without = sub {
        my ($name) = @_;

        # asked again, as if it had not been sent
        return sub {
            my ($request, $answer) = @_;
            my $sent = delete $request->{query}{$name} or return;
            %$answer = %{ $request->{market}->good($request) }
                if $sent =~ /^\d+$/ && $answer->{status} == 200;
        };
    };
    my $status = sub {
        my ($from, $to) = @_;
        return sub { $_[1]{status} = $to if $_[1]{status} == $from };
    };

    return (
        'HTML'           => [ sub { $_[1]{headers}{'Content-Type'} =
                                    'text/html; charset=utf-8' },
                              'A1.type FAIL' ],
        'pages of errors' => [ sub { $_[1]{body} = '<h1>Error</h1>'
                                     if $_[1]{status} != 200 },
                               'A1.failure FAIL', 'B1.phone note',
                               'B2.failure note', 'B5.text note',
                               'B9.bounds note', 'B20.barcode note' ],
        'a phone in an error' => [ sub { $_[1]{body} =~
                               s/no such client/$& $_[0]{query}{phone}/ },
                               'B2.private note' ],
        'no Allow'       => [ sub { delete $_[1]{headers}{Allow} },
                              'B2.method note' ],
        'no 405'         => [ $status->(405, 400), 'B2.method note' ],
        'no 404'         => [ $status->(404, 400), 'B2.unknown note' ],
        'no 400'         => [ $status->(400, 422), 'B1.phone note',
                              'B5.text note', 'B7.one note',
                              'B9.bounds note', 'B20.barcode note' ],
        'no 401'         => [ $status->(401, 403), 'B15.status note' ],
        'no 409'         => [ $status->(409, 400), 'B8.conflict note' ],
        'no 200'         => [ $status->(200, 201), 'A1.getGroups FAIL',
                              'A1.getClients FAIL', 'A1.head note',
                              'A1.addClient FAIL', 'B15.query note' ],
        'somebody else'  => [ $service->(getClient => sub {
                                  $_[0]{body} =~ s/"38067000000./"380670000009/
                              }), 'A1.getClient FAIL', 'A2.same note',
                              'B7.barcode note' ],
        'nobody is {}'   => [ sub { @{ $_[1] }{qw( status body )} = (200, '{}')
                                    if $_[1]{status} == 404 },
                              'A1.unknown FAIL', 'B2.unknown note' ],
        'no total'       => [ sub { delete $_[1]{headers}{'X-Total-Count'} },
                              'B9.total note' ],
        'a total of words' => [ sub { $_[1]{headers}{'X-Total-Count'} = 'all' },
                              'B9.total note' ],
        'a small total'  => [ sub { $_[1]{headers}{'X-Total-Count'} = 3 },
                              'B9.total note' ],
        'a token in Link' => [ sub { s/limit/token=$token&limit/
                                     for $_[1]{headers}{Link} || () },
                              'B9.walk note' ],
        'a Link elsewhere' => [ sub { s/getClients/clients/
                                      for $_[1]{headers}{Link} || () },
                              'B9.walk note' ],
        'no end'         => [ $service->(getClients => sub {
                                  my ($answer, $request) = @_;
                                  $answer->{body} = '[{"barcode":"1",'
                                      . '"phone":"380670000001"}]'
                                      if $answer->{body} eq '[]' }),
                              'B9.end note', 'B9.walk note' ],
        'offset is nothing' => [ $without->('offset'), 'A1.offset FAIL',
                                 'B9.end note', 'B9.walk note' ],
        'limit is nothing'  => [ $without->('limit'), 'A1.limit FAIL' ],
        'pages grow'     => [ $service->(getClients => sub {
                                  my ($answer, $request) = @_;
                                  $answer->{body} =~ s/^\[(.+)\]$/[$1,$1]/s
                                      if $request->{query}{offset};
                              }), 'A1.limit FAIL', 'A1.offset FAIL',
                              'B9.walk note' ],
        'a client who changes' => [ sub {
                                  my ($request, $answer) = @_;
                                  $changed ||= $request->{service} eq
                                      'getClient';
                                  $answer->{body} =~ s/"name":"/$&x/g
                                      if $changed;
                              } ],
        'no getClients'     => [ $service->(getClients => sub {
                                     $_[0]{status} = 404;
                                     $_[0]{body} =
                                         '{"status":"NOK","error":"none"}';
                                 }), 'A1.offered note' ],
        'a Link too far'    => [ sub { s/after=(\d+)/'after=' . ($1 - 2)/e
                                       for $_[1]{headers}{Link} || () },
                                 'B9.walk note' ],
        'open'              => [ sub {
                                     my ($request, $answer) = @_;
                                     local $request->{market}{token};
                                     %$answer = %{ $request->{market}
                                         ->good($request) }
                                         if $answer->{status} == 401;
                                 }, 'B15.closed FAIL', 'B15.status note' ],
        'no multipart'      => [ sub { $_[1]{status} = 415
                                     if ($_[0]{headers}{'content-type'} || '')
                                         =~ /multipart/ },
                                 'B2.failure note', 'B6.encodings note',
                                 'B8.repeat note' ],
        'once only'         => [ $service->(addClient => sub {
                                     my ($answer, $request) = @_;
                                     $answer->{status} = 409
                                         if $answer->{status} == 200
                                             && $added++;
                                 }), 'B2.failure note', 'B8.repeat note' ],
        'any card'          => [ sub {
                                     my ($request, $answer) = @_;
                                     $answer->{status} = 200
                                         if $request->{body} =~ /barcode/;
                                 }, 'B20.barcode note' ],
        'another card'      => [ $service->(getClient => sub {
                                     $_[0]{body} =~ s/"barcode":"2/$&1/
                                 }), 'A1.shown FAIL' ],
        'twice'          => [ $service->(getClients => sub {
                                  $_[0]{body} =~ s/380670000002/380670000001/g
                              }), 'A2.unique FAIL' ],
    );
}
