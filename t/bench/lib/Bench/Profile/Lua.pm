# The time of each part of a function inside Redis: a copy of the library whose own
# functions and commands note what they take (profile.lua), loaded in its place.
#
#   my $lua = Bench::Profile::Lua->new($servers->client, $prefix);
#   ...
#   $lua->report($count);

package Bench::Profile::Lua;

use strict;
use warnings;

use List::Util qw( sum0 );

use Polycard::Test qw( slurp spew );

use Bench::Profile::Parts;

my $LINES = 30;


sub new {
    my ($class, $client, $prefix) = @_;

    $client->function('LOAD', 'REPLACE', text());

    my $self = bless { client => $client, prefix => $prefix }, $class;

    $self->rows;

    return $self;
}


# as redis-scripts/join.sh joins the files

sub text {
    my $dir = Polycard::Test::temp_dir();
    my $from = Polycard::Test::source_dir() . '/redis-scripts';
    my $own = slurp(__FILE__ =~ s/Lua\.pm$/profile.lua/r);

    for my $path (glob "$from/*") {
        my ($file) = $path =~ m{([^/]+)$};

        spew("$dir/$file", $file =~ /^(\w+)\.lua$/
            ? noted($1, slurp($path), $own) : slurp($path));
    }

    my ($status, $said) = Polycard::Test::run_command('sh', "$dir/join.sh",
        "$dir/text");

    die "join.sh: $said\n" if $status;

    return slurp("$dir/text");
}


sub noted {
    my ($file, $text, $own) = @_;

    # before the first call there are no commands to be noted

    return $text . $own if $file eq 'head';

    my ($name, @lines);

    for my $line (split /\n/, $text) {
        $name = $1 if $line =~ /^(?:local )?function ([\w.]+)\(/;

        push @lines, $line =~ s/\bredis\.(p?call)\b/profile.$1/gr;

        next if !defined $name || $line !~ /^end\b|^(?:local )?function .* end$/;

        my $shown = $name =~ /^\Q$file\E[._]/ ? $name : "$file: $name";

        push @lines, "$name = profile.wrap('$shown', $name)";
        $name = undef;
    }

    push @lines, "register('profile', function() return profile.report() end)",
        'profile.is_loaded = true'
        if $file eq 'status';

    return join '', map { "$_\n" } @lines;
}


sub rows {
    my ($self) = @_;

    my $reply = $self->{client}->fcall('polycard_profile', 1, $self->{prefix});
    my %row;

    while (my ($name, $calls, $ns) = splice @$reply, 0, 3) {
        $row{$name}[0] += $calls;
        $row{$name}[1] += $ns;
    }

    return \%row;
}


sub report {
    my ($self, $count) = @_;

    my $row = $self->rows;
    my @names = sort { $row->{$b}[1] <=> $row->{$a}[1] } keys %$row;
    my $all = sum0(map { $_->[1] } values %$row);

    return if $all <= 0;

    my $table = table('parts of the library, without what they call', 'each',
        'us each', 'share');

    for my $name (grep { defined } @names[0 .. $LINES - 1]) {
        my ($calls, $ns) = @{ $row->{$name} };

        $table->row($name, sprintf('%.2f', $calls / $count),
            sprintf('%.2f', $ns / 1000 / $count), percent($ns / $all));
    }

    $table->row('all', '', sprintf '%.2f', $all / 1000 / $count);
}


1;
