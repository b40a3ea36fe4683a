# docs/import.md, file by file and command by command.
#
#   csv|json file=NAME   written there
#   console              run, and the answer compared
#   console failing      the same of commands that do not end with 0

use strict;
use warnings;

use Polycard::Docs;
use Polycard::Test;
use Polycard::Tools;

my $document = 'docs/import.md';
my $tools = Polycard::Tools->new;
my $redis = '--redis=unix:' . $tools->redis->socket;
my %tool = map { $_ => tool($_) } qw( import export );

my $session = Polycard::Docs->new(
    shown => [ [ qr/^time .*$/m, 'TIME' ] ],
    bin   => { map { ("polycard-$_" => "#!/bin/sh\n"
        . "exec '$tool{$_}' '$redis' \"\$@\"\n") } keys %tool },
);

spew("$session->{dir}/" . s{.*/}{}r, slurp($_))
    for glob source_dir() . '/docs/examples/*.profile';

for my $block (blocks($document)) {
    my $kind = "$block->{lang} $block->{mark}";

    like($kind, qr/^(?:(?:csv|json) file=[\w.]+|console (?:failing)?)$/,
        "$document:$block->{line} is marked: '$kind'");

    if ($block->{mark} =~ /^file=(.*)/) {
        spew("$session->{dir}/$1", $block->{text});

    } elsif ($block->{mark} eq 'failing') {
        test_failing($block);

    } else {
        $session->run($block);
    }
}

test_columns();
test_options();
test_speed();

finish();


# microseconds a record here, and what docs/first-market.md shows

sub test_speed {
    my $text = slurp(source_dir() . "/$document");
    my ($least) = $text =~ /about (\d+)\s+microseconds a record/;
    my ($slow, $fast) = map { tr/,//dr }
        $text =~ /: ([\d,]+) to ([\d,]+) records a second/;
    my ($seconds, $shown) = slurp(source_dir() . '/docs/first-market.md')
        =~ /^time +([\d.]+) s, (\d+) records a second$/m;

    cmp_ok(abs(1e6 / $fast - $least), '<', $least / 10,
        'at best as many records a second as the microseconds say');
    cmp_ok(abs(1e6 / $slow - 2 * $least), '<', $least / 5,
        '... and half of them on a busy machine');
    ok($slow <= $shown && $shown <= $fast,
        'docs/first-market.md shows a speed between them');
    cmp_ok(abs(100_000 / $seconds - $shown), '<', $shown / 50,
        '... which fits its seconds');
}


# the first command fails; the others, if any, do not

sub test_failing {
    my ($block) = @_;

    my @commands = commands($block);
    my @answers = $session->shell(map { $_->[0] } @commands);

    isnt($answers[0][0], 0, "$commands[0][0] fails");

    for my $i (0 .. $#commands) {
        like_shown($session->as_shown($answers[$i][1]),
            $session->as_shown($commands[$i][1]), "... $commands[$i][0]");
    }
}


# the tables name what a wrong column is answered with

sub test_columns {
    my $text = slurp(source_dir() . "/$document");

    for my $kind ([ 'clients' ], [ 'groups', '--groups' ]) {
        my ($name, @option) = @$kind;
        my ($table) = $text =~ /^\| of $name.*?\n((?:\|.*\n)+)/m;
        my @documented = map { /`(\w+)`/g } $table =~ /^\|([^|]*)\|/mg;
        my $run = $tools->import_file("x\n", @option);
        my ($known) = $run->{err} =~ /must name the attributes: (.*) \(--/;

        is_deeply([ sort @documented ], [ sort split /, /, $known || '' ],
            "the columns of $name are those of the tool");
    }
}


# every option that the document names exists

sub test_options {
    my $help = join '', map { $tools->run(undef, $_, '--help')->{out} }
        values %tool;

    for my $option (sort keys %{ { map { $_ => 1 }
        slurp(source_dir() . "/$document") =~ /`(--[a-z-]+)/g } })
    {
        like($help, qr/ \Q$option\E\b/, "$option is an option");
    }
}
