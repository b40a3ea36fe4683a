# An nginx whose worker runs under callgrind: instructions and system calls are
# counted from begin() to report().

package Bench::Profile::Callgrind;

use strict;
use warnings;

use parent -norequire, 'Polycard::Nginx';

use Polycard::Nginx;
use Polycard::Test ();

use Bench::Profile::Parts;

my $FUNCTIONS = 30;


sub command {
    my ($self, $name) = @_;

    return ('valgrind', '-q', '--tool=callgrind', '--trace-children=yes',
        '--instr-atstart=no', '--collect-systime=yes',
        '--callgrind-out-file=' . $self->path('callgrind.%p'),
        $self->SUPER::command($name));
}


# a process under valgrind keeps its title to itself

sub workers {
    my ($self) = @_;

    return if !$self->{pid};

    my $children = "/proc/$self->{pid}/task/$self->{pid}/children";

    return -e $children ? split ' ', Polycard::Test::slurp($children) : ();
}


sub begin {
    my ($self) = @_;

    $self->control('-i', 'on');
}


# dumps what was counted into the file, and prints it for one of so many

sub report {
    my ($self, $count, $file) = @_;

    $self->control('-d');
    $self->control('-i', 'off');

    my @dumps = sort glob $self->path('callgrind') . ".*.*";
    my %file = map { $_ => -s } @dumps;
    my ($dump) = sort { $file{$b} <=> $file{$a} } @dumps;

    die "callgrind has written nothing\n" if !$dump;

    rename $dump, $file or die "$file: $!\n";

    my @rows = $self->rows($file);

    print_parts($count, @rows);
    print_functions($count, @rows);
    print_calls($count, @rows);
}


sub control {
    my ($self, @arguments) = @_;

    my ($worker) = $self->workers;
    my ($status, $output) = Polycard::Test::run_command({ timeout => 120 },
        'callgrind_control', @arguments, $worker);

    die "callgrind_control: $output\n" if $status || $output =~ /not/i;
}


# a function each: ir, calls of the system, name, object

sub rows {
    my ($self, $dump) = @_;

    my ($status, $output) = Polycard::Test::run_command({ timeout => 120 },
        'callgrind_annotate', '--threshold=100', '--auto=no',
        '--show-percs=no', '--show=Ir,sysCount', $dump);

    die "callgrind_annotate: $output\n" if $status;

    my @rows;

    for my $line (split /\n/, $output) {
        my ($ir, $calls, $name, $object) = $line
            =~ /^\s*([\d,]+)\s+([\d,.]+)\s+[^:]*:(\S.*?)(?:\s+\[(.*)\])?$/
            or next;

        tr/,.//d for $ir, $calls;

        push @rows, { ir => $ir, calls => $calls || 0, name => $name,
            part => part_of($object // '', $name) };
    }

    return @rows;
}


sub print_parts {
    my ($count, @rows) = @_;

    my (%sum, $all);

    for my $row (@rows) {
        $sum{ $row->{part} } += $row->{ir};
        $all += $row->{ir};
    }

    my $table = table("instructions, $count of them", 'each', 'share');

    $table->row($_, whole($sum{$_} / $count), percent($sum{$_} / $all))
        for sort { $sum{$b} <=> $sum{$a} } keys %sum;

    $table->row('all', whole($all / $count), '');
}


sub print_functions {
    my ($count, @rows) = @_;

    my $table = table('functions', 'each', '');

    @rows = sort { $b->{ir} <=> $a->{ir} } @rows;

    for my $row (grep { defined } @rows[0 .. $FUNCTIONS - 1]) {
        $table->row(substr("$row->{name}, $row->{part}", 0, 52),
            whole($row->{ir} / $count), '');
    }
}


sub print_calls {
    my ($count, @rows) = @_;

    my $table = table('system calls', 'each', '');

    @rows = sort { $b->{calls} <=> $a->{calls} } @rows;

    $table->row($_->{name}, sprintf('%.3f', $_->{calls} / $count), '')
        for grep { $_->{calls} / $count >= 0.001 } @rows;

    my $all = 0;

    $all += $_->{calls} for @rows;

    $table->row('all', sprintf('%.3f', $all / $count), '');
}


1;
