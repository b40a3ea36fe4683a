
/*
 * The market as a trial would leave it: what is different from Redis.  In
 * temporary files, so that the size of the file costs no memory.
 */


#ifndef _POLYCARD_DRAFT_H_INCLUDED_
#define _POLYCARD_DRAFT_H_INCLUDED_


#include "core/phone.h"
#include "import/table.h"


typedef struct {
    polycard_table_t   holders;    /* by card: the phone of who has it */
    polycard_table_t   clients;    /* by phone: his card */
    polycard_table_t   numbers;    /* by phone: his id */
    polycard_table_t   values;     /* what the last row of a client, or a
                                      group, gives */
    unsigned           deleted;    /* whoever is not named is deleted */
} polycard_draft_t;


typedef struct {
    unsigned           known:1;    /* else he is as in Redis */
    unsigned           there:1;
    uint64_t           card;       /* its key (table.h), or 0 */
} polycard_draft_client_t;


/*
 * Nothing is different yet; about so many clients (0: unknown).
 * NGX_POLYCARD_ERROR, here and below: it was said why.
 */
int polycard_draft_open(polycard_draft_t *draft, uint64_t expected);
void polycard_draft_close(polycard_draft_t *draft);

/* who has this card; known: 0, he who has it in Redis; "": nobody */
int polycard_draft_holder(polycard_draft_t *draft, uint64_t card,
    unsigned *known, char phone[NGX_POLYCARD_PHONE_LEN + 1]);

/* the client with this phone */
int polycard_draft_client(polycard_draft_t *draft, const char *phone,
    polycard_draft_client_t *client);

/* he is there, with this card (0: none) and no more with the one before */
int polycard_draft_give(polycard_draft_t *draft, const char *phone,
    uint64_t card, uint64_t before);

/* he is there no more: he has another phone */
int polycard_draft_leave(polycard_draft_t *draft, const char *phone);

/* his id, by its key, or 0; known: 0, that which he has in Redis */
int polycard_draft_number(polycard_draft_t *draft, const char *phone,
    unsigned *known, uint64_t *number);

/* he has this id from now on, or none (0) */
int polycard_draft_set_number(polycard_draft_t *draft, const char *phone,
    uint64_t number);

/*
 * What the last row of a client or a group gives, or 0, and what another one
 * does, which is not 0: by the keys of the texts (table.h).
 */
int polycard_draft_last(polycard_draft_t *draft, uint64_t identity,
    uint64_t *values);
int polycard_draft_row(polycard_draft_t *draft, uint64_t identity,
    uint64_t values);


#endif /* _POLYCARD_DRAFT_H_INCLUDED_ */
