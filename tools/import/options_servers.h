
/* The options about Redis and Sentinels, taken together. */


#ifndef _POLYCARD_OPTIONS_SERVERS_H_INCLUDED_
#define _POLYCARD_OPTIONS_SERVERS_H_INCLUDED_


#include "import/options.h"


/* after all were read: defaults; NGX_POLYCARD_ERROR after a message */
int polycard_options_servers(polycard_options_t *o);


#endif /* _POLYCARD_OPTIONS_SERVERS_H_INCLUDED_ */
