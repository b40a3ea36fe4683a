# A command that hangs is ended: t/mutants/run relies on its own limit.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Wait;

local $Polycard::Wait::TIMEOUT = 0;

my $from = time;
my ($status, $output) = run_command({ timeout => 1 }, 'sh', '-c',
    'echo begun; exec tail -f /dev/null');

is_deeply([ $status, $output ], [ -1, "begun\n" ], 'past its limit it is ended');
cmp_ok(time - $from, '<', 300, '... soon');

finish();
