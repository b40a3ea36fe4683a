# A list of names and values as a body of addClient, in each of its encodings
# (contract B5).
#
#   $TYPE{form}                             # its Content-Type
#   $BODY_OF{form}->(phone => $phone, name => 'Olha')
#   json_body(...)  form_body(...)  multipart_body(...)
#
# Values are bytes.

package Polycard::Bodies;

use strict;
use warnings;

use Exporter qw( import );

use Polycard::HTTP;

our @EXPORT = qw( json_body form_body multipart_body $BOUNDARY %TYPE %BODY_OF );

our $BOUNDARY = 'a-b_c.d';

our %TYPE = (
    json      => 'application/json',
    form      => 'application/x-www-form-urlencoded',
    multipart => "multipart/form-data; boundary=$BOUNDARY",
);

our %BODY_OF = (
    json => \&json_body, form => \&form_body, multipart => \&multipart_body,
);


sub json_body {
    my @pairs = @_;
    my @members;

    while (my ($name, $value) = splice @pairs, 0, 2) {
        push @members, json_string($name) . ':' . json_string($value);
    }

    return '{' . join(',', @members) . '}';
}


sub json_string {
    my ($bytes) = @_;

    $bytes =~ s/(["\\])/\\$1/g;
    $bytes =~ s/([\x00-\x1f])/sprintf '\\u%04x', ord $1/ge;

    return "\"$bytes\"";
}


sub form_body {
    my @pairs = @_;
    my @members;

    while (my ($name, $value) = splice @pairs, 0, 2) {
        push @members, url_encode($name) . '=' . url_encode($value);
    }

    return join '&', @members;
}


sub multipart_body {
    my @pairs = @_;
    my $body = '';

    while (my ($name, $value) = splice @pairs, 0, 2) {
        $body .= "--$BOUNDARY\r\n"
            . "Content-Disposition: form-data; name=\"$name\"\r\n\r\n"
            . "$value\r\n";
    }

    return "$body--$BOUNDARY--\r\n";
}


1;
