
/*
 * Rows that wait: the card that they give to a client is another client's, who
 * may give it up in a later row.  They are kept in a temporary file.
 */


#ifndef _POLYCARD_ASIDE_H_INCLUDED_
#define _POLYCARD_ASIDE_H_INCLUDED_


#include "core/phone.h"
#include "import/rows.h"

#include <sys/types.h>


/* more of them are refused at once */
#define POLYCARD_ASIDE_MAX   16384


typedef struct {
    off_t       offset;       /* in the file */
    char        phone[NGX_POLYCARD_PHONE_LEN + 1];
    u_char      done;         /* waits no more */
    u_char      seen;         /* on the way that is looked at */
    u_char      left;         /* ... on one that waits on */
    u_char      other;        /* not the client who has the card */
} polycard_waiting_t;


typedef struct {
    int                   fd;         /* -1: there is none yet */
    off_t                 end;

    polycard_waiting_t   *waiting;
    size_t                n;
    uint32_t             *place;      /* by phone: index in waiting, and 1 */
    polycard_row_t        row;        /* that was read last */
} polycard_aside_t;


/* without a file: the first one that is added makes it */
void polycard_aside_init(polycard_aside_t *aside);
void polycard_aside_free(polycard_aside_t *aside);

/*
 * One more, while there are fewer than POLYCARD_ASIDE_MAX; NGX_POLYCARD_ERROR
 * after a message */
int polycard_aside_add(polycard_aside_t *aside, const polycard_row_t *row);

/* reads one into row, over the last one; NGX_POLYCARD_ERROR after a message */
int polycard_aside_read(polycard_aside_t *aside, size_t i);

/* the last one of this phone that waits, or n; there is one in it */
size_t polycard_aside_find(const polycard_aside_t *aside, const char *phone);


#endif /* _POLYCARD_ASIDE_H_INCLUDED_ */
