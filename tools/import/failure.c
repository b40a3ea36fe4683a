
#include "import/failure.h"

#include <stdarg.h>
#include <stdio.h>


int
polycard_failed(char *failure, const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    (void) vsnprintf(failure, POLYCARD_FAILURE_MAX, fmt, args);
    va_end(args);

    return NGX_POLYCARD_ERROR;
}
