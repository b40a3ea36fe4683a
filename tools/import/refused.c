
#include "import/refused.h"
#include "import/terminal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


#define REFUSED_SUFFIX  ".refused.csv"

/* how many are said where there is no file */
#define REFUSED_SAID    20


int
polycard_refused_open(polycard_refused_t *refused,
    const polycard_options_t *o)
{
    int  n;

    memset(refused, 0, sizeof(polycard_refused_t));

    if (o->refused == NULL && o->file == NULL) {
        return NGX_POLYCARD_OK;
    }

    n = o->refused
        ? snprintf(refused->path, PATH_MAX, "%s", o->refused)
        : snprintf(refused->path, PATH_MAX, "%s" REFUSED_SUFFIX, o->file);

    errno = ENAMETOOLONG;
    refused->file = (n < PATH_MAX) ? fopen(refused->path, "we") : NULL;

    if (refused->file == NULL) {
        polycard_say("cannot write \"%s\": %s (--refused names another file)",
                     refused->path, strerror(errno));
        return NGX_POLYCARD_ERROR;
    }

    /* whatever ends the tool: what was refused is known */

    (void) setvbuf(refused->file, NULL, _IOLBF, 0);
    (void) fputs("line,reason\n", refused->file);

    return NGX_POLYCARD_OK;
}


void
polycard_refused_add(polycard_refused_t *refused, uint64_t line,
    const char *reason)
{
    const char  *p;

    refused->count++;

    if (refused->file == NULL) {
        if (refused->count <= REFUSED_SAID) {
            polycard_say("line %llu: %s", (unsigned long long) line, reason);
        }

        return;
    }

    (void) fprintf(refused->file, "%llu,\"", (unsigned long long) line);

    for (p = reason; *p; p++) {
        if (*p == '"') {
            (void) putc('"', refused->file);
        }

        (void) putc(*p, refused->file);
    }

    (void) fputs("\"\n", refused->file);
}


int
polycard_refused_close(polycard_refused_t *refused)
{
    int          rc;
    unsigned     mine;
    struct stat  st, named;

    if (refused->file == NULL) {
        return NGX_POLYCARD_OK;
    }

    /* a device or a link, such as /dev/null, is not ours to remove */

    mine = fstat(fileno(refused->file), &st) == 0
           && lstat(refused->path, &named) == 0
           && S_ISREG(named.st_mode) && st.st_ino == named.st_ino;

    rc = ferror(refused->file) ? NGX_POLYCARD_ERROR : NGX_POLYCARD_OK;

    if (fclose(refused->file) != 0) {
        rc = NGX_POLYCARD_ERROR;
    }

    refused->file = NULL;

    if (rc != NGX_POLYCARD_OK) {
        polycard_say("cannot write \"%s\": %s", refused->path,
                     strerror(errno));

    } else if (refused->count == 0 && mine) {
        (void) unlink(refused->path);
    }

    return rc;
}
