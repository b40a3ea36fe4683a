# The office hears of clients whom Polycard has registered: a cursor, a request that
# waits, and what is read (docs/office.md)

use strict;
use warnings;

use lib 't/lib';

use Polycard::Faults;
use Polycard::HTTP;
use Polycard::OfficeShop;
use Polycard::Test;

my $shop = Polycard::OfficeShop->new(log_level => 'info',
    server => "location = /status { polycard_status; }\n");
my $token = $Polycard::OfficeShop::TOKEN;
my $next = 380671110000;

sub registered { return $shop->office(GET => 'registered' . ($_[0] // '')) }
sub records    { return map { $_->{record} } @{ registered(@_)->json } }
sub have_read  { return $shop->office(POST => 'registered/read', @_) }

sub add {
    my (%client) = @_;

    $shop->add({ phone => $next . '', %client });

    return $next++ . '';
}

# what a request that waits has asked Redis so far

sub calls { return $shop->redis->client->info('commandstats')
    ->{'cmdstat_fcall'} =~ /calls=(\d+)/ ? $1 : 0 }


is(registered()->raw =~ s/.*\r\n\r\n//sr, '[]', 'nobody yet');

my $phone = add(name => "Ol\x{2019}ha", sex => 'female', birthday => '19900131');

$shop->put($next, name => 'Petro', bonus => 10.5, id => 77);
add();

my $answer = registered();
my @records = @{ $answer->json };

is_deeply([ $answer->status, $answer->header('Content-Type') ],
    [ 200, 'application/json' ], 'an array');
like($records[0]{record}, qr/^\d{13}-\d+$/, 'a record has a cursor');
like($records[0]{time}, qr/^20\d\d-[01]\d-[0-3]\dT[012]\d:[0-5]\d:[0-5]\dZ$/,
    '... a time');
delete @$_{qw( record time )} for @records;
is_deeply(\@records, [
    { action => 'created', phone => $phone, id => 1, barcode => '2000000000015',
      name => "Ol\x{2019}ha", sex => 'female', birthday => '19900131' },
    { action => 'carded', phone => $next - 1 . '', id => 77,
      barcode => '2000000000022', name => 'Petro', bonus => 10.5 } ],
    '... and what addClient did') or diag($answer->raw);
is((@{ $answer->typed })[1]{id}, 'number:77', 'an id is a number');

add() for 1 .. 5;

my @all = records();

is(@all, 7, 'oldest first');
is_deeply([ records('?limit=2') ], [ @all[0, 1] ], 'a limit');
is_deeply([ records("?after=$all[1]&limit=3") ], [ @all[2 .. 4] ], 'a cursor');
is_deeply([ records("?after=$all[6]") ], [], 'after the last');
is($shop->office(HEAD => 'registered')->status, 200, 'HEAD');

is_error(registered("?after=$_"), 400, 'after must be like 1700000000000-0',
    "no cursor: $_") for 'x', '17', '1-2-3';
is_error(registered("?limit=$_"), 400, 'limit must be 1 to 100', "limit $_")
    for 0, 101, 'x', -1;
is_error(registered("?wait=$_"), 400, 'wait must be 0 to 60', "wait $_")
    for 61, 'x', -1;


# the status

my $status = sub { http_get($shop->nginx, '/status')->json->{markets}[0] };

wait_until { ($status->()->{registered}{unread} // 0) == 7 } 20,
    'the status says how many are unread';

my $age = $status->()->{registered}{age};

ok(defined $age && $age >= 0 && $age < 1000, '... and for how long');
like(http_get($shop->nginx, '/status?format=prometheus')->body, $_,
    "... Prometheus too: $_")
    for qr/^polycard_registered_unread\{market="shop1"\} 7$/m,
        qr/^polycard_registered_oldest_age_seconds\{market="shop1"\} \d/m;


like(http_get($shop->nginx, '/status?format=prometheus')->body,
    qr/^polycard_requests_total\{market="shop1",service="office",
        result="ok"\}\ [1-9]/mx, 'requests are counted');


# read

is_error(have_read($_), 400, 'upto is missing', 'nothing')
    for {}, { upto => '' }, { upto => undef };
is_error(have_read({ upto => 'x' }), 400, 'upto must be like 1700000000000-0',
    'no cursor');
is_error($shop->office(GET => 'registered/read'), 405,
    'this method is not allowed here', 'GET');
is_deeply(have_read({ upto => $all[2] })->typed,
    { status => 'string:OK', read => 'number:3' }, 'three are read');
is_deeply([ records() ], [ @all[3 .. 6] ], '... and gone');
is(have_read({ upto => $all[2] })->json->{read}, 0, '... once');

$shop->client->xadd($shop->key('registered'), '*', 'action', 'created', 'phone',
    '380671112233', 'id', $_) for 1 .. 250;

my $last = $shop->client->xrevrange($shop->key('registered'), '+', '-', 'COUNT',
    1)->[0][0];

is(have_read({ upto => $last })->json->{read}, 254,
    'more than Redis takes away at once');
is_deeply([ records() ], [], '... are all gone');
wait_until { !$status->()->{registered}{unread} } 20, 'none is unread';
is($status->()->{registered}{age}, undef, '... for any time');


# waiting

sub start_wait {
    my ($query) = @_;
    my $before = calls();
    my $waiting = start_get($shop->nginx, "/office/registered?$query",
        token => $token);

    wait_until { calls() > $before } 20, 'it was asked for';

    return $waiting;
}

my $waiting = start_wait("after=$last&wait=60");

$phone = add();
is($waiting->answer->json->[0]{phone}, $phone,
    'who waits hears of the next client');

($phone, my $done) = (add(), undef);
quick { $done = registered("?after=$last&wait=60") } 'there is one';
is(@{ $done->json }, 2, '... is answered at once');

$last = (records())[-1];
is(registered("?after=$last&wait=1")->body, '[]', 'nobody came');
cmp_ok($status->()->{request_duration}{office}{sum}, '<', 1,
    'the time that was waited is not counted');


# who leaves; Redis goes; nginx reloads

$waiting = start_wait("after=$last&wait=60");
$waiting->close;
wait_until { grep { /client .*closed connection/
    || /client prematurely closed/ } $shop->nginx->log_lines } 20,
    'a caller who leaves is noticed';

$waiting = start_wait("after=$last&wait=60");
ok($shop->nginx->reload, 'a reload');
is($waiting->answer->body, '[]', 'does not wait for who waits');

$waiting = start_wait("after=$last&wait=60");
$shop->redis->stop;
is_error($waiting->answer, 503,
    'the client base cannot be reached, try again later',
    'Redis goes meanwhile');
is_error(registered(), 503,
    'the client base cannot be reached, try again later', 'Redis is away');

finish();
