# Certificates made by openssl for one test: a CA, and what it signs.
#
#   my $ca = Polycard::Certificates->new;
#   my ($cert, $key) = $ca->issue('gateway', 'DNS:localhost', 'IP:127.0.0.1');
#   $ca->issue_expired('old', 'DNS:localhost');
#   Polycard::Certificates->new('another CA');
#   $ca->file;                      # the CA's own certificate
#
# All are files in a temporary folder that goes with the object.

package Polycard::Certificates;

use strict;
use warnings;

use Polycard::Test ();


sub new {
    my ($class, $name) = @_;

    my $self = bless { dir => Polycard::Test::temp_dir(), valid => [ '-days', 2 ] },
        $class;

    $self->openssl('req', '-x509', $self->new_key('ca'), '-days', 2,
        '-subj', '/CN=' . ($name || 'test CA'), '-out', $self->file);

    return $self;
}


sub dir  { "$_[0]{dir}" }
sub file { "$_[0]{dir}/ca.crt" }


# a certificate and its key, for names as openssl writes them

sub issue {
    my ($self, $name, @names) = @_;

    my ($cert, $key) = map { "$self->{dir}/$name.$_" } qw( crt key );

    Polycard::Test::spew("$self->{dir}/$name.ext", @names
        ? 'subjectAltName=' . join(',', @names) . "\n" : "\n");

    $self->openssl('req', $self->new_key($name), '-subj', "/CN=$name",
        '-out', "$self->{dir}/$name.csr");

    $self->openssl('x509', '-req', '-in', "$self->{dir}/$name.csr",
        '-CA', $self->file, '-CAkey', "$self->{dir}/ca.key",
        '-CAcreateserial', @{ $self->{valid} },
        '-extfile', "$self->{dir}/$name.ext",
        '-out', $cert);

    return ($cert, $key);
}


sub issue_expired {
    my ($self, @what) = @_;

    local $self->{valid} = expired();

    return $self->issue(@what);
}


# OpenSSL 3.5 takes no end before the start, 3.3 no dates

sub expired {
    my (undef, $help) = Polycard::Test::run_command('openssl', 'x509', '-help');

    return $help =~ /-not_after/
        ? [ qw( -not_before 20200101000000Z -not_after 20200102000000Z ) ]
        : [ qw( -days -1 ) ];
}


sub new_key {
    my ($self, $name) = @_;

    return ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
        '-keyout', "$self->{dir}/$name.key");
}


sub openssl {
    my ($self, @arguments) = @_;

    my ($status, $output) = Polycard::Test::run_command('openssl', @arguments);

    die "openssl @arguments: $output\n" if $status;
}


1;
