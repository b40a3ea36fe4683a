# A libcurl that lies: the real one, some of whose functions fail, or say what
# is not so, while they are told to.
#
#   my $curl = Polycard::FakeCurl->new;
#   Polycard::Nginx->new(preload => $curl->library, ...)
#
#   $curl->does('result', 27);      # curl_multi_info_read(): CURLE_...
#   $curl->does('setopt', 10002);   # fails for this option
#   $curl->does('getinfo', $info);  # fails for this information
#   $curl->does('status', 0);       # CURLINFO_RESPONSE_CODE
#   $curl->does('length', 99);      # CURLINFO_CONTENT_LENGTH_DOWNLOAD_T
#   $curl->does($_) for qw( easy_init multi_init multi_setopt multi_add
#       global_init action );       # fail
#   $curl->does;                    # all is well
#
#   $curl->constant('CURL_LAST')    # of the header, a number

package Polycard::FakeCurl;

use strict;
use warnings;

use Polycard::Preload ();
use Polycard::Test ();


sub new {
    my ($class) = @_;

    my $self = bless { dir => Polycard::Test::temp_dir() }, $class;

    $self->does;

    return $self;
}


# one line, in place at once: the library reads it at each call

sub does {
    my ($self, $what, $value) = @_;

    my $path = "$self->{dir}/does";

    Polycard::Test::spew("$path.new", sprintf "%s %d\n", $what || 'well',
        $value || 0);
    rename "$path.new", $path or die "$path: $!\n";
}


sub library {
    my ($self) = @_;

    my $text = do { local $/; <DATA> };

    $text =~ s/%%PATH%%/$self->{dir}\/does/;

    return Polycard::Preload::build($text);
}


sub constant {
    my ($self, $name) = @_;

    Polycard::Test::spew("$self->{dir}/c.c", "#include <curl/curl.h>\n"
        . "#include <stdio.h>\nint main(void) { printf(\"%ld\", (long) $name);"
        . " return 0; }\n");

    my ($status, $output) = Polycard::Test::run_command($ENV{CC} || 'cc',
        '-o', "$self->{dir}/c", "$self->{dir}/c.c");

    die "$name:\n$output" if $status;

    ($status, $output) = Polycard::Test::run_command("$self->{dir}/c");

    return $output;
}


1;


__DATA__
#define _GNU_SOURCE
#define CURL_DISABLE_TYPECHECK

#include <curl/curl.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#define REAL(name)  ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))

static int
does(const char *what, long *value)
{
    int    is;
    char   name[32];
    long   n;
    FILE  *f;

    is = 0;
    f = fopen("%%PATH%%", "r");

    if (f) {
        is = fscanf(f, "%31s %ld", name, &n) == 2 && strcmp(name, what) == 0;
        fclose(f);
    }

    if (is && value) {
        *value = n;
    }

    return is;
}

CURL *
curl_easy_init(void)
{
    return does("easy_init", NULL) ? NULL : REAL(curl_easy_init)();
}

CURLM *
curl_multi_init(void)
{
    return does("multi_init", NULL) ? NULL : REAL(curl_multi_init)();
}

CURLcode
curl_global_init(long flags)
{
    return does("global_init", NULL) ? CURLE_OUT_OF_MEMORY
                                     : REAL(curl_global_init)(flags);
}

CURLMcode
curl_multi_add_handle(CURLM *multi, CURL *easy)
{
    return does("multi_add", NULL) ? CURLM_OUT_OF_MEMORY
                                   : REAL(curl_multi_add_handle)(multi, easy);
}

/* long, pointers and curl_off_t are of one size where the tests run */

CURLMcode
curl_multi_setopt(CURLM *multi, CURLMoption option, ...)
{
    void     *value;
    va_list   args;

    va_start(args, option);
    value = va_arg(args, void *);
    va_end(args);

    return does("multi_setopt", NULL)
           ? CURLM_OUT_OF_MEMORY
           : REAL(curl_multi_setopt)(multi, option, value);
}

CURLcode
curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
    void     *value;
    long      bad;
    va_list   args;

    va_start(args, option);
    value = va_arg(args, void *);
    va_end(args);

    return does("setopt", &bad) && bad == (long) option
           ? CURLE_OUT_OF_MEMORY
           : REAL(curl_easy_setopt)(easy, option, value);
}

CURLcode
curl_easy_getinfo(CURL *easy, CURLINFO info, ...)
{
    void      *value;
    long       n;
    va_list    args;
    CURLcode   rc;

    va_start(args, info);
    value = va_arg(args, void *);
    va_end(args);

    if (does("getinfo", &n) && n == (long) info) {
        return CURLE_OUT_OF_MEMORY;
    }

    rc = REAL(curl_easy_getinfo)(easy, info, value);

    if (info == CURLINFO_RESPONSE_CODE && does("status", &n)) {
        *(long *) value = n;

    } else if (info == CURLINFO_CONTENT_LENGTH_DOWNLOAD_T
               && does("length", &n))
    {
        *(curl_off_t *) value = n;
    }

    return rc;
}

CURLMsg *
curl_multi_info_read(CURLM *multi, int *left)
{
    long      n;
    CURLMsg  *message;

    message = REAL(curl_multi_info_read)(multi, left);

    if (message && message->msg == CURLMSG_DONE && does("result", &n)) {
        message->data.result = n;
    }

    return message;
}

CURLMcode
curl_multi_socket_action(CURLM *multi, curl_socket_t s, int mask,
    int *running)
{
    if (does("action", NULL)) {
        *running = 0;
        return CURLM_OUT_OF_MEMORY;
    }

    return REAL(curl_multi_socket_action)(multi, s, mask, running);
}
