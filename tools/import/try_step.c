
#include "core/text.h"
#include "import/call.h"
#include "import/try_count.h"
#include "import/try_step.h"

#include <string.h>


static int polycard_try_stored_holder(polycard_import_t *import,
    const ngx_polycard_str_t *card, char phone[NGX_POLYCARD_PHONE_LEN + 1]);
static int polycard_try_stored_card(polycard_import_t *import,
    const char *phone, uint64_t *key);
static int polycard_try_put_one(polycard_import_t *import,
    const polycard_row_t *row, const char *from, unsigned exchanged);
static int polycard_try_look(polycard_import_t *import,
    const polycard_row_t *row, const char *phone);
static int polycard_try_look_before(polycard_import_t *import,
    const polycard_row_t *row);
static int polycard_try_is_taken(polycard_import_t *import,
    const polycard_row_t *row, const char *phone, unsigned *taken);


int
polycard_try_holder(polycard_import_t *import, const ngx_polycard_str_t *card,
    char phone[NGX_POLYCARD_PHONE_LEN + 1])
{
    unsigned  known, named;

    if (polycard_draft_holder(&import->draft,
                              polycard_table_key(card->data, card->len),
                              &known, phone)
        != NGX_POLYCARD_OK
        || (!known && polycard_try_stored_holder(import, card, phone)
                      != NGX_POLYCARD_OK))
    {
        return NGX_POLYCARD_ERROR;
    }

    if (phone[0] == '\0' || !import->draft.deleted) {
        return NGX_POLYCARD_OK;
    }

    if (polycard_named_has(&import->named, phone, NGX_POLYCARD_PHONE_LEN,
                           &named)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (!named) {
        phone[0] = '\0';
    }

    return NGX_POLYCARD_OK;
}


/* as long as his record has it: the index may be out of date */

static int
polycard_try_stored_holder(polycard_import_t *import,
    const ngx_polycard_str_t *card, char phone[NGX_POLYCARD_PHONE_LEN + 1])
{
    uint64_t  key;

    phone[0] = '\0';

    if (!polycard_try_is_asking(import)) {
        return NGX_POLYCARD_OK;
    }

    if (polycard_call_ask_holder(&import->redis, import->options.prefix, card,
                                 phone)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (phone[0] == '\0') {
        return NGX_POLYCARD_OK;
    }

    if (polycard_try_stored_card(import, phone, &key) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    if (key != polycard_table_key(card->data, card->len)) {
        phone[0] = '\0';
    }

    return NGX_POLYCARD_OK;
}


/* the key of the card that Redis has of him, or 0 */

static int
polycard_try_stored_card(polycard_import_t *import, const char *phone,
    uint64_t *key)
{
    redisReply          *reply;
    ngx_polycard_str_t   card;

    *key = 0;

    reply = polycard_redis_ask(&import->redis, "HGET %sclient:%s barcode",
                               import->options.prefix, phone);
    if (reply == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    if (reply->type == REDIS_REPLY_STRING) {
        card.data = (u_char *) reply->str;
        card.len = reply->len;
        ngx_polycard_text_trim(&card);
        *key = card.len ? polycard_table_key(card.data, card.len) : 0;
    }

    freeReplyObject(reply);

    return NGX_POLYCARD_OK;
}


int
polycard_try_exists(polycard_import_t *import, const char *phone,
    unsigned *there)
{
    polycard_draft_client_t  client;

    if (polycard_draft_client(&import->draft, phone, &client)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    *there = client.there;

    if (client.known || !polycard_try_is_asking(import)) {
        return NGX_POLYCARD_OK;
    }

    return polycard_call_ask_client(&import->redis, import->options.prefix,
                                    phone, there);
}


int
polycard_try_move(polycard_import_t *import, const char *from, const char *to,
    uint64_t number)
{
    unsigned                  there;
    polycard_draft_client_t   old;

    if (polycard_try_exists(import, to, &there) != NGX_POLYCARD_OK
        || polycard_draft_client(&import->draft, from, &old)
           != NGX_POLYCARD_OK
        || (!old.known && polycard_try_stored_card(import, from, &old.card)
                          != NGX_POLYCARD_OK))
    {
        return NGX_POLYCARD_ERROR;
    }

    if (there) {
        return NGX_POLYCARD_OK;
    }

    import->tally.moved++;
    import->tally.replaced[0]++;

    return (polycard_draft_leave(&import->draft, from) == NGX_POLYCARD_OK
            && polycard_draft_set_number(&import->draft, to, number)
               == NGX_POLYCARD_OK)
           ? polycard_draft_give(&import->draft, to, old.card, 0)
           : NGX_POLYCARD_ERROR;
}


int
polycard_try_put(polycard_import_t *import, const polycard_row_t *row,
    size_t n, const char *from)
{
    int     rc;
    size_t  i;

    rc = NGX_POLYCARD_OK;

    for (i = 0; rc == NGX_POLYCARD_OK && i < n; i++) {
        rc = polycard_try_put_one(import, &row[i], from, n > 1);
    }

    return rc;
}


/* exchanged: whoever has its card gives it up in the same step */

static int
polycard_try_put_one(polycard_import_t *import, const polycard_row_t *row,
    const char *from, unsigned exchanged)
{
    char                      phone[NGX_POLYCARD_PHONE_LEN + 1];
    unsigned                  taken;
    const char               *wrong;
    polycard_draft_client_t   client;

    polycard_row_phone(row, phone);
    taken = 0;

    if (polycard_draft_client(&import->draft, phone, &client)
        != NGX_POLYCARD_OK
        || polycard_try_look(import, row, from ? from : phone)
           != NGX_POLYCARD_OK
        || (client.there && polycard_try_look_before(import, row)
                            != NGX_POLYCARD_OK)
        || (!exchanged && polycard_try_is_taken(import, row, phone, &taken)
                          != NGX_POLYCARD_OK))
    {
        return NGX_POLYCARD_ERROR;
    }

    if (!client.known) {
        client.there = import->compared.there;
        client.card = import->compared.had;
    }

    wrong = taken ? POLYCARD_IMPORT_TAKEN
                  : polycard_try_wrong(import, &client);

    return wrong ? polycard_import_refuse(import, row, wrong)
                 : polycard_try_count(import, row, &client);
}


/* compares with what Redis has */

static int
polycard_try_look(polycard_import_t *import, const polycard_row_t *row,
    const char *phone)
{
    int                  rc;
    redisReply          *reply;
    ngx_polycard_str_t   identity;

    static polycard_call_t  call;

    reply = NULL;

    if (polycard_try_is_asking(import)) {
        identity.data = (u_char *) phone;
        identity.len = NGX_POLYCARD_PHONE_LEN;

        polycard_call_get(&call, import->options.prefix, 0,
                          &import->record.table, &identity);

        reply = polycard_call_ask(&call, &import->redis);

        if (reply == NULL) {
            return NGX_POLYCARD_ERROR;
        }
    }

    rc = polycard_compare(&import->compared, reply, row,
                          &import->record.table);

    freeReplyObject(reply);

    return rc;
}


/* of one who was moved, and has waited for a card since then */

static int
polycard_try_look_before(polycard_import_t *import, const polycard_row_t *row)
{
    char  owner[NGX_POLYCARD_PHONE_LEN + 1];

    if (import->compared.there) {
        return NGX_POLYCARD_OK;
    }

    if (polycard_gone_of(&import->gone, row, owner) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    return owner[0] ? polycard_try_look(import, row, owner) : NGX_POLYCARD_OK;
}


static int
polycard_try_is_taken(polycard_import_t *import, const polycard_row_t *row,
    const char *phone, unsigned *taken)
{
    char                 holder[NGX_POLYCARD_PHONE_LEN + 1];
    ngx_polycard_str_t   card;

    card = polycard_row_card(row);

    if (polycard_try_holder(import, &card, holder) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    *taken = (holder[0] && strcmp(holder, phone) != 0);

    return NGX_POLYCARD_OK;
}
