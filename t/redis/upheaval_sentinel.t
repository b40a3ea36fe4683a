# The same as in upheaval.t, with nginx that asks the Sentinels.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Scenes;
use Polycard::Test;

play('sentinel');

finish();
