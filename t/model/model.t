# The model of the lease: all its states are as they should be, and a fault that
# is planted is found.

use strict;
use warnings;

use FindBin;
use Test::More;

plan skip_all => 'no spin' if system('command -v spin > /dev/null 2>&1');


sub check {
    my $options = join(' ', map { "-D$_" } @_);
    my $out = `$FindBin::Bin/check $options 2>&1`;

    return ($? >> 8, $out);
}


sub holds {
    my ($code, $out) = check(@_);

    is($code, 0, "@_: all states are well") or diag($out);

    my ($states) = $out =~ /(\d+) states, stored$/m;

    cmp_ok($states // 0, '>', 10000, '... and there were some');
    note($out);
}


sub finds {
    my ($what, @options) = @_;
    my ($code, $out) = check(@options);

    is($code, 1, "@options: spin finds it");
    like($out, qr/assertion violated.*\Q$what\E/, '... where it does harm')
        or diag($out);
}


my @one = ('FAULTS=1', 'TICKS=0');

holds(@one);
holds(@one, 'EARLY');

finds('fence', 'FAULTS=0', 'TICKS=2', 'BREAK_FENCE');
finds('told[0]', @one, 'BREAK_HELD');
finds('top', 'FAULTS=2', 'TICKS=0', 'BREAK_PROGRESS');
finds('owner', @one, 'BREAK_REFUSE');
finds('body', @one, 'BREAK_BODY');
finds('told', @one, 'BREAK_OUTCOME');
finds('owner', 'FAULTS=0', 'TICKS=2', 'BREAK_TIME');

done_testing();
