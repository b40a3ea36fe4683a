# An import of many clients by a pipe, of which a test gives some, does
# something, and gives more.
#
#   my $import = Polycard::LongImport->new($tools, 700);    # most are in Redis
#   Polycard::LongImport->new($tools, 700, before => [ 'nohup' ],
#       options => [ '--quiet' ]);
#   $import->give(700 .. 799);                              # of 0 .. $COUNT - 1
#   is($import->ended, 2, ...);                             # its status
#   like($import->text, qr/.../, ...);                      # all that it said
#
#   import_text(1)       # a file of the first client
#   import_text()        # ... of all
#   imported_again($tools, 'what');                         # the whole file

package Polycard::LongImport;

use strict;
use warnings;

use Exporter qw( import );
use POSIX qw( mkfifo );
use Test::More;

use Polycard::Command;
use Polycard::Tools;
use Polycard::Wait;

our @EXPORT = qw( $COUNT import_text imported_again );

our $COUNT = 3000;

# clients that were read and may not be written yet
my $UNDER_WAY = 63;


sub new {
    my ($class, $tools, $given, %option) = @_;

    my @options = @{ $option{options} || [] };
    my $fifo = $tools->dir . '/fifo';

    unlink $fifo;
    mkfifo($fifo, 0600) or die "$fifo: $!\n";

    my $process = Polycard::Command->new({}, @{ $option{before} || [] },
        tool('import'), $tools->market, @options, $fifo);

    open my $to, '>', $fifo or die "$fifo: $!\n";
    syswrite $to, import_text($given);

    # a file of all clients is read as a whole first

    wait_until { $tools->there >= $given - $UNDER_WAY } 'the records'
        if !grep { $_ eq '--delete-missing' } @options;

    return bless { process => $process, to => $to, given => $given }, $class;
}


sub pid   { $_[0]{process}->pid }
sub given { $_[0]{given} }
sub text  { $_[0]{text} }


# what is written to one that has ended is lost

sub give {
    my ($self, @numbers) = @_;

    local $SIG{PIPE} = 'IGNORE';

    syswrite $self->{to}, join '', map { record($_) } @numbers;
}


# it may be about to read: what comes then must not keep it

sub interrupt {
    my ($self, $signal) = @_;

    kill $signal, $self->pid;
    $self->give($self->given);
}


sub ended {
    my ($self, @numbers) = @_;

    $self->give(@numbers) if @numbers;
    close $self->{to};

    my $status = $self->{process}->status;

    $self->{text} = $self->{process}->output;

    return $status;
}


# a line of the file; a step keeps the phones apart

sub record {
    my ($number) = @_;

    return sprintf "380%09d,x%d,%d\n", 104729 * ($number + 1), $number + 1,
        $number + 1;
}


sub import_text {
    my ($count) = @_;

    return join '', "phone,name,barcode\n",
        map { record($_) } 0 .. ($count // $COUNT) - 1;
}


# the whole file makes it as if nothing had happened

sub imported_again {
    my ($tools, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $run = $tools->import_file(import_text());

    is($run->{status}, 0, "$what: run again") or diag($run->{err});
    is($tools->there, $COUNT, '... and all is there');
}


1;
