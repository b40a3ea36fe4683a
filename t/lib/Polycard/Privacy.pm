# What a log must not hold: phones, and the tokens, names, e-mail addresses and
# card numbers that a test has used.  The harness learns them by itself: from
# requests, from what is in Redis, from the files of secrets; at the end of a
# test Polycard::Nginx looks for all of them in its logs.
#
#   learn('a name', 'Olha-Sofiia');
#   my @bad = leaks([qr/lines that may/], @lines);   # "a phone: the line"

package Polycard::Privacy;

use strict;
use warnings;

use Exporter qw( import );
use JSON::MaybeXS ();
use Redis;

use Polycard::Test ();

our @EXPORT_OK = qw( learn learn_request learn_pairs learn_redis
    learn_secrets leaks );

# a request that nginx could not read has no location: the line is nginx's own

my $before_location =
    qr/\[info\] .* while reading client request (?:line|headers)/;

my %kind = (
    phone       => 'a phone',
    surname     => 'a name',
    name        => 'a name',
    middlename  => 'a name',
    email       => 'an e-mail address',
    barcode     => 'a card number',
    token       => 'a token',
);

my $names = join '|', sort { length $b <=> length $a } keys %kind;

# at so many different texts the rest adds nothing

my $MAX = 20000;

my (%known, $pattern);


sub learn {
    my ($kind, @texts) = @_;

    for my $text (@texts) {
        next if !defined $text || ref $text;

        utf8::encode($text) if utf8::is_utf8($text);

        next if !is_telling($text) || $known{$text} || keys %known >= $MAX;

        $known{$text} = $kind;
        $pattern = undef;
    }
}


# what could stand in a log by chance proves nothing: short texts, numbers like
# those of processes and ports, words

sub is_telling {
    my ($text) = @_;

    return length $text >= 4 && length $text <= 255
        && $text !~ /^\d{1,8}$/ && $text !~ /^[a-z]{1,8}$/
        && $text =~ /\w|[\x80-\xff]/;
}


sub learn_pairs {
    my (%pairs) = @_;

    learn($kind{$_}, $pairs{$_}) for grep { $kind{$_} } keys %pairs;
}


# the bytes of a request, whatever its form

sub learn_request {
    my ($bytes) = @_;

    learn('a token', $bytes =~ /Bearer (\S+)/g);

    while ($bytes =~ /(?:^|[?&\s])($names)=([^&\s]*)/g) {
        my ($name, $value) = ($1, $2);

        learn($kind{$name}, $value,
            $value =~ tr/+/ /r =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ger);
    }

    while ($bytes =~ /"($names)"\s*:\s*("(?:[^"\\]|\\.)*")/g) {
        my ($name, $value) = ($1, $2);

        learn($kind{$name}, eval { JSON::MaybeXS->new->allow_nonref->decode(
            $value) }, substr $value, 1, -1);
    }

    while ($bytes =~ /name="?($names)"?(?:[^\r\n]*\r\n)+?\r\n(.*?)\r\n--/sg) {
        learn($kind{$1}, $2);
    }
}


# the records that are stored now

sub learn_redis {
    my ($socket, @login) = @_;

    eval {
        my $redis = Redis->new(sock => $socket, cnx_timeout => 2,
            read_timeout => 2, write_timeout => 2, @login);
        my @fields = qw( surname name middlename email barcode );
        my ($cursor, $keys) = (0, undef);

        for (1 .. 20) {
            ($cursor, $keys) = $redis->scan($cursor, MATCH => '*client:*',
                COUNT => 1000);

            for my $key (@$keys) {
                my @values = eval { $redis->hmget($key, @fields) };

                learn_pairs(map { $fields[$_] => $values[$_] } 0 .. $#fields);
            }

            last if !$cursor;
        }
    };
}


# the files that a configuration names as those of secrets

sub learn_secrets {
    my ($config, $dir) = @_;

    while ($config =~ /(?:token|password)_file\s+("?)([^\s;"]+)\1/g) {
        my $path = $2;

        $path = "$dir/$path" if $path !~ m{^/};

        next if !-f $path;

        learn('a token', split /\r?\n/, Polycard::Test::slurp($path));
    }
}


sub leaks {
    my ($allowed, @lines) = @_;

    my $pattern = pattern();
    my @leaks;

    for my $line (@lines) {
        next if $line !~ $pattern;

        my $found = $1;

        next if grep { $line =~ $_ } $before_location, @$allowed;

        push @leaks, ($known{$found} || 'a phone') . " in a log: $line";
    }

    return @leaks;
}


sub pattern {
    return $pattern if $pattern;

    my $texts = join '|', map { quotemeta }
        sort { length $b <=> length $a } keys %known;

    $pattern = $texts eq '' ? qr/(380\d{9})/
        : qr/(380\d{9}|(?<![A-Za-z0-9])(?:$texts)(?![A-Za-z0-9]))/;

    return $pattern;
}


1;
