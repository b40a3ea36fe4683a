# Who may use whom: the rooms of the module stand in one order, and what a file
# includes and calls lies further down. Includes are read from the sources,
# calls from the symbols of the objects that were built. The simulations of
# t/sim and the tools have rooms of their own, and the same rules.

use strict;
use warnings;

use lib 't/lib';

use File::Basename qw( basename dirname );
use List::Util qw( first );

use Polycard::Test;

# A room and those that it may use. "." is the front door: directives,
# contexts, start and end.

my %MODULE = (
    '.'      => [ qw( conf api office operator hook status http redis counters market
                      nginx core ) ],
    conf     => [ qw( hook status http redis market nginx core ) ],
    api      => [ qw( http redis counters market nginx core ) ],
    office   => [ qw( http redis counters market nginx core ) ],
    operator => [ qw( http redis counters market nginx core ) ],
    hook     => [ qw( http redis counters market nginx core ) ],
    status   => [ qw( http redis counters market nginx core ) ],
    http     => [ qw( redis counters market nginx core ) ],
    redis    => [ qw( counters market nginx core ) ],
    counters => [ qw( market nginx core ) ],
    market   => [ qw( nginx core ) ],
    nginx    => [ qw( core ) ],
    core     => [],
);

my %SIMULATIONS = (
    dispatch => [ qw( base ) ],
    whole    => [ qw( process server keyspace base ) ],
    process  => [ qw( server keyspace base ) ],
    server   => [ qw( keyspace base ) ],
    differ   => [ qw( keyspace base ) ],
    keyspace => [ qw( base ) ],
    base     => [],
);

# A table of xlsx is read as those of import are, by import's own means: of these
# two the files have no circle.

my %TOOLS = (
    import => [ qw( xlsx core ) ],
    xlsx   => [ qw( import core ) ],
    check  => [ qw( core ) ],
);

# One state machine in several files may call in a circle, and nobody else.

my @MACHINES = (
    [ 'the dispatcher', qr{^core/dispatch} ],
    [ 'the connections to Redis and their operations',
        qr{^redis/(?:connections?|guard|leave|library|op|queue)$} ],
    [ 'a hook under way', qr{^hook/request(?:_\w+)?$} ],
    [ 'the emitter', qr{^hook/emitter(?:_\w+)?$} ],
    [ 'a server in virtual time', qr{^server/(?:server|connection|execute)$} ],
    [ 'a process in virtual time',
        qr{^process/(?:process|channel|delivery|memory)$} ],
    [ 'the options of the tools, one of which names a file of options',
        qr{^import/(?:options(?:_help|_table)?|profile)$} ],
);

# what others can see of a source of C

my $FUNCTION = qr/^(?!static)[\w *]+\n(\w+)\([^;{]*\)\n\{/m;
my $VARIABLE = qr/^(?!static|typedef|extern)\w[\w *]*\ [ *]*(\w+)
                  (?:\[\w*\])*(?:\ =|;)/mx;

# found by nginx under this name, and asked for by all who look up their
# configuration: of no room

my $MODULE = 'ngx_polycard_module';

my $root = source_dir() . '/ngx_polycard_module';
my $sim = source_dir() . '/t/sim';
my $tools = source_dir() . '/tools';
my $objects = dirname(module_path()) . '/addon';

test_rooms($root, \%MODULE);
test_includes($root, \%MODULE);
test_calls();
test_nginx_is_first();

test_rooms($sim, \%SIMULATIONS);
test_includes($sim, \%SIMULATIONS);
test_calls_of_text($sim, \%SIMULATIONS);

test_rooms($tools, \%TOOLS);
test_includes($tools, \%TOOLS);
test_calls_of_text($tools, \%TOOLS);

finish();


sub test_rooms {
    my ($dir, $rooms) = @_;
    my @found = map { m{([^/]+)/$} } glob "$dir/*/";

    is_deeply([ sort @found ], [ sort grep { $_ ne '.' } keys %$rooms ],
        basename($dir) . ': the rooms are known');
}


sub test_includes {
    my ($dir, $rooms) = @_;
    my (%uses, @wrong);

    for my $path (glob "$dir/{,*/}*.[ch]") {
        my $file = $path =~ s{^\Q$dir\E/}{}r;

        for my $header (slurp($path) =~ /^#include "([^"]+)"/mg) {
            next unless -e "$dir/$header";

            $uses{$file}{$header} = 1;
            push @wrong, "$file includes $header"
                unless may_use($rooms, $file, $header);
        }
    }

    is_deeply(\@wrong, [], 'includes lead to lower rooms');
    ok(keys %uses > 50, 'and there are many');
    test_circles('includes', \%uses);
}


sub test_calls {
    my (%defined, %wanted, %uses, %wrong);

    for my $path (glob "$objects/*/*.o") {
        my ($file) = $path =~ m{([^/]+/[^/]+)\.o$};

        $file =~ s{^ngx_polycard_module/}{};

        # of a source that was moved or removed since
        next unless -e "$root/$file.c";

        my ($status, $symbols) = run_command('nm', $path);

        for (split /\n/, $symbols) {
            my ($type, $name) = /^\s*[0-9a-f]*\s+(\w) (\w+)/ or next;

            if ($type eq 'U') {
                push @{ $wanted{$file} }, $name;

            } elsif ($type =~ /[A-Z]/) {
                $defined{$name} = $file;
            }
        }
    }

    for my $file (keys %wanted) {
        for my $name (grep { $_ ne $MODULE } @{ $wanted{$file} }) {
            my $other = $defined{$name} // next;

            $uses{$file}{$other} = 1;
            $wrong{"$file calls $name() of $other"} = 1
                unless may_use(\%MODULE, "$file.c", "$other.c");
        }
    }

    ok(keys %uses > 50, 'the objects were found');
    is_deeply([ sort keys %wrong ], [], 'calls lead to lower rooms');
    test_circles('calls', \%uses);
}


# nginx's headers define what the system's are to have: a header of the system
# before them hides that from nginx, which newer ones do not compile without.

sub test_nginx_is_first {
    my @late = grep {
        my @headers = headers($_, {});

        (first { /^ngx_/ } @headers) && $headers[0] !~ /^ngx_/;
    } map { s{^\Q$root\E/}{}r } glob "$root/{,*/}*.c";

    is_deeply(\@late, [], 'the first header is nginx\'s own');
}


# those of the system and of nginx, in the order in which they are read

sub headers {
    my ($file, $seen) = @_;

    return if $seen->{$file}++ || !-e "$root/$file";

    return map { /"(.*)"/ ? headers($1, $seen) : /<(.*)>/ }
        slurp("$root/$file") =~ /^#include (["<][^">]+[">])/mg;
}


# Where there may be no objects: functions and variables by their names, in
# files that may be called. That calls lead to lower rooms is what the includes
# say.

sub test_calls_of_text {
    my ($dir, $rooms) = @_;
    my (%defined, %words, %uses);

    for my $path (glob "$dir/*/*.c") {
        my ($file) = $path =~ m{([^/]+/[^/]+)\.c$};
        my $text = slurp($path)
            =~ s{/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?:\.|->)\w+}{}gsr;

        $defined{$_}{$file} = 1
            for $text =~ /$FUNCTION/g, $text =~ /$VARIABLE/g;
        $words{$file} = { map { $_ => 1 } $text =~ /\b([a-z]\w+)\b/g };
    }

    for my $file (keys %words) {
        for my $of (grep { $_ } @defined{ keys %{ $words{$file} } }) {
            my @others = grep { $_ ne $file
                && may_use($rooms, "$file.c", "$_.c") } keys %$of;

            $uses{$file}{$_} = 1 for $of->{$file} ? () : @others;
        }
    }

    ok(keys %uses > 40, 'the sources were found');
    test_circles('calls', \%uses);
}


# for "room/file.c", the room

sub room_of {
    my ($file) = @_;

    return $file =~ m{^([^/]+)/} ? $1 : '.';
}


sub may_use {
    my ($rooms, @files) = @_;
    my ($from, $to) = map { room_of($_) } @files;

    # version.h is nothing but a number
    return $from eq $to || $files[1] eq 'version.h'
        || !!first { $_ eq $to } @{ $rooms->{$from} || [] };
}


# Files that reach each other, in either direction, are one machine's.

sub test_circles {
    my ($what, $uses) = @_;
    my %reach = map { $_ => reached($uses, $_) } keys %$uses;
    my %circle;

    for my $file (sort keys %reach) {
        my @others = grep { $_ ne $file && $reach{$_} && $reach{$_}{$file} }
            keys %{ $reach{$file} };

        next unless @others;

        my $of_one = first {
            my $machine = $_->[1];
            !grep { !/$machine/ } $file, @others
        } @MACHINES;

        $circle{join ' ', sort $file, @others} = 1 unless $of_one;
    }

    is_deeply([ sort keys %circle ], [], "$what: no circle of files");
}


sub reached {
    my ($uses, $from) = @_;
    my (%seen, @next);

    @next = keys %{ $uses->{$from} || {} };

    while (defined(my $file = shift @next)) {
        next if $seen{$file}++;
        push @next, keys %{ $uses->{$file} || {} };
    }

    return \%seen;
}
