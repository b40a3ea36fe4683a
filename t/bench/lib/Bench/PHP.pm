# PHP-FPM with php-redis, as Debian has them, which runs t/bench/office.php behind
# the nginx of the benchmark.
#
#   my $why = Bench::PHP::missing();            # or undef
#   my $php = Bench::PHP->new;
#   ... $php->location ...;  $php->start($servers);  $php->workers;

package Bench::PHP;

use strict;
use warnings;

use parent 'Polycard::Server';

use Polycard::Test ();

my $WORKERS = 4;


sub new {
    my ($class) = @_;

    return bless { dir => Polycard::Test::temp_dir() }, $class;
}


sub name { 'php-fpm' }


sub binary {
    my ($found) = grep { -x } glob '/usr/sbin/php-fpm*';

    return $found;
}


sub missing {
    my $fpm = binary() or return 'php-fpm is not installed';
    my (undef, $modules) = Polycard::Test::run_command($fpm, '-m');

    return $modules =~ /^redis$/m ? undef : 'php-redis is not installed';
}


sub location {
    my ($self) = @_;

    my $script = Polycard::Test::source_dir() . '/t/bench/office.php';
    my %value = (SCRIPT_FILENAME => $script, REQUEST_METHOD => '$request_method',
        REQUEST_URI => '$request_uri', CONTENT_TYPE => '$content_type',
        CONTENT_LENGTH => '$content_length', QUERY_STRING => '$query_string',
        REDIS_SOCKET => '%%REDIS%%');

    return "location /php/ {\n    fastcgi_pass unix:$self->{dir}/php.sock;\n"
        . join('', map { "    fastcgi_param $_ $value{$_};\n" } sort keys %value)
        . "}\n";
}


# workers that are there from the beginning, beside Redis and wrk

sub start {
    my ($self, $servers) = @_;

    my $dir = $self->{dir};

    Polycard::Test::spew("$dir/fpm.conf", <<"EOC");
[global]
error_log = $dir/fpm.log
daemonize = no
[bench]
user = root
listen = $dir/php.sock
listen.mode = 0666
listen.backlog = 1024
pm = static
pm.max_children = $WORKERS
EOC

    $self->spawn({ output => "$dir/out" }, 'taskset', '-c',
        $servers->{other_core}, binary(), '-F', '-R', '-y', "$dir/fpm.conf");
    $self->announce;

    Polycard::Test::wait_for(sub { -S "$dir/php.sock" && $self->workers }, 20)
        or die "php-fpm does not start: ", Polycard::Test::slurp("$dir/out"), "\n";

    return $self;
}


sub workers {
    my ($self) = @_;

    return split ' ',
        Polycard::Test::slurp("/proc/$self->{pid}/task/$self->{pid}/children");
}


# one that is killed leaves its workers behind

sub end {
    my ($self) = @_;

    $self->signal('TERM');
    $self->wait_end(10);

    return $self->SUPER::end;
}


1;
