# A library in front of libc and hiredis, in which a test makes calls of an
# nginx fail while it runs.
#
#   my $stub = Polycard::Stub->new;
#   my $nginx = Polycard::Nginx->new(preload => $stub->library, ...);
#   $stub->spare($nginx->pid);          # calls of the master count for nothing
#   $stub->arm('memory', 7);            # the 7th call from now on fails, once
#   $stub->arm('memory', 7, 1);         # ... and all that follow
#   ... $stub->disarm;                  # how many have failed
#
# What fails, and how:
#
#   memory        malloc() and its kin return NULL
#   reader        redisReaderCreateWithFunctions() returns NULL
#   feed          redisReaderFeed() returns REDIS_ERR and sets nothing
#   feed lost     ... says REDIS_OK and has lost the bytes
#   feed err      ... says REDIS_OK and sets err
#   reply         redisReaderGetReply() returns REDIS_ERR and sets nothing
#   reply lost    ... says REDIS_OK and gives a whole reply to nobody
#   reply err     ... says REDIS_OK, has a reply, and sets err

package Polycard::Stub;

use strict;
use warnings;

use Fcntl qw( O_RDWR SEEK_SET );

use Polycard::Preload ();
use Polycard::Test ();

my @KINDS = ('', 'memory', 'reader', 'feed', 'feed lost', 'feed err', 'reply',
             'reply lost', 'reply err');

# as the struct of the library has them

my %at = (kind => 0, at => 1, always => 2, count => 3, failed => 4,
          spared => 5);


sub new {
    my ($class) = @_;

    my $dir = Polycard::Test::temp_dir();
    my $path = "$dir/state";

    Polycard::Test::spew($path, "\0" x 64);
    sysopen my $state, $path, O_RDWR or die "$path: $!\n";

    return bless { dir => $dir, state => $state,
                   library => Polycard::Preload::build(text($path)
                                  . (is_sanitized() ? '' : memory())) }, $class;
}


# a sanitizer's memory is not libc's: there is no "memory" with it

sub is_sanitized { ($ENV{POLYCARD_NGINX} || '') =~ /sanitize/ }


sub library { $_[0]{library} }


sub set {
    my ($self, $name, $value) = @_;

    sysseek $self->{state}, 8 * $at{$name}, SEEK_SET;
    syswrite $self->{state}, pack 'q', $value;
}


sub spare {
    my ($self, $pid) = @_;

    $self->set(spared => $pid);
}


sub arm {
    my ($self, $kind, $n, $always) = @_;

    my ($index) = grep { $KINDS[$_] eq $kind } 1 .. $#KINDS
        or die "stub: $kind\n";

    $self->set(count => 0);
    $self->set(failed => 0);
    $self->set(at => $n);
    $self->set(always => $always ? 1 : 0);
    $self->set(kind => $index);
}


sub disarm {
    my ($self) = @_;

    $self->set(kind => 0);

    sysseek $self->{state}, 8 * $at{failed}, SEEK_SET;
    sysread $self->{state}, my $bytes, 8;

    return unpack 'q', $bytes;
}


sub memory {
    return <<'EOT';


extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);


void *
malloc(size_t size)
{
    return stub_fails(STUB_MEMORY) ? NULL : __libc_malloc(size);
}


void *
calloc(size_t n, size_t size)
{
    return stub_fails(STUB_MEMORY) ? NULL : __libc_calloc(n, size);
}


void *
realloc(void *p, size_t size)
{
    return stub_fails(STUB_MEMORY) ? NULL : __libc_realloc(p, size);
}


int
posix_memalign(void **p, size_t alignment, size_t size)
{
    if (stub_fails(STUB_MEMORY)) {
        return ENOMEM;
    }

    *p = __libc_memalign(alignment, size);

    return *p ? 0 : ENOMEM;
}
EOT
}


sub text {
    my ($path) = @_;

    my %number = map { $KINDS[$_] => $_ } 1 .. $#KINDS;
    my $kinds = join '', map {
        '#define STUB_' . uc(s/ /_/r) . " $number{$_}\n"
    } keys %number;

    return <<"EOT" . $kinds . <<'EOT';
#define STUB_STATE  "$path"
EOT

#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <hiredis/hiredis.h>


typedef struct {
    int64_t  kind;
    int64_t  at;
    int64_t  always;
    int64_t  count;
    int64_t  failed;
    int64_t  spared;
} stub_t;


static stub_t  *stub;


static void __attribute__((constructor))
stub_init(void)
{
    int    fd;
    void  *p;

    fd = open(STUB_STATE, O_RDWR);
    p = mmap(NULL, sizeof(stub_t), PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0);

    if (p != MAP_FAILED) {
        stub = p;
    }

    close(fd);
}


static int
stub_fails(int kind)
{
    int64_t  n;

    if (stub == NULL || stub->kind != kind || stub->spared == getpid()) {
        return 0;
    }

    n = __sync_add_and_fetch(&stub->count, 1);

    if (n < stub->at || (n > stub->at && !stub->always)) {
        return 0;
    }

    __sync_add_and_fetch(&stub->failed, 1);

    errno = ENOMEM;

    return 1;
}


redisReader *
redisReaderCreateWithFunctions(redisReplyObjectFunctions *fn)
{
    redisReader *(*next)(redisReplyObjectFunctions *);

    next = dlsym(RTLD_NEXT, "redisReaderCreateWithFunctions");

    return stub_fails(STUB_READER) ? NULL : next(fn);
}


int
redisReaderFeed(redisReader *r, const char *buf, size_t len)
{
    int  (*next)(redisReader *, const char *, size_t);

    if (stub_fails(STUB_FEED)) {
        return REDIS_ERR;
    }

    if (stub_fails(STUB_FEED_LOST)) {
        return REDIS_OK;
    }

    if (stub_fails(STUB_FEED_ERR)) {
        r->err = REDIS_ERR_OOM;
        return REDIS_OK;
    }

    next = dlsym(RTLD_NEXT, "redisReaderFeed");

    return next(r, buf, len);
}


int
redisReaderGetReply(redisReader *r, void **reply)
{
    int   rc;
    int  (*next)(redisReader *, void **);

    if (stub_fails(STUB_REPLY)) {
        *reply = NULL;
        return REDIS_ERR;
    }

    next = dlsym(RTLD_NEXT, "redisReaderGetReply");
    rc = next(r, reply);

    if (rc == REDIS_OK && *reply) {
        if (stub_fails(STUB_REPLY_LOST)) {
            *reply = NULL;
        }

        if (stub_fails(STUB_REPLY_ERR)) {
            r->err = REDIS_ERR_OTHER;
        }
    }

    return rc;
}
EOT
}


1;
