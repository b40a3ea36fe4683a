# Another file has the module's name: a reload does not load it, and says so; an
# upgrade of nginx does, under load, and an administrator may go back from it.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Callers;
use Polycard::HookShop;
use Polycard::HTTP;
use Polycard::Picture;
use Polycard::Stream;
use Polycard::Tree;

my ($version, $next) = versions();
my $phone = '380671112233';

my $bytes = slurp(module_path());
my $dir = temp_dir();
my $module = "$dir/module.so";
my $replaced = qr/\[error\] .*"\Q$module\E" was replaced, a reload does not load it/;

$ENV{POLYCARD_MODULE} = $module;
put_module($bytes);

# nginx drops all others when it is upgraded

my $shop = Polycard::HookShop->new(
    workers => 2,
    daemon  => 1,
    main    => join('', map { "env $_;\n" }
        qw( LD_LIBRARY_PATH LD_PRELOAD ASAN_OPTIONS UBSAN_OPTIONS )),
    server  => Polycard::HookShop::location('')
        . "location = /status { polycard_status; }\n",
);
my $nginx = $shop->nginx;

$shop->ready;
$shop->put($phone, barcode => 'b');


# as make install and a package do it: the file that is in use stays as it is

sub put_module {
    my ($file) = @_;

    spew("$module.new", $file);
    rename "$module.new", $module or die "$module: $!\n";
}


sub runs {
    my ($number, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    is(http_get($nginx, '/status?format=json')->json->{version}, $number,
        $what);
}


sub said { scalar grep { /$replaced/ } $nginx->log_lines }


# A reload

ok($nginx->reload, 'a reload');
runs($version, '... with the same file');
is(said(), 0, '... of which nothing is said');

put_module(newer_module($bytes));
ok($nginx->reload, 'a reload with a newer file');
runs($version, '... continues with the older module');
is(said(), 1, '... and says so');
ok($nginx->reload, 'another one');
is(said(), 2, '... says it again');


# An upgrade, while all is in use

my $stream = Polycard::Stream->new(socket => $shop->redis->socket,
    prefix => $shop->key(''), clients => 20, seed => 1);
my $callers = Polycard::Callers->new($shop, phone => $phone);

wait_until { $callers->issued > 20 && $shop->gateway->requests > 20 } 60,
    'requests and hooks';
ok($nginx->upgrade, 'an upgrade');
runs($next, '... has the newer module');
changes_reach_the_gateway('... and goes on');

ok($nginx->reload, 'a reload after it');
runs($next, '... has it, too');
is(said(), 2, '... of which nothing is said');


# An upgrade that is taken back: the older workers have left already

put_module($bytes);

my $other = $nginx->upgrade_begin;

$nginx->signal('WINCH');
wait_until { !$nginx->workers } 60, 'the older workers leave';
runs($version, 'the newer ones serve');
changes_reach_the_gateway('... and send hooks');

$nginx->signal('HUP');
wait_until { $nginx->workers == 2 } 60, 'the older master has workers again';
kill 'QUIT', $other;
wait_until { !process_exists($other) } 60, 'the newer master leaves';
runs($next, 'the older ones serve again');
changes_reach_the_gateway('... and send hooks');

$callers->stop;
cmp_ok($stream->stop, '>', 20, 'there were changes');
Polycard::Picture::wait_same($shop, 60);
is_deeply([ with_other_bodies() ], [], '... none came with another body');

my $counts = $callers->counts;

is_deeply([ grep { !/ 200$/ } keys %$counts ], [], 'no request was lost')
    or diag(join ' ', %$counts);
is_deeply([ $callers->twice ], [], '... no card was given twice');

finish();


sub changes_reach_the_gateway {
    my ($what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $before = $shop->gateway->requests;

    ok(wait_for(sub { $shop->gateway->requests > $before + 20 }, 60), $what);
}


# ids of hooks that were sent again, and not as before

sub with_other_bodies {
    my (%body, %other);

    for my $request ($shop->gateway->requests) {
        my $id = Polycard::Gateway::header($request, 'webhook-id');

        $other{$id} = 1 if ($body{$id} //= $request->{body}) ne $request->{body};
    }

    my @ids = sort keys %other;

    return @ids;
}
