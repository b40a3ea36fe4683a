# The documents as tests see them: their code blocks, each with a mark that
# says what it is, the commands in them with the answers shown, and a shell
# that runs them all one after the other, as a reader would.
#
#   my @blocks = blocks('README.md');
#   $block->{file}, {line}, {lang}, {mark}, {text}
#   marked_blocks([ 'sh run', 'nginx file', ... ], @documents)   # with {kind}
#
#   my $session = Polycard::Docs->new(
#       replace => [ [ qr/build\/run/ => $dir ], ... ],   # in the commands
#       shown   => [ [ qr/[0-9a-f]{32}/ => 'TOKEN' ], ... ],   # in answers,
#                                            # as they come and as documented
#       bin     => { sudo => "#!/bin/sh\n...", ... },  # in front of PATH
#       root    => $dir,         # by chroot in this tree, whose /tmp is used
#   );
#   $session->{dir};                 # where the commands run
#   $session->run(@blocks);          # a test for each command
#
# A line "..." in an answer stands for any lines.

package Polycard::Docs;

use strict;
use warnings;

use Exporter qw( import );
use Test::More;

use Polycard::Test ();

our @EXPORT = qw( blocks marked_blocks commands redis_cli like_shown );


# Documents

sub blocks {
    my ($file) = @_;

    my ($number, $block, @blocks) = (0);
    my $text = Polycard::Test::slurp(Polycard::Test::source_dir() . "/$file");

    for my $line (split /^/, $text) {
        $number++;

        if ($block) {
            if ($line =~ /^```\s*$/) {
                push @blocks, $block;
                $block = undef;
            } else {
                $block->{text} .= $line;
            }

        } elsif ($line =~ /^\s*```\s*(\S*) *(.*?)\s*$/) {
            $block = { file => $file, line => $number, lang => $1,
                       mark => $2, text => '' };
        }
    }

    die "$file: the last code block has no end\n" if $block;

    return @blocks;
}


# The same of several documents, each with its {kind}: language and mark, less
# what is special in it.  Every one has a kind of this list.

sub marked_blocks {
    my ($kinds, @documents) = @_;

    my %known = map { $_ => 1 } @$kinds;

    return map {
        my $block = $_;
        my $kind = "$block->{lang} $block->{mark}" =~ s/=.*//r =~ s/\s+$//r;

        ok($known{$kind},
            "$block->{file}:$block->{line} is marked: '$kind'");

        +{ %$block, kind => $kind };
    } map { blocks($_) } @documents;
}


# shows what a terminal would see

sub redis_cli {
    my ($options) = @_;

    my ($path) = grep { -x } map { "$_/redis-cli" } split /:/, $ENV{PATH};

    return "#!/bin/sh\nexec $path --no-raw $options \"\$@\"\n";
}


# of a block of the language "console": pairs of command and answer

sub commands {
    my ($block) = @_;

    my @commands;

    for my $line (split /^/, $block->{text}) {
        if ($line =~ /^\$ (.*)/) {
            push @commands, [ $1, '' ];
        } elsif (@commands) {
            $commands[-1][1] .= $line;
        } else {
            die "$block->{file}:$block->{line}: an answer without command\n";
        }
    }

    return @commands;
}


sub like_shown {
    my ($output, $shown, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    s/\r//g, s/\n*\z/\n/ for $output, $shown;

    my $pattern = join '', map {
        $_ eq "...\n" ? '(?:.*\n)*?' : quotemeta
    } split /^/, $shown;

    ok($output =~ /\A$pattern\z/, $what)
        or diag("shown:\n${shown}got:\n$output");
}


# The shell

sub new {
    my ($class, %option) = @_;

    my $self = bless { replace => [], shown => [], bin => {}, root => '',
                       %option }, $class;

    $self->{dir} = $self->{root} ? "$self->{root}/tmp/session"
        : Polycard::Test::temp_dir();

    mkdir $self->{dir} or die "$self->{dir}: $!\n" if $self->{root};

    mkdir "$self->{dir}/bin" or die "$self->{dir}/bin: $!\n";

    for my $name (keys %{ $self->{bin} }) {
        my $path = "$self->{dir}/bin/$name";

        Polycard::Test::spew($path, $self->{bin}{$name});
        chmod 0755, $path or die "$path: $!\n";
    }

    return $self;
}


sub replace {
    my ($text, $rules) = @_;

    for my $rule (@$rules) {
        my ($from, $to) = @$rule;
        $text =~ s/$from/$to/g;
    }

    return $text;
}


# output as a document shows it

sub as_shown {
    my ($self, $output) = @_;

    return replace($output, $self->{shown});
}


# Blocks of "console" have their answers; one of "sh" has its in the block of
# "text output" that follows it, or is asked only to succeed.

sub run {
    my ($self, @blocks) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my @steps;

    for my $block (@blocks) {
        my $place = "$block->{file}:$block->{line}";

        if ($block->{lang} eq 'console') {
            push @steps, map { [ $place, @$_ ] } commands($block);
        } elsif ($block->{lang} eq 'text') {
            $steps[-1][2] = $block->{text};
        } else {
            push @steps, [ $place, $block->{text}, undef ];
        }
    }

    my @answers = $self->shell(map { $_->[1] } @steps);

    for my $step (@steps) {
        my ($place, $command, $shown) = @$step;
        my ($status, $output) = @{ shift @answers || [ -1, 'not run' ] };
        my ($name) = $command =~ /^(.{1,70})/;

        $output = $self->as_shown($output);

        if (defined $shown && $status == 0) {
            like_shown($output, $self->as_shown($shown), "$place: $name");
        } else {
            is($status, 0, "$place: $name") or diag($output);
        }
    }
}


# exit status and output of each command

sub shell {
    my ($self, @commands) = @_;

    my $script = "exec 2>&1\n";

    for my $command (@commands) {
        $script .= replace($command, $self->{replace})
            . "\nprintf '\\n@@ %d\\n' \$?\n";
    }

    Polycard::Test::spew("$self->{dir}/script", $script);

    my $dir = substr $self->{dir}, length $self->{root};
    my @command = ('bash', 'script');

    @command = ('/usr/sbin/chroot', $self->{root}, 'bash', '-c',
        "cd $dir && exec bash script") if $self->{root};

    my ($status, $output) = Polycard::Test::run_command(
        { dir => "$self->{dir}",
          env => { PATH => "$dir/bin:$ENV{PATH}:/usr/sbin",
                   LC_ALL => 'C.UTF-8' } }, @command);

    my @answers;

    while ($output =~ /\G(.*?)\n?@@ (\d+)\n/gs) {
        push @answers, [ $2, $1 ];
    }

    return @answers;
}


1;
