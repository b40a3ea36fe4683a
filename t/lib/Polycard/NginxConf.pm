# The configuration of a Polycard::Nginx: its text, its files, nginx -t.
#
#   use Polycard::Nginx qw( market services );
#
#   market('shop1', redis => 'unix:...', ...)   # a block polycard_market
#   services('shop1')                           # its four locations
#
#   $nginx->configure_http($text);  $nginx->reload;
#   my ($status, $said) = $nginx->conf_test($text);

package Polycard::NginxConf;

use strict;
use warnings;

use Exporter qw( import );

use Polycard::Condition ();
use Polycard::Privacy ();
use Polycard::Test ();

our @EXPORT_OK = qw( market services );


# market('shop1', redis => 'unix:...', access_token => 'off', ...): a
# polycard_market block; a list as value becomes several parameters.  To a
# Polycard::Redis nginx goes as its user, unless told otherwise.

sub market {
    my ($name, @directives) = @_;

    my $text = "polycard_market $name {\n";
    my %given = @directives;

    # the market's keys have its name, or what key_prefix has

    my $owner = ($given{key_prefix} || '') =~ /\{(.+?)\}/ ? $1 : $name;

    push @directives, Polycard::Redis::user_directives($given{redis}, $owner)
        if $given{redis} && !ref $given{redis} && !exists $given{redis_user}
           && !exists $given{redis_password_file}
           && Polycard::Redis->can('user_directives');

    while (my ($directive, $value) = splice @directives, 0, 2) {
        $value = join ' ', @$value if ref $value;
        $text .= "    $directive $value;\n";
    }

    return "$text}\n";
}


# the four locations of a market

sub services {
    my ($market, $prefix) = @_;

    $prefix = '/api/v1/web_service/' if !defined $prefix;

    my %directive = (
        getClient  => 'polycard_get_client',
        addClient  => 'polycard_add_client',
        getGroups  => 'polycard_get_groups',
        getClients => 'polycard_get_clients',
    );

    return join '', map {
        "location = $prefix$_ { $directive{$_} $market; }\n"
    } sort keys %directive;
}


sub head {
    my ($self, $name) = @_;

    my $module = Polycard::Test::module_path();
    my $user = $self->{user} || ($> == 0 ? 'root root' : '');

    return "load_module $module;\n"
        . ($self->{daemon} ? '' : "daemon off;\n")
        . ($user ? "user $user;\n" : '')
        . "pid %%DIR%%/$name.pid;\n"
        . "error_log %%DIR%%/$name.log $self->{log_level};\n"
        . "worker_processes $self->{workers};\n";
}


sub http_config {
    my ($self) = @_;

    my $temp_paths = join '', map { "    ${_}_temp_path %%DIR%%/$_;\n" }
        qw( client_body proxy fastcgi uwsgi scgi );

    return ($self->{main} || '')
        . "events { worker_connections $self->{connections}; }\n"
        . "http {\n"
        . $temp_paths
        . "    access_log %%DIR%%/access.log;\n"
        . ($self->{http} || '')
        . "}\n";
}


# puts the text in place of the configuration; a reload takes it over

sub configure {
    my ($self, $config) = @_;

    $self->write_file('nginx.conf', $self->head('nginx')
        . Polycard::Condition::configuration($self, $config));
    $self->learn_secrets;
}


sub learn_secrets {
    my ($self) = @_;

    Polycard::Privacy::learn_secrets($self->log_text('nginx.conf'), $self->dir);
}


sub configure_http {
    my ($self, $http) = @_;

    $self->{http} = $http;
    $self->configure($self->http_config);
}


sub fill {
    my ($self, $text) = @_;

    $text =~ s/%%DIR%%/$self->{dir}/g;
    $text =~ s/%%PORT_(\d+)%%/$self->port($1)/ge;

    return $text;
}


sub write_file {
    my ($self, $name, $text) = @_;

    # also those that are changed later

    $self->learn_secrets if $name ne 'nginx.conf';

    my $path = Polycard::Test::spew($self->path($name), $self->fill($text));

    # secrets, most of them: nobody else reads them

    chmod 0600, $path if $name !~ /\.(?:conf|txt|html)$/;

    return $path;
}


# nginx -t on a text that takes the place of the http block's contents (or of
# everything: whole => 1).  Returns the exit status and what nginx said; of that
# only secrets are judged.

sub conf_test {
    my ($self, $text, %option) = @_;

    local $self->{http} = $text;

    my $config = $option{whole} ? $text : $self->http_config;

    $self->write_file('test.conf', $self->head('test') . $config);

    # a mistake may quote what is secret

    Polycard::Privacy::learn_secrets($self->log_text('test.conf'), $self->dir);

    # this one ends without giving back what it allocated

    return Polycard::Test::run_command(
        { env => $self->environment('detect_leaks=0') },
        $self->command('test'), '-t');
}


1;
