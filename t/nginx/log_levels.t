# One line for each change of state, at the level of whoever has to act
# (docs/operation.md, "What is logged")

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HookShop;
use Polycard::Nginx qw( market );

test_outage();
test_durability();
test_denied();
test_secrets();
test_aside();
test_documents();

finish();


# an outage is one line, its attempts are for those who look at "info"

sub test_outage {
    my $shop = Polycard::HookShop->new(workers => 2,
        redis => { appendonly => 'yes' });
    my $nginx = $shop->nginx;

    $shop->ready;
    $shop->gateway->down;
    $shop->put('380671112233', name => 'Bohdana', barcode => 'C-4711');

    wait_until { log_lines($nginx, qr/was not posted/, 'info') >= 3 } 10,
        'three attempts';
    is(scalar log_lines($nginx, qr/takes no hooks, they wait: no connection$/,
        'error'), 1, 'an outage is one line, with its reason');

    $shop->gateway->up;
    $shop->gateway->always({ status => 503 });
    wait_until { $shop->gateway->requests >= 3 } 10, 'it answers';
    $shop->gateway->always({});
    wait_until { log_lines($nginx, qr/takes hooks again/, 'notice') } 10,
        'its end is one line';

    $shop->gateway->always({ status => 503 });
    $shop->put('380671112233', name => 'Bohdan');
    wait_until { log_lines($nginx, qr/they wait: status 503$/, 'error') } 10,
        'the reason of the next one';
    is(scalar log_lines($nginx, qr/./, 'error|crit|alert|emerg'), 2,
        'nobody else complains');
}


# what would be lost one day

sub test_durability {
    my $shop = Polycard::HookShop->new(workers => 2,
        redis => { maxmemory => '500mb', 'maxmemory-policy' => 'allkeys-lru' });
    my $nginx = $shop->nginx;

    $shop->ready;

    my $aof = qr/"shop1" has no append only file/;
    my $policy = qr/"shop1" evicts records .* "allkeys-lru"$/;

    wait_until { log_lines($nginx, $aof, 'error')
        && log_lines($nginx, $policy, 'error') } 10, 'a weak set-up';

    # it is looked at again when the listener is back

    $shop->client->config('SET', 'appendonly', 'yes');
    $shop->client->config('SET', 'maxmemory-policy', 'noeviction');
    $shop->client->client('KILL', 'TYPE', 'pubsub');
    wait_until { log_lines($nginx, qr/has an append only file now/, 'notice')
        && log_lines($nginx, qr/evicts no records any/, 'notice') } 10,
        'a strong one';
    is(scalar log_lines($nginx, $_, 'error'), 1, 'said by one worker, once')
        for $aof, $policy;

    $shop->client->config('SET', 'maxmemory-policy', 'volatile-ttl');
    $shop->client->client('KILL', 'TYPE', 'pubsub');
    wait_until { log_lines($nginx, qr/"volatile-ttl"$/, 'error') } 10,
        'weak again';

    $shop->client->config('SET', 'maxmemory', '0');
    $shop->client->client('KILL', 'TYPE', 'pubsub');
    wait_until { log_lines($nginx, qr/evicts no records/, 'notice') == 2 } 10,
        'a policy without a bound does no harm';
}


# who may not ask claims nothing, but that

sub test_denied {
    my $shop = Polycard::HookShop->new(redis => { rights => ['-info'] });

    $shop->ready;
    $shop->put('380671112233', barcode => '1');
    is(scalar $shop->settle, 1, 'a hook');
    is(scalar log_lines($shop->nginx, qr/append only|evicts/), 0,
        'without INFO nothing is claimed');
    wait_until { log_lines($shop->nginx,
        qr/"shop1" does not show how .*: NOPERM .* 'info'/, 'warn') } 10,
        '... and the right is named';
    is(scalar log_lines($shop->nginx, qr/fails to/), 0, '... as no error');
}


# a secret that everybody can read

sub test_secrets {
    my $nginx = Polycard::Nginx->new(start => 0,
        files => { map { $_ => 't' x 32 } qw( a.token b.token c.password ) });
    my $text = market('shop1', redis => '127.0.0.1:1',
        redis_password_file => '%%DIR%%/c.password',
        access_token_file => '%%DIR%%/a.token', hook => 'https://x.y/z',
        hook_token_file => '%%DIR%%/b.token')
        . 'server { location = /h { internal; polycard_hook shop1; } }';

    my ($status, $said) = $nginx->conf_test($text);

    is($status, 0, 'files that only their owner can read');
    unlike($said, qr/warn/, '... have no line');

    for my $name (qw( a.token b.token c.password )) {
        my $path = $nginx->path($name);

        chmod 0644, $path or die "$path: $!\n";
        ($status, $said) = $nginx->conf_test($text);
        chmod 0640, $path;

        is($status, 0, "$name for everybody");
        like($said, qr/\[warn\] the secret in "\Q$path\E" can be read by /,
            '... has one');
        like($said, qr{by everybody in \S+/test\.conf:\d+$}m,
            '... with its place');
        is(() = $said =~ /\[warn\]/g, 1, '... and no other');
    }
}


# a hook that nobody will send any more

sub test_aside {
    my $shop = Polycard::HookShop->new(market => { hook_attempts => 1 });

    $shop->ready;
    $shop->rules([ 'poison', { status => 422 } ]);
    $shop->put("38067111220$_", barcode => "poison$_") for 1 .. 3;
    wait_until { $shop->status->{dead} == 3 } 20, 'dead letters';

    my $aside = qr/hook of polycard market "shop1" is set aside, hook \d+-\d+ was refused too often: status 422$/;

    wait_until { log_lines($shop->nginx, $aside, 'error') } 10,
        'a hook that is set aside has a line';
    is(scalar log_lines($shop->nginx, $aside), 1, '... the next ones have not');
}


# Debian's nginx shows "error" and above: what wants a person is not below, but
# for what nginx -t says, whatever the level

sub test_documents {
    my %other = map { $_ => 1 } 'One attempt had', 'The same,',
        'The two lines', 'The status page says it too', '`chmod o-r` it.';

    for my $document (qw( directives operation )) {
        my @rows = slurp(source_dir() . "/docs/$document.md")
            =~ /^\| `(?:warn|notice|info)` \| `([^`]*)` \| (.*) \|$/mg;

        cmp_ok(scalar @rows, '>=', 5, "$document.md: lines below error");

        while (my ($line, $advice) = splice @rows, 0, 2) {
            ok($advice =~ /^Nothing\b/
                || grep({ index($advice, $_) == 0 } keys %other),
                "nothing to do for: $line");
        }
    }
}
