# The module t/driver/ngx_polycard_listener_module.c: a market's subscriber
# without a watcher, built beside the module that is tested.
#
#   my $nginx = Polycard::Nginx->new(main => Polycard::Listener::load(),
#       http => market('shop1', ...) . 'server { ... location = /shop1
#               { polycard_listener shop1; } }');
#   my $heard = listen_to($nginx, 'shop1', do => 'start');
#
# What was heard is a hash: ready, lost, events, ensured, and list, the first
# events as "client:380671112233 hset".

package Polycard::Listener;

use strict;
use warnings;

use Exporter qw( import );

use Polycard::Addon;
use Polycard::HTTP;

our @EXPORT = qw( listen_to );

sub load { Polycard::Addon::load('listener') }


sub listen_to {
    my ($nginx, $market, %query) = @_;

    my $answer = http_get($nginx, "/$market", query => \%query);

    die 'the listener failed: ' . $answer->raw if $answer->status != 200;

    my ($head, $list) = split /\n\n/, $answer->body, 2;

    return { map({ split /: /, $_, 2 } split /\n/, $head),
             list => [ split /\n/, defined $list ? $list : '' ] };
}


1;
