# polycard-check: what conforms passes; what is no answer, and what it shows of
# secrets; t/tools/check_faults.t and t/tools/check_report.t have the rest

use strict;
use warnings;

use lib 't/lib';

use JSON::MaybeXS ();

use Polycard::Certificates;
use Polycard::Check;
use Polycard::Command;
use Polycard::FakeMarket;
use Polycard::Shop;
use Polycard::Test;
use Polycard::Tools;

my $tool = tool('check');
my $token = $Polycard::Check::TOKEN;
my $path = '/api/v1/web_service';
my $dir = temp_dir();
my $file = check_token_file();
my $next = 380990000000;

test_module();
test_others();
test_transport();
test_secrets();
test_options();

finish();


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

    local @Polycard::Check::with = ('--json');

    ($status, $rows) = report($plain->url, '--phone', '380670000001');

    is($status, 0, 'one without tokens, getClients and errors in JSON: too');
    is_deeply([ grep { !/skip/ } @$rows ],
        [ map { "$_ note" } qw( A1.offered B1.phone B2.method B2.failure
                                B7.one ) ], '... with notes');

    ($status, $rows) = report($plain->url, '--strict');
    is($status, 1, '... which count with --strict');
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
        like(JSON::MaybeXS->new->encode($report), $text || qr/./, '... and why');
    }

    $market->stop;
    is((report($market->url))[0], 2, 'nobody listens: it cannot be asked');

    test_tls();
    test_open();
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

    my $closed = Polycard::FakeMarket->new(token => $token, ca => $ca->file,
        tls => [ $ca->issue('closed', 'IP:127.0.0.1') ]);
    my ($cert, $key) = $ca->issue('us', 'DNS:us.example.com');

    is((report($closed->url, '--cacert', $ca->file))[0], 2,
        'one that wants a certificate of ours');
    is((report($closed->url, '--cacert', $ca->file, '--cert', $cert, '--key',
        $key))[0], 0, '... --cert and --key show it');
}


# without TLS: the row of another machine, and of names that only look like this one

sub test_open {
    my $market = Polycard::FakeMarket->new(token => $token);
    my $port = $market->port;

    for my $host (qw( 127.0.0.1 localhost LOCALHOST )) {
        my (undef, $rows) = report($market->url($host));
        is_deeply([ grep { /https/ } @$rows ], [ 'A1.https skip' ],
            "http://$host: the same machine");
    }

    # nobody is asked there

    local $ENV{http_proxy} = 'http://127.0.0.1:1/';

    for my $host (qw( market.example.com localhost.example.com 127.example.com
                      127.0.0.1.example.com [::10] ), 'x' x 300)
    {
        my (undef, $rows) = report("http://$host:$port/");
        is_deeply([ grep { /https/ } @$rows ], [ 'A1.https note' ],
            substr("http://$host", 0, 40) . ': in the open');
    }

    local $ENV{no_proxy} = '';

    for my $host (qw( [::1] market.localhost )) {
        my (undef, $rows) = report("http://$host:$port/");
        is_deeply([ grep { /https/ } @$rows ], [ 'A1.https skip' ],
            "http://$host: the same machine");
    }
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
        unlike($output, qr/Olha|\b380(?!000000003|999999997|000900001)\d{9}\b/,
            '... nor a name or phone, but those that nobody has');

        ($status, $output) = check($market->url, '--token-file', $file,
            '--verbose', @$options);
        unlike($output, qr/\Q$token/, '... nor is it with --verbose');
        like($output, qr/Olha/, '... which shows what came');
        unlike($output, qr/\e/, '... without what a terminal obeys');
    }

    $market->mode('hang');

    my $check = Polycard::Command->new({ env => { POLYCARD_TOKEN => $token } },
        $tool, $market->url);
    my $pid = $check->pid;

    wait_until { slurp("/proc/$pid/cmdline") =~ /polycard-check/ }
        'its start';
    unlike(slurp("/proc/$pid/cmdline"), qr/\Q$token/,
        'nobody sees it in the list of processes');
    $check->kill;
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

    my $empty = Polycard::FakeMarket->new(faults => {
        good => sub { $_[1]{status} = 404 } });

    ($status, $output) = check($empty->url);
    is($status, 2, 'a URL where nothing is');
    like($output, qr/there is nothing at this URL/, '... is said so');
    like($output, qr/ 0 ok, 1 failed, 1 notes/, '... and little else');

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
