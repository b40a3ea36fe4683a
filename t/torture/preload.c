
/*
 * Calls that fail where a test wants them to: the Nth allocation of a process,
 * or the Nth call of hiredis, once or from then on.  The test and the workers
 * share a file, STUB_STATE; see Polycard::Stub, which defines it, the numbers
 * of the kinds of failure, and STUB_NO_MEMORY where a sanitizer has an
 * allocator and signals of its own.
 *
 * Where it failed is written into the same file, as addresses of the calls
 * that led there and the objects that they are in.
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <hiredis/hiredis.h>


#define STUB_DEPTH  24


typedef struct {
    uint64_t  fail_at;              /* 0: nothing fails */
    uint64_t  from_then_on;
    uint64_t  kind;                 /* what fails */
    uint64_t  spared;               /* this pid, the master; 0: all are */
    uint64_t  count;
    uint64_t  failed;
    int64_t   live;                 /* blocks of all but the master */
    char      where[4040];
} stub_t;


static stub_t     *stub;
static __thread int   stub_busy;


static void stub_note(int skip);


/*
 * What is done when a process or the module in it ends is not the module's:
 * libgcov, of make coverage, does not survive without memory.
 */

static void
stub_end(void)
{
    stub_busy = 1;
}


#ifndef STUB_NO_MEMORY

/* where a process has crashed takes the place of what failed */

static void
stub_crash(int signo)
{
    stub_note(1);

    (void) signal(signo, SIG_DFL);
    (void) raise(signo);
}

#endif


static void __attribute__((constructor))
stub_init(void)
{
    int    fd;
    void  *frames[2], *p;

    /* the first call of all loads a library, and allocates */

    (void) backtrace(frames, 2);

    fd = open(STUB_STATE, O_RDWR);
    if (fd == -1) {
        return;
    }

    p = mmap(NULL, sizeof(stub_t), PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0);

    (void) close(fd);

    if (p == MAP_FAILED) {
        return;
    }

    stub = p;

    (void) atexit(stub_end);

#ifndef STUB_NO_MEMORY
    (void) signal(SIGSEGV, stub_crash);
    (void) signal(SIGFPE, stub_crash);
    (void) signal(SIGABRT, stub_crash);
#endif
}


static int
stub_is_counted(void)
{
    return stub != NULL && stub->spared != 0 && !stub_busy
           && (uint64_t) getpid() != stub->spared;
}


static void
stub_note(int skip)
{
    int      i, n;
    void    *frames[STUB_DEPTH];
    char    *p, *end;
    Dl_info  info;

    stub_busy = 1;

    n = backtrace(frames, STUB_DEPTH);

    p = stub->where;
    end = p + sizeof(stub->where) - 1;

    for (i = skip; i < n && end - p > 256; i++) {
        if (dladdr(frames[i], &info) == 0 || info.dli_fname == NULL) {
            continue;
        }

        p += snprintf(p, 256, "%s+0x%lx %s\n", info.dli_fname,
                      (unsigned long) ((char *) frames[i]
                                       - (char *) info.dli_fbase),
                      info.dli_sname ? info.dli_sname : "");
    }

    *p = '\0';

    stub_busy = 0;
}


static int
stub_fails(uint64_t kind)
{
    uint64_t  n, at;

    if (!stub_is_counted() || stub->kind != kind) {
        return 0;
    }

    at = stub->fail_at;
    if (at == 0) {
        return 0;
    }

    n = __sync_add_and_fetch(&stub->count, 1);

    if (n != at && (n < at || !stub->from_then_on)) {
        return 0;
    }

    if (__sync_add_and_fetch(&stub->failed, 1) == 1) {
        stub_note(2);
    }

    errno = ENOMEM;

    return 1;
}


#ifndef STUB_NO_MEMORY

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *p);


static void *
stub_taken(void *p)
{
    if (p != NULL && stub_is_counted()) {
        (void) __sync_add_and_fetch(&stub->live, 1);
    }

    return p;
}


void *
malloc(size_t size)
{
    return stub_fails(STUB_MEMORY) ? NULL : stub_taken(__libc_malloc(size));
}


void *
calloc(size_t n, size_t size)
{
    return stub_fails(STUB_MEMORY) ? NULL : stub_taken(__libc_calloc(n, size));
}


void *
realloc(void *p, size_t size)
{
    void  *new;

    if (stub_fails(STUB_MEMORY)) {
        return NULL;
    }

    new = __libc_realloc(p, size);

    return p == NULL ? stub_taken(new) : new;
}


void *
memalign(size_t alignment, size_t size)
{
    return stub_fails(STUB_MEMORY) ? NULL
                           : stub_taken(__libc_memalign(alignment, size));
}


void *
aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}


int
posix_memalign(void **memptr, size_t alignment, size_t size)
{
    void  *p;

    p = memalign(alignment, size);
    if (p == NULL) {
        return ENOMEM;
    }

    *memptr = p;

    return 0;
}


void
free(void *p)
{
    if (p != NULL && stub_is_counted()) {
        (void) __sync_sub_and_fetch(&stub->live, 1);
    }

    __libc_free(p);
}

#endif


int
dlclose(void *handle)
{
    int   rc;
    int  (*next)(void *);

    next = dlsym(RTLD_NEXT, "dlclose");

    stub_busy = 1;
    rc = next(handle);
    stub_busy = 0;

    return rc;
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
