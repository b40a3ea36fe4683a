# What Polycard::Picture says of the order in which hooks come: of one server by
# their ids, of two servers one after the other; and of what does not follow.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Picture;

my ($old, $new) = map { $_ * 1_000_000 } 7, 3;

is_deeply([ flaws([ 5, $old ], [ 6, $old ], [ 6, $old + 1 ]) ], [],
    'in order');
is_deeply([ flaws([ 6, $old ], [ 5, $old ]) ], ['came after a later one'],
    'an earlier one of the same server');
is_deeply([ flaws([ 5, $old ], [ 6, $new ], [ 7, $new ]) ], [],
    'a later server');
is_deeply([ flaws([ 6, $old ], [ 5, $new ], [ 7, $new ]) ],
    ['came after a later one of another server'],
    '... whose first hook is of an earlier time');
is_deeply([ flaws([ 5, $old ], [ 6, $new ], [ 7, $old ]) ],
    ['came after one of a later server'], 'the earlier server goes on');

# the bonus of a client is 5 at the earlier server, and 1 at the later one, which
# adds 1 and takes 1

my @added = (clients => added => { phone => '380501112233', bonus => 0 });
my @bonus = ([ 4, $old, @added ], [ 5, $old, bonus(5, 5) ]);
my @later = ([ 6, $new, bonus(1, 2) ], [ 7, $new, bonus(-1, 1) ]);

is_deeply([ odd(@bonus, @later) ], ['6.00 is not the total'],
    'an amount that does not add up');
{
    local $Polycard::Picture::LOST = 5;

    is_deeply([ odd(@bonus, @later) ], [], '... is none where hooks may be lost');
    is_deeply([ odd(@bonus, $later[0], [ 7, $new, bonus(-1, 2) ]) ],
        ['1.00 is not the total'], '... but for the first one');
    is_deeply([ odd(@bonus, [ 5, $old + 1, bonus(1, 7) ]) ],
        ['6.00 is not the total'], '... of another server');
    is_deeply([ odd(@bonus, [ 6, $new, clients => deleted => $added[2] ],
        [ 7, $new, bonus(1, 1) ]) ], ['nobody is there'],
        '... also of somebody who is deleted');
    is_deeply([ odd([ 4, $old, @added ], [ 5, $new, bonus(1, 6) ]) ],
        ['1.00 is not the total'], '... and none of it was lost before');
}

finish();


sub flaws {
    my (@ids) = @_;

    my $picture = Polycard::Picture->new(map { {
        id => join('-', @$_), object => 'clients', action => 'changed',
        data => { phone => '380501112233', bonus => 0 } } } @ids);

    return map { /(came after .*?) \{/ } $picture->flaws;
}


sub bonus {
    my ($change, $total) = @_;

    return bonuses => changed => { client_phone => '380501112233',
        attribute => 'bonus', change => $change, total => $total };
}


# of lists of ms, number, object, action, data

sub odd {
    my (@hooks) = @_;

    my $picture = Polycard::Picture->new(map { {
        id => "$_->[0]-$_->[1]", object => $_->[2], action => $_->[3],
        data => $_->[4] } } @hooks);

    return map { /: (.*?) \{/ } $picture->flaws;
}
