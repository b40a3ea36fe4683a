# A test that ends with its first failure: perl -MPolycard::FirstFailure t/a.t

package Polycard::FirstFailure;

use strict;
use warnings;

use Test2::API qw( test2_stack );
use Test::More;

test2_stack()->top->listen(sub { exit 1 if $_[1]->causes_fail });


1;
