
#include "import/draft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* values of the tables: a phone is its last nine digits and 1 */

#define DRAFT_NOBODY    0x40000000
#define DRAFT_CARDLESS  1
#define DRAFT_GONE      2
#define DRAFT_NO_ID     1


static uint64_t polycard_draft_key(const char *phone);
static uint64_t polycard_draft_value(const char *phone);


int
polycard_draft_open(polycard_draft_t *draft, uint64_t expected)
{
    memset(draft, 0, sizeof(polycard_draft_t));

    return (polycard_table_open(&draft->holders, expected) == NGX_POLYCARD_OK
            && polycard_table_open(&draft->clients, expected)
               == NGX_POLYCARD_OK
            && polycard_table_open(&draft->numbers, expected)
               == NGX_POLYCARD_OK
            && polycard_table_open(&draft->values, expected)
               == NGX_POLYCARD_OK) ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


void
polycard_draft_close(polycard_draft_t *draft)
{
    polycard_table_close(&draft->holders);
    polycard_table_close(&draft->clients);
    polycard_table_close(&draft->numbers);
    polycard_table_close(&draft->values);
}


static uint64_t
polycard_draft_key(const char *phone)
{
    return polycard_table_key(phone, NGX_POLYCARD_PHONE_LEN);
}


static uint64_t
polycard_draft_value(const char *phone)
{
    return strtoul(phone + 3, NULL, 10) + 1;
}


int
polycard_draft_holder(polycard_draft_t *draft, uint64_t card, unsigned *known,
    char phone[NGX_POLYCARD_PHONE_LEN + 1])
{
    uint64_t  value;

    if (polycard_table_get(&draft->holders, card, &value) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    *known = (value != 0);
    phone[0] = '\0';

    if (value && value != DRAFT_NOBODY) {
        (void) snprintf(phone, NGX_POLYCARD_PHONE_LEN + 1, "380%09u",
                        (unsigned) value - 1);
    }

    return NGX_POLYCARD_OK;
}


int
polycard_draft_client(polycard_draft_t *draft, const char *phone,
    polycard_draft_client_t *client)
{
    uint64_t  value;

    if (polycard_table_get(&draft->clients, polycard_draft_key(phone), &value)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    client->known = (value != 0);
    client->there = (value && value != DRAFT_GONE);
    client->card = (client->there && value != DRAFT_CARDLESS) ? value : 0;

    return NGX_POLYCARD_OK;
}


int
polycard_draft_give(polycard_draft_t *draft, const char *phone, uint64_t card,
    uint64_t before)
{
    uint64_t  value;

    value = 0;

    if (before && before != card
        && polycard_table_get(&draft->holders, before, &value)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    /* in an exchange another one may have it already */

    if (before && before != card
        && (value == 0 || value == polycard_draft_value(phone))
        && polycard_table_set(&draft->holders, before, DRAFT_NOBODY)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (card
        && polycard_table_set(&draft->holders, card,
                              polycard_draft_value(phone))
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    return polycard_table_set(&draft->clients, polycard_draft_key(phone),
                              card ? card : DRAFT_CARDLESS);
}


int
polycard_draft_leave(polycard_draft_t *draft, const char *phone)
{
    return polycard_table_set(&draft->clients, polycard_draft_key(phone),
                              DRAFT_GONE);
}


int
polycard_draft_number(polycard_draft_t *draft, const char *phone,
    unsigned *known, uint64_t *number)
{
    uint64_t  value;

    if (polycard_table_get(&draft->numbers, polycard_draft_key(phone), &value)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    *known = (value != 0);
    *number = (value == DRAFT_NO_ID) ? 0 : value;

    return NGX_POLYCARD_OK;
}


int
polycard_draft_set_number(polycard_draft_t *draft, const char *phone,
    uint64_t number)
{
    return polycard_table_set(&draft->numbers, polycard_draft_key(phone),
                              number ? number : DRAFT_NO_ID);
}


int
polycard_draft_last(polycard_draft_t *draft, uint64_t identity,
    uint64_t *values)
{
    return polycard_table_get(&draft->values, identity, values);
}


int
polycard_draft_row(polycard_draft_t *draft, uint64_t identity, uint64_t values)
{
    return polycard_table_set(&draft->values, identity, values);
}
