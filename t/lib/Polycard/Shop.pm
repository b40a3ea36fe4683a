# A market that is open: a Redis with the library, an nginx with the four
# services of the market shop1 at their usual place, and short names for what
# the tests of the services ask of both.
#
#   my $shop = Polycard::Shop->new(
#       market => { card_numbers => 'pool' },   # over what DEFAULT has; there
#                                               # is no emitter, which would
#                                               # write into Redis as well
#       redis  => { ... },                      # of redis.conf
#       redis_server => $redis,                 # instead of one of its own
#       server => 'location = /x { ... }',      # more for the server
#       http   => 'limit_req_zone ...;',        # more before the server,
#                                               # %%REDIS%% is the address
#       services => '...',                      # instead of the locations
#       workers => 2, ...                       # options of Polycard::Nginx
#   );
#
#   $shop->put($phone, name => 'Olha', barcode => '1');   # polycard_put_client
#   $shop->get('getClient', phone => $phone);   # an answer of Polycard::HTTP
#   $shop->add({ phone => $phone });            # addClient, as JSON
#   is_nok($answer, 400, qr/phone/, 'no phone');

package Polycard::Shop;

use strict;
use warnings;

use Exporter qw( import );
use JSON::MaybeXS ();
use Test::More;

use Polycard::HTTP;
use Polycard::Nginx qw( market services );
use Polycard::Privacy qw( learn_pairs );
use Polycard::Redis;
use Polycard::Test ();

our @EXPORT = qw( is_nok is_record json_text );

our $PATH = '/api/v1/web_service';
our $PREFIX = 'polycard:{shop1}:';


sub new {
    my ($class, %option) = @_;

    my $redis = delete $option{redis_server};

    if (!$redis) {
        $redis = Polycard::Redis->new(%{ delete $option{redis} || {} });
        $redis->load_library;
    }

    my %market = (
        redis        => 'unix:' . $redis->socket,
        access_token => 'off',
        card_numbers => 'ean13 prefix=20',
        redis_timeout => '30s',     # of a busy machine
        emitter      => 'off',
        %{ delete $option{market} || {} },
    );

    my $self = bless { redis => $redis, market => \%market }, $class;

    $self->{part} = { map { $_ => delete $option{$_} }
                      qw( http server services ) };
    $self->{nginx} = Polycard::Nginx->new(%option, http => $self->http_block);
    $self->wait_sync;

    return $self;
}


# Until the first sync is over no card number is issued.  Where the market has
# another Redis there is nothing to wait for.

sub wait_sync {
    my ($self) = @_;

    my %market = %{ $self->{market} };

    # Sentinels lead to it

    my $redis = $market{redis} // 'unix:' . $self->{redis}->socket;

    return if $redis ne 'unix:' . $self->{redis}->socket
        || !$self->{nginx}->workers;

    return $self->sync if ($market{emitter} || '') eq 'off';

    Polycard::Test::wait_for(sub {
        my %status = @{ $self->call('status') };
        return $status{sync} eq 'done';
    }, 30) or die "no first sync:\n", $self->{nginx}->error_log;
}


# nothing is stored, and the market is open

sub flush {
    my ($self) = @_;

    $self->client->flushdb;
    $self->wait_sync;
}


# A market whose nginx have all "emitter off" is never open: here is the other
# host, for as long as its first sync takes.

sub sync {
    my ($self) = @_;

    # somebody else's library may be there instead of ours

    my $reply = eval { $self->call('status') } || [ sync => 'done' ];
    my %status = @$reply;

    return if $status{sync} eq 'done';

    my ($fence, $cursor) = ($self->call('lease', 'test', 60_000)->[0], 0);

    $self->call('settings', $fence, hooks => 0);

    do {
        $cursor = $self->call('sweep_scan', $fence, $cursor, 100)->[0];
    } while ($cursor ne '0');

    $self->call('release', $fence);
}


sub http_block {
    my ($self) = @_;

    my %market = %{ $self->{market} };
    my @directives = map { $_ => $market{$_} }
        grep { defined $market{$_} } sort keys %market;
    my %part = map { $_ => defined $self->{part}{$_} ? $self->{part}{$_} : '' }
        keys %{ $self->{part} };

    my $text = market('shop1', @directives) . $part{http}
        . "server {\n    listen 127.0.0.1:%%PORT_0%%;\n"
        . ($part{services} || services('shop1')) . $part{server} . "}\n";

    $text =~ s/%%REDIS%%/$market{redis}/g if defined $market{redis};

    return $text;
}


# other directives for the market, from now on

sub reload {
    my ($self, %market) = @_;

    $self->{market} = { %{ $self->{market} }, %market };
    $self->{nginx}->configure_http($self->http_block);

    my $done = $self->{nginx}->reload;

    $self->wait_sync;

    return $done;
}


sub redis  { $_[0]{redis} }
sub nginx  { $_[0]{nginx} }
sub client { $_[0]{redis}->client }
sub key    { $PREFIX . $_[1] }


# What is stored

sub call {
    my ($self, $name, @arguments) = @_;

    return $self->client->fcall("polycard_$name", 1, $PREFIX, @arguments);
}


sub put {
    my ($self, $phone, @fields) = @_;

    learn_pairs(@fields) if @fields % 2 == 0;

    return $self->call('put_client', $phone, @fields);
}


# many at once: lists of phone, field, value ...

sub put_all {
    my ($self, @clients) = @_;

    my $redis = $self->client;

    for my $client (@clients) {
        $redis->fcall('polycard_put_client', 1, $PREFIX, @$client,
            sub { die $_[1] if defined $_[1] });
    }

    $redis->wait_all_responses;
}


# past the library: a record as anybody may write it, with its place in the
# index

sub set_raw {
    my ($self, $phone, $position, %fields) = @_;

    learn_pairs(%fields);

    $self->client->hset($self->key("client:$phone"), %fields);
    $self->client->zadd($self->key('clients'), $position, $phone);
}


sub stored {
    my ($self, $phone) = @_;

    return { $self->client->hgetall($self->key("client:$phone")) };
}


# the records of the stream for the back office

sub registered {
    my ($self) = @_;

    my @records = @{ $self->client->xrange($self->key('registered'),
        '-', '+') };

    return map { +{ @{ $_->[1] } } } @records;
}


# all that is stored, less what the emitter writes for itself at any time

sub digest {
    my ($self) = @_;

    my $redis = $self->client;

    return join "\n", map {
        "$_ " . unpack 'H*', $redis->dump($_)
    } grep { !/:(?:lease|seq:lease|meta|canary)$/ } sort $redis->keys('*');
}


# Requests

sub get {
    my ($self, $service, %query) = @_;

    return http_get($self->nginx, "$PATH/$service", query => \%query);
}


# the query as it is

sub get_raw {
    my ($self, $service, $query, %option) = @_;

    return http_get($self->nginx, "$PATH/$service?$query", %option);
}


sub add {
    my ($self, $client, %option) = @_;

    return http_post($self->nginx, "$PATH/addClient",
        type => 'application/json', body => json_text($client), %option);
}


sub json_text {
    my ($value) = @_;

    return JSON::MaybeXS->new->utf8->canonical->encode($value);
}


# Assertions

# the contract's failure: status, text (a pattern or the whole), nothing else

sub is_nok {
    my ($answer, $status, $error, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $json = eval { $answer->json };
    my $text = ref $json eq 'HASH' ? $json->{error} : undef;
    my @faults;

    push @faults, 'status ' . $answer->status if $answer->status != $status;
    push @faults, 'not complete' if !$answer->complete;
    push @faults, 'Content-Type ' . ($answer->header('Content-Type') || '-')
        if ($answer->header('Content-Type') || '') ne 'application/json';
    push @faults, 'no NOK object: ' . $answer->body
        if !defined $text || ($json->{status} || '') ne 'NOK'
           || keys %$json != 2;
    push @faults, "error '$text'"
        if defined $text && (ref $error ? $text !~ $error : $text ne $error);
    push @faults, 'error is not short English'
        if defined $text && $text !~ /\A[ -~]{5,80}\z/;
    push @faults, 'error has digits like a phone'
        if defined $text && $text =~ /\d{6}/;

    ok(!@faults, $what) or diag(join "\n", @faults);
}


# 200 and just this record, or these; its values as in Answer::typed()

sub is_record {
    my ($answer, $typed, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    if ($answer->status != 200
        || ($answer->header('Content-Type') || '') ne 'application/json')
    {
        fail($what);
        diag($answer->raw);
        return;
    }

    is_deeply($answer->typed, $typed, $what) or diag($answer->body);
}


1;
