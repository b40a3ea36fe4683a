
/* The options of both programs. */


#ifndef _POLYCARD_OPTIONS_TABLE_H_INCLUDED_
#define _POLYCARD_OPTIONS_TABLE_H_INCLUDED_


#include "import/options.h"


/* the effect of an option: a function, a string to keep, or a flag */

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


extern const polycard_option_t  polycard_option[];
extern const size_t             polycard_option_n;


/*
 * --help and --version, as functions of options: POLYCARD_END, since nothing
 * is left to do.
 */

int polycard_options_help(polycard_options_t *o, const char *value);
int polycard_options_version(polycard_options_t *o, const char *value);


#endif /* _POLYCARD_OPTIONS_TABLE_H_INCLUDED_ */
