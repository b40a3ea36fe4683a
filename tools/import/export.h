
/* A running export: what its parts share. */


#ifndef _POLYCARD_EXPORT_H_INCLUDED_
#define _POLYCARD_EXPORT_H_INCLUDED_


#include "import/human.h"
#include "import/output.h"
#include "import/record.h"
#include "import/table.h"
#include "import/walk.h"


/* why records are left out */

typedef enum {
    POLYCARD_LEFT_CARDLESS = 0,   /* no card */
    POLYCARD_LEFT_UNFIT,          /* a required attribute is none */
    POLYCARD_LEFT_TYPE,           /* the key holds no hash */
    POLYCARD_LEFT_NUL,            /* no table holds U+0000 */
    POLYCARD_LEFT_LETTERS,        /* not in this encoding */
    POLYCARD_LEFT_N
} polycard_left_e;


typedef struct {
    polycard_options_t           options;
    polycard_redis_t             redis;
    polycard_walk_t              walk;
    polycard_output_t            output;
    polycard_record_t            record;
    polycard_human_t             human;

    const ngx_polycard_table_t  *whole;     /* what a client must have */

    /* the columns, in their order: indices in the record's table */
    size_t                       column[NGX_POLYCARD_ATTRIBUTES_MAX];
    ngx_polycard_attribute_t     attribute[NGX_POLYCARD_ATTRIBUTES_MAX];
    ngx_polycard_table_t         shown;     /* of them, none required */

    /* the members of a page that is asked for */
    ngx_polycard_str_t           member[POLYCARD_PIPELINE_MAX];
    polycard_table_t             seen;      /* those that were asked for */

    u_char                      *buf;       /* for one as JSON */
    size_t                       size;

    uint64_t                     written;
    uint64_t                     flawed;    /* shown otherwise than stored */
    uint64_t                     left[POLYCARD_LEFT_N];
} polycard_export_t;


/* requests record `place` of the page (redis.h) */
int polycard_export_send(polycard_export_t *export, size_t place);

/* writes it, or counts why not */
int polycard_export_answer(void *data, uint64_t place,
    const redisReply *reply);

/*
 * Requests the records that are in no index: clients without a card are in
 * none.  NGX_POLYCARD_ERROR after a message, or polycard_stopped.
 */
int polycard_export_rest(polycard_export_t *export);


#endif /* _POLYCARD_EXPORT_H_INCLUDED_ */
