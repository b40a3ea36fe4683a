# A location has one content handler: where another directive sets one as well,
# before a service of ours or behind it, nginx -t says so and where

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Nginx qw( market );

my $nginx = Polycard::Nginx->new(start => 0);
my $market = market('shop1', redis => '127.0.0.1:1', access_token => 'off',
    card_numbers => 'phone');

my @services = (map({ "polycard_$_ shop1;" }
    qw( get_client add_client get_groups get_clients )), 'polycard_status;');
my @others = ('proxy_pass http://127.0.0.1:1;', 'fastcgi_pass 127.0.0.1:1;',
    'uwsgi_pass 127.0.0.1:1;', 'scgi_pass 127.0.0.1:1;',
    'grpc_pass 127.0.0.1:1;', 'memcached_pass 127.0.0.1:1;', 'empty_gif;',
    'stub_status;');


# what the location holds, a directive a line, from the second line on

sub conf_test {
    my (@lines) = @_;

    return $nginx->conf_test("${market}server { listen 127.0.0.1:%%PORT_0%%;\n"
        . "location /x {   # here\n" . join("\n", @lines) . "\n}\n}\n");
}


sub line_of {
    my ($directive) = @_;

    my @lines = split /\n/, slurp($nginx->path('test.conf'));

    return (grep { index($lines[$_ - 1], $directive) == 0 } 1 .. @lines)[0];
}


sub is_refused {
    my ($service, @lines) = @_;

    my ($status, $output) = conf_test(@lines);
    my @emerg = grep { /\[emerg\]/ } split /\n/, $output;
    my $line = line_of($service);

    ok($status == 1 && @emerg == 1
        && $emerg[0] =~ /shares its location with another content handler/
        && $emerg[0] =~ m{ in \S+/test\.conf:$line\b}, "@lines: refused")
        or diag($output);
}


sub is_accepted {
    my (@lines) = @_;

    my ($status, $output) = conf_test(@lines);

    is($status, 0, "@lines: accepted") or diag($output);
}

for my $service (@services) {
    is_refused($service, $service, $others[0]);
    is_refused($service, $others[0], $service);
}

for my $other (@others) {
    is_refused($services[0], $services[0], $other);
    is_refused($services[0], $other, $services[0]);
}

for my $service ($services[0], $services[4]) {
    is_refused($service, "if (\$arg_x) { $others[0] }", $service);
    is_refused($service, $service, "limit_except GET { $others[0] }");

    is_accepted($service, $_) for 'return 503;', 'root /x;',
        'if ($arg_x) { return 403; }', 'limit_except GET { deny all; }',
        'if ($arg_x) { set $y 1; }', "location /x/y { $others[0] }",
        'auth_request /z;', 'try_files /none =404;';
}

# and one service

for my $second (@services[0, 4]) {
    for my $first (@services[0, 4]) {
        my ($status, $output) = conf_test($first, $second);

        ok($status == 1 && $output =~ /is duplicate|not the only polycard/,
            "$first $second: refused") or diag($output);
    }
}

finish();
