# A master that hung, and continues when another server has taken its place: until it
# is demoted it takes writes, since its other replica still follows it, and all of
# them are lost.  Their hooks are sent, and no other hook is lost or made up.

use strict;
use warnings;

use lib 't/lib';

use List::Util qw( uniq );
use Time::HiRes qw( time );

use Polycard::Test;
use Polycard::HookShop;
use Polycard::Picture;
use Polycard::Redis;
use Polycard::Switch;

my @phones = map { sprintf '3806711122%02d', $_ } 1 .. 24;
my @gone = splice @phones, 20;          # deleted in what is lost
my @new = qw( 380671112231 380671112232 );
my $both = '380671112233';              # at each of the servers another one

# the state of now is announced, whatever the gateway had

$Polycard::Picture::RETOLD = 1;

my $master = Polycard::Redis->new('min-replicas-to-write' => 1);
my ($next, $other) = map { Polycard::Redis->new(primary => $master) } 1, 2;
my $switch = Polycard::Switch->new(to => $master);

wait_until { $master->client->info('replication')->{min_slaves_good_slaves} == 2 }
    'two replicas';
$master->load_library;

my $shop = Polycard::HookShop->new(
    redis_server => $master,
    workers => 2,
    market => { redis => $switch->address, lease => '2s',
                sweep_interval => '5ms' });

$shop->ready;
change('first', @phones, @gone);
$shop->call(put_group => $_, title => 'first', loyaltyType => 'bonuses',
    loyaltyQuantity => 1) for 1, 2;
ok($shop->drain, 'the gateway knows all');

my @cards = map { $shop->add({ phone => $_ })->json } '380671112241';

$_->wait_received for $next, $other;

# the other one does not hear of it

$master->signal('STOP');
$next->client->replicaof('NO', 'ONE');
$Polycard::Picture::LOST = int(1000 * time);
$master->signal('CONT');

change('lost', @phones);
change('lost', @new, $both);
$shop->call(delete_client => $_) for @gone;
$shop->client->hset($shop->key('group:1'), title => 'lost');
$shop->client->del($shop->key('group:2'));
wait_until { 2 == grep { $_->{object} eq 'loyalty_groups'
    && $_->{action} ne 'added' } $shop->gateway->hooks } 'its events are heard';
push @cards, map { $shop->add({ phone => $_ })->json } '380671112242';
ok($shop->drain, 'it takes writes, and their hooks are sent');
is(scalar(grep { $_->{action} eq 'deleted' } $shop->gateway->hooks),
    @gone + 1, '... all of them');

# who changes clients is led to the next one before nginx is

$shop->{redis} = $next;
is(scalar(grep { $shop->stored($_)->{name} ne 'first' } @phones, @gone), 0,
    'the next one knows nothing of them');
change('next', @phones[0 .. 9], $both);
$switch->to($next);
$master->client->replicaof('127.0.0.1', $next->port);
wait_until { ($shop->holder || [])->[0] } 'somebody sends hooks';
change('last', @phones[5 .. 14]);
push @cards, map { $shop->add({ phone => $_ })->json } '380671112243';

my $picture = Polycard::Picture::wait_same($shop, 30);

cmp_ok($picture->forgiven, '>', 0, 'without what is lost they do not add up');
is_told('next', @phones[0 .. 9], $both);
is_told('last', @phones[5 .. 14]);
is_invented();
is(scalar(uniq map { $_->{code} } @cards), 3, 'no card number is given twice');
is(scalar(uniq map { $_->{id} } @cards), 3, '... and no id');

finish();


# each of them, and the bonus by 1

sub change {
    my ($name, @of) = @_;

    $shop->put($_, name => $name, barcode => "b$_") for @of;
    $shop->call(change_bonus => $_, 1) for @of;
}


# hooks of what these have at the next server, by the one who was there

sub is_told {
    my ($name, @of) = @_;

    my %told = map { $_->{data}{phone} => 1 } grep {
        ($_->{data}{name} // '') eq $name } $shop->gateway->hooks;

    is(scalar(grep { !$told{$_} } @of), 0, "none of '$name' is lost");
}


# what nobody has ever had

sub is_invented {
    my @odd = grep {
        ($_->{data}{total} // 1) !~ /^[1-4](?:\.00)?$/
        || $_->{object} eq 'bonuses' && abs($_->{data}{change}) != 1
    } $shop->gateway->hooks;

    is(scalar(@odd), 0, 'none tells what was not there') or diag(explain(\@odd));
}
