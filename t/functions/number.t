# Amounts and whole numbers: redis-scripts/number.lua, run inside Redis,
# against an independent computation.

use strict;
use warnings;

use lib 't/lib';

use Math::BigFloat;
use Math::BigInt;

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my $number = slurp(source_dir() . '/redis-scripts/number.lua');
my $most = Math::BigInt->new('999999999999999');

srand($ENV{POLYCARD_SEED} || 20240229);


# what a Lua function of number.lua gives for each text ('none' for nil)

sub lua {
    my ($function, @texts) = @_;

    return @{ $redis->eval(<<"END", 0, @texts) };
$number
for i = 1, #ARGV do
    local n = $function
    ARGV[i] = n and ('%.0f'):format(n) or 'none'
end
return ARGV
END
}


# whole hundredths, half away from zero, by decimal arithmetic

sub expected {
    my ($text) = @_;

    return 'none' if length $text > 63
        || $text !~ /\A-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\z/;

    my ($minus, $digits) = $text =~ /\A(-?)(.*)\z/;

    # too far for digits of this length, and for the memory

    my ($digit_part, $sign) = $digits =~ /\A(.*)e([+-]?)0*[1-9]\d{3}/i;

    if (defined $sign) {
        return $sign ne '-' && $digit_part =~ /[1-9]/ ? 'none' : '0';
    }

    my $hundredths = Math::BigFloat->new($digits)->bmul(100)->badd('0.5')
        ->bfloor;

    return 'none' if $hundredths > $most;
    return $hundredths->is_zero ? '0' : $minus . $hundredths->bstr;
}


sub digits {
    my ($least, $most) = @_;

    return join '', map { int rand 10 } 1 .. $least + int rand $most;
}


sub random_text {
    my $text = rand() < 0.3 ? '-' : '';

    $text .= rand() < 0.2 ? '0' : digits(1, rand() < 0.9 ? 8 : 20);
    $text .= '.' . digits(1, rand() < 0.5 ? 3 : 20) if rand() < 0.7;
    $text .= (qw( e E e- E+ ))[rand 4] . digits(1, 2) if rand() < 0.2;

    # now and then something that is no number any more

    substr($text, rand(length $text), 1) = ('-', '.', 'e', 'x', ' ', '+',
        "\0", '٣')[rand 8] if rand() < 0.1;

    return $text;
}


my %vectors = (
    '0' => '0', '-0' => '0', '-0.001' => '0', '0.00' => '0', '10.50' => 1050,
    '7.5' => 750, '12550' => 1255000, '-0.01' => -1, '0.005' => 1,
    '-0.005' => -1, '0.0049999' => '0', '1.005' => 101, '1.004' => 100,
    '0.30000000000000004' => 30, '3810.17000000000017756' => 381017,
    '1e2' => 10000, '1E+2' => 10000, '150e-2' => 150, '1e-2' => 1,
    '5e-3' => 1, '4e-3' => '0', '1e-99' => '0', '0e999999' => '0',
    '9999999999999.99' => '999999999999999',
    '-9999999999999.99' => '-999999999999999',
    '9999999999999.994' => '999999999999999',
    '0.00000000000000000000001e25' => 10000,
    '100000000000000000000e-20' => 100,
    map({ ($_ => 'none') }
        '', '-', '+1', '1.', '.5', '01', '-01', '00', '1e', '1e+', '1.e1',
        '1,5', ' 1', '1 ', "1\n", "1\0", '0x10', '0X1p3', 'inf', '-inf',
        'nan', 'Infinity', '1e400', '1e999999999999', '9999999999999.995',
        '10000000000000', '1e13', '--1', '1-', '1e1.5', '1.2.3', '٣', '½',
        '1_000', 'true', '1' x 64, '0.' . '1' x 62),
    '0.' . '1' x 61 => 11,
);

my @texts = sort keys %vectors;
my @got = lua('number.parse_amount(ARGV[i])', @texts);

for my $i (0 .. $#texts) {
    (my $shown = $texts[$i]) =~ s/[^ -~]/?/g;

    is($got[$i], $vectors{$texts[$i]}, "amount '$shown'");
    is(expected($texts[$i]), $vectors{$texts[$i]},
        '... and by the other computation');
}


# many at random

my ($count, @wrong) = (0);

for (1 .. 20) {
    my @random = map { random_text() } 1 .. 500;
    my @got = lua('number.parse_amount(ARGV[i])', @random);

    for my $i (0 .. $#random) {
        my $expected = expected($random[$i]);

        $count++ if $expected ne 'none';
        push @wrong, "$random[$i]: $got[$i], not $expected"
            if $got[$i] ne $expected;
    }
}

ok(!@wrong, 'random amounts') or diag(join "\n", @wrong[0 .. 9]);
cmp_ok($count, '>', 5000, '... of which most are amounts');


# printed in the shortest form, which reads back the same

my @hundredths = (0, 1, -1, 9, 10, -10, 99, 100, 101, 110, 1050, -750, 100000,
    '999999999999999', '-999999999999999', '999999999999990',
    map { (rand() < 0.5 ? '-' : '') . (1 + int rand 10 ** int rand 16) }
    1 .. 2000);

my @printed = @{ $redis->eval(<<"END", 0, @hundredths) };
$number
for i = 1, #ARGV do
    ARGV[i] = number.print_amount(tonumber(ARGV[i]))
end
return ARGV
END

my @back = lua('number.parse_amount(ARGV[i])', @printed);

@wrong = grep {
    my $shortest = Math::BigFloat->new($hundredths[$_])->bdiv(100)->bstr;

    $shortest =~ s/(\.\d*?)0+\z/$1/;
    $shortest =~ s/\.\z//;
    $printed[$_] ne $shortest || $back[$_] ne $hundredths[$_];
} 0 .. $#hundredths;

ok(!@wrong, 'amounts are printed in their shortest form')
    or diag(map { "$hundredths[$_]: $printed[$_]\n" } @wrong);


# whole numbers

my %integers = (
    '0' => '0', '7' => '7', '380671112233' => '380671112233',
    '9007199254740991' => '9007199254740991',
    map { ($_ => 'none') } '', '-1', '+1', '01', '00', '1.0', '1e3', ' 1',
        '0x10', 'inf', 'nan', '9007199254740992', '9007199254740993',
        '9999999999999999', '10000000000000000', "1\0", '1' x 100,
);

@texts = sort keys %integers;
@got = lua('number.parse_integer(ARGV[i])', @texts);
is($got[$_], $integers{$texts[$_]}, "whole number '" . substr(
    $texts[$_] =~ s/[^ -~]/?/gr, 0, 20) . "'") for 0 .. $#texts;


# through the functions: the shortest form is what is stored

for my $text (qw( 10.50 7.5 12550 0.10 -3.00 1e3 0 -0 0.30000000000000004
                  100 1000.05 9999999999999.99 0.0 5e-3 )) {
    my $hundredths = Math::BigFloat->new($vectors{$text} || expected($text));

    $f->call(put_client => '380671112233', bonus => $text);
    is($f->stored('client:380671112233')->{bonus},
        $hundredths->bdiv(100)->bstr =~ s/(?<=\.\d)0\z|\.0+\z//r,
        "put_client stores $text in its shortest form");
}

finish();
