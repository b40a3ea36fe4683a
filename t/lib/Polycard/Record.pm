# What passes between nginx and the tests, written down for
# t/openapi/exchanges.py: with POLYCARD_RECORD in the environment, a folder,
# each answer with its request and each hook is a line of JSON in a file there,
# bytes as characters.  Of one kind (service, method, status; object, action)
# each process writes the first few.

package Polycard::Record;

use strict;
use warnings;

use JSON::MaybeXS ();

our $MOST = 40;

my $json = JSON::MaybeXS->new->latin1->canonical;
my %count;


sub answer {
    my ($request, $answer) = @_;

    return if !$ENV{POLYCARD_RECORD} || !$answer->complete;

    my ($method, $target) = $request =~ m{\A(\S+) (/\S*) HTTP/} or return;
    my ($path, $query) = split /\?/, $target =~ s/#.*//r, 2;
    my ($type) = $request =~ /^Content-Type: *([^\r]*)/mi;
    my ($head, $body) = split /\r\n\r\n/, $request, 2;

    # a body in chunks is not taken apart
    $body = '', $type = '' if $head =~ /^Transfer-Encoding:/mi;

    line("$path $method " . $answer->status, {
        kind    => 'answer',
        method  => $method,
        path    => $path,
        status  => $answer->status + 0,
        headers => [ $answer->headers ],
        body    => $answer->body,
        request => { query => defined $query ? $query : '',
                     type => $type || '', body => $body },
    });
}


sub hook {
    my ($request) = @_;

    return if !$ENV{POLYCARD_RECORD};

    my ($object) = "$request->{query}&$request->{body}"
        =~ /(object\W+\w+\W+action\W+\w+)/;

    line("$request->{method} " . ($object || ''), { kind => 'hook',
        map { $_ => $request->{$_} } qw( method query headers body ) });
}


sub line {
    my ($kind, $exchange) = @_;

    return if $count{"$$ $kind"}++ >= $MOST;

    # hooks/reload.t is not status/reload.t
    my ($test) = $0 =~ m{((?:[^/]+/)?[^/]+)\z};
    my $name = ($test =~ tr{/}{-}r) . "-$$.jsonl";

    open my $file, '>>:raw', "$ENV{POLYCARD_RECORD}/$name" or return;
    print {$file} $json->encode({ test => $test, %$exchange }), "\n";
    close $file;
}


1;
