# Samples of what processes do, taken by perf from new() to report(), by the
# processor's clock: that is to be had in a virtual machine as well.

package Bench::Profile::Samples;

use strict;
use warnings;

use Polycard::Process;
use Polycard::Test ();
use Polycard::Wait;

use Bench::Profile::Parts;

my $HERTZ = 1999;
my $FUNCTIONS = 25;


# name => pid, ...

sub new {
    my ($class, %pids) = @_;

    my $self = bless {
        names => { reverse %pids },
        dir   => Polycard::Test::temp_dir(),
    }, $class;

    $self->{data} = "$self->{dir}/perf.data";
    $self->{pid} = fork_command({ output => "$self->{dir}/perf.log" },
        'perf', 'record', '-q', '-e', 'cpu-clock', '-F', $HERTZ,
        '--call-graph', 'dwarf,16384', '-o', $self->{data},
        '-p', join(',', values %pids));

    wait_for(sub { -s $self->{data} }, 30)
        or die 'perf: ', Polycard::Test::slurp("$self->{dir}/perf.log");

    return $self;
}


# prints it for one of so many, and draws the file

sub report {
    my ($self, $count, $title, $file) = @_;

    kill 'INT', $self->{pid};
    waitpid $self->{pid}, 0;

    my @stacks = $self->stacks;

    for my $name (sort values %{ $self->{names} }) {
        print_parts($count, $name, grep { $_->{name} eq $name } @stacks);
    }

    $self->draw($title, $file, @stacks);
}


# name of the process, and its frames from the outermost: [function, object]

sub stacks {
    my ($self) = @_;

    my ($status, $output) = run_command({ timeout => 600 }, 'perf', 'script',
        '-i', $self->{data}, '-F', 'pid,ip,sym,dso');

    die "perf script: $output\n" if $status;

    my @stacks;

    for my $sample (split /\n\n+/, $output) {
        my ($head, @lines) = split /\n/, $sample;
        my ($pid) = ($head // '') =~ /^\s*(\d+)/ or next;
        my @frames;

        for my $line (@lines) {
            my ($function, $object) = $line =~ /^\s*[0-9a-f]+ (.*) \((.*)\)$/
                or next;

            unshift @frames, [ $function =~ s/\+0x[0-9a-f]+$//r, $object ];
        }

        push @stacks, { name => $self->{names}{$pid} // 'other',
            frames => \@frames } if @frames;
    }

    return @stacks;
}


sub print_parts {
    my ($count, $name, @stacks) = @_;

    my (%part, %function);

    for my $stack (@stacks) {
        my ($function, $object) = @{ $stack->{frames}[-1] };
        my $part = part_of($object, $function);

        $part{$part}++;
        $function{"$function, $part"}++ if $part ne 'kernel';
    }

    my $us = 1e6 / $HERTZ / $count;
    my $table = table("processor time of $name, $count of them", 'us',
        'share');
    my @functions = sort { $function{$b} <=> $function{$a} } keys %function;

    $table->row($_, sprintf('%.1f', $part{$_} * $us),
        percent($part{$_} / @stacks))
        for sort { $part{$b} <=> $part{$a} } keys %part;

    $table->row('all', sprintf('%.1f', @stacks * $us), '');
    $table->row('', '', '');

    $table->row(substr($_, 0, 52), sprintf('%.2f', $function{$_} * $us),
        percent($function{$_} / @stacks))
        for grep { defined } @functions[0 .. $FUNCTIONS - 1];
}


# by the script that comes with Devel::NYTProf

sub draw {
    my ($self, $title, $file, @stacks) = @_;

    my ($script) = grep { -e } map { "$_/Devel/NYTProf/flamegraph.pl" } @INC;
    my %folded;

    $folded{ join ';', $_->{name}, map { $_->[0] =~ tr/; /:_/r }
        @{ $_->{frames} } }++ for @stacks;

    my $input = Polycard::Test::spew("$self->{dir}/folded",
        join '', map { "$_ $folded{$_}\n" } sort keys %folded);

    die "flamegraph.pl of Devel::NYTProf is not there\n" if !$script;

    my ($status, $output) = run_command({}, 'sh', '-c',
        "perl '$script' --title '$title' '$input' > '$file'");

    die "flamegraph.pl: $output\n" if $status;
}


1;
