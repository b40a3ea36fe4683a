# What Redis did from new() to report(): each of its commands, those within
# functions as well, and each function, by the slow log, in which all are.

package Bench::Profile::Redis;

use strict;
use warnings;

use Bench::Profile::Parts;

my $CALLS = 20_000;


sub new {
    my ($class, $client) = @_;

    my $self = bless { client => $client }, $class;

    $client->config('SET', 'slowlog-max-len', $CALLS);
    $client->config('SET', 'slowlog-log-slower-than', 0);
    $client->config('RESETSTAT');
    $client->slowlog('RESET');

    return $self;
}


sub report {
    my ($self, $count) = @_;

    my $client = $self->{client};
    my $stats = $client->info('commandstats');

    $client->config('SET', 'slowlog-log-slower-than', -1);

    print_commands($count, $stats);
    print_functions(@{ $client->slowlog('GET', $CALLS) });
}


sub print_commands {
    my ($count, $stats) = @_;

    my $table = table('commands of Redis', 'each', 'us each');
    my %row;

    for my $name (keys %$stats) {
        my ($calls, $usec) = $stats->{$name} =~ /calls=(\d+),usec=(\d+)/
            or next;

        $row{ $name =~ s/^cmdstat_//r } = [ $calls / $count, $usec / $count ];
    }

    $table->row($_, sprintf('%.2f', $row{$_}[0]), sprintf('%.2f', $row{$_}[1]))
        for grep { $row{$_}[1] >= 0.05 }
            sort { $row{$b}[1] <=> $row{$a}[1] } keys %row;
}


# the last of the calls

sub print_functions {
    my (@calls) = @_;

    my (%time, %count);

    for my $call (grep { lc $_->[3][0] eq 'fcall' } @calls) {
        my $name = $call->[3][1] =~ s/^polycard_//r;

        $time{$name} += $call->[2];
        $count{$name}++;
    }

    my $table = table('functions, of the last calls', 'calls', 'us a call');

    $table->row($_, $count{$_}, sprintf('%.1f', $time{$_} / $count{$_}))
        for sort { $time{$b} <=> $time{$a} } keys %time;
}


1;
