
#include "import/import.h"
#include "import/library.h"
#include "import/terminal.h"

#include <string.h>


#define IMPORT_TAKEN  "ERR " POLYCARD_IMPORT_TAKEN

/* redis-scripts/clients.lua, import.lua: what becomes of a client */

#define IMPORT_CREATED  2
#define IMPORT_CHANGED  1


static int polycard_import_count(polycard_import_t *import,
    const redisReply *state, const redisReply *card);
static void polycard_import_count_group(polycard_import_t *import,
    const redisReply *reply);
static int polycard_import_error(polycard_import_t *import,
    const polycard_row_t *row, const redisReply *reply);
static void polycard_import_confirm(polycard_import_t *import,
    const polycard_row_t *row);
static unsigned polycard_import_is_waiting(const polycard_import_t *import,
    const redisReply *reply);
static unsigned polycard_import_is_error(const redisReply *reply,
    const char *word);


/*
 * What our functions refuse begins with ERR and is about this record, be it an
 * error or, where there are several, a text; all else is about Redis itself,
 * such as OOM, NOPERM, READONLY.
 */

int
polycard_import_put(polycard_import_t *import, const polycard_row_t *row,
    size_t n, const redisReply *reply)
{
    int     rc;
    size_t  i;

    rc = NGX_POLYCARD_OK;

    for (i = 0; rc == NGX_POLYCARD_OK && i < n; i++) {

        if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 * n) {
            rc = polycard_import_count(import, reply->element[2 * i],
                                       reply->element[2 * i + 1]);
        } else {
            rc = polycard_import_error(import, &row[i], reply);
        }

        if (rc == NGX_POLYCARD_OK) {
            polycard_import_confirm(import, &row[i]);
        }
    }

    return rc;
}


int
polycard_import_each(polycard_import_t *import, size_t first, size_t n,
    const redisReply *reply)
{
    int                    rc;
    size_t                 i;
    unsigned               each;
    const redisReply      *one;
    const polycard_row_t  *row;

    rc = NGX_POLYCARD_OK;
    each = (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 * n);

    for (i = 0; rc == NGX_POLYCARD_OK && i < n; i++) {
        row = &import->rows.row[(first + i) % POLYCARD_ROWS_MAX];
        one = each ? reply->element[2 * i] : reply;

        if (import->options.groups && one->type == REDIS_REPLY_INTEGER) {
            polycard_import_count_group(import, one);

        } else if (each && one->type == REDIS_REPLY_INTEGER) {
            rc = polycard_import_count(import, one, reply->element[2 * i + 1]);

        } else if (polycard_import_is_waiting(import, one)) {
            rc = polycard_aside_add(&import->aside, row);

        } else {
            rc = polycard_import_error(import, row, one);
        }

        if (rc == NGX_POLYCARD_OK) {
            polycard_import_confirm(import, row);
        }
    }

    return rc;
}


static void
polycard_import_count_group(polycard_import_t *import,
    const redisReply *reply)
{
    unsigned  new, differs;

    new = (reply->integer == 1);
    differs = (import->compared.differs != 0);

    import->tally.created += new;
    import->tally.changed += !new && differs;
    import->tally.same += !new && !differs;
}


static int
polycard_import_error(polycard_import_t *import, const polycard_row_t *row,
    const redisReply *reply)
{
    if (polycard_import_is_error(reply, "ERR ")
        && !polycard_library_is_missing(reply))
    {
        return polycard_import_refuse(import, row, reply->str + 4);
    }

    return polycard_redis_mismatch(reply);
}


static void
polycard_import_confirm(polycard_import_t *import, const polycard_row_t *row)
{
    if (import->confirmed < row->line) {
        import->confirmed = row->line;
    }
}


static int
polycard_import_count(polycard_import_t *import, const redisReply *state,
    const redisReply *card)
{
    if (state->type != REDIS_REPLY_INTEGER
        || card->type != REDIS_REPLY_INTEGER)
    {
        return polycard_redis_mismatch(state);
    }

    switch (state->integer) {

    case IMPORT_CREATED:
        import->tally.created++;
        break;

    case IMPORT_CHANGED:
        import->tally.changed++;
        break;

    default:
        import->tally.same++;
    }

    import->tally.cardless += (card->integer == 0);

    return NGX_POLYCARD_OK;
}


static unsigned
polycard_import_is_error(const redisReply *reply, const char *word)
{
    return (reply->type == REDIS_REPLY_ERROR
            || reply->type == REDIS_REPLY_STRING)
           && strncmp(reply->str, word, strlen(word)) == 0;
}


/* what stands against it stands against the row that follows it, or not */

int
polycard_import_moved(polycard_import_t *import, const redisReply *reply)
{
    size_t                    i;
    static const char *const  words[] = {
        "NOTFOUND ", "CONFLICT ", "BROKEN ", "ERR "
    };

    if (reply->type == REDIS_REPLY_STRING) {
        import->tally.moved++;
        return NGX_POLYCARD_OK;
    }

    for (i = 0; i < polycard_nelts(words); i++) {
        if (polycard_import_is_error(reply, words[i])
            && !polycard_library_is_missing(reply))
        {
            return NGX_POLYCARD_OK;
        }
    }

    return polycard_redis_mismatch(reply);
}


/* the card is another's, who may give it away */

static unsigned
polycard_import_is_waiting(const polycard_import_t *import,
    const redisReply *reply)
{
    return !import->options.groups
           && polycard_import_is_error(reply, IMPORT_TAKEN)
           && import->aside.n < POLYCARD_ASIDE_MAX;
}


int
polycard_import_refuse(polycard_import_t *import, const polycard_row_t *row,
    const char *reason)
{
    size_t               n;
    ngx_polycard_str_t   id, card, field[POLYCARD_CSV_FIELDS_MAX];

    n = polycard_row_fields(row, field);

    if (!import->trial || import->options.dry_run) {
        polycard_refused_add(&import->refused, row->line, reason, field, n);
    }

    polycard_tally_refuse(&import->tally, reason);

    if (import->options.groups) {
        return NGX_POLYCARD_OK;
    }

    id = polycard_row_value(row, &polycard_record_id);
    card = polycard_row_card(row);

    return polycard_import_stays(import, &id, &card);
}


int
polycard_import_stays(polycard_import_t *import, const ngx_polycard_str_t *id,
    const ngx_polycard_str_t *card)
{
    char                phone[NGX_POLYCARD_PHONE_LEN + 1];
    uint64_t            earlier;
    ngx_polycard_str_t  owner;

    if (!import->gone.known) {
        return NGX_POLYCARD_OK;
    }

    if (polycard_gone_owner(&import->gone, id, card, phone)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    owner.data = (u_char *) phone;
    owner.len = strlen(phone);

    return owner.len == 0 ? NGX_POLYCARD_OK
           : polycard_named_add(&import->named, &owner, 1, 0, &earlier);
}
