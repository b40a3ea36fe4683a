
/*
 * Asks Sentinels for the address of a master: all of them, since one that is
 * cut off may be fast and wrong; the highest config epoch wins.
 */


#ifndef _POLYCARD_SENTINEL_H_INCLUDED_
#define _POLYCARD_SENTINEL_H_INCLUDED_


#include "import/place.h"


typedef struct {
    char                name[POLYCARD_ADDRESS_MAX];     /* of the master */
    char                master[POLYCARD_ADDRESS_MAX];   /* "": unknown */
    long long           epoch;
    unsigned            replicas;     /* of the master; 0 also: unknown */

    polycard_places_t   places;
} polycard_sentinels_t;


/* NGX_POLYCARD_ERROR: it is not MASTER@ADDRESS[,ADDRESS]... */
int polycard_sentinels_parse(polycard_sentinels_t *sentinels,
    const char *text);

/*
 * Asks all; no other connection may be open.  As long as none of them has
 * returned an address, and one of them was silent, all are asked again, for
 * about 10 seconds.  NGX_POLYCARD_ERROR: there is no address.
 */
int polycard_sentinels_ask(polycard_sentinels_t *sentinels,
    const polycard_redis_conf_t *conf);

/* messages: what each of them said */
void polycard_sentinels_tell(const polycard_sentinels_t *sentinels);


#endif /* _POLYCARD_SENTINEL_H_INCLUDED_ */
