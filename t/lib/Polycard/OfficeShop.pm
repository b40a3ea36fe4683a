# A market with an office at /office/, and short names for what its tests ask.
#
#   my $shop = Polycard::OfficeShop->new;
#   my $answer = $shop->office(PATCH => "clients/$phone", { name => 'Olha' });
#   $shop->office(GET => 'groups/3', undef, token => undef, headers => [...]);
#   is_error($answer, 400, 'sex must be male or female', 'what');

package Polycard::OfficeShop;

use strict;
use warnings;

use parent qw( Polycard::Shop );

use Exporter qw( import );
use Test::More;

use Polycard::HTTP;
use Polycard::Shop qw( json_text );

our @EXPORT = qw( is_error );

our $TOKEN = 'Token-of-the-office-1234567890';


sub new {
    my ($class, %option) = @_;

    my $server = delete $option{server} // '';

    return $class->SUPER::new(%option,
        market => { office_token_file => '%%DIR%%/office',
                    %{ $option{market} || {} } },
        files  => { office => "$TOKEN\n", %{ $option{files} || {} } },
        server => "location /office/ { polycard_office shop1; }\n$server");
}


# a body is JSON of the hash, or text as it is

sub office {
    my ($self, $method, $path, $body, %option) = @_;

    $option{token} = $TOKEN if !exists $option{token};

    if (defined $body) {
        $option{type} //= 'application/json';
        $option{body} = ref $body ? json_text($body) : $body;
    }

    return http_request($self->nginx, $method, "/office/$path", %option);
}


# a failure in the contract's form; the office may say several at once

sub is_error {
    my ($answer, $status, $error, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $json = eval { $answer->json };

    is_deeply([ $answer->status, $answer->header('Content-Type'), $json ],
        [ $status, 'application/json',
          { status => 'NOK', error => ref $error
              ? (ref $json eq 'HASH' && ($json->{error} // '') =~ $error
                  ? $json->{error} : "like $error") : $error } ], $what)
        or diag($answer->raw);
}


1;
