/*
 * Memory that runs out where a test wants it to: the Nth allocation of a
 * process fails, once or from then on.  The test and the workers share a file,
 * POLYCARD_TORTURE; see Polycard::Torture.
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


#define TORTURE_DEPTH  24


typedef struct {
    uint64_t  fail_at;              /* 0: nothing fails */
    uint64_t  from_then_on;
    uint64_t  master;               /* the pid that is spared */
    uint64_t  count;
    uint64_t  failed;
    int64_t   live;                 /* blocks of all but the master */
    char      where[4040];
} torture_t;


extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *p);


static torture_t     *torture;
static __thread int   torture_busy;


static void torture_note(int skip);


/* where a process has crashed takes the place of what failed */

static void
torture_crash(int signo)
{
    torture_note(1);

    (void) signal(signo, SIG_DFL);
    (void) raise(signo);
}


static void __attribute__((constructor))
torture_init(void)
{
    int    fd;
    void  *frames[2], *p;
    char  *path;

    path = getenv("POLYCARD_TORTURE");
    if (path == NULL) {
        return;
    }

    /* the first call of all loads a library, and allocates */

    (void) backtrace(frames, 2);

    fd = open(path, O_RDWR);
    if (fd == -1) {
        return;
    }

    p = mmap(NULL, sizeof(torture_t), PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0);

    (void) close(fd);

    if (p == MAP_FAILED) {
        return;
    }

    torture = p;

    (void) signal(SIGSEGV, torture_crash);
    (void) signal(SIGFPE, torture_crash);
    (void) signal(SIGABRT, torture_crash);
}


static int
torture_is_counted(void)
{
    return torture != NULL && torture->master != 0 && !torture_busy
           && (uint64_t) getpid() != torture->master;
}


static void
torture_note(int skip)
{
    int      i, n;
    void    *frames[TORTURE_DEPTH];
    char    *p, *end;
    Dl_info  info;

    torture_busy = 1;

    n = backtrace(frames, TORTURE_DEPTH);

    p = torture->where;
    end = p + sizeof(torture->where) - 1;

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

    torture_busy = 0;
}


static int
torture_fails(void)
{
    uint64_t  n, at;

    if (!torture_is_counted()) {
        return 0;
    }

    at = torture->fail_at;
    if (at == 0) {
        return 0;
    }

    n = __sync_add_and_fetch(&torture->count, 1);

    if (n != at && (n < at || !torture->from_then_on)) {
        return 0;
    }

    if (__sync_add_and_fetch(&torture->failed, 1) == 1) {
        torture_note(2);
    }

    errno = ENOMEM;

    return 1;
}


static void *
torture_taken(void *p)
{
    if (p != NULL && torture_is_counted()) {
        (void) __sync_add_and_fetch(&torture->live, 1);
    }

    return p;
}


void *
malloc(size_t size)
{
    return torture_fails() ? NULL : torture_taken(__libc_malloc(size));
}


void *
calloc(size_t n, size_t size)
{
    return torture_fails() ? NULL : torture_taken(__libc_calloc(n, size));
}


void *
realloc(void *p, size_t size)
{
    void  *new;

    if (torture_fails()) {
        return NULL;
    }

    new = __libc_realloc(p, size);

    return p == NULL ? torture_taken(new) : new;
}


void *
memalign(size_t alignment, size_t size)
{
    return torture_fails() ? NULL
                           : torture_taken(__libc_memalign(alignment, size));
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
    if (p != NULL && torture_is_counted()) {
        (void) __sync_sub_and_fetch(&torture->live, 1);
    }

    __libc_free(p);
}
