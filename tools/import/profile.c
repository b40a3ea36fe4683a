
#include "import/profile.h"
#include "import/target.h"
#include "import/terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>


#define PROFILE_MAX  65536


static char *polycard_profile_text(const char *path);
static int polycard_profile_line(polycard_options_t *o, char *line,
    const char *path, unsigned n);


int
polycard_profile_read(polycard_options_t *o, const char *path)
{
    char      *line, *end, *text;
    int        rc;
    unsigned   n;

    if (o->profile) {
        polycard_say("--profile is given twice");
        return NGX_POLYCARD_ERROR;
    }

    /* its text is used as long as the program runs */

    text = polycard_profile_text(path);

    if (text == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    o->profile = path;
    line = text + (strncmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0);

    for (n = 1; line; line = end, n++) {
        end = strchr(line, '\n');

        if (end) {
            *end++ = '\0';
        }

        o->in_profile = 1;
        rc = polycard_profile_line(o, line, path, n);
        o->in_profile = 0;

        if (rc != NGX_POLYCARD_OK) {

            /* the program ends: these options are not used */
            free(text);
            return NGX_POLYCARD_ERROR;
        }
    }

    return NGX_POLYCARD_OK;
}


static char *
polycard_profile_text(const char *path)
{
    FILE    *file;
    char    *text;
    size_t   n;

    text = malloc(PROFILE_MAX + 1);
    file = text ? fopen(path, "re") : NULL;

    if (file == NULL) {
        polycard_say("cannot read \"%s\": %s", path, strerror(errno));
        free(text);
        return NULL;
    }

    errno = EFBIG;
    n = fread(text, 1, PROFILE_MAX + 1, file);

    if (ferror(file) || n > PROFILE_MAX || memchr(text, '\0', n)) {
        polycard_say("\"%s\" is no profile: it holds no lines of options",
                     path);
        (void) fclose(file);
        free(text);
        return NULL;
    }

    (void) fclose(file);
    text[n] = '\0';

    return text;
}


static int
polycard_profile_line(polycard_options_t *o, char *line, const char *path,
    unsigned n)
{
    char   *value;
    size_t  len;

    line += strspn(line, " \t\r");
    len = strlen(line);

    while (len && strchr(" \t\r", line[len - 1])) {
        line[--len] = '\0';
    }

    if (len == 0 || *line == '#') {
        return NGX_POLYCARD_OK;
    }

    len = strcspn(line, " \t");
    value = line + len + strspn(line + len, " \t");

    if (line[len]) {
        line[len] = '\0';
    }

    if (polycard_options_apply(o, line, *value ? value : NULL)
        == NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_OK;
    }

    polycard_say("\"%s\", line %u: \"%s\" is no such option, or its value is "
                 "wrong", path, n, line);

    return NGX_POLYCARD_ERROR;
}


int
polycard_profile_save(const polycard_options_t *o)
{
    size_t              i;
    polycard_target_t   target;

    if (o->save_profile == NULL) {
        return NGX_POLYCARD_OK;
    }

    if (polycard_target_open(&target, o->save_profile, o, NULL)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    (void) fputs("# polycard-import --profile=FILE\n\n", target.file);

    for (i = 0; i < o->given; i++) {
        (void) fprintf(target.file, "%s%s%s\n", o->given_name[i],
                       o->given_value[i] ? " " : "",
                       o->given_value[i] ? o->given_value[i] : "");
    }

    return polycard_target_close(&target, 1);
}
