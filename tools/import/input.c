
#include "import/input.h"
#include "import/temp.h"
#include "import/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>


/* bytes that are kept at once */
#define INPUT_KEEP  65536


static const char  input_gzip[] = "\x1f\x8b";

/* a copy of the file, which polycard_input_open() opens in its place */
static int  input_kept = -1;


static int polycard_input_copy(int from, int to, const char *name);
static int polycard_input_write(int fd, const u_char *buf, size_t size);
static int polycard_input_begin(polycard_input_t *input);
static ssize_t polycard_input_bytes(void *data, u_char *buf, size_t size);
static ssize_t polycard_input_raw(polycard_input_t *input, u_char *buf,
    size_t size);


int
polycard_input_open(polycard_input_t *input, const char *path)
{
    struct stat  st;

    memset(input, 0, sizeof(polycard_input_t));

    input->name = path ? path : "standard input";
    input->fd = (path == NULL) ? STDIN_FILENO
                : (input_kept != -1) ? fcntl(input_kept, F_DUPFD_CLOEXEC, 0)
                : open(path, O_RDONLY|O_CLOEXEC);
    input->pos = input->head;
    input->last = input->head;

    if (input->fd == -1 || fstat(input->fd, &st) == -1) {
        polycard_say("cannot read \"%s\": %s", input->name, strerror(errno));
        return NGX_POLYCARD_ERROR;
    }

    input->size = S_ISREG(st.st_mode) ? st.st_size : 0;
    input->offset = input->size ? lseek(input->fd, 0, SEEK_CUR) : 0;

    return NGX_POLYCARD_OK;
}


/* in /proc there are files of no size that are not empty */

unsigned
polycard_input_is_whole(const char *path)
{
    struct stat  st;

    if ((path ? stat(path, &st) : fstat(STDIN_FILENO, &st)) == -1) {
        return 1;
    }

    return S_ISREG(st.st_mode) && st.st_size;
}


time_t
polycard_input_time(const char *path)
{
    time_t       now;
    struct stat  st;

    now = time(NULL);

    if ((path ? stat(path, &st) : fstat(STDIN_FILENO, &st)) == -1
        || !S_ISREG(st.st_mode) || st.st_mtime > now)
    {
        return now;
    }

    return st.st_mtime;
}


int
polycard_input_keep(const char *path)
{
    int           fd, rc;
    const char   *name;

    name = path ? path : "standard input";
    fd = path ? open(path, O_RDONLY|O_CLOEXEC) : STDIN_FILENO;

    if (fd == -1) {
        polycard_say("cannot read \"%s\": %s", name, strerror(errno));
        rc = NGX_POLYCARD_ERROR;

    } else {
        input_kept = polycard_temp_open();
        rc = (input_kept == -1) ? NGX_POLYCARD_ERROR
                                : polycard_input_copy(fd, input_kept, name);
    }

    if (path && fd != -1) {
        (void) close(fd);
    }

    /* no terminal is asked anything that was the file */

    if (rc == NGX_POLYCARD_OK && path == NULL
        && dup2(input_kept, STDIN_FILENO) == -1)
    {
        polycard_say("cannot read a temporary file: %s", strerror(errno));
        return NGX_POLYCARD_ERROR;
    }

    return rc;
}


static int
polycard_input_copy(int from, int to, const char *name)
{
    int      rc;
    ssize_t  n;

    static u_char  buf[INPUT_KEEP];

    do {
        n = polycard_stopped ? -1 : read(from, buf, sizeof(buf));

        rc = (n > 0) ? polycard_input_write(to, buf, n)
                     : (n == -1 && (errno != EINTR || polycard_stopped))
                     ? NGX_POLYCARD_ERROR : NGX_POLYCARD_OK;

    } while (rc == NGX_POLYCARD_OK && n != 0);

    if (n == -1 && !polycard_stopped) {
        polycard_say("cannot read \"%s\": %s", name, strerror(errno));
    }

    if (rc == NGX_POLYCARD_OK && lseek(to, 0, SEEK_SET) == -1) {
        polycard_say("cannot read a temporary file: %s", strerror(errno));
        rc = NGX_POLYCARD_ERROR;
    }

    return rc;
}


static int
polycard_input_write(int fd, const u_char *buf, size_t size)
{
    ssize_t  n;

    while (size) {
        n = write(fd, buf, size);

        if (n == -1) {
            polycard_say("cannot write a temporary file: %s",
                         strerror(errno));
            return NGX_POLYCARD_ERROR;
        }

        buf += n;
        size -= n;
    }

    return NGX_POLYCARD_OK;
}


void
polycard_input_close(polycard_input_t *input)
{
    if (input->gunzip) {
        polycard_gunzip_close(input->gunzip);
        input->gunzip = NULL;
    }

    if (input->fd > STDIN_FILENO) {
        (void) close(input->fd);
    }
}


unsigned
polycard_input_is(const polycard_input_t *input, const char *magic, size_t len)
{
    u_char  head[sizeof(input->head)];

    return input->size && len <= sizeof(head)
           && pread(input->fd, head, len, input->offset) == (ssize_t) len
           && memcmp(head, magic, len) == 0;
}


ssize_t
polycard_input_read(void *data, u_char *buf, size_t size)
{
    polycard_input_t  *input;

    input = data;

    if (!input->begun && polycard_input_begin(input) != NGX_POLYCARD_OK) {
        return -1;
    }

    return input->gunzip ? polycard_gunzip_read(input->gunzip, buf, size)
                         : polycard_input_bytes(input, buf, size);
}


/* a pipe may return one byte at a time */

static int
polycard_input_begin(polycard_input_t *input)
{
    ssize_t  n;

    do {
        n = polycard_input_raw(input, input->last,
                               input->head + sizeof(input->head)
                               - input->last);
        if (n == -1) {
            return NGX_POLYCARD_ERROR;
        }

        input->last += n;

    } while (n && input->last - input->head < 2);

    input->begun = 1;

    if (input->last - input->head < 2
        || memcmp(input->head, input_gzip, 2) != 0)
    {
        return NGX_POLYCARD_OK;
    }

    input->gunzip = polycard_gunzip_open(polycard_input_bytes, input,
                                         input->name);

    return input->gunzip ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


static ssize_t
polycard_input_bytes(void *data, u_char *buf, size_t size)
{
    size_t             n;
    polycard_input_t  *input;

    input = data;
    n = input->last - input->pos;

    if (n == 0) {
        return polycard_input_raw(input, buf, size);
    }

    n = (n < size) ? n : size;
    memcpy(buf, input->pos, n);
    input->pos += n;

    return n;
}


/*
 * Other signals do not end the file.  Several readers may
 * share standard input, each from its own offset.
 */

static ssize_t
polycard_input_raw(polycard_input_t *input, u_char *buf, size_t size)
{
    ssize_t  n;

    do {
        n = input->size ? pread(input->fd, buf, size, input->offset)
                        : read(input->fd, buf, size);
    } while (n == -1 && errno == EINTR && !polycard_stopped);

    if (n == -1 && !polycard_stopped) {
        polycard_say("cannot read \"%s\": %s", input->name, strerror(errno));
    }

    input->offset += (n > 0) ? n : 0;
    input->taken += (n > 0) ? n : 0;

    return n;
}
