
/*
 * Whom the file does not name, by the market's number and by card: one of them
 * may be in it with another phone.
 */


#ifndef _POLYCARD_GONE_H_INCLUDED_
#define _POLYCARD_GONE_H_INCLUDED_


#include "import/missing.h"
#include "core/phone.h"


typedef struct {
    polycard_table_t   ids;
    polycard_table_t   cards;
    unsigned           known;      /* the file was read to its end once */
} polycard_gone_t;


/* reads them; the pipeline is empty, and somebody else's afterwards */
int polycard_gone_find(polycard_gone_t *gone, polycard_missing_t *missing);
void polycard_gone_close(polycard_gone_t *gone);

/*
 * Whose are this number and this card (data == NULL: there is none)?  The
 * number has the last word: where both have one that differ, a card proves
 * nothing.  phone: his, or "" where it is nobody of them.
 */
int polycard_gone_owner(polycard_gone_t *gone, const ngx_polycard_str_t *id,
    const ngx_polycard_str_t *card, char phone[NGX_POLYCARD_PHONE_LEN + 1]);


#endif /* _POLYCARD_GONE_H_INCLUDED_ */
