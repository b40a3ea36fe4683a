
/*
 * Clients that the file does not name, by the market's number and by card: they
 * may be in it with another phone.
 */


#ifndef _POLYCARD_GONE_H_INCLUDED_
#define _POLYCARD_GONE_H_INCLUDED_


#include "core/phone.h"
#include "import/missing.h"
#include "import/rows.h"


typedef struct {
    polycard_missing_t  *missing;
    polycard_table_t     ids;
    polycard_table_t     cards;
    polycard_table_t     refused_ids;     /* of rows that are refused */
    polycard_table_t     refused_cards;
    polycard_table_t     moving;          /* of those who stay otherwise */
    uint64_t             n[POLYCARD_MISSING_WALKS];
                                   /* how many clients, without ... */
    uint64_t             staying;  /* ... those of whom a row is refused */
    unsigned             known;    /* the file was read to its end once */
    unsigned             refused;  /* the tables of refused rows are open */
} polycard_gone_t;


/*
 * Before polycard_gone_find(): a row that will be refused gives this number and
 * this card (len == 0: none).  NGX_POLYCARD_ERROR, here and below: it was said
 * why.
 */
int polycard_gone_refused(polycard_gone_t *gone, const ngx_polycard_str_t *id,
    const ngx_polycard_str_t *card);

/* reads them; the pipeline must be empty, and has another handler afterwards */
int polycard_gone_find(polycard_gone_t *gone, polycard_missing_t *missing);

/* after that: a good row gives these, so its client moves, and counts in n */
int polycard_gone_good(polycard_gone_t *gone, const ngx_polycard_str_t *id,
    const ngx_polycard_str_t *card);
void polycard_gone_close(polycard_gone_t *gone);

/*
 * The owner of this number and this card (data == NULL: none).  The number
 * decides: if both have one and these differ, a card proves nothing.
 * phone: the owner's, or "" if it is none of them.
 */
int polycard_gone_owner(polycard_gone_t *gone, const ngx_polycard_str_t *id,
    const ngx_polycard_str_t *card, char phone[NGX_POLYCARD_PHONE_LEN + 1]);

/* the same for those that a row gives; "" if the file was not read before */
int polycard_gone_of(polycard_gone_t *gone, const polycard_row_t *row,
    char phone[NGX_POLYCARD_PHONE_LEN + 1]);


#endif /* _POLYCARD_GONE_H_INCLUDED_ */
