# make run: sample data, commands that answer as shown and hooks that follow
# from them, once at a time, and an end without remains.

use strict;
use warnings;

use JSON::MaybeXS ();

use Polycard::Command;
use Polycard::HTTP;
use Polycard::Test;
use Polycard::Tree;

my $root = source_dir();
my $dir = temp_dir();
my $run = "$dir/run";
my $port = free_port();
my $gateway = free_port();
my $hook = qr/^\d\d:\d\d:\d\d hook: (.*)\n/m;
my $token;
my $made;


my $output = start();

my @shown = $output =~ /^\$ (.*)\n(.*)$/mg;
is(@shown / 2, 7, 'seven commands are shown');

($token) = $output =~ /Bearer (\w+)/;

is_deeply([ $output =~ /$hook/g ],
    [ 'clients added 38067***2233',
      'bonuses changed 38050***4567 change 5000 total 258007',
      'bonuses changed 38050***4567 change 3000 total 261007',
      'bonuses changed 38050***4567 change -8000 total 253007' ],
    'and the hooks that follow from them');

while (my ($command, $answer) = splice @shown, 0, 2) {
    if ($command =~ m{/web_service/(\w+)}) {
        test_service($1, $command, $answer);
    } else {
        test_change($command, $answer);
    }
}

test_page();
test_hooks();
test_refuse();
test_sample();
test_twice();
stop('INT');

unlike(slurp("$run/error.log") =~ s/^.* is set aside, hook .*\n//mr
    . slurp("$run/nginx.out"),
    qr/\[(?:alert|emerg|crit|error)\]|Sanitizer|runtime error/,
    'nothing alarming in the log');

for my $signal (qw( TERM HUP )) {
    start();
    stop($signal);
}

finish();


sub start {
    $made = Polycard::Command->new({ group => 1 },
        command("RUN=$run", "PORT=$port", "GATEWAY=$gateway"));

    wait_until { $made->output =~ /^Ctrl-C/m || !$made->alive } 300,
        'make run';

    ok($made->output =~ /^Ctrl-C stops both\.$/m, 'make run runs')
        or die $made->output, map { slurp_if("$run/$_") }
            qw( error.log nginx.out redis.log );
    cmp_ok(scalar processes_with($run), '>=', 2, 'Redis and nginx are there');

    return $made->output;
}


sub test_service {
    my ($service, $command, $answer) = @_;

    my ($status, $again) = run_command('bash', '-c', $command);

    is($status, 0, "$service: the command works when pasted");
    is($again, $answer, "$service: the answer is the one shown");
    ok(eval { JSON::MaybeXS->new->utf8->decode($answer) }, "$service: JSON");
}


# pasted again, it changes the bonus again

sub test_change {
    my ($command, $answer) = @_;

    my $before = hooks();
    my ($status, $said) = run_command('bash', '-c', $command);
    my ($change) = $command =~ /(?:change=| )(-?\d+)(?: http\S+)?$/;
    my ($total) = $said =~ /(-?\d+)\}?\n?\z/;

    is($status, 0, "$change: the command works when pasted");

    is(shown_after($before),
        "bonuses changed 38050***4567 change $change total $total",
        '... and the hook is shown');
}


sub hooks {
    my @hooks = $made->output =~ /$hook/g;

    return @hooks;
}


# the hook after so many, as soon as it is shown

sub shown_after {
    my ($count) = @_;

    wait_until { hooks() > $count } 'the hook';

    return (hooks())[$count];
}


# the page at the printed address acts by the operator's location

sub test_page {
    my ($path) = $output =~ m{^Page: +http://127\.0\.0\.1:$port(/\S+)$}m;
    my $page = http_get($port, $path, headers => [ Accept => 'text/html' ]);

    like($page->body, qr/<html/, 'the page is where it is said to be');
    like(http_get($port, $path)->body, qr{"/operator/"},
        '... and knows how to act');
    is(http_get($port, '/operator/hooks')->json->{market}, 'shop1',
        '... which is answered');
}


# what a hook of each object looks like, and that it holds no personal data

sub test_hooks {
    my $fcall = "redis-cli -s $run/redis.sock FCALL";
    my @changes = (
        [ "polycard_put_client 1 'polycard:{shop1}:' 380671112233 name "
          . "'Ол\"object\":\"x\",' bonus 7.5",
          'clients changed 38067***2233',
          'bonuses added 38067***2233 change 7.5 total 7.5' ],
        [ "polycard_delete_client 1 'polycard:{shop1}:' 380671112233",
          'clients deleted 38067***2233' ],
        [ "polycard_put_group 1 'polycard:{shop1}:' 5 active 1",
          'loyalty_groups changed 5' ],
    );

    for my $change (@changes) {
        my ($command, @expected) = @$change;
        my $before = hooks();

        run_command('bash', '-c', "$fcall $command");

        is(shown_after($before++), $_, $_) for @expected;
    }

    unlike(join("\n", hooks()), qr/\d{9}/, 'phones are masked');
}


# docs/operator.md: a dead letter for practice

sub test_refuse {
    spew("$run/refuse", '');
    run_command('bash', '-c', "redis-cli -s $run/redis.sock FCALL "
        . "polycard_put_client 1 'polycard:{shop1}:' 380671112299 barcode 2099999999991");

    my $dead = sub { http_get($port, '/operator/dead')->json };

    wait_until { @{ $dead->() } } 60, 'a gateway that refuses: a dead letter';
    is($dead->()->[0]{attempts}, 3, '... after three attempts');
    like($dead->()->[0]{answer}, qr/for practice/, '... with its answer');

    unlink "$run/refuse";
    is(http_post($port, '/operator/dead/requeue',
        headers => [ 'Content-Type' => 'application/json' ])->json->{requeued}, 1,
        '... is requeued');
    wait_until { !@{ $dead->() } } 30, '... and accepted';
}


sub slurp_if {
    my ($path) = @_;

    return -e $path ? slurp($path) : '';
}


sub command {
    return ('make', '--no-print-directory', '-C', $root, 'run', @_);
}


# Ctrl-C reaches the whole group of processes

sub stop {
    my ($signal) = @_;

    $made->signal($signal);
    ok($made->wait_end, "$signal ends it");

    is_deeply([ processes_with($run) ], [], 'no process is left');
    is_deeply([ grep { -S } glob "$run/*" ], [], 'and no socket');
}


sub get {
    my ($service, %query) = @_;

    return http_get($port, "/api/v1/web_service/$service",
        token => $token, query => \%query);
}


sub test_sample {
    is(scalar @{ get('getGroups')->json }, 5, 'five groups');

    my $page = get('getClients', limit => 1000);
    my @clients = @{ $page->json };

    cmp_ok($page->header('X-Total-Count'), '>=', 1000, 'a thousand clients');
    is(scalar @clients, 1000, 'a page of a thousand');

    my @wrong = grep { !is_ean13($_->{barcode}) } @clients;
    is(@wrong, 0, 'all card numbers have the right last digit');

    for my $attribute (qw( surname bonus discount loyalty_group_id email )) {
        ok((grep { defined $_->{$attribute} } @clients),
            "some have $attribute");
    }

    ok((grep { join(' ', sort keys %$_) eq 'barcode phone' } @clients),
        'some have the required attributes only');
    ok((grep { ($_->{surname} || '') =~ /^[\x{400}-\x{4ff}]/ } @clients),
        'names are Ukrainian');
}


sub is_ean13 {
    my @digits = split //, $_[0];
    my $sum = 0;

    $sum += $digits[$_] * ($_ % 2 ? 3 : 1) for 0 .. $#digits;

    return @digits == 13 && $sum % 10 == 0;
}


sub test_twice {
    my $other = free_port();

    my ($status, $said) = run_command(command("RUN=$run", "PORT=$other"));
    isnt($status, 0, 'a second one is refused');
    like($said, qr{^It is running already, at http://127\.0\.0\.1:$port/;}m,
        'with a sentence');

    for my $ports ([ $port, free_port() ], [ free_port(), $gateway ]) {
        my ($mine, $theirs) = @$ports;

        ($status, $said) = run_command(command("RUN=$dir/other",
            "PORT=$mine", "GATEWAY=$theirs"));
        isnt($status, 0, 'a port that is taken is refused');
        like($said, qr/^Port (?:$port|$gateway) of 127\.0\.0\.1 is taken;/m,
            'with a sentence');
    }

    my $free = free_port();

    ($status, $said) = run_command(command("RUN=$dir/other", "PORT=$free",
        "GATEWAY=$free"));
    isnt($status, 0, 'one port for both is refused');
    like($said, qr/^GATEWAY=$free is nginx's own port \(PORT\)/m,
        '... with a sentence');

    is_deeply([ processes_with("$dir/other") ], [], 'nothing was started');
    is(get('getGroups')->status, 200, 'the first one is unharmed');
}
