
/* Addresses of servers, and lists of them. */


#ifndef _POLYCARD_PLACE_H_INCLUDED_
#define _POLYCARD_PLACE_H_INCLUDED_


#include "import/redis_conf.h"


#define POLYCARD_PLACES_MAX  16


typedef struct {
    char      address[POLYCARD_ADDRESS_MAX];

    /* what became of it when it was tried; "": it was not */
    char      said[POLYCARD_FAILURE_MAX];
} polycard_place_t;


typedef struct {
    polycard_place_t   place[POLYCARD_PLACES_MAX];
    size_t             n;
} polycard_places_t;


/* of a list separated by commas; NGX_POLYCARD_ERROR: it is none */
int polycard_places_parse(polycard_places_t *places, const char *list);

/*
 * HOST, HOST:PORT or [IPV6]:PORT: the host, of POLYCARD_ADDRESS_MAX bytes, and
 * the port, of which there is a default; 0: it is invalid.
 */
unsigned polycard_place_split(char *host, const char *address, unsigned port);

/* the reverse, of POLYCARD_ADDRESS_MAX bytes */
void polycard_place_join(char *address, const char *host, unsigned port);

/*
 * "MOVED SLOT HOST:PORT" of a server at this address, which becomes that one;
 * without a host that stays.  NGX_POLYCARD_ERROR: it is another error, or the
 * server has no name ("?:PORT").
 */
int polycard_place_follow(char *address, const char *error);


#endif /* _POLYCARD_PLACE_H_INCLUDED_ */
