# The copy of the library whose parts note what they take (make profile): it is a
# library, and what was called is in it.

use strict;
use warnings;

use lib 't/lib', 't/bench/lib';

use Polycard::Functions;
use Polycard::Test;

use Bench::Profile::Lua;

my $f = Polycard::Functions->new;
my $profile = Bench::Profile::Lua->new($f->client, $f->key(''));
my $phone = '380501112233';

$f->call(put_client => $phone, name => 'Olha', barcode => 'B1');
$f->client->hset($f->key("client:$phone"), name => 'Olena');
$f->call(capture => $phone);

my $rows = $profile->rows;

is($rows->{capture_one}[0] || $rows->{'capture: capture_one'}[0], 1,
    'a function, called once');
cmp_ok($rows->{'redis HMGET'}[0], '>', 1, 'a command');

finish();
