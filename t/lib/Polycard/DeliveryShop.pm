# A Polycard::HookShop for tests of what becomes of each hook: one attempt and no
# more, unless begin() has other settings, and clients whom nobody has had yet.
#
#   my $shop = Polycard::DeliveryShop->new;
#   $shop->begin(hook_attempts => 3);     # other settings, nothing of before
#   my @phones = $shop->known(5);         # new clients, known to the gateway
#   $shop->rename_to($phone, 'Olha');
#   $shop->requests_of($phone)            # in the order in which they came
#   $shop->finish_logs;                   # at the end: neither token nor phone

package Polycard::DeliveryShop;

use strict;
use warnings;

use parent 'Polycard::HookShop';

use Exporter qw( import );
use Test::More;

use Polycard::Gateway;

our @EXPORT = qw( header text_of json_answer );

my $last = 0;


sub new {
    my ($class, %option) = @_;

    my $self = $class->SUPER::new(%option, market => { hook_attempts => 1,
        hook_timeout => '2s', hook_alias => '"my shop"',
        %{ $option{market} || {} } });

    return $self->ready;
}


sub new_phone { sprintf '38067%07d', ++$last }
sub header    { Polycard::Gateway::header(@_) }


sub text_of {
    my ($request) = @_;

    return $request->{body} || $request->{query};
}


sub json_answer {
    return { status => $_[0], body => $_[1] || '{"Status":"Error"}' };
}


sub requests_of {
    my ($self, $phone) = @_;

    return grep { text_of($_) =~ /$phone/ } $self->gateway->requests;
}


sub count_of { scalar(my @requests = requests_of(@_)) }


# the names that the gateway was told of this client

sub names_of {
    my ($self, $phone) = @_;

    return map { $self->gateway->hook($_)->{data}{name} }
        $self->requests_of($phone);
}


sub known {
    my ($self, $count) = @_;

    my @phones = map { $self->new_phone } 1 .. ($count || 1);

    $self->put_all(map { [ $_, barcode => $_ ] } @phones);
    $self->drain;
    $self->gateway->forget;

    return wantarray ? @phones : $phones[0];
}


sub rename_to {
    my ($self, $phone, $name) = @_;

    return $self->put($phone, name => $name);
}


sub begin {
    my ($self, %market) = @_;

    $self->gateway->up;
    $self->gateway->always;
    $self->rules;
    $self->drain or die "not drained\n";
    $self->call(requeue => 'all') while $self->status->{dead};
    $self->reload(%market) or die "no reload\n" if %market;
    $self->ready;
    $self->drain;
    $self->client->del($self->key('dead'));
    $self->gateway->forget;
}


sub finish_logs {
    my ($self, @tokens) = @_;

    my $tokens = join '|', map { quotemeta } 'T0ken', @tokens;
    my $logs = $self->nginx->error_log . $self->nginx->log_text('hook.log');

    unlike($logs, qr/$tokens/, 'no token in the logs');
    unlike($logs, qr/38067\d{7}/, '... and no phone');
}


1;
