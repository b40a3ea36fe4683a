# A test that ends with its first failure:
#
#   perl -It/lib -MPolycard::FirstFailure t/services/get_client.t

package Polycard::FirstFailure;

use strict;
use warnings;

use Test2::API qw( test2_stack );
use Test::More;

test2_stack()->top->listen(sub { exit 1 if $_[1]->causes_fail });


1;
