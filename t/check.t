# polycard-check: what conforms passes, and each way of being wrong is found in
# the row that it belongs to

use strict;
use warnings;

use lib 't/lib';

use JSON::PP ();

use Polycard::Certificates;
use Polycard::FakeMarket;
use Polycard::Shop;
use Polycard::Test;
use Polycard::Tools;

my $tool = tool('check');
my $token = 'S3cret-t0ken-of-the-test';
my $path = '/api/v1/web_service';
my $dir = temp_dir();
my $file = spew("$dir/token", "$token\nanother\n");
my $next = 380990000000;

# what every report is asked with
our @with = ('--json', '--token-file', $file);

test_module();
test_others();
test_faults();
test_transport();
test_secrets();
test_options();

finish();


sub check {
    my ($url, @options) = @_;

    return run_command({ timeout => 120, env => { POLYCARD_TOKEN => '' } },
        $tool, @options, $url);
}


# exit status, the rows that are not ok as "ID result", the whole report

sub report {
    my ($url, @options) = @_;

    my ($status, $output) = check($url, @with, @options);
    my $report = eval { JSON::PP->new->utf8->decode($output) };

    if (!$report) {
        fail('a report in JSON') or diag($output);
        return ($status, [], {});
    }

    return ($status, [ map { "$_->{id} $_->{result}" }
        grep { $_->{result} ne 'ok' } @{ $report->{rows} } ], $report);
}


# Our own module: everything, recommendations included

sub test_module {
    my $shop = Polycard::Shop->new(files => { tokens => "$token\n" },
        market => { access_token => undef,
                    access_token_file => '%%DIR%%/tokens' });
    my $url = 'http://127.0.0.1:' . $shop->nginx->port . $path;

    my ($status, $rows) = report($url, '--strict');

    is($status, 0, 'our module, empty, conforms');
    ok(!grep({ !/ skip$/ } @$rows), '... in each row that can be seen');

    fill($shop);

    my $before = written($shop);

    ($status, $rows) = report($url, '--strict');
    is($status, 0, 'our module, with clients, conforms');
    is_deeply([ grep { !/^(?:A1\.https|A1\.add|A1\.shown|A1\.fail|B5|B6|B8|B20)/ }
        @$rows ], [], '... but for what must be written');
    is(written($shop), $before, '... and nothing was written');

    my $phone = $next++;

    for my $time (qw( first second )) {
        ($status, $rows, my $report) = report("$url/", '--strict', '--write',
            $phone);
        is($status, 0, "with addClient, for the $time time: it conforms");
        is_deeply($rows, [ 'A1.https skip' ], '... every row is looked at');
        is($report->{ok}, @{ $report->{rows} } - 1, '... and counted');
    }

    is(scalar $shop->registered, 1, 'one client was created');
    is_deeply($shop->stored($phone), { surname => 'Polycard', name => 'Test',
        sex => 'female', birthday => '20000229', id => 1,
        barcode => '2000000000015' }, '... the one of the manual');

    ($status, $rows) = report($url, '--write', '380670000001');
    is($status, 0, 'a phone that has a card already');
    ok(grep({ $_ eq 'A1.addClient skip' } @$rows), '... tells nothing');

    ($status, $rows) = report($url, '--phone', '380670000200');
    is($status, 0, 'a client who is named');
    ok(!grep({ /^A1\.getClient / } @$rows), '... is asked for');

    ($status) = report($url, '--phone', '380670009999');
    is($status, 1, '... and must be there');

    my @lines = split /\n/, (check($url, '--token-file', $file))[1];

    is(scalar(grep { /^[AB]\d+\.\w+ +(?:ok|skip)  +\S/ } @lines), 42,
        'as text: a line for each row');
    like($lines[-2], qr/^The market conforms: 33 ok, 0 failed, 0 notes, 9/,
        '... the sum');
    like($lines[-1], qr/^\d+ requests; half of the answers came within /,
        '... and the times');
}


# what addClient would change, as one text

sub written {
    my ($shop) = @_;

    my $redis = $shop->client;

    return join "\n", map { "$_ " . unpack 'H*', $redis->dump($_) }
        sort grep { /:(?:client:.*|added:.*|registered|seq:(?:id|card))$/ }
        $redis->keys('*');
}


# more than a page, with gaps, a record that is not shown, all attributes

sub fill {
    my ($shop) = @_;

    $shop->put_all(map { [ 380670000000 + $_, barcode => "10$_",
        surname => 'Шевченко', bonus => $_ / 4 ] } 1 .. 230);
    $shop->call('delete_client', 380670000000 + $_) for 5, 7, 60;
    $shop->client->hdel($shop->key('client:380670000009'), 'barcode');
    $shop->set_raw('380670000300', 300, barcode => 'a&b=c %/+?#',
        name => "a\x07\xff", bonus => 'nan');
    $shop->call('put_group', $_, title => 'Золота', loyaltyType => 'discount',
        loyaltyQuantity => '7.5', active => 'true') for 1 .. 3;
}


# Others that conform, though not in everything that is recommended

sub test_others {
    my $market = Polycard::FakeMarket->new(token => $token);

    my ($status, $rows) = report($market->url, '--strict', '--write', $next++);
    is($status, 0, 'another implementation conforms');
    is_deeply($rows, [ 'A1.https skip' ], '... in every row');

    my $plain = Polycard::FakeMarket->new(faults => {
        good => sub {
            my ($request, $answer) = @_;

            return if $answer->{status} == 200
                && $request->{service} ne 'getClients';

            $answer->{status} = 404;
            $answer->{body} = '<h1>Not found</h1>';
            $answer->{headers} = { 'Content-Type' => 'text/html' };
        },
    });

    local @with = ('--json');

    ($status, $rows) = report($plain->url, '--phone', '380670000001');

    is($status, 0, 'one without tokens, getClients and errors in JSON: too');
    is_deeply([ grep { !/skip/ } @$rows ],
        [ map { "$_ note" } qw( A1.offered B1.phone B2.method B2.failure
                                B7.one ) ], '... with notes');

    ($status, $rows) = report($plain->url, '--strict');
    is($status, 1, '... which count with --strict');
}


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
    my $added = 0;
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


# what is no answer, or comes from another, or never

sub test_transport {
    my %raw = (
        'cut off'   => sub { $_[1]{cut} = 1 if $_[1]{status} == 200 },
        'endless'   => sub { $_[1]{endless} = 1 if $_[1]{status} == 200 },
        'moved'     => sub { @{ $_[1] }{qw( status headers )} =
                             (302, { Location => 'http://127.0.0.1:1/' }) },
        'no HTTP'   => sub { $_[1]{raw} = "SSH-2.0-x\r\n\r\n" },
        'silent'    => sub { $_[1]{hang} = 1 },
        'half silent' => sub { $_[1]{hang} = 1
                               if $_[0]{service} eq 'getClient' },
        'long header' => sub { $_[1]{headers}{'X-Long'} = 'x' x 70000 },
    );

    my %wanted = (
        'cut off'   => [ 1, qr/A1\.reach FAIL/ ],
        'endless'   => [ 1, qr/A1\.reach FAIL/,
                         qr/the answer is too large/ ],
        'moved'     => [ 1, qr/A1\.getGroups FAIL/,
                         qr/the status is 302/ ],
        'no HTTP'   => [ 2, qr/A1\.reach FAIL/ ],
        'silent'    => [ 2, qr/A1\.reach FAIL/,
                         qr/timed out/i ],
        'half silent' => [ 1, qr/A1\.getClient FAIL/,
                           qr/silent/ ],
        'long header' => [ 1, qr/A1\.reach FAIL/,
                         qr/too large/ ],
    );

    my $market = Polycard::FakeMarket->new(token => $token, faults => \%raw);

    for my $name (sort keys %raw) {
        my ($code, $row, $text) = @{ $wanted{$name} };

        $market->mode($name);

        my ($status, $rows, $report) = report($market->url,
            $name =~ /silent/ ? ('--timeout', 3) : ());

        is($status, $code, "$name: exit status");
        like("@$rows", $row, '... the row');
        like(JSON::PP->new->encode($report), $text || qr/./, '... and why');
    }

    $market->stop;
    is((report($market->url))[0], 2, 'nobody listens: it cannot be asked');

    test_tls();
}


sub test_tls {
    my $ca = Polycard::Certificates->new;
    my $market = Polycard::FakeMarket->new(token => $token,
        tls => [ $ca->issue('market', 'DNS:market.example.com',
                            'IP:127.0.0.1') ]);
    my $wrong = Polycard::FakeMarket->new(token => $token,
        tls => [ $ca->issue('wrong', 'DNS:other.example.com') ]);

    my ($status, $rows) = report($market->url, '--strict', '--write', $next++,
        '--cacert', $ca->file);

    is($status, 0, 'https: it conforms');
    is_deeply($rows, [], '... in every row');

    for my $case ([ $market, 'an unknown authority' ],
        [ $wrong, 'a wrong name', '--cacert', $ca->file ])
    {
        my ($server, $what, @options) = @$case;

        ($status, $rows) = report($server->url, @options);
        is($status, 2, "$what: it is not asked");
        is_deeply([ grep { !/skip/ } @$rows ],
            [ 'A1.reach FAIL', 'A1.https note' ], '... the rows');
    }

    is((report($wrong->url, '--insecure'))[0], 0, '--insecure takes it');
}


# The token is nowhere to be seen, phones and names neither

sub test_secrets {
    my $market = Polycard::FakeMarket->new(token => $token, faults => {
        echo => sub {
            my ($request, $answer) = @_;
            my $sent = join ' ', map { defined $_ ? $_ : '' }
                $request->{headers}{authorization}, $request->{query}{token},
                $request->{query}{phone};

            $answer->{body} = "\e[31m$sent 380670000001 Olha";
            $answer->{headers}{'Content-Type'} = "text/x-$token";
        },
        hang => sub { $_[1]{hang} = 1 },
    });

    $market->mode('echo');

    for my $options ([], [ '--json' ]) {
        my ($status, $output) = check($market->url, '--token-file', $file,
            @$options);

        is($status, 1, 'a market that sends everything back');
        unlike($output, qr/\Q$token/, '... the token is not shown');
        unlike($output, qr/Olha|\b380\d{9}\b/, '... nor a name or phone');

        ($status, $output) = check($market->url, '--token-file', $file,
            '--verbose', @$options);
        unlike($output, qr/\Q$token/, '... nor is it with --verbose');
        like($output, qr/Olha/, '... which shows what came');
        unlike($output, qr/\e/, '... without what a terminal obeys');
    }

    $market->mode('hang');

    my $pid = Polycard::Test::fork_command({ output => "$dir/out",
        env => { POLYCARD_TOKEN => $token } }, $tool, $market->url);

    wait_until { slurp("/proc/$pid/cmdline") =~ /polycard-check/ } undef,
        'its start';
    unlike(slurp("/proc/$pid/cmdline"), qr/\Q$token/,
        'nobody sees it in the list of processes');
    kill 'KILL', $pid;
    waitpid $pid, 0;
}


sub test_options {
    my $market = Polycard::FakeMarket->new(token => $token);
    my $url = $market->url;

    is((check($url))[0], 2, 'without a token: it cannot be asked');
    is((run_command({ env => { POLYCARD_TOKEN => $token } }, $tool, $url))[0],
        0, 'a token of the environment');
    is((run_command('sh', '-c', "exec $tool --token-file - $url < $file"))[0],
        0, 'a token of standard input');

    spew("$dir/wrong", "nothing\n");
    my ($status, $output) = check($url, '--token-file', "$dir/wrong");
    is($status, 2, 'a wrong token');
    like($output, qr/the token is not accepted/, '... is said so');

    spew("$dir/empty", '');
    spew("$dir/space", "a b\n");
    spew("$dir/long", 'x' x 256);

    my @wrong = ([ qr/one URL/ ], [ qr/one URL/, $url, $url ],
        [ qr/must begin with/, 'ftp://x/' ], [ qr/without user/, "$url?a=1" ],
        [ qr/without user/, 'http://user:word@localhost/' ],
        [ qr/380 and 9/, '--write', '0671112233', $url ],
        [ qr/380 and 9/, '--phone', '38067111223x', $url ],
        [ qr/bounds/, '--timeout', 0, $url ],
        [ qr/bounds/, '--pages', 'x', $url ],
        [ qr/--help tells/, '--nonsense', $url ],
        [ qr/No such file/, '--token-file', "$dir/none", $url ],
        [ qr/no token in it/, '--token-file', "$dir/empty", $url ],
        [ qr/no spaces/, '--token-file', "$dir/space", $url ],
        [ qr/1 to 255/, '--token-file', "$dir/long", $url ]);

    for my $wrong (@wrong) {
        my ($text, @arguments) = @$wrong;

        ($status, $output) = run_command($tool, @arguments);
        is($status, 2, "@arguments: not taken");
        like($output, $text, '... and why');
        unlike($output, qr/word/, '... without a password') if "@arguments"
            =~ /word/;
    }

    like((run_command($tool, '--help'))[1], qr/^Usage: /, '--help');
    like((run_command($tool, '--version'))[1], qr/^polycard-check \d/,
        '--version');
}
