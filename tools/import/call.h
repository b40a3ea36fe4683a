
/* The calls of polycard-import to Redis for a record. */


#ifndef _POLYCARD_CALL_H_INCLUDED_
#define _POLYCARD_CALL_H_INCLUDED_


#include "core/phone.h"
#include "import/record.h"
#include "import/redis.h"
#include "import/rows.h"


/* clients that may change in one step, as in redis-scripts/clients.lua */
#define POLYCARD_CALL_CLIENTS  16

#define POLYCARD_CALL_ARGS                                                   \
    (5 + POLYCARD_CALL_CLIENTS * (POLYCARD_RECORD_ARGS + 1))


/* a command being built */

typedef struct {
    const char   *argv[POLYCARD_CALL_ARGS];
    size_t        lens[POLYCARD_CALL_ARGS];
    int           argc;
    unsigned      groups;
    char          key[NGX_POLYCARD_PREFIX_MAX + 64];
} polycard_call_t;


/*
 * FCALL of polycard_put_clients, or of polycard_put_group: still without
 * records, which polycard_call_record() adds (for a group one).  All
 * texts must outlive the call.
 */
void polycard_call_put(polycard_call_t *call, const char *prefix,
    unsigned groups);
void polycard_call_record(polycard_call_t *call, const char **args,
    const size_t *lens, size_t n);

/*
 * FCALL of polycard_import_clients for records that give these attributes, by
 * their index in the record's table: still without them.  polycard_call_row()
 * adds one, which may give fewer.
 */
void polycard_call_import(polycard_call_t *call, const char *prefix,
    const polycard_record_t *record, uint32_t given);
void polycard_call_row(polycard_call_t *call, const polycard_record_t *record,
    uint32_t given, const polycard_row_t *row);

/* FCALL of polycard_move_client: the phone `from` becomes `to` */
void polycard_call_move(polycard_call_t *call, const char *prefix,
    const char *from, const char *to);

/* HMGET of all attributes of the table except the first, the identity */
void polycard_call_get(polycard_call_t *call, const char *prefix,
    unsigned groups, const ngx_polycard_table_t *table,
    const ngx_polycard_str_t *identity);

/* HGET of who has this card, by the index of card numbers */
void polycard_call_holder(polycard_call_t *call, const char *prefix,
    const ngx_polycard_str_t *card);


/* how it is sent */

/* sends it (redis.h) */
int polycard_call_send(polycard_call_t *call, polycard_redis_t *redis,
    uint64_t tag);

/* sends it and returns the reply, which the caller frees; the pipeline must be
 * empty */
redisReply *polycard_call_ask(polycard_call_t *call, polycard_redis_t *redis);

/* the same of who has this card: his phone, or "".  NGX_POLYCARD_ERROR, here
 * and below: it was said why */
int polycard_call_ask_holder(polycard_redis_t *redis, const char *prefix,
    const ngx_polycard_str_t *card, char phone[NGX_POLYCARD_PHONE_LEN + 1]);

/* ... and whether there is a client with this phone */
int polycard_call_ask_client(polycard_redis_t *redis, const char *prefix,
    const char *phone, unsigned *there);


#endif /* _POLYCARD_CALL_H_INCLUDED_ */
