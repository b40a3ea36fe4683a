# Another market: the four services as the contract has them, in Perl, with
# five clients in memory and one fault at a time.
#
#   my $market = Polycard::FakeMarket->new(token => 'secret', faults => {
#       'a null' => sub { my ($request, $answer) = @_; ... },
#   });
#   $market->mode('a null');        # from now on; 'good': none
#   $market->url;
#
# A request is a hash: method, service, query => {}, headers => {}, body,
# attributes (of addClient), market (this object).  A fault may change the
# answer, a hash: status, body, headers => { name => value }, or do without it:
# raw => $bytes, cut => 1 (half of the body, then closed), hang => 1,
# endless => 1.
#
# tls => [ $certificate, $key ] makes it https; ca => $file wants a certificate of
# this one's from who asks.

package Polycard::FakeMarket;

use strict;
use warnings;

use parent 'Polycard::FakeServer';

use JSON::MaybeXS ();

use Polycard::Server;

my $PATH = '/api/v1/web_service';
my $phone = qr/\A380\d{9}\z/;
my $form = 'application/x-www-form-urlencoded';
my @order = qw( phone surname name middlename email sex birthday barcode bonus
    discount loyalty_group_id );
my $json = JSON::MaybeXS->new->utf8->canonical->allow_nonref;


sub new {
    my ($class, %option) = @_;

    my $socket = Polycard::Server::listen_tcp();

    my @clients = map { {
        phone => 380670000000 + $_ . '', barcode => "10$_",
        name => "Ольга $_", bonus => 12.5, loyalty_group_id => 1,
        sex => 'female', birthday => '20000229',
    } } 1 .. 5;

    utf8::decode($_->{name}) for @clients;

    return $class->launch($socket, port => $socket->sockport,
        clients => \@clients,
        cards => 0, %option);
}


sub name { 'fake market' }
sub port { $_[0]{port} }


sub url {
    my ($self, $host) = @_;

    return sprintf '%s://%s:%d%s', $self->{tls} ? 'https' : 'http',
        $host || '127.0.0.1', $self->{port}, $PATH;
}


# The server: one request a connection, one after the other

sub run {
    my ($self, $socket) = @_;

    while (1) {
        my $client = $socket->accept or next;

        if ($self->{tls}) {
            require IO::Socket::SSL;
            $client = IO::Socket::SSL->start_SSL($client, SSL_server => 1,
                SSL_cert_file => $self->{tls}[0],
                SSL_key_file => $self->{tls}[1],
                $self->{ca} ? (SSL_verify_mode => 3, SSL_ca_file =>
                    $self->{ca}) : ()) or next;
        }

        my $request = $self->receive($client) or next;

        $self->send($client, $request, $self->answer($request));
        close $client;
    }
}


sub receive {
    my ($self, $client) = @_;

    my $input = '';

    while ($input !~ /\r\n\r\n/) {
        sysread $client, $input, 65536, length $input or return;
    }

    my ($head, $body) = split /\r\n\r\n/, $input, 2;
    my ($first, @lines) = split /\r\n/, $head;
    my ($method, $target) = split / /, $first;
    my ($path, $query) = split /\?/, $target, 2;
    my %headers = map { my ($name, $value) = split /:\s*/, $_, 2;
                        (lc $name => $value) } @lines;

    while (length $body < ($headers{'content-length'} || 0)) {
        sysread $client, $body, 65536, length $body or return;
    }

    return {
        method => $method, service => $path =~ m{\A$PATH/(\w+)\z},
        query  => pairs($query), headers => \%headers, body => $body,
        market => $self,
    };
}


sub pairs {
    my ($text) = @_;

    my %pairs = map { split /=/, $_, 2 } grep { /=/ } split /&/,
        defined $text ? $text : '';

    s/\+/ /g, s/%(..)/chr hex $1/ge for values %pairs;

    return \%pairs;
}


sub send {
    my ($self, $client, $request, $answer) = @_;

    if ($answer->{hang}) {
        1 while sysread $client, my $nothing, 65536;
        return;
    }

    my $body = $request->{method} eq 'HEAD' ? '' : $answer->{body};
    my %headers = ('Content-Type' => 'application/json',
        'Content-Length' => length $answer->{body}, Connection => 'close',
        %{ $answer->{headers} || {} });

    delete $headers{'Content-Length'} if $answer->{endless};
    substr($body, length($body) / 2) = '' if $answer->{cut};

    my $bytes = $answer->{raw} || join '', "HTTP/1.1 $answer->{status} X\r\n",
        map({ "$_: $headers{$_}\r\n" } sort grep { defined $headers{$_} }
            keys %headers), "\r\n", $body;

    syswrite $client, $bytes;

    if ($answer->{endless}) {
        1 while syswrite $client, ' ' x 65536;
    }
}


# The services

sub answer {
    my ($self, $request) = @_;

    my $fault = $self->{faults}{$self->mode};
    my $answer = eval { $self->good($request) } || nok(500, "$@");

    $fault->($request, $answer) if $fault;

    return $answer;
}


sub ok {
    my ($value, %headers) = @_;

    return { status => 200, headers => \%headers,
             body => ref $value ? $json->encode($value) : $value };
}


sub nok {
    my ($status, $error, %headers) = @_;

    return { status => $status, headers => \%headers,
             body => $json->encode({ status => 'NOK', error => $error }) };
}


# for JSON: numbers as numbers

sub records {
    my @records = @_;

    return map { my %record = %$_;
        defined $record{$_} and $record{$_} += 0
            for qw( bonus discount loyalty_group_id );
        \%record } @records;
}


sub good {
    my ($self, $request) = @_;

    my $bearer = $request->{headers}{authorization} || '';
    my $token = $bearer =~ /^Bearer (.*)/ ? $1 : $request->{query}{token};

    return nok(401, 'an access token is needed')
        if defined $self->{token} && ($token || '') ne $self->{token};

    my $service = $request->{service} || '';
    my $allowed = $service eq 'addClient' ? 'POST' : 'GET, HEAD';

    return nok(404, 'there is no such service') if !$self->can("do_$service");
    return nok(405, 'this method is not allowed', Allow => $allowed)
        if $allowed !~ /\b$request->{method}\b/;

    my $method = "do_$service";

    return $self->$method($request);
}


sub do_getGroups {
    return ok('[{"id":1,"title":"One","loyaltyType":"bonuses",'
        . '"loyaltyQuantity":5.5,"active":true},{"id":2,"title":"Two",'
        . '"loyaltyType":"discount","loyaltyQuantity":7}]');
}


sub do_getClient {
    my ($self, $request) = @_;

    my ($key, @more) = grep { defined $request->{query}{$_} }
        qw( phone barcode );

    return nok(400, 'phone or barcode, one of them') if !$key || @more;

    my $value = $request->{query}{$key};

    return nok(400, 'phone must be 380 and 9 digits')
        if $key eq 'phone' && $value !~ $phone;

    my ($client) = grep { $_->{$key} eq $value } @{ $self->{clients} };

    return $client ? ok(records($client)) : nok(404, 'no such client');
}


sub do_getClients {
    my ($self, $request) = @_;

    my $query = $request->{query};
    my %number = (limit => 100, offset => 0, %$query);

    for my $name (qw( limit offset after )) {
        return nok(400, "$name is wrong")
            if defined $number{$name} && $number{$name} !~ /\A\d{1,15}\z/;
    }

    return nok(400, 'limit is wrong')
        if $number{limit} < 1 || $number{limit} > 1000;
    return nok(400, 'offset and after are both given')
        if defined $query->{offset} && defined $query->{after};

    my @clients = @{ $self->{clients} };
    my $from = defined $query->{after} ? $query->{after} : $number{offset};
    my @page = $from < @clients ? @clients[$from .. $#clients] : ();

    splice @page, $number{limit} if @page > $number{limit};

    my $next = $from + @page;

    return ok([ records(@page) ], 'X-Total-Count' => scalar @clients,
        @page ? (Link => "<$PATH/getClients?after=$next&limit=$number{limit}>"
            . '; rel="next"') : ());
}


sub do_addClient {
    my ($self, $request) = @_;

    my $new = attributes($request);

    return nok(415, 'this type is not taken') if !$new;

    my $fault = fault($new);
    my $text = $json->encode($new);

    return nok(400, $fault) if $fault;

    my $added = $self->{added}{$new->{phone}};

    return $added->{sent} eq $text ? ok($added->{answer})
        : nok(409, 'the client already has a card') if $added;
    return nok(409, 'the client already has a card')
        if grep { $_->{phone} eq $new->{phone} } @{ $self->{clients} };

    my $n = ++$self->{cards};
    my $answer = qq({"status":"OK","id":$n,"code":"20$n"});

    $self->{added}{$new->{phone}} = { sent => $text, answer => $answer };
    push @{ $self->{clients} }, { %$new, barcode => "20$n" };

    return ok($answer);
}


sub attributes {
    my ($request) = @_;

    my $type = $request->{headers}{'content-type'} || '';
    my $body = $request->{body};

    return $json->decode($body) if $type eq 'application/json';
    return pairs($body) if $type eq $form;
    return { $body =~ /name="(\w+)"\r\n\r\n(.*?)\r\n/g }
        if $type =~ m{^multipart/form-data};
    return;
}


sub fault {
    my ($new) = @_;

    return 'phone must be 380 and 9 digits' if ($new->{phone} || '') !~ $phone;
    return 'barcode cannot be given' if defined $new->{barcode};

    for my $name (grep { defined $new->{$_} } @order) {
        return "$name is no text" if $new->{$name} =~ /[\0-\x1f]|\xff/
            || length $new->{$name} > 255;
    }

    return;
}


1;
