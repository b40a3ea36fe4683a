# polycard-check and its report.
#
#   my ($status, $text) = check($url, '--verbose');    # undef: without a URL
#   my ($status, $rows, $report) = report($url, '--write', $phone);
#
# report() asks with the token of these tests.  $rows are the rows that are not
# ok, as "ID result"; $report is all of it.

package Polycard::Check;

use strict;
use warnings;

use Exporter qw( import );
use JSON::MaybeXS ();
use Test::More;

use Polycard::Test;
use Polycard::Tools;

our @EXPORT = qw( check check_token_file report );

our $TOKEN = 'S3cret-t0ken-of-the-test';

my $dir = temp_dir();

# what every report is asked with
our @with = ('--json', '--token-file', check_token_file());


sub check_token_file {
    return spew("$dir/token", "$TOKEN\nanother\n");
}


sub check {
    my ($url, @options) = @_;

    return run_command({ env => { POLYCARD_TOKEN => '' } },
        tool('check'), @options, defined $url ? $url : ());
}


# exit status, the rows that are not ok as "ID result", the whole report

sub report {
    my ($url, @options) = @_;

    my ($status, $output) = check($url, @with, @options);
    my $report = eval { JSON::MaybeXS->new->utf8->decode($output) };

    if (!$report) {
        fail('a report in JSON') or diag($output);
        return ($status, [], {});
    }

    return ($status, [ map { "$_->{id} $_->{result}" }
        grep { $_->{result} ne 'ok' } @{ $report->{rows} } ], $report);
}


1;
