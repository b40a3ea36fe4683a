
/* What all parts of the tools share. */


#ifndef _POLYCARD_TOOL_H_INCLUDED_
#define _POLYCARD_TOOL_H_INCLUDED_


#include "core/types.h"


/* results of a reader; NGX_POLYCARD_ERROR: it cannot continue */

#define POLYCARD_RECORD      1
#define POLYCARD_REFUSED     2     /* a record that cannot be taken */
#define POLYCARD_END         3

/* exit status */

#define POLYCARD_EXIT_OK        0
#define POLYCARD_EXIT_REFUSED   1
#define POLYCARD_EXIT_FAILED    2
#define POLYCARD_EXIT_STOPPED   130

/* the longest record of a file, in bytes: whole, with its field names */
#define POLYCARD_RECORD_MAX     65536

#define polycard_nelts(a)       (sizeof(a) / sizeof((a)[0]))


#endif /* _POLYCARD_TOOL_H_INCLUDED_ */
