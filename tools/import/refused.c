
#include "import/refused.h"
#include "import/terminal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>


#define REFUSED_SUFFIX  ".refused.csv"
#define REFUSED_HEADER  "line,reason"
#define REFUSED_HINT    " (--refused names another file)"

/* how many are said where there is no file */
#define REFUSED_SAID    20


static unsigned polycard_refused_is_list(const char *path);


int
polycard_refused_open(polycard_refused_t *refused,
    const polycard_options_t *o)
{
    char         path[PATH_MAX];
    struct stat  st;

    memset(refused, 0, sizeof(polycard_refused_t));

    if (o->refused == NULL && o->file == NULL) {
        return NGX_POLYCARD_OK;
    }

    if (snprintf(path, PATH_MAX, "%s%s", o->refused ? o->refused : o->file,
                 o->refused ? "" : REFUSED_SUFFIX)
        >= PATH_MAX)
    {
        path[0] = '\0';
    }

    /* nobody has named it: who has made it a link is somebody else */

    if (o->refused == NULL && lstat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        polycard_say("cannot write \"%s\": it is no file" REFUSED_HINT, path);
        return NGX_POLYCARD_ERROR;
    }

    if (polycard_target_open(&refused->target, path, o, REFUSED_HINT)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (refused->target.temp[0]
        && !polycard_refused_is_list(refused->target.real))
    {
        polycard_say("cannot write \"%s\": it is there, and no list of refused "
                     "records" REFUSED_HINT, path);
        (void) polycard_target_close(&refused->target, 0);
        return NGX_POLYCARD_ERROR;
    }

    refused->file = refused->target.file;

    /* whatever ends the tool: what was refused is known */

    (void) setvbuf(refused->file, NULL, _IOLBF, 0);
    (void) fputs(REFUSED_HEADER "\n", refused->file);

    return NGX_POLYCARD_OK;
}


/* or empty, or not there, or no file */

static unsigned
polycard_refused_is_list(const char *path)
{
    FILE    *file;
    char     text[sizeof(REFUSED_HEADER) - 1];
    size_t   n;

    file = path[0] ? fopen(path, "re") : NULL;

    if (file == NULL) {
        return 1;
    }

    n = fread(text, 1, sizeof(text), file);
    (void) fclose(file);

    return n == 0 || (n == sizeof(text)
                      && memcmp(text, REFUSED_HEADER, n) == 0);
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
    unsigned            keep;
    polycard_target_t  *target;

    target = &refused->target;

    if (refused->file == NULL) {
        return NGX_POLYCARD_OK;
    }

    refused->file = NULL;

    keep = (refused->count > 0 || target->linked || target->temp[0] == '\0');

    if (polycard_target_close(target, keep) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    /* the list of an earlier run would be taken for that of this one */

    if (!keep) {
        (void) unlink(target->real);
    }

    return NGX_POLYCARD_OK;
}
