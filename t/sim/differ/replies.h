
/* Replies of two Redis' to one command. */


#ifndef _SIM_DIFFER_REPLIES_H_INCLUDED_
#define _SIM_DIFFER_REPLIES_H_INCLUDED_


#include "keyspace/reply.h"


/* as far as both must be the same; puts into order what has none */
int replies_equal(const char *command, redisReply *ours, redisReply *real);


#endif /* _SIM_DIFFER_REPLIES_H_INCLUDED_ */
