# cJSON that gets no memory says what it says of a body that is no JSON: the
# caller of a service, of the office, an operator is told to come again, and not
# that the body is wrong

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::HTTP;
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
    market => { card_numbers => 'phone', office_token => 'off',
                operator_token => 'off' },
    server => "location /office/ { polycard_office shop1; }\n"
        . "location /operator/ { polycard_operator shop1; }\n");
my %client = (phone => '380671112233', name => 'Olha');

my $json = json_text(\%client);
my $path = "clients/$client{phone}";
my @calls = (
    [ POST => '/api/v1/web_service/addClient', $json ],
    map({ [ $_ => "/office/$path", $json ] } qw( PUT PATCH )),
    [ PUT => '/office/groups/3', json_text({ title => 'Gold',
        loyaltyType => 'bonuses', loyaltyQuantity => 5 }) ],
    [ POST => "/office/$path/bonus", '{"change":1}' ],
    [ POST => "/office/$path/move", '{"phone":"380671112244"}' ],
    [ POST => "/office/$path/merge", '{"from":"380671112244"}' ],
    [ POST => "/office/$path/card", '{"barcode":"1"}' ],
    [ POST => '/office/registered/read', '{"upto":"1-1"}' ],
    [ POST => '/operator/hooks/find', '{"phone":"380671112233"}' ],
    [ POST => '/operator/resend', '{"phone":"380671112233"}' ],
    [ POST => '/operator/deletions/confirm', '{"waiting":1}' ],
    [ GET => '/operator/hooks' ],
);

sub ask {
    my ($method, $where, $body) = @_;

    return http_request($shop->nginx, $method, $where, body => $body,
        defined $body ? (type => 'application/json') : ());
}

my $digest = $shop->digest;

spew("$dir/refuse", '');

for my $call (@calls) {
    my $refused = ask(@$call);

    is_nok($refused, 503, qr/try again later/,
        "no memory for JSON: $call->[0] $call->[1]");
    is($refused->header('Retry-After'), 1, '... and when to come again');
}

my $line = json_text({ op => 'put', phone => $client{phone},
                       set => { name => 'Olha' } });

is_deeply([ map { JSON::MaybeXS->new->decode($_) }
        split /\n/, http_post($shop->nginx, '/office/batch', body => "$line\n$line",
            type => 'application/x-ndjson')->body ],
    [ map { { line => $_, status => 'NOK', http => 503,
              error => 'there is no memory' } } 1, 2 ],
    '... lines of a batch');
is($shop->digest, $digest, '... nothing was done');

unlink "$dir/refuse" or die "refuse: $!\n";

is($shop->add(\%client)->status, 200, 'the same body, with memory');
is(ask(@$_)->status =~ /^(?:20[01]|40[49])$/ ? '' : "@$_", '',
    "... $_->[0] $_->[1]") for @calls[1 .. $#calls];
is_nok($shop->add({}), 400, qr/phone/, '... and a wrong one is wrong');

finish();
