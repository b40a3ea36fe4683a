# A gateway that takes every hook: an nginx of one worker, on the core of
# Redis, with http, https, and https with HTTP/2.

package Bench::Gateway;

use strict;
use warnings;

use Polycard::Certificates;
use Polycard::HTTP;
use Polycard::Nginx;
use Polycard::Test ();

use Bench::Servers;

my %port = (http => 0, https => 1, h2 => 2);


# keep: options of `server`, in place of a connection that is kept for ever;
# refuse: the share of hooks that are not accepted, 20%

sub new {
    my ($class, $core, %option) = @_;

    my $ca = Polycard::Certificates->new;
    my ($certificate, $key) = map { Polycard::Test::slurp($_) }
        $ca->issue('gateway', 'IP:127.0.0.1', 'DNS:localhost');

    my $nginx = Polycard::Nginx->new(
        main        => Bench::Servers::affinity($core),
        connections => 1024,
        log_level   => 'warn',
        files       => { certificate => $certificate, key => $key },
        http        => http(%option),
    );

    return bless { ca => $ca, nginx => $nginx }, $class;
}


my $taken = q('{"Status":"OK"}');
my $refused = q('{"Status":"NOK","Error":"not now"}');


# the variable with the answer

sub answers {
    my ($share) = @_;

    return "split_clients \$request_id \$answer {\n"
        . "    $share $refused;\n"
        . "    * $taken;\n"
        . "}\n";
}


# "return" leaves the body unread, which HTTP/2 answers by resetting streams:
# there another server takes it

sub http {
    my (%option) = @_;

    my $keep = $option{keep}
        || 'keepalive_requests 1000000000; keepalive_timeout 1h;';
    my $refuse = $option{refuse};
    my $answer = $refuse ? '$answer' : $taken;

    my $common = ($refuse ? answers($refuse) : '')
        . "default_type application/json;\n"
        . "access_log off;\n"
        . "$keep\n"
        . "ssl_certificate %%DIR%%/certificate;\n"
        . "ssl_certificate_key %%DIR%%/key;\n";

    return $common
        . "upstream self { server 127.0.0.1:%%PORT_0%%; keepalive 64; }\n"
        . "server {\n"
        . "    listen 127.0.0.1:%%PORT_0%%;\n"
        . "    listen 127.0.0.1:%%PORT_1%% ssl;\n"
        . "    location = /status { stub_status; }\n"
        . "    location / { return 200 $answer; }\n"
        . "}\n"
        . "server {\n"
        . "    listen 127.0.0.1:%%PORT_2%% ssl http2;\n"
        . "    location / {\n"
        . "        proxy_pass http://self;\n"
        . "        proxy_http_version 1.1;\n"
        . "        proxy_set_header Connection '';\n"
        . "    }\n"
        . "}\n";
}


sub ca { $_[0]{ca}->file }
sub nginx { $_[0]{nginx} }


# how many requests it has answered

sub requests {
    my ($self) = @_;

    my ($requests) = http_get($self->{nginx}, '/status')->body
        =~ /^ \d+ \d+ (\d+)/m;

    return $requests;
}


# "127.0.0.1:PORT", of http, https or h2

sub address {
    my ($self, $protocol) = @_;

    return '127.0.0.1:' . $self->{nginx}->port($port{$protocol});
}


sub scheme {
    my ($protocol) = @_;

    return $protocol eq 'http' ? 'http' : 'https';
}


sub url {
    my ($self, $protocol) = @_;

    return scheme($protocol) . '://' . $self->address($protocol) . '/hook';
}


1;
