
/* What the files of replies.h share. */


#ifndef _NGX_POLYCARD_CORE_REPLIES_INTERNAL_H_INCLUDED_
#define _NGX_POLYCARD_CORE_REPLIES_INTERNAL_H_INCLUDED_


#include "core/replies.h"


typedef enum {
    NGX_POLYCARD_REPLIES_DONE = 0,
    NGX_POLYCARD_REPLIES_MORE,       /* bytes are needed */
    NGX_POLYCARD_REPLIES_LARGE,      /* or no memory */
    NGX_POLYCARD_REPLIES_INVALID
} ngx_polycard_replies_e;


/*
 * What is at replies->pos, of any type, into reply, which is all zero; of an
 * array the elements come next, on a level of their own.  Unless DONE, pos and
 * reply stay as they are.
 */
ngx_polycard_replies_e ngx_polycard_replies_read(
    ngx_polycard_replies_t *replies, redisReply *reply);


#endif /* _NGX_POLYCARD_CORE_REPLIES_INTERNAL_H_INCLUDED_ */
