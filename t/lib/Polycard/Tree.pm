# The project's own commands under test: a copy of the tree, make, and what
# files and processes are there.
#
#   my $tree = copy_tree($dir);          # without build/ and .git
#   my ($status, $output) = make($tree, 'install', 'DESTDIR=...');
#   my %files = files($dir);             # path => contents' and time's mark
#   my @pids = processes_with($dir);     # whose command line names it
#   my ($version, $newer) = versions();  # of the module, and a higher one
#   my $module = newer_module($bytes);   # which says that it has that one

package Polycard::Tree;

use strict;
use warnings;

use Exporter qw( import );
use File::Find qw( find );

use Polycard::Process;
use Polycard::Test ();

our @EXPORT = qw( copy_tree make files processes_with versions
    newer_module );


sub copy_tree {
    my ($dir) = @_;

    my $root = Polycard::Test::source_dir();
    my @names = grep { !m{/(?:build|\.git|\.\.?)$} } glob "$root/* $root/.*";

    my ($status, $output) = Polycard::Test::run_command(
        'cp', '-r', '--preserve=mode,timestamps', @names, $dir);
    die "copy of the tree: $output\n" if $status;

    return $dir;
}


# options first, as in run_command

sub make {
    my %option = ref $_[0] eq 'HASH' ? %{ shift() } : ();
    my ($tree, @arguments) = @_;

    return Polycard::Test::run_command(\%option, @{ $option{as} || [] },
        'make', '--no-print-directory', '-C', $tree, @arguments);
}


sub files {
    my ($dir) = @_;

    my %mark;

    find({ no_chdir => 1, wanted => sub {
        return if -d && !-l;
        my @stat = lstat;
        $mark{ substr $_, length("$dir") + 1 } = "$stat[7] bytes, $stat[9]";
    } }, "$dir");

    return %mark;
}


# the compiler may have put another string into the end of this one

sub versions {
    my ($version) = Polycard::Test::slurp(Polycard::Test::source_dir()
        . '/ngx_polycard_module/version.h') =~ /"([\d.]+)"/;

    return ($version, $version =~ s/^\d/9/r);
}


sub newer_module {
    my ($bytes) = @_;

    my ($version, $newer) = versions();

    return $bytes =~ s/\Q$version\E/$newer/gr;
}


1;
