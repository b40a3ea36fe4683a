
/* Built without zlib. */


#include "import/gunzip.h"
#include "import/terminal.h"


polycard_gunzip_t *
polycard_gunzip_open(polycard_source_read_pt read, void *data,
    const char *name)
{
    polycard_say("\"%s\" is compressed; gunzip -c FILE | polycard-import ... "
                 "reads it", name);
    return NULL;
}


void
polycard_gunzip_close(polycard_gunzip_t *gunzip)
{
}


ssize_t
polycard_gunzip_read(polycard_gunzip_t *gunzip, u_char *buf, size_t size)
{
    return -1;
}
