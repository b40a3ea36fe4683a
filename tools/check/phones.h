
/* The phones of a page of getClients, or of several in a row. */


#ifndef _POLYCARD_CHECK_PHONES_H_INCLUDED_
#define _POLYCARD_CHECK_PHONES_H_INCLUDED_


#include "check/check.h"


typedef struct {
    char    (*phone)[NGX_POLYCARD_PHONE_LEN + 1];   /* "": none that is one */
    size_t    n;
} check_phones_t;


/*
 * Requests a page and collects its phones; the caller frees both results in
 * any case.  NGX_POLYCARD_ERROR: it is no page, and the row has failed.
 */
int check_phones_page(check_t *c, check_row_e row, size_t offset, size_t limit,
    check_phones_t *phones, check_exchange_t *x);

/* ... it is empty then */
void check_phones_free(check_phones_t *phones);

/* appends those of an array of clients; NGX_POLYCARD_ERROR: no memory */
int check_phones_append(check_phones_t *phones, const cJSON *clients);

/* without memory the copy is empty */
void check_phones_copy(check_phones_t *to, const check_phones_t *from);

/* does a phone occur twice */
unsigned check_phones_repeat(const check_phones_t *phones);

/* is the page what remains of first without its first min to max phones */
unsigned check_phones_end(const check_phones_t *first,
    const check_phones_t *page, size_t min, size_t max);

/* are the first n phones of both the same */
unsigned check_phones_same(const check_phones_t *one,
    const check_phones_t *two, size_t n);


#endif /* _POLYCARD_CHECK_PHONES_H_INCLUDED_ */
