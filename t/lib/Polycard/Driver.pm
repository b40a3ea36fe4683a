# The module of t/driver, which starts deliveries without an emitter, built
# beside the module that is tested.
#
#   my $nginx = Polycard::Nginx->new(main => Polycard::Driver::load(),
#       files => { token => "$token\n" },
#       http  => market('one', driven($gateway->url, hook_timeout => '2s')) ...);
#   my $result = deliver($nginx, "/deliver", id => '5-0', data => '{"a":1}');
#
# A result is a hash: error, status, complete, retry_after, time, length,
# body.  With count => n it is a hash from "error status" to a number.

package Polycard::Driver;

use strict;
use warnings;

use Exporter qw( import );

use Polycard::Addon;
use Polycard::HTTP;
use Polycard::Record ();

our @EXPORT = qw( deliver driven );

# what it sends is made up, and need not be a hook
$Polycard::Record::MOST = 0;


sub load { Polycard::Addon::load('driver') }


# the directives of a market that needs no Redis; undef: not that one

sub driven {
    my ($hook, %option) = @_;

    my %directive = (
        redis           => 'unix:%%DIR%%/no.redis',
        access_token    => 'off',
        hook            => $hook,
        hook_insecure   => 'on',
        hook_token_file => '%%DIR%%/token',
        hook_timeout    => '60s',
        %option,
    );

    return map { defined $directive{$_} ? ($_ => $directive{$_}) : () }
        sort keys %directive;
}


sub deliver {
    my ($nginx, $path, %option) = @_;

    my $data = delete $option{data};

    # thousands at once take their time on a busy machine
    my $timeout = delete $option{timeout} || 120;

    my $answer = http_post($nginx, $path, query => \%option,
        body => defined $data ? $data : '{}', timeout => $timeout);

    my ($head, $body) = split /\n\n/, $answer->body, 2;

    return { map { /^(\S+ \S+) (\d+)$/ } split /\n/, $answer->body }
        if $option{count};

    $head = '' if !defined $head;

    return { map({ split /: ?/, $_, 2 } split /\n/, $head), body => $body };
}


1;
