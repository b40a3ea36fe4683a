# What Polycard::Picture says of the order in which hooks come: of one server by
# their ids, of two servers one after the other.

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

finish();


sub flaws {
    my (@ids) = @_;

    my $picture = Polycard::Picture->new(map { {
        id => join('-', @$_), object => 'clients', action => 'changed',
        data => { phone => '380501112233', bonus => 0 } } } @ids);

    return map { /(came after .*?) \{/ } $picture->flaws;
}
