
#include "import/library.h"
#include "import/options_value.h"
#include "import/profile.h"
#include "import/terminal.h"
#include "version.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>


/* what is done with an option: a function, a string to be kept, or a flag */

typedef struct {
    const char   *name;
    char          letter;             /* or 0 */
    const char   *value;              /* what --help calls it, or NULL */
    unsigned      programs;
    const char   *help;               /* lines */

    int         (*set)(polycard_options_t *o, const char *value);
    size_t        string;             /* offset; 0: there is none */
    size_t        flag;               /* the same */
} polycard_option_t;


/* of one program, for getopt_long() */

#define OPTIONS_MAX  32

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
static int polycard_options_version(polycard_options_t *o, const char *value);
static int polycard_options_help(polycard_options_t *o, const char *value);
static size_t polycard_options_print(const polycard_option_t *option);
static void polycard_options_help_line(const polycard_option_t *option);


#define option_string(member)  NULL, offsetof(polycard_options_t, member), 0
#define option_flag(member)    NULL, 0, offsetof(polycard_options_t, member)
#define option_set(set)        set, 0, 0


static const polycard_option_t  options[] = {

    { "market", 'm', "NAME", POLYCARD_BOTH,
      "the market of this name: its keys begin with\n"
      "\"polycard:{NAME}:\"",
      option_set(polycard_options_market) },

    { "prefix", 'p', "PREFIX", POLYCARD_BOTH,
      "the same for a market with a key_prefix of its own",
      option_set(polycard_options_prefix) },

    { "redis", 'r', "ADDRESS", POLYCARD_BOTH,
      "HOST[:PORT] or unix:PATH (127.0.0.1:6379)",
      option_string(redis) },

    { "user", 'u', "NAME", POLYCARD_BOTH,
      "the user of Redis",
      option_string(user) },

    { "password-file", 'P', "FILE", POLYCARD_BOTH,
      "a file that holds nothing but the password",
      option_string(password_file) },

    { "database", 'n', "NUMBER", POLYCARD_BOTH,
      "the database of Redis (0)",
      option_set(polycard_options_database) },

    { "groups", 'g', NULL, POLYCARD_BOTH,
      "loyalty groups instead of clients",
      option_flag(groups) },

    { "format", 'f', "FORMAT", POLYCARD_IMPORT,
      "csv or jsonl (found out from the first character)",
      option_set(polycard_options_format) },

    { "format", 'f', "FORMAT", POLYCARD_EXPORT,
      "csv or jsonl (csv)",
      option_set(polycard_options_format) },

    { "delimiter", 'd', "CHARACTER", POLYCARD_IMPORT,
      "of CSV: \",\", \";\", \"|\" or \"tab\" (found out)",
      option_set(polycard_options_delimiter) },

    { "delimiter", 'd', "CHARACTER", POLYCARD_EXPORT,
      "of CSV: \",\", \";\", \"|\" or \"tab\" (\",\")",
      option_set(polycard_options_delimiter) },

    { "encoding", 'e', "NAME", POLYCARD_IMPORT,
      "of the file, as iconv calls it (found out: UTF-8,\n"
      "UTF-16, windows-1251, koi8-u)",
      option_string(encoding) },

    { "map", 'M', "TITLE=ATTRIBUTE", POLYCARD_IMPORT,
      "the column of this title is this attribute; passed\n"
      "over without one",
      option_set(polycard_options_map) },

    { "money", 0, "UNIT", POLYCARD_IMPORT,
      "what a bonus of CSV is: hryvnia or kopeck",
      option_set(polycard_options_money) },

    { "decimal", 0, "SIGN", POLYCARD_IMPORT,
      "before decimals in CSV: comma or point (found out\n"
      "where it is clear)",
      option_set(polycard_options_decimal) },

    { "date", 0, "ORDER", POLYCARD_IMPORT,
      "of 01/02/1990: dmy or mdy",
      option_set(polycard_options_date) },

    { "profile", 0, "FILE", POLYCARD_IMPORT,
      "a file of options, one a line, without hyphens",
      option_set(polycard_profile_read) },

    { "save-profile", 0, "FILE", POLYCARD_IMPORT,
      "write the options of this run to such a file",
      option_string(save_profile) },

    { "dry-run", 't', NULL, POLYCARD_IMPORT,
      "check everything, change nothing",
      option_flag(dry_run) },

    { "delete-missing", 0, NULL, POLYCARD_IMPORT,
      "afterwards delete the clients that the file does\n"
      "not name, unless there are too many of them",
      option_flag(delete_missing) },

    { "force", 0, NULL, POLYCARD_IMPORT,
      "... however many there are",
      option_flag(force) },

    { "ignore-unknown", 'i', NULL, POLYCARD_IMPORT,
      "pass over columns that are no attributes",
      option_flag(ignore_unknown) },

    { "refused", 'o', "FILE", POLYCARD_IMPORT,
      "where to write which records were refused, and\n"
      "why (the name of the file and \".refused.csv\")",
      option_string(refused) },

    { "quiet", 'q', NULL, POLYCARD_BOTH,
      "no progress bar, no summary",
      option_flag(quiet) },

    { "help", 'h', NULL, POLYCARD_BOTH,
      "this text",
      option_set(polycard_options_help) },

    { "version", 'V', NULL, POLYCARD_BOTH,
      "the versions of this program and of its functions\n"
      "for Redis",
      option_set(polycard_options_version) }
};


#define OPTION_UNKNOWN  ((int) polycard_nelts(options))


int
polycard_options_parse(polycard_options_t *o, unsigned program, int argc,
    char **argv)
{
    int                 index, rc;
    polycard_getopt_t   get;

    memset(o, 0, sizeof(polycard_options_t));

    o->program = program;
    o->redis = "127.0.0.1:6379";

    polycard_options_prepare(&get, program);

    while ((index = polycard_options_next(&get, argc, argv)) != -1) {

        if (index == OPTION_UNKNOWN) {
            (void) fprintf(stderr, "Try --help.\n");
            return NGX_POLYCARD_ERROR;
        }

        rc = polycard_options_take(o, &options[index], optarg);

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


/* the table as getopt_long() wants it */

static void
polycard_options_prepare(polycard_getopt_t *get, unsigned program)
{
    char           *p;
    size_t          i;
    struct option  *option;

    memset(get, 0, sizeof(polycard_getopt_t));

    p = get->letters;
    option = get->longs;

    for (i = 0; i < polycard_nelts(options); i++) {

        if (!(options[i].programs & program)) {
            continue;
        }

        option->name = options[i].name;
        option->has_arg = options[i].value ? required_argument : no_argument;
        option->val = options[i].letter;

        get->which[option++ - get->longs] = i;

        if (options[i].letter) {
            *p++ = options[i].letter;

            if (options[i].value) {
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


/* what is about one run, or leads to another file of options, is in none */

int
polycard_options_apply(polycard_options_t *o, const char *name,
    const char *value)
{
    size_t  i;

    for (i = 0; i < polycard_nelts(options); i++) {

        if ((options[i].programs & o->program)
            && strcmp(options[i].name, name) == 0
            && (options[i].value != NULL) == (value != NULL)
            && polycard_options_is_kept(name))
        {
            return polycard_options_take(o, &options[i], value);
        }
    }

    return NGX_POLYCARD_ERROR;
}


static unsigned
polycard_options_is_kept(const char *name)
{
    size_t                    i;
    static const char *const  others[] = {
        "profile", "save-profile", "dry-run", "force", "help", "version"
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

    if (o->user && o->password_file == NULL) {
        polycard_say("--user needs --password-file");
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}


static int
polycard_options_version(polycard_options_t *o, const char *value)
{
    (void) printf("%s %s (functions for Redis: version %d)\n",
                  o->program == POLYCARD_IMPORT ? "polycard-import"
                                                : "polycard-export",
                  NGX_POLYCARD_VERSION, polycard_library_version);

    return POLYCARD_END;
}


static int
polycard_options_help(polycard_options_t *o, const char *value)
{
    size_t  i;

    if (o->program == POLYCARD_IMPORT) {
        (void) printf("Usage: polycard-import [OPTION]... [FILE]\n"
            "Put clients of a market, or its loyalty groups, into the Redis "
            "from which nginx\n"
            "answers Polycard.\n"
            "\n"
            "FILE, or standard input, is CSV whose first line names the "
            "attributes, JSON\n"
            "lines, or a JSON array. Clients that are there are changed: "
            "attributes that the\n"
            "file does not name stay, empty ones are removed. It is safe to "
            "run it again.\n");

    } else {
        (void) printf("Usage: polycard-export [OPTION]... [FILE]\n"
            "Write the clients of a market, or its loyalty groups, from Redis "
            "to FILE, or to\n"
            "standard output: all attributes, in the order of getClients, as "
            "polycard-import\n"
            "takes them.\n");
    }

    (void) printf("\nOptions:\n");

    for (i = 0; i < polycard_nelts(options); i++) {
        if (options[i].programs & o->program) {
            polycard_options_help_line(&options[i]);
        }
    }

    (void) printf("\nExit status: 0 all right; 1 %s;\n"
                  "2 it could not be done; 130 interrupted.\n",
                  o->program == POLYCARD_IMPORT
                  ? "records were refused, or deletions"
                  : "records were left out or are not as stored");

    return POLYCARD_END;
}


static void
polycard_options_help_line(const polycard_option_t *option)
{
    size_t       column;
    const char  *p, *end;

    column = polycard_options_print(option);

    for (p = option->help; p; p = end ? end + 1 : NULL) {
        end = strchr(p, '\n');

        (void) printf("%*s%.*s\n", (int) (30 - column), "",
                      (int) (end ? (size_t) (end - p) : strlen(p)), p);
        column = 0;
    }
}


static size_t
polycard_options_print(const polycard_option_t *option)
{
    int  n;

    n = option->letter ? printf("  -%c, ", option->letter) : printf("      ");

    n += printf("--%s", option->name);

    if (option->value) {
        n += printf("=%s", option->value);
    }

    return (n > 0) ? n : 0;
}
