
#include "import/field.h"
#include "import/refused.h"
#include "import/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define REFUSED_SUFFIX  ".refused.csv"
#define REFUSED_MARK    "\xef\xbb\xbf"
#define REFUSED_HINT    " (--refused names another file)"

/* how many are printed if there is no file */
#define REFUSED_SAID    20


static void polycard_refused_header(polycard_refused_t *refused,
    const polycard_reader_t *reader);
static void polycard_refused_fields(polycard_refused_t *refused,
    const ngx_polycard_str_t *field, size_t n);
static unsigned polycard_refused_is_list(const char *path);
static unsigned polycard_refused_is_descriptor(const char *path);


int
polycard_refused_open(polycard_refused_t *refused,
    const polycard_options_t *o, const polycard_reader_t *reader)
{
    char         path[PATH_MAX + sizeof(REFUSED_SUFFIX)];
    struct stat  st;

    memset(refused, 0, sizeof(polycard_refused_t));

    if (o->refused == NULL
        && (o->file == NULL || polycard_refused_is_descriptor(o->file)))
    {
        return NGX_POLYCARD_OK;
    }

    /* one that is cut off is too long to be opened as well */

    (void) snprintf(path, sizeof(path), "%s%s",
                    o->refused ? o->refused : o->file,
                    o->refused ? "" : REFUSED_SUFFIX);

    /* not named by an option: somebody else may have made it a link */

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

    /* whatever ends the tool: the refused rows are in the file */

    (void) setvbuf(refused->file, NULL, _IOLBF, 0);
    polycard_refused_header(refused, reader);

    return NGX_POLYCARD_OK;
}


/* /dev/stdin, or <(COMMAND), which is in /dev/fd: nothing is to be beside it */

static unsigned
polycard_refused_is_descriptor(const char *path)
{
    char         folder[PATH_MAX], real[PATH_MAX];
    size_t       len;
    const char  *slash;

    slash = strrchr(path, '/');
    len = slash ? (size_t) (slash - path) : 0;

    if (len == 0 || len >= sizeof(folder)) {
        return 0;
    }

    memcpy(folder, path, len);
    folder[len] = '\0';

    return realpath(folder, real) != NULL
           && (strcmp(real, "/dev") == 0
               || strncmp(real, "/proc/", strlen("/proc/")) == 0);
}


/* with a byte order mark spreadsheets recognize UTF-8 */

static void
polycard_refused_header(polycard_refused_t *refused,
    const polycard_reader_t *reader)
{
    refused->delimiter = ',';

    if (reader->table) {
        refused->delimiter = reader->csv.delimiter;
        refused->columns = reader->columns.n - reader->columns.skip;
        refused->skip = reader->columns.skip;
    }

    if (reader->decode.mark || !reader->decode.utf8) {
        (void) fputs(REFUSED_MARK, refused->file);
    }

    (void) fprintf(refused->file, POLYCARD_REFUSED_LINE "%c"
                   POLYCARD_REFUSED_REASON, refused->delimiter);

    polycard_refused_fields(refused, reader->columns.title,
                            reader->columns.n);
}


static void
polycard_refused_fields(polycard_refused_t *refused,
    const ngx_polycard_str_t *field, size_t n)
{
    size_t  i;

    for (i = 0; i < refused->columns; i++) {
        (void) putc(refused->delimiter, refused->file);

        if (i + refused->skip < n) {
            polycard_field_write(refused->file, &field[i + refused->skip]);
        }
    }

    (void) putc('\n', refused->file);
}


/* also 1 if it is empty, missing, or no file */

static unsigned
polycard_refused_is_list(const char *path)
{
    FILE        *file;
    char         text[32], *p;
    size_t       n;
    const char  *line, *reason;

    file = path[0] ? fopen(path, "re") : NULL;

    if (file == NULL) {
        return 1;
    }

    n = fread(text, 1, sizeof(text) - 1, file);
    (void) fclose(file);

    text[n] = '\0';

    line = POLYCARD_REFUSED_LINE;
    reason = POLYCARD_REFUSED_REASON;

    p = text;
    p += (strncmp(p, REFUSED_MARK, strlen(REFUSED_MARK)) == 0)
         ? strlen(REFUSED_MARK) : 0;

    return n == 0
           || (strncmp(p, line, strlen(line)) == 0
               && strncmp(p + strlen(line) + 1, reason, strlen(reason)) == 0);
}


void
polycard_refused_add(polycard_refused_t *refused, uint64_t line,
    const char *reason, const ngx_polycard_str_t *field, size_t n)
{
    ngx_polycard_str_t  text;

    refused->count++;

    if (refused->file == NULL) {
        if (refused->count <= REFUSED_SAID) {
            polycard_say("line %llu: %s", (unsigned long long) line, reason);
        }

        return;
    }

    text.data = (u_char *) reason;
    text.len = strlen(reason);

    (void) fprintf(refused->file, "%llu%c", (unsigned long long) line,
                   refused->delimiter);
    polycard_field_quote(refused->file, &text);
    polycard_refused_fields(refused, field, n);

    (void) polycard_target_failed(&refused->target);
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

    /* the list of an earlier run would look like that of this one */

    if (!keep) {
        (void) unlink(target->real);
    }

    return NGX_POLYCARD_OK;
}
