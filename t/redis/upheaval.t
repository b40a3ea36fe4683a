# A Redis that fails over behind a proxy that follows its master, while a market
# is in use: what happens is in Polycard::Scenes, what must hold afterwards in
# Polycard::Upheaval.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Scenes;
use Polycard::Test;

play('proxy');

finish();
