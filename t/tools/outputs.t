# What polycard-import and polycard-export write to, and what they print: no
# output destroys what its name stands for, and no input drives a terminal.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Tools;

my $tools = Polycard::Tools->new;
my $dir = $tools->dir;
my $phone = '380671112233';
my $good = "phone,name\n$phone,x\n";
my $bad = "phone,name\n123,x\n";

test_inputs();
test_beside();
test_links();
test_kept();
test_pipes();
test_disk();
test_terminal();

finish();


# a file that is read is never written, whatever it is called

sub test_inputs {
    my $file = "$dir/in.csv";
    my $other = "$dir/other.csv";

    for my $text ($good, $bad) {
        spew($file, $text);
        symlink $file, $other;
        is_refused($file, $other, 'a link to the input', $text);
        unlink $other;

        link $file, $other;
        is_refused($file, $other, 'another name of the input', $text);
        unlink $other;

        is_refused($file, $file, 'the input', $text);

        my $run = $tools->run(undef, 'sh', '-c', 'exec "$@" < "$0"', $file,
            tool('import'), $tools->market, '--refused', $file);

        is($run->{status}, 2, 'standard input');
        is(slurp($file), $text, '... is as it was');
    }

    my $secret = $tools->redis->dir . '/polycard_office.password';
    my $text = slurp($secret);
    my $run = $tools->export('--all', $secret);

    is($run->{status}, 2, 'the file of the password');
    like($run->{err}, qr/cannot write ".*": it is read from/, '... is said');
    is(slurp($secret), $text, '... and is as it was');
}


sub is_refused {
    my ($file, $output, $what, $text) = @_;

    my $run = $tools->import_file({ file => $file }, '--refused', $output);

    is($run->{status}, 2, "$what: not written to");
    like($run->{err}, qr/cannot write ".*": it is read from \(--refused/,
        '... which is said');
    is(slurp($file), $text, '... it is as it was');
    is_deeply([ glob "$dir/*.??????" ], [], '... nothing lies beside it');
}


# FILE.refused.csv, which nobody has named

sub test_beside {
    my $victim = spew("$dir/victim", 'mine');
    my $beside = "$dir/input.refused.csv";
    my $file = spew("$dir/input", $bad);

    my $import = sub {
        return $tools->run(undef, tool('import'), $tools->market, $file);
    };

    # longer than any path, in itself or with its ending

    my $run = $tools->import_file({ file => $file }, '--refused', 'x' x 5000);
    is($run->{status}, 2, 'a list with a name of 5000 letters');
    like($run->{err}, qr/cannot write a file whose name has more than 4095/,
        '... is said');

    $run = $tools->import_file({ file => '/.' x (2045 - length($file) / 2)
        . $file });
    is($run->{status}, 2, 'a file whose name is as long as names may be');
    like($run->{err}, qr/more than 4095 bytes \(--refused/, '... is said');

    symlink $victim, $beside;
    $run = $import->();
    is($run->{status}, 2, 'a link beside the file');
    like($run->{err}, qr/cannot write ".*": it is no file \(--refused/,
        '... is not followed');
    is(slurp($victim), 'mine', '... what it leads to is as it was');
    unlink $beside;

    spew($beside, 'mine');
    $run = $import->();
    is($run->{status}, 2, 'another file beside it');
    like($run->{err}, qr/it is there, and no list of refused/, '... is said');
    is(slurp($beside), 'mine', '... it is as it was');
    is($tools->client->exists($tools->key("client:$phone")), 0,
        '... and nothing was imported');

    spew($beside, '');
    is($import->()->{status}, 1, 'an empty one is taken');
    like(slurp($beside), qr/^line,reason,phone,name\n2,/, '... and written');
    is($import->()->{status}, 1, 'that of an earlier run too');
    spew($file, $good);
    is($import->()->{status}, 0, 'nothing is refused');
    ok(!-e $beside, '... the earlier one is gone');
}


sub test_links {
    my $real = spew("$dir/real", 'old');
    my $link = "$dir/link";

    symlink 'real', $link;
    is($tools->export('--all', $link)->{status}, 0, 'an export to a link');
    ok(-l $link, '... is one afterwards');
    like(slurp($real), qr/^phone,/, '... and what it leads to is new');

    spew($real, '');
    my $run = $tools->import_file($bad, '--refused', $link);
    ok(-l $link, 'a list behind a link: the link stays');
    like(slurp($real), qr/^2,/m, '... and leads to it');

    $tools->import_file($good, '--refused', $link);
    is(slurp($real), "line,reason,phone,name\n", 'nothing refused: an empty list');

    unlink $real;
    $run = $tools->export('--all', $link);
    is($run->{status}, 2, 'a link to nothing');
    like($run->{err}, qr/it is a link to nothing/, '... is not followed');
    unlink $link;
}


sub test_kept {
    my $path = spew("$dir/kept.csv", 'old');

    chmod 0640, $path;
    is($tools->export('--all', $path)->{status}, 0, 'a file that is there');
    is((stat $path)[2] & 07777, 0640, '... keeps its mode');

    SKIP: {
        skip 'only root gives files away', 2 if $>;
        chown 12345, 12346, $path;
        is($tools->export('--all', $path)->{status}, 0, 'that of another');
        is(join(':', (stat $path)[4, 5]), '12345:12346',
            '... stays that of his');
    }

    my $list = "$dir/list";

    $tools->import_file($bad, '--refused', $list);
    is((stat $list)[2] & 0777, 0600, 'a new list is for its owner only');
}


# pipes, terminals and devices stay what they are

sub test_pipes {
    my $pipe = "$dir/pipe";
    my $want = $tools->export('--all')->{out};

    system('mkfifo', $pipe) == 0 or die "mkfifo: $?\n";

    for my $case ([ 'export', $want ], [ 'import', qr/\Aline,reason,phone,name\n2,/ ]) {
        my ($name, $text) = @$case;
        my @command = $name eq 'export'
            ? (tool('export'), $tools->market, '--all', $pipe)
            : (tool('import'), $tools->market, '--refused', $pipe,
                spew("$dir/input", $bad));
        my $run = $tools->run(undef, 'sh', '-c',
            'cat "$0" > "$0.out" & timeout 60 "$@"; s=$?; wait; exit $s',
            $pipe, @command);

        is($run->{status}, $name eq 'export' ? 0 : 1, "$name to a pipe");
        ok(-p $pipe, '... which stays one');
        ref $text ? like(slurp("$pipe.out"), $text, '... is written to it')
                  : is(slurp("$pipe.out"), $text, '... is written to it');
    }

    is($tools->export('--all', '/dev/null')->{status}, 0, 'export to a device');
    ok(-c '/dev/null', '... which stays one');
    is($tools->export('--all', '/dev/stdout')->{out}, $want, 'to standard output');
    is($tools->import_file($bad, '--refused', '/dev/null')->{status}, 1,
        'a list to a device');
    ok(-c '/dev/null', '... which stays one');
    like($tools->import_file($bad, '--refused', '/dev/stdout')->{out},
        qr/^2,"phone/m, 'a list to standard output');
    is($tools->export('--all', '/dev/full')->{status}, 2, 'a device that is full');
    is($tools->export('--all', $dir)->{status}, 2, 'a folder');

    my $run = $tools->run(undef, 'sh', '-c', 'exec "$@" > "$0"', "$dir/both",
        tool('export'), $tools->market, '--all', '/dev/stdout');
    is(slurp("$dir/both"), $want, 'to a file that is standard output');
}


sub test_disk {
    my $disk = "$dir/disk";

    # of a number that nobody has: no disk is meant

    SKIP: {
        skip 'no device can be made here', 3
            if $> || system("mknod $disk b 254 251 2>/dev/null") != 0;

        my $run = $tools->export('--all', $disk);
        is($run->{status}, 2, 'a disk');
        like($run->{err}, qr/it is a disk/, '... is said');
        ok(-b $disk, '... it is not replaced');
    }
}


# What a terminal would obey is escaped, wherever it comes from

sub test_terminal {
    my %name = (
        "a\e[J"         => 'a\u001b[J',
        "a\x9bJ"        => 'a\x9bJ',
        "a\xc2\x9bJ"    => 'a\u009bJ',
        "a\xe2\x80\xaeb" => 'a\u202eb',
        "a\x7fb"         => 'a\u007fb',
        "a\xc0\xafb"     => 'a\xc0\xafb',
        'прізвисько'     => 'прізвисько',
    );

    for my $name (sort keys %name) {
        my $run = $tools->import_file("phone,$name\n$phone,x\n");

        is($run->{status}, 2, "a column $name{$name}");
        like($run->{err}, qr/unknown column "\Q$name{$name}\E"$/m,
            '... is named so');
    }

    for my $run ($tools->import_file({ file => "$dir/\e[2J" }),
        $tools->import_file($bad, '--refused', "$dir/x\e[2J"),
        $tools->export('--all', "$dir/none/\e[2J"))
    {
        unlike($run->{err} . $run->{out}, qr/\e/, 'a name of a file');
        like($run->{err} . $run->{out}, qr/\\u001b\[2J/, '... is escaped');
    }
}
