# A Chromium without a screen, driven through chromedriver as the W3C's
# WebDriver says.
#
#   my $browser = Polycard::Browser->new(width => 1200, height => 900);
#   $browser->open($url);
#   $browser->script('return document.title');      # arguments[0] ...
#   $browser->text('h1');                           # innerText of the first
#   $browser->press('Tab');                         # keys, one after the other
#   $browser->size(320, 640);
#   $browser->media('prefers-color-scheme' => 'dark');
#   $browser->screenshot($path);                    # the whole page, PNG
#
#   $browser->console;     # messages of the page and the browser so far,
#                          # "LEVEL: text"
#   $browser->requests;    # addresses that were asked for so far, but for
#                          # those of the browser's own pages
#
# It reaches nothing but 127.0.0.1, and has a profile of its own that goes
# with it.  With POLYCARD_CHROMEDRIVER in the environment that binary is used.

package Polycard::Browser;

use strict;
use warnings;

use parent 'Polycard::Server';

use HTTP::Tiny;
use JSON::MaybeXS ();
use MIME::Base64 qw( decode_base64 );

use Polycard::Process;
use Polycard::Test ();
use Polycard::Wait;

# no other start of the browser may have a say, and nothing leaves the machine

my @arguments = qw(
    --headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run
    --disable-background-networking --disable-component-update --disable-sync
    --disable-dev-shm-usage --disable-breakpad --disable-extensions
    --hide-scrollbars --force-device-scale-factor=1 --no-proxy-server
);
my $resolver = '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1';

# WebDriver's names of keys

my %key = (Tab => "\x{E004}", Enter => "\x{E007}", Shift => "\x{E008}",
           Space => ' ', Escape => "\x{E00C}");

my $json = JSON::MaybeXS->new->utf8->allow_nonref;


sub new {
    my ($class, %option) = @_;

    my $self = bless {
        width  => 1200,
        height => 900,
        %option,
        dir      => Polycard::Test::temp_dir(),
        session  => '',
        console  => [],
        requests => [],
        http     => HTTP::Tiny->new(timeout => 120, keep_alive => 0,
                                    proxy => undef, http_proxy => undef),
    }, $class;

    $self->announce->start_driver;

    # on a machine that is short of memory a first tab may die at once

    for my $try (1 .. 3) {
        last if eval {
            $self->start_session;
            $self->size($self->{width}, $self->{height});
        };

        die $@ if $try == 3;
        $self->end_session;
    }

    return $self;
}


sub name { 'browser' }


sub start_driver {
    my ($self) = @_;

    my $output = Polycard::Test::spew("$self->{dir}/chromedriver.log", '');

    $self->spawn(
        { output => $output, group => 1,
          env => { HOME => "$self->{dir}", TMPDIR => "$self->{dir}" } },
        $ENV{POLYCARD_CHROMEDRIVER} || 'chromedriver', '--port=0');

    my $port = wait_for(sub {
        return Polycard::Test::slurp($output) =~ /started .* port (\d+)/
            ? $1 : 0;
    }, 60) or die "chromedriver did not start:\n",
        Polycard::Test::slurp($output);

    $self->{url} = "http://127.0.0.1:$port/session";
}


sub start_session {
    my ($self) = @_;

    my $session = $self->call('POST', '', { capabilities => { alwaysMatch => {
        'goog:chromeOptions' => { args => [ @arguments, $resolver,
            "--user-data-dir=$self->{dir}/profile" ] },
        'goog:loggingPrefs' => { browser => 'ALL', performance => 'ALL' },
        timeouts => { pageLoad => 60_000, script => 60_000 },
    } } });

    $self->{session} = "/$session->{sessionId}";
}


sub end_session {
    my ($self) = @_;

    eval { $self->call('DELETE', '') } if $self->{session};
    $self->{session} = '';

    wait_for(sub { !$self->processes })
        or CORE::kill('KILL', $self->processes);
}


# one command of WebDriver; dies with what the driver says

sub call {
    my ($self, $method, $path, $body) = @_;

    my $answer = $self->{http}->request($method, "$self->{url}$self->{session}$path", {
        headers => { 'Content-Type' => 'application/json; charset=utf-8' },
        $body ? (content => $json->encode($body)) : (),
    });
    my $value = eval { $json->decode($answer->{content})->{value} };

    return $value if $answer->{success};

    die "WebDriver $method $path: ", ref $value eq 'HASH'
        ? "$value->{error}: $value->{message}\n" : "$answer->{content}\n";
}


# a command of Chromium's own protocol

sub command {
    my ($self, $name, %parameters) = @_;

    return $self->call('POST', '/goog/cdp/execute',
        { cmd => $name, params => \%parameters });
}


# What a reader does

sub open {
    my ($self, $url) = @_;

    $self->call('POST', '/url', { url => $url });
}


sub size {
    my ($self, $width, $height) = @_;

    # a window cannot be as narrow as a phone, what is shown can

    $self->command('Emulation.setDeviceMetricsOverride', width => $width + 0,
        height => $height + 0, deviceScaleFactor => 1,
        mobile => JSON::MaybeXS::false);

    return 1;
}


sub media {
    my ($self, %feature) = @_;

    $self->command('Emulation.setEmulatedMedia', features => [
        map { { name => $_, value => $feature{$_} } } sort keys %feature ]);
}


# of an array, all are held down together: [ 'Shift', 'Tab' ]

sub press {
    my ($self, @keys) = @_;

    my @actions = map {
        my @held = map { exists $key{$_} ? $key{$_} : $_ } ref $_ ? @$_ : $_;

        (map({ { type => 'keyDown', value => $_ } } @held),
         map({ { type => 'keyUp', value => $_ } } reverse @held));
    } @keys;

    $self->call('POST', '/actions', { actions => [
        { type => 'key', id => 'keyboard', actions => \@actions } ] });
}


# What there is to see

sub script {
    my ($self, $script, @arguments) = @_;

    return $self->call('POST', '/execute/sync',
        { script => $script, args => \@arguments });
}


sub text {
    my ($self, $selector) = @_;

    my $text = $self->script(
        'const e = document.querySelector(arguments[0]);'
        . 'return e ? e.innerText : ""', $selector);

    return $text;
}


sub title { $_[0]->script('return document.title') }
sub html  { $_[0]->script('return document.documentElement.outerHTML') }


sub screenshot {
    my ($self, $path) = @_;

    my $image = $self->command('Page.captureScreenshot', format => 'png',
        captureBeyondViewport => JSON::MaybeXS::true);

    Polycard::Test::spew($path, decode_base64($image->{data}));
}


# What was said and asked for

sub read_logs {
    my ($self) = @_;

    push @{ $self->{console} }, map { "$_->{level}: $_->{message}" }
        @{ $self->call('POST', '/se/log', { type => 'browser' }) };

    for my $entry (@{ $self->call('POST', '/se/log',
                                  { type => 'performance' }) })
    {
        my $event = $json->decode($entry->{message})->{message};

        push @{ $self->{requests} }, $event->{params}{request}{url}
            if $event->{method} eq 'Network.requestWillBeSent'
               && $event->{params}{request}{url} !~ /^chrome:/;
    }
}


sub console {
    my ($self) = @_;

    $self->read_logs;

    return @{ $self->{console} };
}


sub requests {
    my ($self) = @_;

    $self->read_logs;

    return @{ $self->{requests} };
}


# The end

# the processes of this browser, which its profile's place tells apart

sub processes { processes_with("$_[0]{dir}/profile") }


sub end {
    my ($self) = @_;

    return if !$self->is_mine || !$self->alive;

    $self->end_session;
    $self->kill;
    wait_for(sub { !$self->processes });

    return;
}


1;
