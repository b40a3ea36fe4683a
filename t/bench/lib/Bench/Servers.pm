# A Redis and an nginx with one worker, with sample data, each on its core.
#
# Two cores must do for three busy processes.  nginx, whose time is measured,
# has one of them for itself; wrk and Redis share the other.  With Redis beside
# nginx the ratios were lower, getClient's by a tenth: nginx finds more to do
# at a time while it waits for the core.  So this is the stricter way.

package Bench::Servers;

use strict;
use warnings;

use Time::HiRes qw( time );

use Polycard::Certificates;
use Polycard::HTTP;
use Polycard::Nginx qw( market services );
use Polycard::Redis;
use Polycard::Test ();

use Bench::Call;

our $PREFIX = 'polycard:{bench}:';
our $TOKEN = 'bench-access-token';
our $OFFICE_TOKEN = 'bench-office-token';

# of a sweep that does not hurry: seconds, and calls in them at most
my ($QUIET, $CALLS) = (1, 10);

# a parameter of nginx.conf must fit its buffer of 4096 bytes
my $PIECE = 4000;


# nginx: a class instead of Polycard::Nginx; market, server: more directives;
# tls: two more markets of the same clients, whose Redis is reached by TCP, below
# /tcp/, and by TLS, below /tls/

sub new {
    my ($class, %option) = @_;

    my ($nginx_core, $other_core) = cores();

    my $redis = Polycard::Redis->new(acl => 0,
        $option{tls} ? tls(\%option) : ());
    $redis->load_library;

    my $nginx = ($option{nginx} || 'Polycard::Nginx')->new(
        main      => affinity($nginx_core),
        log_level => 'warn',
        files     => { tokens => "$TOKEN\n", office => "$OFFICE_TOKEN\n" },
        http      => http($redis, \%option, 1, 1),
    );

    my $self = bless {
        redis      => $redis,
        nginx      => $nginx,
        option     => \%option,
        others     => [],
        nginx_core => $nginx_core,
        other_core => $other_core,
    }, $class;

    $self->move_redis($other_core);

    return $self;
}


sub redis  { $_[0]{redis} }
sub nginx  { $_[0]{nginx} }
sub client { $_[0]{redis}->client }
sub key    { $PREFIX . $_[1] }


sub worker {
    my ($self) = @_;

    return ($self->{nginx}->workers)[0];
}


# those that this process may use

sub cores {
    my ($list) = Polycard::Test::slurp('/proc/self/status')
        =~ /^Cpus_allowed_list:\s*(\S+)/m;

    my @cores = map { /(\d+)-(\d+)/ ? $1 .. $2 : $_ } split /,/, $list;

    die "two processor cores are needed\n" if @cores < 2;

    return reverse @cores[0, 1];
}


sub affinity {
    my ($core) = @_;

    return 'worker_cpu_affinity 1' . '0' x $core . ";\n";
}


sub move_redis {
    my ($self, $core) = @_;

    run('taskset', '-acp', $core, $self->{redis}->pid);
}


# No other process takes Redis' core from it from now on, so that what a call takes
# is its own time; whether the user may have that is returned.

sub prefer_redis {
    my ($self) = @_;

    return !system 'chrt', '--all-tasks', '--fifo', '--pid', 1,
        $self->{redis}->pid;
}


# of redis.conf; option then has the port

sub tls {
    my ($option) = @_;

    my $ca = Polycard::Certificates->new;
    my ($certificate, $key) = $ca->issue('redis', 'IP:127.0.0.1');

    $option->{tls} = Polycard::Redis::free_port();
    $option->{ca} = $ca;

    return (
        'tls-port'         => $option->{tls},
        'tls-cert-file'    => $certificate,
        'tls-key-file'     => $key,
        'tls-ca-cert-file' => $ca->file,
        'tls-auth-clients' => 'no',
    );
}


# the same market by other ways

sub markets {
    my ($redis, $option) = @_;

    my %way = (
        tcp => { redis => '127.0.0.1:' . $redis->port },
        tls => { redis => "127.0.0.1:$option->{tls}", redis_ssl => 'on',
                 redis_ssl_trusted_certificate => $option->{ca}->file },
    );

    return map { market($_, %{ $way{$_} },
        key_prefix        => qq{"$PREFIX"},
        access_token_file => '%%DIR%%/tokens',
        card_numbers      => 'ean13 prefix=21') } sort keys %way;
}


sub http {
    my ($redis, $option, $client_size, $page_size) = @_;

    my $more = ($option->{server} || '') =~ s/%%REDIS%%/$redis->socket/gre;

    return market('bench',
            redis             => 'unix:' . $redis->socket,
            access_token_file => '%%DIR%%/tokens',
            card_numbers      => 'ean13 prefix=21',
            %{ $option->{market} || {} })
        . join('', $option->{tls} ? markets($redis, $option) : ())
        . "server {\n"
        . "    listen 127.0.0.1:%%PORT_0%%;\n"
        . "    access_log off;\n"
        . "    keepalive_requests 1000000000;\n"
        . services('bench', '/')
        . join('', map { services($_, "/$_/") } $option->{tls}
            ? qw( tcp tls ) : ())
        . returning('client', $client_size)
        . returning('page', $page_size)
        . "    location = /status { stub_status; }\n"
        . $more
        . "}\n";
}


# an answer of so many bytes from nginx itself

sub returning {
    my ($name, $size) = @_;

    my $pieces = int($size / $PIECE);
    my $set = $pieces ? 'set $piece ' . 'x' x $PIECE . ';' : '';
    my $body = '${piece}' x $pieces . 'x' x ($size % $PIECE);

    return "location = /return/$name {\n"
        . "    default_type application/json;\n"
        . "    $set\n"
        . "    return 200 $body;\n"
        . "}\n";
}


# the answers of nginx itself become as long as those to the paths

sub set_sizes {
    my ($self, @paths) = @_;

    my @sizes = map { $self->size($_) } @paths;

    $self->{nginx}->configure_http(http($self->{redis}, $self->{option},
        @sizes));
    $self->{nginx}->reload or die 'nginx refused: '
        . $self->{nginx}->error_log;

    return @sizes;
}


# a server whose workers do a part of the work

sub add {
    my ($self, $server) = @_;

    push @{ $self->{others} }, $server;
}


sub others { map { $_->workers } @{ $_[0]{others} } }


# so many of those that are loaded, all over the list

sub some_phones {
    my ($self, $count) = @_;

    my $phones = $self->client->zrange($self->key('clients'), 0, -1);
    my $step = int(@$phones / $count);

    return map { $phones->[$step * $_] } 0 .. $count - 1;
}


# on average, of a list of paths

sub size {
    my ($self, $paths) = @_;

    my $connection = Polycard::HTTP->connect($self->{nginx});
    my $sum = 0;

    for my $path (@$paths) {
        my $answer = $connection->request('GET', $path,
            headers => [ Authorization => "Bearer $TOKEN" ]);

        die "$path: status " . $answer->status . "\n"
            if $answer->status != 200;

        $sum += length $answer->body;
    }

    return int($sum / @$paths);
}


# The sample's clients, through the function that a back office calls.  nginx,
# which would take each of them in a second time, does not run meanwhile, and
# finds its first sync done: before that addClient gives out no card number.

sub load {
    my ($self, $count) = @_;

    $self->nginx->stop;
    $self->fill($count);
    $self->sync;
    $self->nginx->start;
}


sub fill {
    my ($self, $count) = @_;

    my $generate = Polycard::Test::source_dir() . '/t/sample/generate';

    $self->pipe_from("'$generate' '$PREFIX' $count");

    my $clients = $self->client->zcard($self->key('clients'));

    die "$clients clients instead of $count\n" if $clients != $count;
}


# as a holder of the lease that is gone at once

sub sync {
    my ($self) = @_;

    my $call = Bench::Call->new($self->redis->socket);
    my $ask = sub { $call->call('FCALL', "polycard_$_[0]", 1, $PREFIX,
        @_[1 .. $#_]) };
    my ($fence, $cursor) = (0, '0');

    Polycard::Test::wait_for(sub {
        return $fence = $ask->('lease', 'load', 600_000)->[0];
    }) or die "the lease is not free\n";

    $ask->('settings', $fence, hooks => 0, initial_sync => 'seed');

    do {
        $cursor = $ask->('sweep_scan', $fence, $cursor, 100)->[0];
    } while ($cursor ne '0');

    $ask->('release', $fence);
}


# the commands that a shell command prints go to Redis in one stream

sub pipe_from {
    my ($self, $command) = @_;

    my $socket = $self->{redis}->socket;
    my $output = run('sh', '-c', "$command | redis-cli -s '$socket' --pipe");

    die $output if $output !~ /errors: 0,/;
}


# everybody whom addClient has brought

sub remove_added {
    my ($self, $base) = @_;

    my $redis = $self->client;
    my $phones = $redis->zrange($self->key('clients'), $base, -1);

    return if !@$phones;

    my $path = Polycard::Test::spew($self->{redis}->dir . '/remove',
        join '', map {
            command('FCALL', 'polycard_delete_client', 1, $PREFIX, $_)
        } @$phones);

    $self->pipe_from("cat '$path'");
    $redis->del($self->key('registered'));
}


# Until the worker has looked at all records, and hurries no more: else its time
# would count as that of requests.

sub settle {
    my ($self) = @_;

    my ($redis, $meta) = ($self->client, $self->key('meta'));
    my ($since, $calls) = (time, 0);

    $redis->hdel($meta, 'round');

    Polycard::Test::wait_for(sub {
        return if time - $since < $QUIET || !$redis->hexists($meta, 'round');

        my ($now) = ($redis->info('commandstats')->{cmdstat_fcall} // '')
            =~ /calls=(\d+)/;
        my $last = $calls;

        ($since, $calls) = (time, $now || 0);

        return $last && $calls - $last <= $CALLS;
    }, 300) or die "the sweep still hurries\n";
}


sub end {
    my ($self) = @_;

    $self->nginx->stop;
    $self->redis->stop;
}


sub command {
    return join '', '*' . @_ . "\r\n",
        map { '$' . length($_) . "\r\n$_\r\n" } @_;
}


sub run {
    my ($status, $output) = Polycard::Test::run_command(
        { timeout => 600 }, @_);

    die "$_[0]: $output\n" if $status;

    return $output;
}


1;
