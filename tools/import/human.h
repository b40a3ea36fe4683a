
/*
 * Values as people write them and spreadsheets keep them: the reverse of what
 * values.h reads.
 */


#ifndef _POLYCARD_HUMAN_H_INCLUDED_
#define _POLYCARD_HUMAN_H_INCLUDED_


#include "core/attributes.h"
#include "import/groups.h"
#include "import/redis.h"


/* the longest of them: a phone with its signs, an amount */
#define POLYCARD_HUMAN_ROOM  32


typedef struct {
    const polycard_options_t  *options;
    polycard_groups_t          groups;   /* for --group-titles */
    u_char                     room[NGX_POLYCARD_ATTRIBUTES_MAX]
                                   [POLYCARD_HUMAN_ROOM];
} polycard_human_t;


/* reads the groups if needed; NGX_POLYCARD_ERROR after a message */
int polycard_human_init(polycard_human_t *human, const polycard_options_t *o,
    polycard_redis_t *redis);
void polycard_human_free(polycard_human_t *human);

/*
 * A value of the contract in the form of the options; column: which buffer may
 * be used for it, until the next record.
 */
ngx_polycard_str_t polycard_human_value(polycard_human_t *human,
    const ngx_polycard_attribute_t *a, const ngx_polycard_str_t *value,
    size_t column);


#endif /* _POLYCARD_HUMAN_H_INCLUDED_ */
