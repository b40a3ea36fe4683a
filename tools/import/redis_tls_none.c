
/* redis_tls.h in tools built without OpenSSL */


#include "import/redis_tls.h"
#include "import/terminal.h"

#include <unistd.h>


int
polycard_redis_tls_open(const polycard_options_t *o, int fd,
    const char *name)
{
    (void) close(fd);

    polycard_say("this program is built without TLS");

    return -1;
}


void
polycard_redis_tls_close(void)
{
    /* void */
}


const char *
polycard_redis_tls_failure(void)
{
    return NULL;
}
