# The same as in upheaval.t, with nginx that asks the Sentinels.
#
# What survives what: the master dies or hangs, Sentinels
# What survives what: the network parts the master from its replicas
# What survives what: `SENTINEL FAILOVER` of a healthy master

use strict;
use warnings;

use lib 't/lib';

use Polycard::Scenes;
use Polycard::Test;

play('sentinel');

finish();
