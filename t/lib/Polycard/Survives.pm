# What the tests of docs/operation.md, "What survives what", share: a test for each
# row of its table, a shop with a client whom the gateway knows, and what is to be
# seen when all goes on.
#
#   test_rows('`CLIENT KILL`' => sub { ... }, ...);
#
# runs them in the order of the table.  Every row has its test in one of the files
# t/docs/survives_*.t, and every test its row; or a test elsewhere says which row
# it is of, in a comment "# What survives what: ROW".

package Polycard::Survives;

use strict;
use warnings;

use Exporter qw( import );

use Polycard::Faults;
use Polycard::HookShop;
use Polycard::Test;

our @EXPORT = qw( test_rows open_shop shop durable_shop rename_to renamed told
    goes_on refuse_all accept_all waiting told_what_waited library_of
    $PHONE $OTHER );

our $PHONE = '380501112233';
our $OTHER = '380504445566';

my $document = 'docs/operation.md';


sub test_rows {
    my (%tests) = @_;

    my ($table) = slurp(source_dir() . "/$document")
        =~ /^## What survives what\n(.*?)^## /ms;
    my (undef, @rows) = $table =~ /^\| (.*?) \| .* \|$/mg;
    my %row = map { $_ => 1 } @rows;
    my $all = join '', map { slurp($_) }
        glob source_dir() . '/t/docs/survives_*.t';
    my %elsewhere = map { $_ => 1 } map {
        slurp($_) =~ /^# What survives what: (.*)$/mg
    } glob source_dir() . '/t/{docs,redis}/*.t';

    is_deeply([ grep { !$row{$_} } sort keys %tests ], [],
        "each test is of a row of $document");
    is_deeply([ grep { !$row{$_} } sort keys %elsewhere ], [],
        '... those elsewhere as well');
    is_deeply([ grep { !$elsewhere{$_} && $all !~ /(['"])\Q$_\E\1 => / }
        @rows ], [], '... and each row has a test');

    for my $row (grep { $tests{$_} } @rows) {
        subtest $row => sub {
            eval { $tests{$row}->(); 1 } or fail("it died: $@");
        };
    }
}


# A shop that is open

sub open_shop {
    my (%option) = @_;

    my $shop = Polycard::HookShop->new(%option, market => {
        lease => '2s', redis_timeout => '2s', %{ $option{market} || {} } });

    $shop->nginx->allow(qr/exited on signal 9/);

    return $shop->ready;
}


# ... with a client whom the gateway knows

sub shop {
    my $shop = open_shop(@_);

    $shop->put($PHONE, barcode => 'b');
    $shop->settle;

    return $shop;
}


# keeps what it has, whenever it is killed

sub durable_shop {
    return shop(@_, redis => { appendonly => 'yes', appendfsync => 'always' });
}


sub rename_to {
    my ($shop, $name) = @_;

    $shop->client->hset($shop->key("client:$PHONE"), name => $name);
}


sub renamed {
    my ($name) = @_;

    return client_hook('changed', $PHONE, barcode => 'b', name => $name);
}


# What the gateway was told: each hook once, it may have been one that waited; and
# each state once, which is announced again when Redis was started again.

sub told {
    my ($shop) = @_;

    my ($last, %seen) = ('');

    return grep { my $new = $_ ne $last; $last = $_; $new }
        map { hook_text($_) } grep { !$seen{ $_->{id} }++ }
        $shop->settled(60);
}


# it all goes on: the next change is told, after these, and nothing else

my $number = 0;

sub goes_on {
    my ($shop, @before) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $name = 'n' . ++$number;

    rename_to($shop, $name);
    is_deeply([ told($shop) ], [ @before, renamed($name) ],
        '... and it goes on');
}


# an outage of the gateway, in which hooks wait

sub refuse_all { $_[0]->gateway->always({ status => 503 }) }
sub accept_all { $_[0]->gateway->always }


sub waiting {
    my ($shop) = @_;

    refuse_all($shop);
    rename_to($shop, 'waits');
    wait_until { $shop->status->{outbox} == 1 } 60, 'a hook that waits';
    $shop->{waiting} = (outbox($shop))[0];
}


# the ids

sub outbox {
    my ($shop) = @_;

    return map { $_->[0] }
        @{ $shop->client->xrange($shop->key('outbox'), '-', '+') };
}


# What waited is told, and it goes on.  A Redis that was started again may have
# been told more by then.

sub told_what_waited {
    my ($shop) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    is((outbox($shop))[0], $shop->{waiting}, 'the hook waits');
    $shop->gateway->forget;
    accept_all($shop);
    goes_on($shop, renamed('waits'));
}


sub library_of {
    my ($redis) = @_;

    my ($library) = $redis->client->function('LIST', 'WITHCODE');
    my %library = @{ $library || [] };

    return $library{library_code};
}


1;
