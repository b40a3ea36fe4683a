# polycard-import and polycard-export: seconds and memory for a million
# clients, which polycard-export writes from the sample's.

package Bench::Import;

use strict;
use warnings;

use POSIX qw( WNOHANG );
use Test::More;
use Time::HiRes qw( sleep time );

use Polycard::Redis;
use Polycard::Test ();

# seconds for new clients, with Redis on the same machine; kB of memory
my $SECONDS = 60;
my $MEMORY = 32 * 1024;


sub run {
    my ($servers, $clients) = @_;

    # one that no nginx looks at
    my $redis = Polycard::Redis->new;
    my %file = map { $_ => $redis->dir . "/clients.$_" } qw( csv jsonl again );

    # a table does not say in which unit its bonuses are, JSON lines do
    my @kopecks = qw( --money kopeck );

    my @done = (
        measure($servers->redis, 'export, CSV', $clients,
            'polycard-export', $file{csv}),
        measure($servers->redis, 'export, JSON lines', $clients,
            'polycard-export', '--format=jsonl', $file{jsonl}),
        measure($redis, 'import, CSV, new', $clients,
            'polycard-import', @kopecks, $file{csv}),
        measure($redis, 'import, CSV, the same', $clients,
            'polycard-import', @kopecks, '--delete-missing', $file{csv}),
        measure($redis, 'import, a trial', $clients,
            'polycard-import', @kopecks, '--dry-run', $file{csv}),
    );

    measure($redis, 'export, CSV', $clients, 'polycard-export', $file{again});
    is(system('cmp', $file{csv}, $file{again}), 0,
        'what was exported, imported and exported is the same');

    $redis->client->flushall;
    push @done, measure($redis, 'import, JSON lines, new', $clients,
        'polycard-import', $file{jsonl});

    table(@done);

    cmp_ok($_->{seconds}, '<', $SECONDS, "$_->{name}: less than $SECONDS s")
        for grep { $_->{name} =~ /new/ } @done;
    cmp_ok($_->{memory}, '<', $MEMORY,
        "$_->{name}: less than 32 MiB of memory") for @done;

    unlink values %file;
    $redis->stop;
}


# runs a tool; the memory is the greatest that it had, the processor time that
# of the tool and of Redis

sub measure {
    my ($redis, $name, $clients, $tool, @arguments) = @_;

    my ($begin, @before) = (time, processor($redis->pid), (times)[2, 3]);
    my $output = $redis->dir . '/output';

    unlink $output;

    my $pid = Polycard::Test::fork_command({ output => $output },
        Polycard::Test::tools_dir() . "/$tool",
        '--redis=unix:' . $redis->socket, '--market=bench', @arguments);
    my $memory = 0;

    while (waitpid($pid, WNOHANG) != $pid) {
        $memory = peak($pid) || $memory;
        sleep 0.02;
    }

    my $status = $?;
    my $seconds = time - $begin;
    my @after = (processor($redis->pid), (times)[2, 3]);

    die "$tool: " . Polycard::Test::slurp($output) if $status;

    return { name => $name, seconds => $seconds, memory => $memory,
             redis => $after[0] - $before[0],
             tool => $after[1] + $after[2] - $before[1] - $before[2],
             rate => $clients / $seconds };
}


# kB; 0 of a process that has just ended

sub peak {
    my ($pid) = @_;

    my $status = eval { Polycard::Test::slurp("/proc/$pid/status") } || '';

    return $status =~ /^VmHWM:\s+(\d+) kB/m ? $1 : 0;
}


# seconds of processor time that a process has had

sub processor {
    my ($pid) = @_;

    return (split ' ', Polycard::Test::slurp("/proc/$pid/schedstat"))[0] / 1e9;
}


sub table {
    my (@done) = @_;

    printf "\n%-26s %8s %10s %8s %8s %10s\n", '', 'seconds', 'a second',
        'tool, s', 'Redis, s', 'memory, kB';

    for my $one (@done) {
        printf "%-26s %8.1f %10.0f %8.1f %8.1f %10d\n",
            @$one{qw( name seconds rate tool redis memory )};
    }

    print "\n";
}


1;
