
#include "import/options_servers.h"
#include "import/options_table.h"
#include "import/terminal.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>


/* not in the table */
#define OPTION_UNKNOWN  -2

/* of one program, for getopt_long() */

#define OPTIONS_MAX  64

typedef struct {
    struct option  longs[OPTIONS_MAX + 1];
    char           letters[2 * OPTIONS_MAX + 1];
    size_t         which[OPTIONS_MAX];      /* index in the table */
    size_t         n;
} polycard_getopt_t;


static void polycard_options_prepare(polycard_getopt_t *get, unsigned program);
static int polycard_options_next(polycard_getopt_t *get, int argc,
    char **argv);
static int polycard_options_take(polycard_options_t *o,
    const polycard_option_t *option, const char *value);
static unsigned polycard_options_is_kept(const char *name);
static int polycard_options_check(polycard_options_t *o);


int
polycard_options_parse(polycard_options_t *o, unsigned program, int argc,
    char **argv)
{
    int                 index, rc;
    polycard_getopt_t   get;

    memset(o, 0, sizeof(polycard_options_t));

    o->program = program;

    polycard_options_prepare(&get, program);

    while ((index = polycard_options_next(&get, argc, argv)) != -1) {

        if (index == OPTION_UNKNOWN) {
            (void) fprintf(stderr, "Try --help.\n");
            return NGX_POLYCARD_ERROR;
        }

        rc = polycard_options_take(o, &polycard_option[index], optarg);

        if (rc != NGX_POLYCARD_OK) {
            return rc;
        }
    }

    if (argc - optind > 1) {
        polycard_say("more than one file is given");
        return NGX_POLYCARD_ERROR;
    }

    if (optind < argc && strcmp(argv[optind], "-") != 0) {
        o->file = argv[optind];
    }

    return polycard_options_check(o);
}


/* the table in the form of getopt_long() */

static void
polycard_options_prepare(polycard_getopt_t *get, unsigned program)
{
    char           *p;
    size_t          i;
    struct option  *option;

    memset(get, 0, sizeof(polycard_getopt_t));

    p = get->letters;
    option = get->longs;

    for (i = 0; i < polycard_option_n; i++) {

        if (!(polycard_option[i].programs & program)) {
            continue;
        }

        if (option == get->longs + OPTIONS_MAX) {
            break;
        }

        option->name = polycard_option[i].name;
        option->has_arg = polycard_option[i].value ? required_argument
                                                   : no_argument;
        option->val = polycard_option[i].letter;

        get->which[option++ - get->longs] = i;

        if (polycard_option[i].letter) {
            *p++ = polycard_option[i].letter;

            if (polycard_option[i].value) {
                *p++ = ':';
            }
        }
    }

    get->n = option - get->longs;
}


/* the index of the next option in the table, OPTION_UNKNOWN, or -1 */

static int
polycard_options_next(polycard_getopt_t *get, int argc, char **argv)
{
    int     c, index;
    size_t  i;

    index = -1;
    c = getopt_long(argc, argv, get->letters, get->longs, &index);

    if (c == -1) {
        return -1;
    }

    if (c == '?') {
        return OPTION_UNKNOWN;
    }

    for (i = 0; index == -1 && i < get->n; i++) {
        index = (get->longs[i].val == c) ? (int) i : -1;
    }

    return get->which[index];
}


/* options for one run only, or that name another profile, are in no profile */

int
polycard_options_apply(polycard_options_t *o, const char *name,
    const char *value)
{
    size_t                    i, other;
    const polycard_option_t  *option;

    other = polycard_option_n;

    for (i = 0; i < polycard_option_n; i++) {
        option = &polycard_option[i];

        if (strcmp(option->name, name) != 0
            || (option->value != NULL) != (value != NULL)
            || !polycard_options_is_kept(name))
        {
            continue;
        }

        if (option->programs & o->program) {
            return polycard_options_take(o, option, value);
        }

        other = i;
    }

    /* one profile may serve both programs */

    return (other < polycard_option_n) ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


static unsigned
polycard_options_is_kept(const char *name)
{
    size_t                    i;
    static const char *const  others[] = {
        "profile", "save-profile", "dry-run", "yes", "force", "help",
        "version"
    };

    for (i = 0; i < polycard_nelts(others); i++) {
        if (strcmp(name, others[i]) == 0) {
            return 0;
        }
    }

    return 1;
}


static int
polycard_options_take(polycard_options_t *o, const polycard_option_t *option,
    const char *value)
{
    if (polycard_options_is_kept(option->name)) {

        if (o->given == POLYCARD_GIVEN_MAX) {
            polycard_say("there are more than %d options",
                         POLYCARD_GIVEN_MAX);
            return NGX_POLYCARD_ERROR;
        }

        o->given_name[o->given] = option->name;
        o->given_value[o->given++] = value;
    }

    if (option->set) {
        return option->set(o, value);
    }

    if (option->string) {
        *(const char **) ((char *) o + option->string) = value;
    }

    if (option->flag) {
        *((u_char *) o + option->flag) = 1;
    }

    return NGX_POLYCARD_OK;
}


static int
polycard_options_check(polycard_options_t *o)
{
    if (o->prefix[0] == '\0' && (!o->dry_run || o->delete_missing)) {
        polycard_say("which market? --market NAME says it");
        return NGX_POLYCARD_ERROR;
    }

    if (o->delete_missing && o->groups) {
        polycard_say("--delete-missing is for clients only");
        return NGX_POLYCARD_ERROR;
    }

    if (o->force && !o->delete_missing) {
        polycard_say("--force is for --delete-missing only");
        return NGX_POLYCARD_ERROR;
    }

    return polycard_options_servers(o);
}
