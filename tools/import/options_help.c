
#include "import/library.h"
#include "import/options_table.h"
#include "version.h"

#include <stdio.h>
#include <string.h>


/* of what an option is for */
#define HELP_COLUMN  30


static void polycard_options_help_line(const polycard_option_t *option);
static size_t polycard_options_print(const polycard_option_t *option);


int
polycard_options_version(polycard_options_t *o, const char *value)
{
    (void) printf("%s %s (functions for Redis: version %d)\n",
                  o->program == POLYCARD_IMPORT ? "polycard-import"
                                                : "polycard-export",
                  NGX_POLYCARD_VERSION, polycard_library_version);

    return POLYCARD_END;
}


int
polycard_options_help(polycard_options_t *o, const char *value)
{
    size_t  i;

    if (o->program == POLYCARD_IMPORT) {
        (void) printf("Usage: polycard-import [OPTION]... [FILE]\n"
            "Write clients of a market, or its loyalty groups, to the Redis "
            "from which nginx\n"
            "answers Polycard.\n"
            "\n"
            "FILE, or standard input, is CSV whose first line names the "
            "attributes, JSON\n"
            "lines, a JSON array, any of them compressed by gzip, or a "
            "workbook (.xlsx).\n"
            "Existing clients are changed: attributes that the file "
            "does not name are kept,\n"
            "empty ones are removed. It is safe to run it again.\n");

    } else {
        (void) printf("Usage: polycard-export [OPTION]... [FILE]\n"
            "Write the clients of a market, or its loyalty groups, from Redis "
            "to FILE, or to\n"
            "standard output: all attributes, in the order of getClients, as "
            "polycard-import\n"
            "reads them.\n");
    }

    (void) printf("\nOptions:\n");

    for (i = 0; i < polycard_option_n; i++) {
        if (polycard_option[i].programs & o->program) {
            polycard_options_help_line(&polycard_option[i]);
        }
    }

    (void) printf("\nExit status: 0 success; 1 %s;\n"
                  "2 failure; 130 interrupted.\n",
                  o->program == POLYCARD_IMPORT
                  ? "records were refused, or no clients deleted"
                  : "records were left out or differ from what is stored");

    return POLYCARD_END;
}


static void
polycard_options_help_line(const polycard_option_t *option)
{
    size_t       column;
    const char  *p, *end;

    column = polycard_options_print(option);

    if (column >= HELP_COLUMN) {
        (void) printf("\n");
        column = 0;
    }

    for (p = option->help; p; p = end ? end + 1 : NULL) {
        end = strchr(p, '\n');

        (void) printf("%*s%.*s\n", (int) (HELP_COLUMN - column), "",
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
