
#include "import/call.h"
#include "import/try.h"
#include "import/try_count.h"

#include <string.h>


/* the purpose of a command, besides the place of its row */

#define TRY_CARD   0x010000
#define TRY_OWNER  0x020000     /* he may be one who is gone otherwise */
#define TRY_OWNED  0x040000     /* ... and was asked for before */


static int polycard_try_send(polycard_import_t *import,
    const polycard_row_t *row, size_t place);
static int polycard_try_send_get(polycard_import_t *import,
    const char *identity, size_t len, uint64_t tag);
static void polycard_try_holds(polycard_import_t *import,
    const redisReply *reply);
static int polycard_try_row(polycard_import_t *import,
    const polycard_row_t *row, unsigned owned);
static int polycard_try_state(polycard_import_t *import,
    const polycard_row_t *row, unsigned owned,
    polycard_draft_client_t *client);
static int polycard_try_leave(polycard_import_t *import,
    const polycard_row_t *row, const char *phone,
    polycard_draft_client_t *client);
static int polycard_try_card(polycard_import_t *import,
    const polycard_row_t *row, const polycard_draft_client_t *client);


int
polycard_try_record(polycard_import_t *import, size_t place)
{
    const polycard_row_t  *row;
    ngx_polycard_str_t     card;

    row = &import->rows.row[place];
    card = polycard_row_card(row);
    polycard_tally_card(&import->tally, &card);

    if (polycard_try_is_asking(import)) {
        return polycard_try_send(import, row, place);
    }

    import->holder[0] = '\0';

    if (polycard_compare(&import->compared, NULL, row, &import->record.table)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    return polycard_try_row(import, row, 0);
}


static int
polycard_try_send(polycard_import_t *import, const polycard_row_t *row,
    size_t place)
{
    size_t               lens[POLYCARD_RECORD_ARGS];
    const char          *argv[POLYCARD_RECORD_ARGS];
    char                 owner[NGX_POLYCARD_PHONE_LEN + 1];
    ngx_polycard_str_t   card;

    static polycard_call_t  call;

    card = polycard_row_card(row);
    (void) polycard_row_args(row, argv, lens);

    if (polycard_gone_of(&import->gone, row, owner) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (card.len) {
        polycard_call_holder(&call, import->options.prefix, &card);

        if (polycard_call_send(&call, &import->redis, TRY_CARD | place)
            != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }
    }

    if (owner[0]
        && polycard_try_send_get(import, owner, NGX_POLYCARD_PHONE_LEN,
                                 TRY_OWNER | place)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    return polycard_try_send_get(import, argv[0], lens[0],
                                 (owner[0] ? TRY_OWNED : 0) | place);
}


static int
polycard_try_send_get(polycard_import_t *import, const char *identity,
    size_t len, uint64_t tag)
{
    ngx_polycard_str_t  name;

    static polycard_call_t  call;

    name.data = (u_char *) identity;
    name.len = len;

    polycard_call_get(&call, import->options.prefix, import->options.groups,
                      &import->record.table, &name);

    return polycard_call_send(&call, &import->redis, tag);
}


int
polycard_try_answer(polycard_import_t *import, uint64_t tag,
    const redisReply *reply)
{
    int                    rc;
    const polycard_row_t  *row;

    row = &import->rows.row[tag & POLYCARD_BATCH_PLACE];

    if (tag & TRY_CARD) {
        polycard_try_holds(import, reply);
        return NGX_POLYCARD_OK;
    }

    if (tag & TRY_OWNER) {
        return polycard_compare(&import->before, reply, row,
                                &import->record.table);
    }

    rc = polycard_compare(&import->compared, reply, row,
                          &import->record.table);

    if (rc == NGX_POLYCARD_OK) {
        rc = polycard_try_row(import, row, (tag & TRY_OWNED) != 0);
    }

    import->holder[0] = '\0';

    return rc;
}


static void
polycard_try_holds(polycard_import_t *import, const redisReply *reply)
{
    import->holder[0] = '\0';

    if (reply->type == REDIS_REPLY_STRING
        && reply->len == NGX_POLYCARD_PHONE_LEN)
    {
        memcpy(import->holder, reply->str, NGX_POLYCARD_PHONE_LEN + 1);
    }
}


/* compared, before and holder are what Redis has */

static int
polycard_try_row(polycard_import_t *import, const polycard_row_t *row,
    unsigned owned)
{
    int                       rc;
    const char               *wrong;
    polycard_draft_client_t   client;

    if (import->options.groups) {
        return polycard_try_count_group(import, row);
    }

    rc = polycard_try_state(import, row, owned, &client);

    if (rc != NGX_POLYCARD_OK) {
        return (rc == POLYCARD_REFUSED) ? NGX_POLYCARD_OK : rc;
    }

    wrong = polycard_try_wrong(import, &client);

    return wrong ? polycard_import_refuse(import, row, wrong)
                 : polycard_try_card(import, row, &client);
}


/* POLYCARD_REFUSED: he is not to be moved, so the row was refused */

static int
polycard_try_state(polycard_import_t *import, const polycard_row_t *row,
    unsigned owned, polycard_draft_client_t *client)
{
    int   rc;
    char  phone[NGX_POLYCARD_PHONE_LEN + 1];

    polycard_row_phone(row, phone);

    if (polycard_draft_client(&import->draft, phone, client)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (!client->known) {
        client->there = import->compared.there;
        client->card = import->compared.had;
    }

    if (!owned || import->compared.there) {
        return NGX_POLYCARD_OK;
    }

    rc = client->there ? NGX_POLYCARD_OK
                       : polycard_try_leave(import, row, phone, client);

    if (rc == NGX_POLYCARD_OK && client->there) {
        import->compared = import->before;
    }

    return rc;
}


/* he leaves the phone that he has in Redis, unless another row took him */

static int
polycard_try_leave(polycard_import_t *import, const polycard_row_t *row,
    const char *phone, polycard_draft_client_t *client)
{
    char                      owner[NGX_POLYCARD_PHONE_LEN + 1];
    polycard_draft_client_t   old;

    if (polycard_gone_of(&import->gone, row, owner) != NGX_POLYCARD_OK
        || polycard_draft_client(&import->draft, owner, &old)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (old.known && !old.there) {
        return NGX_POLYCARD_OK;
    }

    import->tally.replaced[0]++;

    if (polycard_missing_is_held(&import->missing)) {
        import->tally.stored++;

        return (polycard_import_refuse(import, row, POLYCARD_IMPORT_HELD)
                == NGX_POLYCARD_OK) ? POLYCARD_REFUSED : NGX_POLYCARD_ERROR;
    }

    import->tally.moved++;

    client->there = 1;
    client->card = import->before.had;

    return (polycard_draft_leave(&import->draft, owner) == NGX_POLYCARD_OK
            && polycard_draft_set_number(&import->draft, phone,
                                         import->before.number)
               == NGX_POLYCARD_OK)
           ? polycard_draft_give(&import->draft, phone, client->card, 0)
           : NGX_POLYCARD_ERROR;
}


static int
polycard_try_card(polycard_import_t *import, const polycard_row_t *row,
    const polycard_draft_client_t *client)
{
    char                 phone[NGX_POLYCARD_PHONE_LEN + 1];
    char                 holder[NGX_POLYCARD_PHONE_LEN + 1];
    unsigned             known;
    ngx_polycard_str_t   card;

    card = polycard_row_card(row);

    if (card.len == 0) {
        return polycard_try_count(import, row, client);
    }

    if (polycard_draft_holder(&import->draft,
                              polycard_table_key(card.data, card.len),
                              &known, holder)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (!known) {
        memcpy(holder, import->holder, sizeof(holder));
    }

    polycard_row_phone(row, phone);

    if (holder[0] == '\0' || strcmp(holder, phone) == 0) {
        return polycard_try_count(import, row, client);
    }

    return import->aside.n < POLYCARD_ASIDE_MAX
           ? polycard_aside_add(&import->aside, row)
           : polycard_import_refuse(import, row, POLYCARD_IMPORT_TAKEN);
}
