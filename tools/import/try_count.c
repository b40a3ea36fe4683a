
#include "import/try_count.h"

#include <stdio.h>
#include <string.h>


/* what functions inside Redis refuse (redis-scripts/) */

#define TRY_BROKEN   "the record of this phone is not a hash"
#define TRY_NEW      "a new client needs an attribute"
#define TRY_NOTHING  "nothing would be left of this client"

#define TRY_BROKEN_GROUP  "the record of this group is not a hash"


static int polycard_try_repeats(polycard_import_t *import,
    const polycard_row_t *row, unsigned *repeats, unsigned *same);
static int polycard_try_keep(polycard_import_t *import,
    const polycard_row_t *row);
static uint64_t polycard_try_values(const polycard_row_t *row);
static int polycard_try_number(polycard_import_t *import,
    const polycard_row_t *row, const char *phone,
    const polycard_draft_client_t *client);
static void polycard_try_count_differs(polycard_import_t *import);
static const char *polycard_try_wrong_group(const polycard_import_t *import,
    unsigned repeats, char *buf, size_t size);


unsigned
polycard_try_is_asking(const polycard_import_t *import)
{
    return import->tally.compared && !import->empty;
}


const char *
polycard_try_wrong(const polycard_import_t *import,
    const polycard_draft_client_t *client)
{
    uint32_t  all;

    if (import->compared.broken) {
        return TRY_BROKEN;
    }

    /* what an earlier row has given is not known */

    if (client->known && client->there) {
        return NULL;
    }

    all = ((uint32_t) 1 << import->record.table.n) - 2;

    return (import->compared.absent & all) != all ? NULL
           : client->there ? TRY_NOTHING : TRY_NEW;
}


int
polycard_try_count(polycard_import_t *import, const polycard_row_t *row,
    const polycard_draft_client_t *client)
{
    char                 phone[NGX_POLYCARD_PHONE_LEN + 1];
    uint64_t             key;
    unsigned             repeats, same;
    polycard_tally_t    *tally;
    ngx_polycard_str_t   card;

    tally = &import->tally;
    card = polycard_row_card(row);
    key = card.len ? polycard_table_key(card.data, card.len) : client->card;

    if (polycard_try_repeats(import, row, &repeats, &same)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    same = repeats ? same && key == client->card
                   : import->compared.differs == 0;

    tally->created += !client->there;
    tally->changed += client->there && !same;
    tally->same += client->there && same;
    tally->cardless += (key == 0);

    polycard_try_count_differs(import);

    polycard_row_phone(row, phone);

    if (polycard_try_keep(import, row) != NGX_POLYCARD_OK
        || polycard_try_number(import, row, phone, client) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (client->there && key == client->card) {
        return NGX_POLYCARD_OK;
    }

    return polycard_draft_give(&import->draft, phone, key, client->card);
}


/* has an earlier row given something to the same one, and was it the same? */

static int
polycard_try_repeats(polycard_import_t *import, const polycard_row_t *row,
    unsigned *repeats, unsigned *same)
{
    size_t       lens[POLYCARD_RECORD_ARGS];
    uint64_t     before;
    const char  *argv[POLYCARD_RECORD_ARGS];

    (void) polycard_row_args(row, argv, lens);

    if (polycard_draft_last(&import->draft,
                            polycard_table_key(argv[0], lens[0]), &before)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    *repeats = (before != 0);
    *same = (before == polycard_try_values(row));

    return NGX_POLYCARD_OK;
}


static int
polycard_try_keep(polycard_import_t *import, const polycard_row_t *row)
{
    size_t       lens[POLYCARD_RECORD_ARGS];
    const char  *argv[POLYCARD_RECORD_ARGS];

    (void) polycard_row_args(row, argv, lens);

    return polycard_draft_row(&import->draft,
                              polycard_table_key(argv[0], lens[0]),
                              polycard_try_values(row));
}


/* one number for all of them but the card, which may have another owner */

static uint64_t
polycard_try_values(const polycard_row_t *row)
{
    size_t                     i, n, lens[POLYCARD_RECORD_ARGS];
    uint64_t                   values;
    const char                *argv[POLYCARD_RECORD_ARGS];
    const ngx_polycard_str_t  *card;

    card = &ngx_polycard_client.attribute[NGX_POLYCARD_CLIENT_BARCODE].name;
    n = polycard_row_args(row, argv, lens);
    values = 1;

    for (i = 1; i + 1 < n; i += 2) {

        if (lens[i] == card->len && memcmp(argv[i], card->data, lens[i]) == 0) {
            continue;
        }

        values = values * 31 + polycard_table_key(argv[i], lens[i]);
        values = values * 31 + polycard_table_key(argv[i + 1], lens[i + 1]);
    }

    return values | 1;
}


/* one as it is stored needs none in the draft */

static int
polycard_try_number(polycard_import_t *import, const polycard_row_t *row,
    const char *phone, const polycard_draft_client_t *client)
{
    uint64_t            key;
    ngx_polycard_str_t  id;

    id = polycard_row_value(row, &polycard_record_id);

    if (id.data == NULL) {
        return NGX_POLYCARD_OK;
    }

    key = id.len ? polycard_table_key(id.data, id.len) : 0;

    return (client->there && !client->known && key == import->compared.number)
           ? NGX_POLYCARD_OK
           : polycard_draft_set_number(&import->draft, phone, key);
}


static void
polycard_try_count_differs(polycard_import_t *import)
{
    size_t                     i;
    polycard_tally_t          *tally;
    const polycard_compare_t  *compared;

    tally = &import->tally;
    compared = &import->compared;

    if (!compared->there) {
        return;
    }

    tally->stored++;

    for (i = 1; i < import->record.table.n; i++) {
        tally->differs[i] += (compared->differs >> i) & 1;
        tally->removed[i] += (compared->removed >> i) & 1;
        tally->replaced[i] += (compared->replaced >> i) & 1;
    }
}


int
polycard_try_count_group(polycard_import_t *import, const polycard_row_t *row)
{
    char         buf[POLYCARD_TALLY_TEXT];
    unsigned     repeats, same;
    const char  *wrong;

    if (polycard_try_repeats(import, row, &repeats, &same)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    wrong = polycard_try_wrong_group(import, repeats, buf, sizeof(buf));

    if (wrong) {
        return polycard_import_refuse(import, row, wrong);
    }

    same = repeats ? same : import->compared.differs == 0;
    repeats |= import->compared.there;

    import->tally.created += !repeats;
    import->tally.changed += repeats && !same;
    import->tally.same += repeats && same;

    polycard_try_count_differs(import);

    return polycard_try_keep(import, row);
}


static const char *
polycard_try_wrong_group(const polycard_import_t *import, unsigned repeats,
    char *buf, size_t size)
{
    size_t                           i, len;
    const ngx_polycard_attribute_t  *a;

    if (import->compared.broken) {
        return TRY_BROKEN_GROUP;
    }

    len = 0;

    for (i = 1; !repeats && i < import->record.table.n; i++) {
        a = &import->record.attribute[i];

        if (a->required && (import->compared.absent >> i) & 1) {
            len += snprintf(buf + len, size - len, "%s%.*s is missing",
                            len ? "; " : "", (int) a->name.len,
                            (char *) a->name.data);
        }
    }

    return len ? buf : NULL;
}
