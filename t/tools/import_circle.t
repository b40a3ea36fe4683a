# Whatever polycard-export writes reads back as the same market, in any
# encoding, with any delimiter, as a table, a workbook or JSON, compressed or
# not, with any of its forms.  SEED= repeats a run, ROUNDS= makes more of them.

use strict;
use warnings;
use utf8;

use lib 't/lib';

use Compress::Zlib ();
use Encode qw( decode encode );

use Polycard::Test;
use Polycard::Tools;
use Polycard::Workbook;

my $tools = Polycard::Tools->new;
my $redis = $tools->client;
my $seed = $ENV{SEED} || 1 + $$ % 100_000;
my $rounds = $ENV{ROUNDS} || 40;

# letters that an encoding has, and signs that a table may stumble over

my $cyrillic = join '', map({ chr } 0x410 .. 0x44f), 'ЄєІіЇїҐґ';
my @signs = (q{"}, q{""}, ',', ';', '|', "'", ' ', '  x', 'x ', '=1+1', '+1',
    '@x', '#', '\\', '\\n', '{}', '[', 'null', '0', '007', '%', '/', '<&>',
    '_x0041_', 'sep=', 'phone', '1E+5x');
my %letters = ('UTF-8' => "\x{1f600}\x{20ac}\x{17b}ł\x{a0}x", 'UTF-16LE' =>
    "\x{1f600}\x{20ac}x", 'UTF-16BE' => "\x{17b}\x{a0}x", 'cp1251' =>
    "\x{2116}\x{ab}\x{20ac}", 'koi8-u' => '');

srand $seed;

for my $round (1 .. $rounds) {
    my $encoding = (sort keys %letters)[rand keys %letters];

    market(1 + int rand 30, $encoding);
    circle($round, $encoding);
}

finish();


sub pick { $_[rand @_] }


sub text {
    my ($encoding) = @_;

    my @letters = split //, $cyrillic . $letters{$encoding};
    my $text = join '', map { rand() < 0.3 ? pick(@signs) : pick(@letters) }
        1 .. 1 + rand 8;

    # spaces alone, or what a spreadsheet shows instead of a value

    return $text =~ /[^\s#]/ ? $text : "${text}ж";
}


sub market {
    my ($count, $encoding) = @_;

    $redis->flushall;

    for my $i (1 .. 3) {
        put('group', $i, title => encode('UTF-8', "Група $i"), loyaltyType => 'bonuses',
            loyaltyQuantity => $i);
    }

    for my $i (1 .. $count) {
        my %client = (barcode => pick(sprintf('%013d', 7 * $i), "ЖЇ $i",
            "0$i", "x\"$i;"));

        for my $name (qw( surname name middlename email )) {
            $client{$name} = text($encoding) if rand() < 0.6;
        }

        $client{sex} = pick(qw( male female )) if rand() < 0.6;
        $client{birthday} = sprintf '%04d%02d%02d', 1930 + rand 80,
            1 + rand 12, 1 + rand 28 if rand() < 0.6;
        $client{bonus} = pick(0, 1000, 1250, sprintf('%.2f', rand 1e6),
            -5.5, 125) if rand() < 0.6;
        $client{discount} = pick(0, 5, '7.5', '0.13', 1000) if rand() < 0.5;
        $client{loyalty_group_id} = 1 + int rand 3 if rand() < 0.6;
        $client{id} = $i * 3 if rand() < 0.6;

        put('client', sprintf('380%09d', $i * 104729 % 1e9),
            map { $_ => encode('UTF-8', $client{$_}) } keys %client);
    }
}


sub put {
    my ($name, @arguments) = @_;

    return $redis->fcall("polycard_put_$name", 1, $tools->key(''), @arguments);
}


# the forms in which the values are written, and what says so to the import

sub forms {
    my $money = pick(qw( kopeck hryvnia ));
    my $decimal = pick(qw( comma point ));
    my @export = ('--money', $money, '--decimal', $decimal);
    my @import = @export;

    push @export, '--phone', pick(qw( plus national signs )) if rand() < 0.5;
    push @export, '--text-cards' if rand() < 0.3;
    push @export, '--group-titles' if rand() < 0.3;

    if (rand() < 0.6) {
        my $order = pick(qw( dmy mdy ymd ));

        push @export, '--date', $order;
        push @import, '--date', $order if $order ne 'ymd';
    }

    if (rand() < 0.4) {
        my @words = ('--sex', 'пан=male', '--sex', 'Пані=female');

        push @export, @words;
        push @import, @words;
    }

    push @export, '--map', 'Тел. 1=phone' if rand() < 0.3;
    push @import, '--map', 'Тел. 1=phone' if $export[-1] eq 'Тел. 1=phone';

    return map { [ map { encode('UTF-8', $_) } @$_ ] } \@export, \@import;
}


sub circle {
    my ($round, $encoding) = @_;

    my ($export, $import) = forms();
    my $delimiter = pick(',', ';', 'tab', '|');
    my $kind = rand() < 0.15 ? 'jsonl' : rand() < 0.3 ? 'xlsx' : 'csv';
    my @how = $kind eq 'jsonl' ? ('-f', 'jsonl') : ('-d', $delimiter, @$export);
    my $digest = $tools->digest;
    my %text;

    if ($kind eq 'jsonl') {
        %text = map { $_ => $tools->export(@how, split ' ', $_)->{out} }
            '', '-g';
    }

    if ($kind ne 'jsonl') {
        $text{''} = $tools->export(@how)->{out};
        $text{'-g'} = $tools->export('-g', '-d', $delimiter)->{out};
    }

    my $gz = rand() < 0.2 && $kind ne 'xlsx';
    my $bytes = sub { $kind eq 'xlsx' ? book($_[0], $delimiter)
        : $kind eq 'jsonl' ? $_[0] : table($_[0], $encoding) };
    my $name = "round $round of SEED=$seed: $kind @how"
        . ($kind eq 'csv' ? " $encoding" : '') . ($gz ? ' gzip' : '');

    $redis->flushall;

    for my $groups ('-g', '') {
        my $input = $bytes->($text{$groups});
        my @given = $kind eq 'csv' && rand() < 0.3
            ? ('--encoding', $encoding) : ();

        # few letters tell nothing of an encoding, and a file of the groups
        # has none of the clients' forms

        push @given, '--encoding', $encoding
            if $kind eq 'csv' && !@given && $encoding =~ /cp1251|koi8/;

        my $run = $tools->import_file($gz ? Compress::Zlib::memGzip($input)
            : $input, @given, $groups ? '-g' : $kind eq 'jsonl' ? ()
            : @$import);

        is($run->{status}, 0, "$name $groups") or diag($run->{err},
            $run->{refused} || '');
    }

    is($tools->digest, $digest, '... the same market');
}


sub table {
    my ($text, $encoding) = @_;

    my $chars = decode('UTF-8', $text);

    $chars =~ s/\r\n/\n/g if rand() < 0.4;
    $chars =~ s/\r\n/\r/g if rand() < 0.2;
    $chars = "\x{feff}$chars" if $encoding =~ /UTF-16/
        || ($encoding eq 'UTF-8' && rand() < 0.5);

    return encode($encoding, $chars);
}


# all cells are texts there

sub book {
    my ($text, $delimiter) = @_;

    my $sign = $delimiter eq 'tab' ? "\t" : $delimiter;
    my @rows;

    for my $line (split /\r\n/, $text) {
        my @cells;

        while ($line =~ /\G(?:"((?:[^"]|"")*)"|([^\Q$sign\E]*))(?:\Q$sign\E|\z)/g) {
            my $cell = defined $1 ? $1 =~ s/""/"/gr : $2;

            push @cells, length $cell
                ? $cell =~ s/_(?=x[0-9A-F]{4}_)/_x005F_/gr : undef;
            last if pos($line) == length $line;
        }

        push @rows, \@cells;
    }

    return workbook(rows => \@rows, inline => rand() < 0.3,
        stored => rand() < 0.3);
}
