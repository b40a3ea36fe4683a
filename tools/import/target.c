
#include "import/target.h"
#include "import/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


/* a table is not written to a block device */
#define TARGET_DISK  "it is a disk"


static int polycard_target_find(polycard_target_t *target, struct stat *st);
static unsigned polycard_target_is_read(const polycard_options_t *o,
    const struct stat *st);
static unsigned polycard_target_is_open(const struct stat *st,
    int *descriptor);
static int polycard_target_through(polycard_target_t *target);
static int polycard_target_beside(polycard_target_t *target,
    const struct stat *st);
static int polycard_target_fail(polycard_target_t *target, const char *what,
    const char *hint);
static int polycard_target_end(polycard_target_t *target);


int
polycard_target_open(polycard_target_t *target, const char *path,
    const polycard_options_t *o, const char *hint)
{
    int           fd, descriptor;
    struct stat   st;

    memset(target, 0, sizeof(polycard_target_t));

    if (snprintf(target->path, PATH_MAX, "%s", path) >= PATH_MAX) {
        polycard_say("cannot write a file whose name has more than %d bytes%s",
                     PATH_MAX - 1, hint ? hint : "");
        return NGX_POLYCARD_ERROR;
    }

    if (polycard_target_find(target, &st) != NGX_POLYCARD_OK) {
        return polycard_target_fail(target, errno == ELOOP && target->linked
                                    ? "it is a link to nothing"
                                    : strerror(errno), hint);
    }

    if (polycard_target_is_read(o, &st)) {
        return polycard_target_fail(target, "it is read from", hint);
    }

    if (S_ISBLK(st.st_mode)) {
        return polycard_target_fail(target, TARGET_DISK, hint);
    }

    fd = polycard_target_is_open(&st, &descriptor)
         ? fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
         : S_ISREG(st.st_mode) ? polycard_target_beside(target, &st)
                               : polycard_target_through(target);

    target->file = (fd == -1) ? NULL : fdopen(fd, "w");

    if (target->file == NULL) {
        fd = (fd == -1) ? 0 : close(fd);
        return polycard_target_fail(target, strerror(errno), hint);
    }

    return NGX_POLYCARD_OK;
}


/* st_nlink == 0: there is nothing yet */

static int
polycard_target_find(polycard_target_t *target, struct stat *st)
{
    struct stat  named;

    memset(st, 0, sizeof(struct stat));
    st->st_mode = S_IFREG|S_IRUSR|S_IWUSR;

    if (lstat(target->path, &named) == -1) {
        memcpy(target->real, target->path, PATH_MAX);

        return errno == ENOENT ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
    }

    target->linked = (S_ISLNK(named.st_mode) != 0);

    if (stat(target->path, st) == -1) {
        errno = (errno == ENOENT) ? ELOOP : errno;
        return NGX_POLYCARD_ERROR;
    }

    /* /dev/stdout may be a link to a file without a name */

    if (S_ISREG(st->st_mode)
        && realpath(target->path, target->real) == NULL)
    {
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}


/* a terminal, or /dev/null, may be both */

static unsigned
polycard_target_is_read(const polycard_options_t *o, const struct stat *st)
{
    int          rc;
    size_t       i;
    struct stat  in;
    const char  *const  paths[] = {
        o->file, o->redis.password_file, o->sentinel.password_file, o->profile
    };

    if (st->st_nlink == 0 || S_ISCHR(st->st_mode)) {
        return 0;
    }

    for (i = 0; i < polycard_nelts(paths); i++) {

        if (i == 0 && o->program == POLYCARD_EXPORT) {
            continue;
        }

        rc = paths[i] ? stat(paths[i], &in)
                      : i == 0 ? fstat(STDIN_FILENO, &in) : -1;

        if (rc == 0 && in.st_dev == st->st_dev && in.st_ino == st->st_ino) {
            return 1;
        }
    }

    return 0;
}


/* a file that the tool writes to already: /dev/stdout is not opened again */

static unsigned
polycard_target_is_open(const struct stat *st, int *descriptor)
{
    struct stat  out;

    for (*descriptor = STDOUT_FILENO; *descriptor <= STDERR_FILENO;
         (*descriptor)++)
    {
        if (st->st_nlink && fstat(*descriptor, &out) == 0
            && out.st_dev == st->st_dev && out.st_ino == st->st_ino)
        {
            return 1;
        }
    }

    return 0;
}


/* it may be another file by now: the one that was checked is not truncated */

static int
polycard_target_through(polycard_target_t *target)
{
    int          fd;
    struct stat  st;

    fd = open(target->path, O_WRONLY|O_NOCTTY|O_CLOEXEC);

    if (fd != -1 && (fstat(fd, &st) == -1 || S_ISREG(st.st_mode))) {
        (void) close(fd);
        errno = EAGAIN;
        return -1;
    }

    return fd;
}


static int
polycard_target_beside(polycard_target_t *target, const struct stat *st)
{
    int  fd, n;

    n = snprintf(target->temp, PATH_MAX, "%s.XXXXXX", target->real);

    errno = ENAMETOOLONG;
    fd = (n < PATH_MAX) ? mkostemp(target->temp, O_CLOEXEC) : -1;

    if (fd == -1) {
        target->temp[0] = '\0';
        return -1;
    }

    if (st->st_nlink == 0) {
        return fd;
    }

    /* a user who may not write to it must not replace it either */

    if (access(target->real, W_OK) == -1
        || ((st->st_uid != geteuid() || st->st_gid != getegid())
            && fchown(fd, st->st_uid, st->st_gid) == -1)
        || fchmod(fd, st->st_mode & 07777) == -1)
    {
        n = errno;
        (void) close(fd);
        errno = n;

        return -1;
    }

    return fd;
}


static int
polycard_target_fail(polycard_target_t *target, const char *what,
    const char *hint)
{
    polycard_say("cannot write \"%s\": %s%s", target->path, what,
                 hint ? hint : "");

    (void) polycard_target_close(target, 0);

    return NGX_POLYCARD_ERROR;
}


unsigned
polycard_target_failed(polycard_target_t *target)
{
    if (target->error == 0 && target->file && ferror(target->file)) {
        target->error = errno ? errno : EIO;
    }

    return target->error != 0;
}


int
polycard_target_close(polycard_target_t *target, unsigned keep)
{
    int  rc;

    rc = polycard_target_end(target);

    if (rc == NGX_POLYCARD_OK && keep && target->temp[0]
        && rename(target->temp, target->real) == -1)
    {
        rc = NGX_POLYCARD_ERROR;
    }

    if (rc != NGX_POLYCARD_OK && keep) {
        polycard_say("cannot write \"%s\": %s", target->path,
                     strerror(errno));
    }

    if (target->temp[0] && !(rc == NGX_POLYCARD_OK && keep)) {
        (void) unlink(target->temp);
    }

    target->temp[0] = '\0';

    return rc;
}


/* a file has its name only when it is on the disk */

static int
polycard_target_end(polycard_target_t *target)
{
    int  rc, error;

    if (target->file == NULL) {
        return NGX_POLYCARD_OK;
    }

    errno = target->error ? target->error : EIO;
    rc = NGX_POLYCARD_OK;

    if (target->error || fflush(target->file) != 0 || ferror(target->file)
        || (target->temp[0] && fsync(fileno(target->file)) != 0))
    {
        rc = NGX_POLYCARD_ERROR;
    }

    error = errno;
    (void) fclose(target->file);
    target->file = NULL;
    errno = error;

    return rc;
}
