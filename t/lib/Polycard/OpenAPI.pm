# What t/openapi says of a document of OpenAPI, and of recorded exchanges.
#
#   my ($status, $output) = check_document($path);
#   my ($checked, $seen, $faults) = check_exchanges($path, $folder);
#   test_official($path);             # two tests
#   ok(all_refused($path, 's/OK/NOK/', @exchanges), 'what');

package Polycard::OpenAPI;

use strict;
use warnings;

use Exporter qw( import );
use JSON::MaybeXS ();
use Test::More;

use Polycard::Test;

our @EXPORT = qw( check_document check_exchanges test_official all_refused
    recorded );

my $json = JSON::MaybeXS->new->latin1->canonical;


sub check_document { return run_command(tool('document.py'), @_) }

sub tool { return source_dir() . "/t/openapi/$_[0]" }


# the validator comes by npm: where it could not be had it cannot be asked

sub test_official {
    my ($document) = @_;

    my $dir = temp_dir();
    my $validator = source_dir()
        . '/build/openapi/node_modules/.bin/validate-api';

    SKIP: {
        skip 'no validator of OpenAPI was installed', 2
            if !-e $validator;

        my ($status, $output) = run_command($validator, $document);

        is($status, 0, 'it is OpenAPI 3.1') or diag($output);

        spew("$dir/wrong.yaml",
            slurp($document) =~ s/requestBody:/requestBodies:/r);
        ($status, $output) = run_command($validator, "$dir/wrong.yaml");

        isnt($status, 0, '... and another one is not');
    }
}


# how many were of the document's, of which kinds, and what is wrong with them

sub check_exchanges {
    my ($document, $folder) = @_;

    my ($status, $output) = run_command(tool('exchanges.py'), $document,
        "$folder");
    my $result = eval { $json->decode($output) };

    if ($status || !$result) {
        fail('the exchanges were looked at') or diag($output);
        return (0, {}, []);
    }

    return @$result{qw( checked seen faults )};
}


sub recorded {
    my ($folder) = @_;

    return map { map { $json->decode($_) } split /\n/, slurp($_) }
        glob "$folder/*.jsonl";
}


# Good exchanges are spoilt: by a substitution in the body, without a header
# ("no ETag"), or as they are (''). Those that can be spoilt this way, at least
# one, must all be refused.

sub all_refused {
    my ($document, $change, @exchanges) = @_;

    my $folder = temp_dir();
    my @spoilt;

    for my $exchange (@{ $json->decode($json->encode(\@exchanges)) }) {

        if ($change =~ /^no (.*)/) {
            my $name = $1;

            $exchange->{headers} = [ grep { $_->[0] ne $name }
                @{ $exchange->{headers} } ];
        } elsif ($change) {
            local $_ = $exchange->{body};
            next if !eval $change;
            $exchange->{body} = $_;
        }

        push @spoilt, $exchange;
    }

    spew("$folder/x.jsonl", join '', map { $json->encode($_) . "\n" } @spoilt);

    my ($checked, $seen, $faults) = check_exchanges($document, $folder);

    return @spoilt && $checked == @spoilt && @$faults >= @spoilt;
}


1;
