
#include "core/number.h"
#include "core/text.h"
#include "import/gone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* a value of the tables: the last nine digits of the phone and 1, of a card
 * whether its holder has a number, is a row of his refused, and has he no card
 * that Polycard sees */

#define GONE_PHONE     0x3fffffff
#define GONE_NUMBER    0x40000000
#define GONE_STAYS     0x80000000
#define GONE_CARDLESS  0x100000000


static int polycard_gone_ask(void *data, const char *phone, size_t len);
static int polycard_gone_answer(void *data, uint64_t tag,
    const redisReply *reply);
static int polycard_gone_stays(polycard_gone_t *gone, const int64_t *id,
    const ngx_polycard_str_t *card, unsigned *stays);
static int polycard_gone_find_owner(polycard_gone_t *gone,
    const ngx_polycard_str_t *id, const ngx_polycard_str_t *card,
    uint64_t *found);
static void polycard_gone_phone(uint64_t value,
    char phone[NGX_POLYCARD_PHONE_LEN + 1]);
static unsigned polycard_gone_id(const redisReply *reply, int64_t *id);


int
polycard_gone_refused(polycard_gone_t *gone, const ngx_polycard_str_t *id,
    const ngx_polycard_str_t *card)
{
    int64_t             number;
    unsigned            numbered;
    ngx_polycard_str_t  trimmed;

    if (!gone->refused) {
        gone->refused = 1;

        if (polycard_table_open(&gone->refused_ids, 0) != NGX_POLYCARD_OK
            || polycard_table_open(&gone->refused_cards, 0)
               != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }
    }

    number = 0;
    numbered = (id->len && ngx_polycard_number_parse_integer(id, &number)
                           == NGX_POLYCARD_OK);

    if (numbered
        && polycard_table_set(&gone->refused_ids, number, 1)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    trimmed = *card;
    ngx_polycard_text_trim(&trimmed);

    return trimmed.len == 0 ? NGX_POLYCARD_OK
           : polycard_table_set(&gone->refused_cards,
                                polycard_table_key(trimmed.data, trimmed.len),
                                numbered ? GONE_NUMBER : 1);
}


int
polycard_gone_find(polycard_gone_t *gone, polycard_missing_t *missing)
{
    gone->known = 1;

    if (polycard_table_open(&gone->ids, 0) != NGX_POLYCARD_OK
        || polycard_table_open(&gone->cards, 0) != NGX_POLYCARD_OK
        || (gone->refused
            && polycard_table_open(&gone->moving, 0) != NGX_POLYCARD_OK))
    {
        return NGX_POLYCARD_ERROR;
    }

    if (polycard_missing_look(missing) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    polycard_redis_handle(missing->redis, polycard_gone_answer, gone);

    gone->missing = missing;

    return polycard_missing_each(missing, polycard_gone_ask, gone);
}


void
polycard_gone_close(polycard_gone_t *gone)
{
    polycard_table_close(&gone->ids);
    polycard_table_close(&gone->cards);
    polycard_table_close(&gone->refused_ids);
    polycard_table_close(&gone->refused_cards);
    polycard_table_close(&gone->moving);
}


static int
polycard_gone_ask(void *data, const char *phone, size_t len)
{
    int                  n;
    char                 key[NGX_POLYCARD_PREFIX_MAX + 32];
    polycard_gone_t     *gone;
    polycard_missing_t  *missing;

    gone = data;
    missing = gone->missing;

    n = snprintf(key, sizeof(key), "%sclient:%.*s", missing->options->prefix,
                 (int) len, phone);

    const char  *argv[] = { "HMGET", key, "id", "barcode" };
    size_t       lens[] = { 5, n, 2, 7 };

    return polycard_redis_send(missing->redis, polycard_nelts(argv), argv,
                               lens, strtoul(phone + 3, NULL, 10) + 1);
}


static int
polycard_gone_answer(void *data, uint64_t tag, const redisReply *reply)
{
    int64_t              id;
    unsigned             number, stays;
    polycard_gone_t     *gone;
    ngx_polycard_str_t   card;

    gone = data;
    stays = 0;

    /* not a record, or deleted by now */

    if (reply->type == REDIS_REPLY_ERROR
        && strncmp(reply->str, "WRONGTYPE", 9) == 0)
    {
        gone->n[gone->missing->at]++;
        return NGX_POLYCARD_OK;
    }

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) {
        return polycard_redis_mismatch(reply);
    }

    number = polycard_gone_id(reply->element[0], &id);

    card.data = NULL;
    card.len = 0;

    if (reply->element[1]->type == REDIS_REPLY_STRING) {
        card.data = (u_char *) reply->element[1]->str;
        card.len = reply->element[1]->len;
        ngx_polycard_text_trim(&card);
    }

    if (gone->refused
        && polycard_gone_stays(gone, number ? &id : NULL, &card, &stays)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    gone->n[gone->missing->at] += !stays;
    gone->staying += stays;
    tag |= (stays ? GONE_STAYS : 0) | (gone->missing->at ? GONE_CARDLESS : 0);

    if (number
        && polycard_table_set(&gone->ids, id, tag) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    return card.len == 0 ? NGX_POLYCARD_OK
           : polycard_table_set(&gone->cards,
                                polycard_table_key(card.data, card.len),
                                tag | (number ? GONE_NUMBER : 0));
}


/* is he in the file, in a row that is refused?  As polycard_gone_owner() */

static int
polycard_gone_stays(polycard_gone_t *gone, const int64_t *id,
    const ngx_polycard_str_t *card, unsigned *stays)
{
    uint64_t  value;

    value = 0;

    if (id
        && polycard_table_get(&gone->refused_ids, *id, &value)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (value == 0 && card->len
        && polycard_table_get(&gone->refused_cards,
                              polycard_table_key(card->data, card->len),
                              &value)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    *stays = (value && !(id && value == GONE_NUMBER));

    return NGX_POLYCARD_OK;
}


static void
polycard_gone_phone(uint64_t value, char phone[NGX_POLYCARD_PHONE_LEN + 1])
{
    (void) snprintf(phone, NGX_POLYCARD_PHONE_LEN + 1, "380%09u",
                    (unsigned) (value & GONE_PHONE) - 1);
}


static unsigned
polycard_gone_id(const redisReply *reply, int64_t *id)
{
    ngx_polycard_str_t  text;

    if (reply->type != REDIS_REPLY_STRING) {
        return 0;
    }

    text.data = (u_char *) reply->str;
    text.len = reply->len;

    return ngx_polycard_number_parse_integer(&text, id) == NGX_POLYCARD_OK;
}


int
polycard_gone_good(polycard_gone_t *gone, const ngx_polycard_str_t *id,
    const ngx_polycard_str_t *card)
{
    size_t              at;
    uint64_t            owner, counted;
    ngx_polycard_str_t  trimmed;

    trimmed = *card;
    ngx_polycard_text_trim(&trimmed);

    if (polycard_gone_find_owner(gone, id, &trimmed, &owner)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (!(owner & GONE_STAYS)) {
        return NGX_POLYCARD_OK;
    }

    at = (owner & GONE_CARDLESS) ? 1 : 0;
    owner &= GONE_PHONE;

    if (polycard_table_get(&gone->moving, owner, &counted)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    gone->n[at] += (counted == 0);

    return polycard_table_set(&gone->moving, owner, 1);
}


int
polycard_gone_owner(polycard_gone_t *gone, const ngx_polycard_str_t *id,
    const ngx_polycard_str_t *card, char phone[NGX_POLYCARD_PHONE_LEN + 1])
{
    uint64_t  owner;

    phone[0] = '\0';

    if (polycard_gone_find_owner(gone, id, card, &owner) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    if (owner) {
        polycard_gone_phone(owner, phone);
    }

    return NGX_POLYCARD_OK;
}


/* 0: it is none of them */

static int
polycard_gone_find_owner(polycard_gone_t *gone, const ngx_polycard_str_t *id,
    const ngx_polycard_str_t *card, uint64_t *found)
{
    int64_t   number;
    uint64_t  owner;
    unsigned  numbered;

    owner = 0;
    number = 0;

    numbered = (id->data && ngx_polycard_number_parse_integer(id, &number)
                            == NGX_POLYCARD_OK);

    if (numbered
        && polycard_table_get(&gone->ids, number, &owner) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (owner == 0 && card->len) {

        if (polycard_table_get(&gone->cards,
                               polycard_table_key(card->data, card->len),
                               &owner)
            != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }

        if (numbered && (owner & GONE_NUMBER)) {
            owner = 0;
        }
    }

    *found = owner;

    return NGX_POLYCARD_OK;
}


int
polycard_gone_of(polycard_gone_t *gone, const polycard_row_t *row,
    char phone[NGX_POLYCARD_PHONE_LEN + 1])
{
    ngx_polycard_str_t  id, card;

    phone[0] = '\0';

    if (!gone->known) {
        return NGX_POLYCARD_OK;
    }

    id = polycard_row_value(row, &polycard_record_id);
    card = polycard_row_card(row);

    return polycard_gone_owner(gone, &id, &card, phone);
}
