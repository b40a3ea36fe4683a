
#include "import/options_servers.h"
#include "import/sentinel.h"
#include "import/terminal.h"

#include <string.h>


static int polycard_options_addresses(polycard_options_t *o);
static int polycard_options_login(const polycard_redis_conf_t *conf,
    const char *of);


int
polycard_options_servers(polycard_options_t *o)
{
    const polycard_redis_conf_t  *sentinel;

    sentinel = &o->sentinel;

    if (sentinel->address == NULL
        && (sentinel->user || sentinel->password_file || sentinel->tls
            || sentinel->cacert || sentinel->tls_name || sentinel->insecure
            || sentinel->cert || sentinel->key))
    {
        polycard_say("options of Sentinels need --sentinel");
        return NGX_POLYCARD_ERROR;
    }

    if (polycard_options_addresses(o) != NGX_POLYCARD_OK
        || polycard_options_login(&o->redis, "") != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    return polycard_options_login(sentinel, "sentinel-");
}


static int
polycard_options_addresses(polycard_options_t *o)
{
    polycard_places_t     seeds;
    polycard_sentinels_t  sentinels;

    if (o->sentinel.address && o->redis.address) {
        polycard_say("--redis and --sentinel do not go together");
        return NGX_POLYCARD_ERROR;
    }

    if (o->sentinel.address) {

        if (polycard_sentinels_parse(&sentinels, o->sentinel.address)
            != NGX_POLYCARD_OK)
        {
            polycard_say("--sentinel must be MASTER@ADDRESS[,ADDRESS]..., of "
                         "%d Sentinels at most", POLYCARD_PLACES_MAX);
            return NGX_POLYCARD_ERROR;
        }

        return NGX_POLYCARD_OK;
    }

    if (o->redis.address == NULL) {
        o->redis.address = "127.0.0.1:6379";
    }

    if (strncmp(o->redis.address, "unix:", 5) == 0) {

        if (o->redis.tls) {
            polycard_say("a unix socket has no TLS");
            return NGX_POLYCARD_ERROR;
        }

        return NGX_POLYCARD_OK;
    }

    if (polycard_places_parse(&seeds, o->redis.address) != NGX_POLYCARD_OK) {
        polycard_say("--redis must be an address, or %d of them at most",
                     POLYCARD_PLACES_MAX);
        return NGX_POLYCARD_ERROR;
    }

    if (seeds.n > 1 && o->database) {
        polycard_say("a cluster has no --database but 0");
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}


static int
polycard_options_login(const polycard_redis_conf_t *conf, const char *of)
{
    if (!conf->tls && (conf->cacert || conf->tls_name || conf->insecure
                       || conf->cert || conf->key))
    {
        polycard_say("--%scacert, --%stls-name, --%sinsecure, --%scert and "
                     "--%skey need --%stls", of, of, of, of, of, of);
        return NGX_POLYCARD_ERROR;
    }

    if ((conf->cert == NULL) != (conf->key == NULL)) {
        polycard_say("--%scert and --%skey go together", of, of);
        return NGX_POLYCARD_ERROR;
    }

    if (conf->user && conf->password_file == NULL) {
        polycard_say("--%suser needs --%spassword-file", of, of);
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}
