# The examples of docs/keyspace.md, pasted into a shell one after another: each
# prints what the manual shows.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Redis;

my $redis = Polycard::Redis->new;
my $dir = temp_dir();
my $manual = slurp(source_dir() . '/docs/keyspace.md');
my ($redis_cli) = grep { -x } map { "$_/redis-cli" } split /:/, $ENV{PATH};

$redis->load_library;

# an nginx has been there: the first sync is over

$redis->client->hset('polycard:{shop1}:meta', sync => 'done');

# redis-cli finds the private server, as the user of the back office (or of
# nginx, whose call one of them is), and prints as it does to a terminal

spew("$dir/redis-cli", "#!/bin/sh\nuser=polycard_office\n"
    . "case \"\$*\" in *polycard_add_client*) user=polycard ;; esac\n"
    . "REDISCLI_AUTH=\$(cat " . $redis->dir . "/\$user.password)\n"
    . "export REDISCLI_AUTH\nexec $redis_cli -s " . $redis->socket
    . " --user \$user --no-raw \"\$@\"\n");
chmod 0755, "$dir/redis-cli";


# ids of a stream are times

sub plain {
    my ($text) = @_;

    $text =~ s/\b\d{13}-\d+$/TIME/mg;
    $text =~ s/^\s*\n//mg;

    return $text;
}


my @examples = $manual =~ /^```sh\n(.*?)^```$/msg;

cmp_ok(@examples, '>', 10, 'there are examples');

for my $example (@examples) {
    my $shown = join '', map { /^# ?(.*\n)/ ? $1 : () }
        split /^/, $example;
    my ($name) = $example =~ /^(.{1,70})/;

    spew("$dir/example", $example);

    my ($status, $output) = run_command(
        { env => { PATH => "$dir:$ENV{PATH}" } }, 'sh', "$dir/example");

    is(plain($output), plain($shown), $name);
}


# every call is in the manual, and in the form of the list

my %known = map { $_ => 1 } map { my %one = @$_; $one{name} }
    @{ +{ @{ $redis->client->function('LIST')->[0] } }->{functions} };

for my $name (sort keys %known) {
    like($manual, qr/FCALL $name 1 <prefix>/, "$name is in the manual");
}

for my $name (sort keys %{ +{ map { $_ => 1 } $manual =~ /(polycard_\w+)/g }
    }) {
    next if $name =~ /^polycard_(?:market|office)$/;

    ok($known{$name}, "$name of the manual exists");
}

finish();
