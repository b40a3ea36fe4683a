# docs/hooks.md shows the bytes that are sent: its changes are made one after
# the other, in each of the three formats, and what comes to the gateway is
# what stands below them.
#
#   sh change           commands that change something
#   json                the bodies that follow, in the format post_json
#   http post_json|...  a whole request that follows, in this format

use strict;
use warnings;

use Polycard::Docs;
use Polycard::HookShop;
use Polycard::Test;

my $path = '/api/v1/web_service/call/polycard_hook';
my $document = 'docs/hooks.md';
my @steps = steps(blocks($document));

ok(@steps > 5, 'changes were found');

test_format($_) for qw( post_json post_form get );
test_verdicts();

finish();


# a change with the blocks that follow it

sub steps {
    my @steps;

    for my $block (@_) {
        my $kind = "$block->{lang} $block->{mark}";

        if ($kind eq 'sh change') {
            push @steps, { change => $block, shown => [] };
        } elsif ($kind =~ /^(?:json |http (?:post_json|post_form|get))$/) {
            push @{ $steps[-1]{shown} }, $block;
        } else {
            fail("$block->{file}:$block->{line} is marked: '$kind'");
        }
    }

    return @steps;
}


sub test_format {
    my ($format) = @_;

    my $gateway = Polycard::Gateway->new;
    my $shop = Polycard::HookShop->new(
        gateway => $gateway,
        market  => { hook => $gateway->url($path), hook_format => $format },
    );
    my ($redis_cli) = grep { -x } map { "$_/redis-cli" } split /:/, $ENV{PATH};
    my $session = Polycard::Docs->new(bin => { 'redis-cli' =>
        "#!/bin/sh\nexec $redis_cli -s " . $shop->redis->socket
        . " \"\$@\"\n" });

    $shop->ready;

    for my $step (@steps) {
        my @hooks = hooks($step);

        $session->run($step->{change});

        my @requests = $gateway->wait_requests(scalar @hooks);
        my $place = "$document:$step->{change}{line}";

        ok($shop->drain, "$place, $format: the hooks are accepted");
        is(scalar(@requests = $gateway->requests), @hooks,
            "$place, $format: so many");

        for my $hook (@hooks) {
            my $request = shift @requests or last;

            if ($hook->{body} && $format eq 'post_json') {
                is("$request->{body}\n", $hook->{body}, '... the body');
            } elsif ($hook->{$format}) {
                is(head_and_body($gateway, $request),
                    without_times($hook->{$format}),
                    '... the request');
            }
        }

        $gateway->forget;
    }
}


# One for each line of "json", and one for all blocks of "http" together:
# they are the same hook.

sub hooks {
    my ($step) = @_;

    my (@hooks, %request);

    for my $block (@{ $step->{shown} }) {
        if ($block->{lang} eq 'json') {
            push @hooks, map { { body => $_ } } split /^/, $block->{text};
        } else {
            $request{$block->{mark}} = $block->{text};
        }
    }

    return (@hooks, %request ? \%request : ());
}


sub head_and_body {
    my ($gateway, $request) = @_;

    my $uri = $request->{path};
    my $port = $gateway->port;

    $uri .= "?$request->{query}" if length $request->{query};

    my $text = join "\n", "$request->{method} $uri $request->{version}",
        map { "$_->[0]: $_->[1]" } @{ $request->{headers} };

    $text .= "\n\n$request->{body}" if length $request->{body};
    $text =~ s/127\.0\.0\.1:$port/gate.polycard.club/;

    return without_times("$text\n");
}


sub without_times {
    my ($text) = @_;

    $text =~ s/^webhook-id: \d{13}-\d+$/webhook-id: ID/m;
    $text =~ s/^webhook-timestamp: \d{10}$/webhook-timestamp: TIME/m;

    return $text;
}


# the statuses of the table are those of the sources

sub test_verdicts {
    my $source = slurp(source_dir()
        . '/ngx_polycard_module/core/verdict.c');
    my ($outages) = $source =~ /_outages\[\] = \{(.*?)\};/s;
    my ($row) = slurp(source_dir() . "/$document")
        =~ /^\| (401, [\d, ]+) \| \*\*outage\*\* \|$/m;

    is_deeply([ $row =~ /\d{3}/g ], [ $outages =~ /\d{3}/g ],
        'the statuses that are outages');
}
