
/* The prefix of the keys of a market: the rules of "key_prefix". */


#ifndef _NGX_POLYCARD_CORE_PREFIX_H_INCLUDED_
#define _NGX_POLYCARD_CORE_PREFIX_H_INCLUDED_


#include "core/types.h"


#define NGX_POLYCARD_PREFIX_MAX    255

#define NGX_POLYCARD_PREFIX_RULES                                             \
    "visible ASCII characters with exactly one {tag} and none of "            \
    "* ? [ ] \\ ^"


/* NGX_POLYCARD_OK or NGX_POLYCARD_ERROR */
int ngx_polycard_prefix_check(const ngx_polycard_str_t *prefix);


#endif /* _NGX_POLYCARD_CORE_PREFIX_H_INCLUDED_ */
