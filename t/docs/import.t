# docs/import.md, file by file and command by command.
#
#   csv|json file=NAME   written there
#   console              run, and the answer compared
#   console failing      the same of commands that do not end with 0
#   csv xlsx=NAME        written as a workbook
#   sql database         a table, for each database
#   console postgresql, mysql    run where that database is installed
#   console mssql        run with a stand-in for bcp
#   ini unit             a line for docs/examples/polycard-import.service

use strict;
use warnings;

use Polycard::Database;
use Polycard::Docs;
use Polycard::Test;
use Polycard::Tools;
use Polycard::Workbook;

my $document = 'docs/import.md';
my $tools = Polycard::Tools->new;
my $redis = '--redis=unix:' . $tools->redis->socket;
my ($table, $line);
my %tool = map { $_ => tool($_) } qw( import export );

my $session = Polycard::Docs->new(
    shown => [ [ qr/^time .*$/m, 'TIME' ] ],
    bin   => { bcp => bcp(), map { ("polycard-$_" => "#!/bin/sh\n"
        . "exec '$tool{$_}' '$redis' \"\$@\"\n") } keys %tool },
);

spew("$session->{dir}/" . s{.*/}{}r, slurp($_))
    for glob source_dir() . '/docs/examples/*.profile';

for my $block (blocks($document)) {
    my $kind = "$block->{lang} $block->{mark}";

    like($kind, qr/^(?:(?:csv|json) file=[\w.]+|csv xlsx=[\w.]+|sql database|ini unit|console (?:failing|postgresql|mysql|mssql)?)$/,
        "$document:$block->{line} is marked: '$kind'");

    if ($block->{mark} =~ /^xlsx=(.*)/) {
        spew("$session->{dir}/$1", workbook(rows => [ map { [ split /;/ ] }
            split /\n/, $block->{text} ]));

    } elsif ($kind eq 'sql database') {
        $table = $block->{text};

    } elsif ($block->{mark} =~ /^(?:postgresql|mysql)$/) {
        test_database($block);

    } elsif ($block->{mark} eq 'unit') {
        $line = $block->{text};

    } elsif ($block->{mark} =~ /^file=(.*)/) {

        # a market of its own begins with its groups
        $tools->client->flushall if $1 eq 'groups.csv';

        spew("$session->{dir}/$1", $block->{text});

    } elsif ($block->{mark} eq 'failing') {
        test_failing($block);

    } else {
        $session->run($block);
    }
}

test_units();
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


# a stand-in: what it would make of the table that the document shows

sub bcp {
    return <<'END';
#!/bin/sh
case "$1" in *'FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES) FROM clients c'*) ;; *) exit 1 ;; esac
[ "$2" = queryout ] || exit 1
cat > "$3" <<'ROWS'
{"id":41,"phone":"+38 (067) 111-22-33","surname":"Шевченко","name":"Тарас","sex":"m","birthday":"19901231","barcode":"4820000000017","bonus":125050.00}
{"id":42,"phone":"0501112234","surname":"Косач \"Українка\"","name":"Леся","sex":"f","birthday":null,"barcode":"4820000000024","bonus":0.00}
ROWS
echo
echo 2 rows copied.
END
}


# in a database with that table

sub test_database {
    my ($block) = @_;

    SKIP: {
        my $database = Polycard::Database->new($block->{mark})
            or skip "$block->{mark} is not installed", 1;

        my ($name, $script) = $database->client;

        chmod 0755, spew("$session->{dir}/bin/$name", $script);

        my @said = $session->shell("cat > table.sql <<'END'\n${table}END",
            $name eq 'psql' ? 'psql -q -d shop -f table.sql'
            : "mariadb -D shop --default-character-set=utf8mb4 < table.sql");

        is($said[1][0], 0, "a table in $name") or diag($said[1][1]);
        $session->run($block);
    }
}


# the units for every night: systemd takes them, and so does the tool

sub test_units {
    my $dir = temp_dir();
    my @units = map { source_dir() . "/docs/examples/polycard-import.$_" }
        qw( service timer );
    my ($command) = slurp($units[0]) =~ /^ExecStart=(.*)/m;
    my ($database) = $line =~ /^ExecStart=(.*)/;

    my $of_market = $command =~ s{/etc/polycard-import/clients.profile}{1c.profile}r
        =~ s{/var/lib/polycard-import/refused.csv}{refused.csv}r
        =~ s{/srv/1c/clients.csv}{1c.csv}r;
    my ($answer) = $session->shell($of_market);
    is($answer->[0], 1, 'the command of polycard-import.service: a row is refused')
        or diag($answer->[1]);
    like($answer->[1], qr/nobody is deleted or moved: a refused record/, '... so nobody goes');

    # what systemd makes of the line
    is($database =~ s/\\\\/\\/r, qq{/bin/sh -c 'psql -d shop -c "\\copy }
        . qq{(SELECT id, phone, name, card AS barcode FROM clients) TO STDOUT }
        . qq{WITH (FORMAT csv, HEADER)" > /var/lib/polycard-import/clients.csv'},
        'the line of a database');

    SKIP: {
        skip 'no systemd-analyze', 3
            if !grep { -x "$_/systemd-analyze" } split /:/, $ENV{PATH};

        for my $unit (@units) {
            my $text = slurp($unit) =~ s{^ExecStart=\Kpolycard-import}{$tool{import}}mr;
            $text =~ s/^(?=ExecStart=)/$line/m;
            spew("$dir/" . $unit =~ s{.*/}{}r, $text);
        }

        my @files = glob "$dir/*";
        my ($status, $said) = run_command(
            { env => { SYSTEMD_UNIT_PATH => "$dir:" } },
            'systemd-analyze', '--man=no', 'verify', @files);
        is($status, 0, 'systemd-analyze verify');
        is($said, '', '... and no complaint');

        ($status, $said) = run_command(qw( systemd-analyze security
            --offline=true --no-pager --threshold=25 ),
            "$dir/polycard-import.service");
        is($status, 0, 'systemd-analyze security: an exposure below 2.5')
            or diag($said);
    }
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
