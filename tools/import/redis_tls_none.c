
/* redis_tls.h in tools built without OpenSSL */


#include "import/redis_tls.h"

#include <unistd.h>


int
polycard_redis_tls_open(const polycard_redis_conf_t *conf, int fd,
    const char *name, char *failure)
{
    (void) close(fd);

    (void) polycard_failed(failure, "this program is built without TLS");

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
