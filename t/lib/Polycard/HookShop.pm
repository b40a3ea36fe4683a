# A shop whose changes become hooks: Polycard::Shop, a gateway that remembers
# them, and short times.
#
#   my $shop = Polycard::HookShop->new(
#       market  => { hook_attempts => 3 },   # over what DEFAULT has
#       carrier => 'proxy_pass ...;',        # instead of libcurl
#       gateway => $gateway,                 # else one of its own
#       ...                                  # options of Polycard::Shop
#   );
#
#   $shop->ready;               # somebody emits, and events are subscribed to
#   $shop->put(...);  $shop->client->hset(...);
#   my @hooks = $shop->settle;  # all hooks of what was changed so far
#
# A hook as text is "object action data", data as JSON with sorted names.
#
#   $shop->rules([ 'pattern', $answer ], ...);
#
# what the gateway answers, until told otherwise, to a request whose body has
# the pattern: the first that fits, as in Polycard::Gateway.

package Polycard::HookShop;

use strict;
use warnings;

use Exporter qw( import );
use JSON::MaybeXS ();

use Polycard::Condition qw( condition );
use Polycard::Gateway;
use Polycard::Nginx;
use Polycard::Shop;
use Polycard::Test ();

our @ISA = qw( Polycard::Shop );
our @EXPORT = qw( hook_text client_hook bonus_hook group_hook );

our $TOKEN = 'T0ken-T0ken-T0ken-T0ken-T0ken-32';

my $json = JSON::MaybeXS->new->canonical;

# nobody else in a test has these

my $marker_phone = '380000000000';
my $marker_group = '9007199254740991';
my $marks = 0;

my %default = (
    emitter          => undef,
    redis_timeout    => undef,
    hook_insecure    => 'on',
    hook_token_file  => '%%DIR%%/token',
    hook_timeout     => '30s',
    hook_retry       => '50ms',
    lease            => '10s',
    sweep_interval   => '1h',
    delete_guard     => '100%',
);


sub new {
    my ($class, %option) = @_;

    my $rules = Polycard::Test::temp_dir();
    my $gateway = delete $option{gateway}
        || Polycard::Gateway->new(handler => handler("$rules/rules"),
            condition('tls') ? (tls => [ Polycard::Condition::certificate() ])
                             : ());
    my $carrier = delete $option{carrier} || '';
    my %market = (hook => $gateway->url, %default,
        $gateway->{tls} && condition('tls') ? (hook_insecure => undef,
            hook_ssl_trusted_certificate => Polycard::Condition::ca_file())
            : (),
        %{ delete $option{market} || {} });

    if (!defined $market{hook}) {
        delete @market{ grep { /^hook/ } keys %market };
    }

    my $self = $class->SUPER::new(
        files  => { token => "$TOKEN\n" },
        server => $market{hook} ? location($carrier) : '',
        %option,
        market => \%market,
    );

    $self->{gateway} = $gateway;
    $self->{rules} = $rules;

    return $self;
}


sub location {
    my ($carrier) = @_;

    return "location = /polycard-hook { internal; polycard_hook shop1; "
        . "access_log %%DIR%%/hook.log; $carrier }\n";
}


# another host: the same market on the same Redis, an nginx of its own

sub branch {
    my ($self, %option) = @_;

    local $self->{market} = { %{ $self->{market} },
                              %{ delete $option{market} || {} } };

    return Polycard::Nginx->new(files => { token => "$TOKEN\n" }, %option,
        http => $self->http_block);
}


sub gateway { $_[0]{gateway} }


# from now on, with a reload

sub carry_by {
    my ($self, $carrier) = @_;

    $self->{part}{server} = location($carrier);
}


# What the gateway answers

sub handler {
    my ($path) = @_;

    return sub {
        my ($request) = @_;

        return if !-e $path;

        for my $rule (@{ $json->decode(Polycard::Test::slurp($path)) }) {
            my ($pattern, $answer) = @$rule;

            return $answer
                if "$request->{query} $request->{body}" =~ /$pattern/;
        }

        return;
    };
}


sub rules {
    my ($self, @rules) = @_;

    my $path = "$self->{rules}/rules";

    Polycard::Test::spew("$path.new", $json->encode(\@rules));
    rename "$path.new", $path or die "$path: $!\n";

    return $self;
}


# The state

sub status {
    my ($self) = @_;

    my $reply = $self->call('status');

    return { @$reply };
}


# [fence, pid] of the emitter, or nothing

sub holder {
    my ($self) = @_;

    my $lease = $self->client->get($self->key('lease')) || '';

    return $lease =~ m{^(\d+) .*/(\d+)/} ? [ $1, $2 ] : undef;
}


sub subscribers { $_[0]->client->pubsub('NUMPAT') }


sub ready {
    my ($self) = @_;

    Polycard::Test::wait_for(sub {
        return $self->holder && $self->subscribers
            && $self->status->{sync} eq 'done';
    }) or die "nobody emits:\n", $self->nginx->error_log;

    return $self;
}


sub dead {
    my ($self) = @_;

    my @records = @{ $self->client->xrange($self->key('dead'), '-', '+') };

    return map { +{ @{ $_->[1] }, entry => $_->[0] } } @records;
}


# nothing waits, neither in the outbox nor on hold

sub is_drained {
    my ($self) = @_;

    my $status = $self->status;

    return !$status->{outbox} && !$status->{held};
}


sub drain {
    my ($self, $timeout) = @_;

    return Polycard::Test::wait_for(sub { $self->is_drained }, $timeout);
}


# a Redis that is killed, and started again in the same folder

sub kill_redis {
    my ($self) = @_;

    my $redis = $self->redis;

    $redis->signal('KILL');
    Polycard::Test::wait_for(sub { !$redis->alive });
    $redis->stop;
}


sub start_redis {
    my ($self) = @_;

    my $redis = $self->redis;

    $redis->start or die "redis-server did not start again:\n" . $redis->log;
}


sub crash_redis {
    my ($self) = @_;

    $self->kill_redis;
    $self->start_redis;
}


# ... or another one comes to its address

sub fail_over {
    my ($self, $replica) = @_;

    $self->kill_redis;
    $replica->take_over;
    $self->{redis} = $replica;
}


# Hooks

sub hook_text {
    my ($hook) = @_;

    return "$hook->{object} $hook->{action} " . $json->encode($hook->{data});
}


sub client_hook {
    my ($action, $phone, %attributes) = @_;

    return "clients $action "
        . $json->encode({ phone => $phone, %attributes });
}


sub bonus_hook {
    my ($action, $phone, $change, $total) = @_;

    return "bonuses $action " . $json->encode(
        { client_phone => $phone, change => $change, total => $total });
}


sub group_hook {
    my ($action, $id, %attributes) = @_;

    return "loyalty_groups $action "
        . $json->encode({ id => $id, %attributes });
}


# what hooks go in order for

sub key_of {
    my ($hook) = @_;

    my $data = $hook->{data};

    return $hook->{object} eq 'loyalty_groups' ? "group:$data->{id}"
        : $data->{$hook->{object} eq 'clients' ? 'phone' : 'client_phone'};
}


# What no event told is found some time later: waits until a hook with this
# text has come.

sub wait_told {
    my ($self, $text, $timeout) = @_;

    return Polycard::Test::wait_for(sub {
        return grep { index($_->{body}, $text) >= 0 } $self->gateway->requests;
    }, $timeout);
}


# A change of a client and one of a group, by plain commands: once the gateway
# has the hooks of both, all events that came before them have been looked at,
# and once the outbox is empty, it has all hooks.

sub settle {
    my ($self, $timeout) = @_;

    return map { hook_text($_) } $self->settled($timeout);
}


# the same as structures, see Polycard::Gateway::hook()

sub settled {
    my ($self, $timeout) = @_;

    my $mark = 'mark ' . ++$marks;
    my $redis = $self->client;

    $redis->hset($self->key("client:$marker_phone"),
        barcode => 'marker', name => $mark);
    $redis->hset($self->key("group:$marker_group"), title => $mark,
        loyaltyType => 'bonuses', loyaltyQuantity => 1);

    my $done = Polycard::Test::wait_for(sub {
        my @marked = grep { index($_->{body} . $_->{query}, $mark) >= 0
            || $_->{query} =~ /mark%20$marks\b/
            || $_->{body} =~ /mark(?:%20|\+)$marks\b/
        } $self->gateway->requests;

        return @marked >= 2 && $self->is_drained;
    }, $timeout);

    Test::More::fail('the gateway was not told all') if !$done;

    return $self->taken;
}


# all hooks since the last time, but for the markers: those of one client or
# group together, in the order in which they came

sub taken {
    my ($self) = @_;

    my (%hooks, @keys);

    for my $hook ($self->gateway->hooks) {
        my $key = key_of($hook);

        next if $key eq $marker_phone || $key eq "group:$marker_group";

        push @{ $hooks{$key} }, $hook;
    }

    $self->gateway->forget;

    return map { @{ $hooks{$_} } } sort keys %hooks;
}


1;
