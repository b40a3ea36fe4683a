
/* The command line of polycard-check, and the token. */


#ifndef _POLYCARD_CHECK_OPTIONS_H_INCLUDED_
#define _POLYCARD_CHECK_OPTIONS_H_INCLUDED_


#include "core/types.h"


/* as the module has it */
#define CHECK_TOKEN_MAX  255


typedef struct {
    const char   *url;                /* without final "/"; NULL: not asked */
    size_t        len;
    char          token[CHECK_TOKEN_MAX + 1];   /* "": none is sent */
} check_base_t;


typedef struct {
    check_base_t market;             /* its services */
    check_base_t office;

    const char   *phone;              /* a client to ask for, or NULL */
    const char   *write;              /* a phone to write, or NULL */

    const char   *cacert;
    const char   *cert;
    const char   *key;
    long          timeout;            /* of a request, in seconds */
    long          pages;              /* of the walks through getClients */

    unsigned      insecure:1;
    unsigned      json:1;
    unsigned      strict:1;           /* what is recommended must be */
    unsigned      verbose:1;
} check_options_t;


/*
 * NGX_POLYCARD_OK; 1 if nothing is left to do (--help, --version);
 * NGX_POLYCARD_ERROR after a message.  Strings are those of argv.
 */
int check_options_parse(check_options_t *o, int argc, char **argv);


#endif /* _POLYCARD_CHECK_OPTIONS_H_INCLUDED_ */
