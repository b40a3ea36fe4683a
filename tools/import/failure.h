
/* Why a server cannot be used, as text for a message to come. */


#ifndef _POLYCARD_FAILURE_H_INCLUDED_
#define _POLYCARD_FAILURE_H_INCLUDED_


#include "import/tool.h"


/* bytes, with the zero */
#define POLYCARD_FAILURE_MAX  512


/* writes failure as printf() does; NGX_POLYCARD_ERROR */
int polycard_failed(char *failure, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));


#endif /* _POLYCARD_FAILURE_H_INCLUDED_ */
