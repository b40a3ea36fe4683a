# Small files that went wrong once: those that no other test of polycard-import
# takes, and that each is taken by one.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Tools;

my $tools = Polycard::Tools->new;
my $redis = $tools->client;
my $cases = source_dir() . '/t/tools/cases';
my $tests = join '', map { slurp($_) } glob source_dir() . '/t/tools/*.t';

for my $file (map { s{.*/}{}r } glob "$cases/*") {
    like($tests, qr/\b\Q$file\E\b/, "$file is taken by a test");
}

test_damage();
test_counter();

finish();


sub import_case {
    my ($file, @options) = @_;

    return $tools->import_file(slurp("$cases/$file"), @options);
}


# a card number as an exponent, an amount that may be a thousand; what stands at
# the ends of others is taken away

sub test_damage {
    my $run = import_case('spreadsheet-damage.csv');

    is_deeply(refusals($run), { 2 => 'barcode is a number with an exponent: a '
        . 'spreadsheet has damaged it; bonus may be thousands or decimals: '
        . '--decimal says which' }, 'spreadsheet-damage.csv: the first row');
    is_deeply([ map { $tools->stored("client:38000000000$_")->{barcode} }
        2 .. 4 ], [ qw( 4820000000017 4820000000024 4820000000031 ) ],
        '... card numbers without what stands at their ends');

    $run = import_case('spreadsheet-damage.csv', '--decimal', 'comma');
    unlike((refusals($run))->{2}, qr/bonus/,
        '... and with --decimal the amount is clear');
}


# the id behind which no other one could be given

sub test_counter {
    $redis->flushall;

    my $run = import_case('id-max.csv');

    is_deeply(refusals($run), { 2 => 'id must have at most 15 digits' },
        'id-max.csv');
    is($redis->get($tools->key('seq:id')), undef, '... the counter is as it was');
}
