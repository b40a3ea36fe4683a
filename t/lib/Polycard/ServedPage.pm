# The status page with figures of a test's own: page and figures are those of a real
# market, and the test changes the figures and serves them instead of the page's own.
#
#   my $served = Polycard::ServedPage->new;
#   my $well = $served->well;         # the figures when all is well, as read
#   $served->serve(change(dclone($well), clients => 0));
#   $served->serve('<html>');         # an answer that is none
#   $served->show;                    # in $served->browser
#
# change(figures, path => value, ...) looks for a path such as "redis.state" at the
# top and in the first market, and dies where there is none.

package Polycard::ServedPage;

use strict;
use warnings;

use Exporter qw( import );
use JSON::MaybeXS;

use Polycard::Browser;
use Polycard::HookShop;
use Polycard::HTTP;
use Polycard::Nginx;
use Polycard::StatusPage ();
use Polycard::Test ();

our @EXPORT_OK = qw( change );

my $json = JSON::MaybeXS->new->utf8->canonical;


sub new {
    my ($class, %option) = @_;

    my $shop = Polycard::HookShop->new(
        market => { card_numbers => 'pool' },
        server => Polycard::HookShop::location('')
            . "location = /polycard { polycard_status; }\n",
    );

    $shop->ready;

    my $self = bless { shop => $shop, well => well_of($shop) }, $class;

    $self->{server} = server_of(http_get($shop->nginx,
        '/polycard?format=html'));
    $self->{browser} = Polycard::Browser->new(width => 390, height => 800);

    # twenty times as often as for people

    $self->{browser}->command('Page.addScriptToEvaluateOnNewDocument',
        source => <<'END');
const wait = window.setTimeout;

window.setTimeout = (call, ms) => wait(call, ms === 2000 ? 100 : ms);
END

    $self->serve($self->{well});
    $self->show;
    Polycard::StatusPage::wait_state($self->{browser}, 'all is well',
        sub { $_[0]{title} eq 'Polycard: all well' });

    return $self;
}


sub well    { $_[0]{well} }
sub browser { $_[0]{browser} }


# one round of the sweep and the first test of events, so that nothing is missing;
# then as all is well, long after the start

sub well_of {
    my ($shop) = @_;

    my $well;

    Polycard::Test::ok(Polycard::Test::wait_for(sub {
        $well = http_get($shop->nginx, '/polycard?format=json')->json;

        return defined $well->{markets}[0]{events}{last}
            && $well->{markets}[0]{redis}{state} eq 'up';
    }, 60), 'the figures of a market');

    return change($well, uptime => 90_000, start_time => $well->{time} - 90_000,
        'hooks.outbox' => 0, 'hooks.outbox_age' => undef,
        clients => 1000, 'card_numbers.left' => 5000, 'bad_records.stored' => 0,
        'events.last' => $well->{time}, 'redis.connected' => 1,
        'redis.append_only' => JSON::MaybeXS::true, 'redis.evicts' => JSON::MaybeXS::false,
        first_sync => 'done', lost_since => undef);
}


sub server_of {
    my ($page) = @_;

    return Polycard::Nginx->new(
        files => { page => $page->body, state => '{}' },
        http  => <<'END' =~ s/POLICY/$page->header('Content-Security-Policy')/er,
server {
    listen 127.0.0.1:%%PORT_0%%;

    location = /polycard {
        if ($arg_format = json) {
            rewrite ^ /state last;
        }

        default_type text/html;
        charset      utf-8;
        alias        %%DIR%%/page;
        add_header   Content-Security-Policy "POLICY";
    }

    location = /state {
        default_type application/json;
        alias        %%DIR%%/state;
    }
}
END
    );
}


sub show {
    my ($self) = @_;

    $self->{browser}->open('http://127.0.0.1:' . $self->{server}->port
        . '/polycard');
}


# path in the first market, or at the top, => value

sub change {
    my ($state, %changes) = @_;

    for my $path (keys %changes) {
        my @names = split /\./, $path;
        my $last = pop @names;
        my $place = exists $state->{$path} ? $state : $state->{markets}[0];

        $place = $place->{$_} for @names;

        die "there is no $path\n" if !exists $place->{$last};

        $place->{$last} = $changes{$path};
    }

    return $state;
}


sub serve {
    my ($self, $state) = @_;

    my $server = $self->{server};

    Polycard::Test::spew($server->path('state.new'),
        ref $state ? $json->encode($state) : $state);
    rename $server->path('state.new'), $server->path('state')
        or die "state: $!\n";
}

1;
