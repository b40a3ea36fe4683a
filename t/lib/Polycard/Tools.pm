# The command-line tools that fill a market and read it out, and a Redis for
# them.
#
#   my $tools = Polycard::Tools->new;
#   my $run = $tools->import_file($text, '--groups');     # a file of this text
#   my $run = $tools->import_file({ stdin => $text }, ...);
#   my $run = $tools->import_file({ pipe => $text }, ...);
#   my $run = $tools->import_file({ fifo => $text }, ...);    # a named pipe
#   my $run = $tools->import_file({ file => $path }, ...);
#   my $run = $tools->export('--format=jsonl');      # to standard output
#
#   my $tools = Polycard::Tools->of($node, '--sentinel=...', ...);    # another's
#
#   $run->{status}, {out}, {err}, {refused}          # the file's text, or undef
#   $run->{count}{new}                               # of the summary
#
# The market is shop1.  refusals() makes line => reason of a run.

package Polycard::Tools;

use strict;
use warnings;

use Exporter qw( import );
use POSIX qw( mkfifo );
use Test::More;

use Polycard::Redis;
use Polycard::Test ();

our @EXPORT = qw( counted refusals tool );

our $PREFIX = 'polycard:{shop1}:';


sub new {
    my ($class, %conf) = @_;

    my $redis = Polycard::Redis->new('enable-debug-command' => 'yes', %conf);

    $redis->load_library;

    return bless { redis => $redis, dir => Polycard::Test::temp_dir() },
        $class;
}


# for a server of a rig, which is found by these options

sub of {
    my ($class, $node, @market) = @_;

    return bless { redis => $node, dir => Polycard::Test::temp_dir(),
        market => \@market }, $class;
}


sub redis  { $_[0]{redis} }
sub dir    { "$_[0]{dir}" }
sub client { $_[0]{redis}->client }
sub key    { $PREFIX . $_[1] }


sub tool {
    my ($name) = @_;

    return Polycard::Test::tools_dir() . "/polycard-$name";
}


# Where the market is, and the back office's user unless these options have
# another one.

sub market {
    my ($self, @options) = @_;

    my $redis = $self->redis;
    my @user = grep({ /^(?:-u|-P|--user|--password)/ } @options) ? ()
        : ('--user=polycard_office',
           '--password-file=' . $redis->dir . '/polycard_office.password');

    return ($self->{market} ? @{ $self->{market} }
        : '--redis=unix:' . $redis->socket, '--market=shop1', @user);
}


sub import_file {
    my ($self, $input, @options) = @_;

    my %input = ref $input ? %$input : (text => $input);
    my $file = $input{file};

    if (defined $input{text}) {
        $file = Polycard::Test::spew($self->dir . '/input', $input{text});
    }

    unlink $self->dir . '/input.refused.csv';

    my @pipe = defined $input{pipe} ? ('sh', '-c', 'cat | "$0" "$@"') : ();

    if (defined $input{fifo}) {
        $file = $self->dir . '/input';
        unlink $file;
        mkfifo($file, 0600) or die "$file: $!\n";
        @pipe = ('sh', '-c', 'cat "$0" > "$1" & shift; exec "$@"',
            $self->dir . '/stdin', $file);
    }

    my $run = $self->run($input{stdin} // $input{pipe} // $input{fifo}, @pipe,
        tool('import'), $self->market(@options), @options,
        defined $file ? $file : ());

    unlink $file if defined $input{fifo};

    my $refused = $self->dir . '/input.refused.csv';

    $run->{refused} = Polycard::Test::slurp($refused) if -e $refused;
    $run->{count} = { $run->{out} =~ /^(\w[a-z ]*?) +(\d+)\b(?! s,|\.\d)/mg };

    return $run;
}


# one of which nothing is refused

sub import_ok {
    my ($self, $what, @arguments) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $run = $self->import_file(@arguments);

    is($run->{status}, 0, "$what: all right") or diag($run->{err});
    is($run->{refused}, undef, '... nothing is refused');

    return $run;
}


sub export {
    my ($self, @options) = @_;

    return $self->run(undef, tool('export'),
        $self->market(@options), @options);
}


# runs a command with this standard input

sub run {
    my ($self, $stdin, @command) = @_;

    my $dir = $self->dir;

    Polycard::Test::spew("$dir/stdin", defined $stdin ? $stdin : '');

    my ($status, $out) = Polycard::Test::run_command(
        'sh', '-c', 'exec "$@" < "$0/stdin" 2> "$0/stderr"', $dir, @command);

    return { status => $status, out => $out,
             err => Polycard::Test::slurp("$dir/stderr") };
}


# the summary; what is not given is 0

sub counted {
    my ($run, $count, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    is_deeply({ map { $run->{count}{$_} ? ($_ => $run->{count}{$_}) : () }
        keys %{ $run->{count} } }, $count, $what);
}


sub refusals {
    my ($run) = @_;

    return { defined $run->{refused}
        ? $run->{refused} =~ /^(\d+)[,;\t|]"((?:[^"]|"")*)"/mg : () };
}


# what is stored

sub stored {
    my ($self, $name) = @_;

    return { $self->client->hgetall($self->key($name)) };
}


sub phones {
    my ($self) = @_;

    return $self->client->zrange($self->key('clients'), 0, -1);
}


sub there { $_[0]->client->zcard($_[0]->key('clients')) }


# all keys and what they hold

sub digest { $_[0]->client->debug('DIGEST') }


1;
