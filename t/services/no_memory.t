# cJSON that gets no memory says what it says of a body that is no JSON: the
# caller is told to come again, and not that the body is wrong

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Preload;
use Polycard::Shop;

my $dir = temp_dir();

# while the file is there, the calls of cJSON for so many bytes fail, or those
# of the module for it: that much is a cJSON

my $library = Polycard::Preload::build(<<"EOC");
#define _GNU_SOURCE

#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

void *
malloc(size_t size)
{
    Dl_info       info;
    static void  *(*next)(size_t);

    if (next == NULL) {
        next = (void *(*)(size_t)) dlsym(RTLD_NEXT, "malloc");
    }

    if (size == 64 && access("$dir/refuse", F_OK) == 0
        && dladdr(__builtin_return_address(0), &info)
        && (strstr(info.dli_fname, "ngx_polycard_module")
            || strstr(info.dli_fname, "libcjson")))
    {
        return NULL;
    }

    return next(size);
}
EOC

# what the loader takes by this malloc() is never given back

local $ENV{ASAN_OPTIONS} = join ':', grep { length } $ENV{ASAN_OPTIONS} || '',
    'detect_leaks=0';

my $shop = Polycard::Shop->new(preload => $library,
    market => { card_numbers => 'phone' });
my %client = (phone => '380671112233', name => 'Olha');

spew("$dir/refuse", '');

my $refused = $shop->add(\%client);

is_nok($refused, 503, qr/try again later/, 'no memory for a body of JSON');
is($refused->header('Retry-After'), 1, '... and when to come again');
is_deeply($shop->stored($client{phone}), {}, '... nothing was done');

unlink "$dir/refuse" or die "refuse: $!\n";

is($shop->add(\%client)->status, 200, 'the same body, with memory');
is_nok($shop->add({}), 400, qr/phone/, '... and a wrong one is wrong');

finish();
