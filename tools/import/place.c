
#include "import/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


int
polycard_places_parse(polycard_places_t *places, const char *list)
{
    size_t             len;
    polycard_place_t  *place;

    for (places->n = 0; ; list += len + 1) {
        len = strcspn(list, ",");

        if (len == 0 || len >= POLYCARD_ADDRESS_MAX
            || places->n == POLYCARD_PLACES_MAX)
        {
            return NGX_POLYCARD_ERROR;
        }

        place = &places->place[places->n++];

        memcpy(place->address, list, len);
        place->address[len] = '\0';
        place->said[0] = '\0';

        if (list[len] == '\0') {
            return NGX_POLYCARD_OK;
        }
    }
}


unsigned
polycard_place_split(char *host, const char *address, unsigned port)
{
    char  *p, *end;

    (void) snprintf(host, POLYCARD_ADDRESS_MAX, "%s",
                    *address == '[' ? address + 1 : address);

    p = strrchr(host, ':');

    if (*address == '[' && (end = strchr(host, ']')) != NULL) {
        *end++ = '\0';
        p = (*end == ':') ? end : NULL;
    }

    if (p == NULL) {
        return port;
    }

    *p++ = '\0';
    port = strtoul(p, &end, 10);

    return (*p && *end == '\0' && port < 65536) ? port : 0;
}


void
polycard_place_join(char *address, const char *host, unsigned port)
{
    (void) snprintf(address, POLYCARD_ADDRESS_MAX,
                    strchr(host, ':') ? "[%.*s]:%u" : "%.*s:%u",
                    POLYCARD_ADDRESS_MAX - 10, host, port);
}


int
polycard_place_follow(char *address, const char *error)
{
    char         host[POLYCARD_ADDRESS_MAX], *end;
    const char  *p, *colon;
    unsigned     port;

    p = (strncmp(error, "MOVED ", 6) == 0) ? strchr(error + 6, ' ') : NULL;
    colon = p ? strrchr(++p, ':') : NULL;

    /* a server that has no name is some other one, not the same again */

    if (colon == NULL || *p == '?' || colon - p >= POLYCARD_ADDRESS_MAX - 10) {
        return NGX_POLYCARD_ERROR;
    }

    port = strtoul(colon + 1, &end, 10);

    if (*end || port == 0 || port > 65535) {
        return NGX_POLYCARD_ERROR;
    }

    if (colon == p) {
        (void) polycard_place_split(host, address, port);

    } else {
        memcpy(host, p, colon - p);
        host[colon - p] = '\0';
    }

    polycard_place_join(address, host, port);

    return NGX_POLYCARD_OK;
}
