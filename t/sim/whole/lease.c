
/* Who sends has the lease, by the clock of his own. */

#include "whole/oracle.h"

#include <stdlib.h>


/* the last ones */
#define LEASES  64


typedef struct {
    long long             fence;
    int64_t               granted;      /* in ms of the run */
    int64_t               span;
} lease_t;


static lease_t  leases[LEASES];
static size_t   leases_n;


void
lease_begin(void)
{
    leases_n = 0;
}


/* FCALL polycard_lease 1 <prefix> <holder> <ttl> ... */

void
lease_look(const ks_arg_t *arg, size_t n, const redisReply *reply)
{
    size_t     i;
    long long  fence;

    if (n < 6 || !ks_arg_is(&arg[1], "polycard_lease")
        || reply->type != REDIS_REPLY_ARRAY || reply->element[0]->integer == 0)
    {
        return;
    }

    fence = reply->element[0]->integer;

    for (i = 0; i < leases_n && i < LEASES; i++) {
        if (leases[i].fence == fence) {
            break;
        }
    }

    if (i == leases_n || i == LEASES) {
        i = leases_n++ % LEASES;
    }

    leases[i].fence = fence;
    leases[i].granted = sim.now;
    leases[i].span = strtoll(arg[5].data, NULL, 10);
}


/*
 * A lease ends in Redis before its holder knows it, if Redis' clock was set
 * forward, or the holder's runs slow.
 */

unsigned
lease_is_past(const delivery_t *delivery)
{
    return (world.skewed || delivery->process->speed < 1000) && leases_n
           && delivery->fence != leases[(leases_n - 1) % LEASES].fence;
}


void
lease_sent(const delivery_t *delivery)
{
    size_t  i;

    for (i = 0; i < leases_n && i < LEASES; i++) {

        if (leases[i].fence == delivery->fence
            && sim.now > leases[i].granted
                         + process_span(delivery->process, leases[i].span))
        {
            sim_wrong("sent after the lease was over", "%s of %s by %s/%d",
                      delivery->id, delivery->key, delivery->process->host,
                      (int) delivery->process->number);
        }
    }
}
