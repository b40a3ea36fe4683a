# A market with hooks and a location for operators at /operator/, and short names
# for what its tests ask.
#
#   my $shop = Polycard::OperatorShop->new;
#   my $answer = $shop->operator(GET => 'hooks');
#   $shop->operator(POST => 'resend', { phone => $phone });
#   $shop->make_dead($phone, 'name');      # one dead letter of a new client
#
# A POST and a DELETE have Content-Type: application/json, and an empty body where
# none is given.

package Polycard::OperatorShop;

use strict;
use warnings;

use parent 'Polycard::HookShop';

use Polycard::HTTP;
use Polycard::HookShop;
use Polycard::Shop qw( json_text );
use Polycard::Wait;

our $TOKEN = 'Token-of-the-operator-1234567';


sub new {
    my ($class, %option) = @_;

    my $server = delete $option{server} // '';

    return $class->SUPER::new(%option,
        market => { operator_token_file => '%%DIR%%/operator',
                    hook_attempts => 1, %{ $option{market} || {} } },
        files  => { operator => "$TOKEN\n",
                    token => "$Polycard::HookShop::TOKEN\n",
                    %{ $option{files} || {} } },
        server => Polycard::HookShop::location('')
            . "location /operator/ { polycard_operator shop1; }\n$server");
}


# a body is JSON of the hash, or text as it is

sub operator {
    my ($self, $method, $path, $body, %option) = @_;

    $option{token} = $TOKEN if !exists $option{token};

    if ($method ne 'GET' && $method ne 'HEAD') {
        $option{type} = 'application/json' if !exists $option{type};
        $option{body} = ref $body ? json_text($body) : $body // '';
    }

    return http_request($self->nginx, $method, "/operator/$path", %option);
}


# a client whose change the gateway refuses until rules() says otherwise

sub make_dead {
    my ($self, $phone, $name) = @_;

    my $dead = $self->status->{dead};

    $self->rules([ "\"name\":\"$name\"", { status => 422,
        body => "{\"Status\":\"Error\",\"error\":\"no $name $phone\"}" } ]);
    $self->put($phone, name => $name, barcode => "B$phone");
    wait_until { $self->status->{dead} > $dead } "a dead letter of $name";
}


1;
