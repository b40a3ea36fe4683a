
/*
 * The market takes in who was registered by Polycard: page by page behind a
 * cursor, or from the beginning, and says what is in its books.
 */

#include "whole/office.h"
#include "whole/oracle.h"
#include "server/server.h"


#define REGISTERED_PAGES  1000


static char      registered_cursor[64];
static unsigned  registered_says;           /* what it has read */


static void registered_comes(void *data, uint64_t tag);
static size_t registered_page(unsigned count);
static void registered_take(const redisReply *record);
static void registered_is_read(void);


void
registered_begin(void)
{
    registered_cursor[0] = '\0';
    registered_says = sim_chance(60);

    sim_later(sim_below(3000), registered_comes, NULL, 0);
}


static void
registered_comes(void *data, uint64_t tag)
{
    if (world.is_calm) {
        return;
    }

    if (sim_happens()) {
        (void) registered_page(1 + sim_below(5));
    }

    sim_later(1 + sim_below(2000), registered_comes, NULL, 0);
}


void
registered_ends(void)
{
    size_t  i;

    for (i = 0; i < REGISTERED_PAGES && registered_page(100); i++) {
        /* void */
    }
}


/* how many there were; a market that breaks down before it says so reads them
 * again */

static size_t
registered_page(unsigned count)
{
    size_t       i, n;
    redisReply  *reply;

    reply = server_callf("FCALL polycard_registered 1 %s %s %u", WORLD_PREFIX,
                         registered_cursor[0] ? registered_cursor : "_",
                         count);
    if (reply == NULL) {
        return 0;
    }

    n = reply->type == REDIS_REPLY_ARRAY ? reply->elements : 0;

    for (i = 0; i < n; i++) {
        registered_take(reply->element[i]);
    }

    if (n) {
        snprintf(registered_cursor, sizeof(registered_cursor), "%s",
                 reply->element[n - 1]->element[0]->str);
    }

    ks_reply_free(reply);

    if (n && registered_says) {
        registered_is_read();
    }

    return n;
}


/* [record, "action", "created", "phone", ...] */

static void
registered_take(const redisReply *record)
{
    size_t       i;
    const char  *phone, *code;

    phone = code = "?";

    for (i = 1; i + 1 < record->elements; i += 2) {
        if (strcmp(record->element[i]->str, "phone") == 0) {
            phone = record->element[i + 1]->str;

        } else if (strcmp(record->element[i]->str, "barcode") == 0) {
            code = record->element[i + 1]->str;
        }
    }

    oracle_registered(phone, code);
}


static void
registered_is_read(void)
{
    redisReply  *reply;

    if (world.is_calm || sim_chance(80)) {
        reply = server_callf("FCALL polycard_read 1 %s %s", WORLD_PREFIX,
                             registered_cursor);
        if (reply) {
            ks_reply_free(reply);
        }
    }

    registered_cursor[0] = '\0';
}
