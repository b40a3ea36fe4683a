# What the tests of the sweeps inside Redis share: one Polycard::Functions, clients
# and groups by small numbers, written past the library, and what is announced of them.
#
#   my $f = sweep_functions();
#   start();                    # nothing is there, hooks are wanted
#   plain($n, bonus => 5);  plain_group($id);
#   sweeps();                   # one pass of each, as the sums of what they say
#   told();                     # ('added 5', 'changed bonus 7', 'added group 1')
#   order();                    # of the index

package Polycard::Sweeps;

use strict;
use warnings;

use Exporter qw( import );

use Polycard::Functions;

our @EXPORT = qw( sweep_functions phone number order ean13 groups plain
    plain_group told told_in_any_order start settings sweeps );

my ($f, $redis);


sub sweep_functions {
    $f = Polycard::Functions->new;
    $redis = $f->client;

    return $f;
}


sub phone  { sprintf '38067%07d', $_[0] }
sub number { substr($_[0], 5) + 0 }
sub order  { map { number($_) } $redis->zrange($f->key('clients'), 0, -1) }
sub ean13  { $f->ean13(sprintf '20%010d', $_[0]) }
sub groups { my @ids = $redis->zrange($f->key('groups'), 0, -1); @ids }


sub plain {
    my ($n, %more) = @_;

    $redis->hset($f->key('client:' . phone($n)), barcode => "A$n", %more);
}


sub plain_group {
    my ($id, %more) = @_;

    $redis->hset($f->key("group:$id"), title => 'a', loyaltyType => 'bonuses',
        loyaltyQuantity => 1, %more);
}


sub told {
    return map { my (undef, $object, undef, $action, undef, $id) = @$_;
        "$action " . ($object eq 'loyalty_groups' ? "group $id"
            : $object eq 'bonuses' ? 'bonus ' . number($id) : number($id)) }
        $f->take('outbox');
}


sub told_in_any_order { return [sort(told())] }


sub start {
    my (%settings) = @_;

    $f->reset;
    $f->acquire;
    settings(%settings);
}


sub settings {
    return $f->fenced('settings', hooks => 1, delete_guard => 100, @_);
}


sub sweeps {
    my %sum;

    for my $name (qw( index groups scan )) {
        my $one = $f->sweep($name);

        $sum{$_} += $one->{$_} for keys %$one;
    }

    return \%sum;
}


1;
