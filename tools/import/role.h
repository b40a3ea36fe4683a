
/* What a server says of itself: whether it is a master, and has the market. */


#ifndef _POLYCARD_ROLE_H_INCLUDED_
#define _POLYCARD_ROLE_H_INCLUDED_


#include "import/redis_connect.h"


/*
 * NGX_POLYCARD_ERROR: it is not, or the connection was lost; failure says it.
 * A user without the right to ask is believed.
 */
int polycard_role_master(redisContext *context, char *failure);

/* of a cluster: does it have the slot of this prefix?  Likewise */
int polycard_role_market(redisContext *context, const char *prefix,
    char *failure);

/* does it belong to a cluster; 0 also if it does not say so */
unsigned polycard_role_cluster(redisContext *context);

/*
 * Waits until one of the replicas, if there are any, has received what was
 * written: so many seconds, then failure says that none has.  known: so many
 * are there, whether they are connected or not.  A user without the right to
 * ask gets a message, and is believed.
 */
int polycard_role_copied(redisContext *context, unsigned known,
    unsigned seconds, char *failure);

/* sleeps, not longer than until Ctrl-C */
void polycard_role_pause(unsigned ms);


#endif /* _POLYCARD_ROLE_H_INCLUDED_ */
