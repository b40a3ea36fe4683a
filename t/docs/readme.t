# The documents tell the truth.  Every code block of README.md,
# docs/services.md and docs/directives.md is marked with what it is:
#
#   console            commands and answers, while `make run` is running: run,
#                      and compared
#   console make-run   the output of `make run`: compared
#   sh run             like console, the answer in "text output" after it
#   sh build           not run: its targets and variables are compared with
#                      the Makefile's; t/package/build.t builds
#   sh other-tree      not run, it must be correct shell; t/package/build.t
#                      builds that way
#   sh packages        not run: the names are compared with what
#                      t/scripts/install-deps installs
#   nginx http|market  nginx -t, as all of http {} or of a market's block
#   nginx market hook  the same, of a market with hooks
#   nginx http error   nginx -t fails with the "text error" after it
#
# The example of the README is installed by t/docs/installed.t; what is not run is
# compared with the sources by t/docs/sources.t.

use strict;
use warnings;

use Polycard::Command;
use Polycard::Docs;
use Polycard::Nginx;
use Polycard::Test;

my $root = source_dir();
my @documents = qw( README.md docs/services.md docs/directives.md );
my $made;

my @blocks = marked_blocks([
    'console', 'console installed', 'console make-run', 'sh run',
    'sh install', 'sh remove', 'sh build', 'sh packages', 'sh other-tree',
    'nginx file', 'nginx http', 'nginx market', 'nginx http error',
    'nginx market hook', 'nginx main', 'text output', 'text error', 'text log',
], @documents);

test_sessions($_) for @documents;
test_configurations();

finish();


sub of_kind {
    my ($document, $pattern) = @_;

    return grep { $_->{kind} =~ /^(?:$pattern)$/
        && (!$document || $_->{file} eq $document) } @blocks;
}


# While `make run` is running

sub test_sessions {
    my ($document) = @_;

    my $run = start_run();

    for my $block (of_kind($document, 'console make-run')) {
        my $shown = $block->{text};

        is($shown =~ s/^\$ make run\n// ? 1 : 0, 1, 'make run is shown');
        like_shown($run->{session}->as_shown($made->output),
            $run->{session}->as_shown($shown),
            "$document: what make run prints");
    }

    $run->{session}->run(of_kind($document, 'console|sh run|text output'));

    stop_run();
}


sub start_run {
    my $dir = temp_dir();
    my $port = free_port();

    $made = Polycard::Command->new({ group => 1,
        env => { RUN => "$dir/run", PORT => $port } }, "$root/t/scripts/run");

    wait_until { $made->output =~ /^Ctrl-C/m || !$made->alive } 60, 'make run';

    my $session = Polycard::Docs->new(
        replace => [ [ qr{build/run}, "$dir/run" ],
                     [ qr{127\.0\.0\.1:8080}, "127.0.0.1:$port" ] ],
        shown   => [ [ qr/Bearer [0-9a-f]{32}/, 'Bearer TOKEN' ],
                     [ qr/$dir\/run/, 'build/run' ],
                     [ qr/^\d\d:\d\d:\d\d hook:/m, '12:00:00 hook:' ],
                     [ qr{127\.0\.0\.1:$port}, '127.0.0.1:8080' ] ],
        bin     => { 'redis-cli' => redis_cli('') },
    );

    return { dir => $dir, port => $port, session => $session };
}


sub stop_run {
    $made->signal('TERM');
    ok($made->wait_end, 'make run ends');
}


# Configurations

sub test_configurations {
    my $ca = Polycard::Certificates->new;
    my ($cert, $key) = $ca->issue('client');
    my $nginx = Polycard::Nginx->new(start => 0, http => '', files => {
        'redis-ca.pem'     => slurp($ca->file),
        'redis-client.pem' => slurp($cert),
        'redis-client.key' => slurp($key),
        'access.tokens'  => "first\nsecond\n",
        'redis.password' => "secret\n",
        'hook.token'     => 'T0ken-T0ken-T0ken-T0ken-T0ken-32',
    });

    for my $block (of_kind(undef, 'nginx http')) {
        my ($status, $output) = conf_test($nginx, $block->{text});
        is($status, 0, "$block->{file}:$block->{line}: nginx -t")
            or diag($output);
    }

    for my $block (of_kind(undef, 'nginx market(?: hook)?')) {
        my ($status, $output) = conf_test($nginx, as_market($block));
        is($status, 0, "$block->{file}:$block->{line}: nginx -t")
            or diag($output);
    }

    my @errors = of_kind(undef, 'text error');

    for my $block (of_kind(undef, 'nginx http error')) {
        my $shown = shift(@errors)->{text};
        my ($status, $output) = conf_test($nginx, $block->{text});

        isnt($status, 0, "$block->{file}:$block->{line}: nginx -t fails");

        # where the block begins in the file that was tested

        my ($before) = slurp($nginx->path('test.conf'))
            =~ /\A(.*)^polycard_market/ms;
        my $offset = $before =~ tr/\n//;
        my $file = $nginx->path('test.conf');

        $output =~ s{\Q$file\E:(\d+)}{'/etc/nginx/nginx.conf:'
                                      . ($1 - $offset)}ge;
        like_shown($output, "...\n$shown...\n", '... as is shown');
    }

    is(scalar @errors, 0, 'every error was seen');
}


sub conf_test {
    my ($nginx, $text) = @_;

    $text =~ s{/etc/nginx/polycard|/var/log/nginx}{%%DIR%%}g;
    $text =~ s{listen (\d+);}{listen 127.0.0.1:%%PORT_$1%%;}g;

    return $nginx->conf_test($text);
}


# what a market must have besides

sub as_market {
    my ($block) = @_;

    my ($text, $locations) = ($block->{text}, Polycard::Nginx::services('shop1'));
    my %more = (redis => '127.0.0.1', access_token => 'off',
                card_numbers => 'phone');

    if ($block->{mark} =~ /hook/) {
        $more{hook} = 'https://gate.example.com/';
        $more{hook_token_file} = '/etc/nginx/polycard/hook.token';
        $locations .= 'location = /x { internal; polycard_hook shop1; }';
    }

    delete $more{redis} if $text =~ /^redis_sentinel/m;
    delete $more{access_token} if $text =~ /^access_token_file/m;

    for my $name (sort keys %more) {
        $text .= "$name $more{$name};\n" if $text !~ /^$name\b/m;
    }

    return "polycard_market shop1 {\n$text}\nserver {\nlisten 80;\n"
        . "$locations}\n";
}
