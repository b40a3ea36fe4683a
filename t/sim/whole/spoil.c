
/*
 * Helper keys of another type for some time, and then as they were: somebody
 * had the name for something else, and has moved the key back.  Nothing is lost
 * by that.
 */

#include "whole/faults.h"
#include "whole/world.h"
#include "server/server.h"

#include <stdio.h>
#include <string.h>


/* as long as WORLD_PREFIX, for who looks at what follows */
#define SPOIL_ASIDE  "polycard:{aside}:"


static const char *const  spoil_names[] = {
    "shadow:000", "shadow:101", "shadow:groups", "added:000", "added:100",
    "barcodes:000", "barcodes:101", "retry:380670000000",
    "retry:380670001100", "retry", "held", "counted", "refused", "gone",
    "found", "deletions", "dead", "clients", "groups", "hosts", "registered",
    "broken"
};

#define SPOIL_NAMES  (sizeof(spoil_names) / sizeof(spoil_names[0]))


static void spoil_one(void *data, uint64_t tag);
static void spoil_ends(void *data, uint64_t tag);
static ks_key_t *spoil_find(const char *prefix, const char *name);
static void spoil_put(const char *prefix, const char *name,
    ks_value_t *value);
static void spoil_remove(const char *prefix, const char *name);


void
spoil_begin(void)
{
    unsigned  i;

    for (i = sim_chance(20) ? 1 + sim_below(4) : 0; i; i--) {
        sim_later(sim_below(world.calm), spoil_one, NULL, 0);
    }
}


static void
spoil_one(void *data, uint64_t tag)
{
    uint64_t     i, n;
    ks_key_t    *key;
    ks_value_t  *value;

    if (world.is_calm || !sim_happens()) {
        return;
    }

    /* the first of them that is there, in an order by chance */

    n = sim_below(SPOIL_NAMES);
    key = NULL;

    for (i = 0; i < SPOIL_NAMES && key == NULL; i++) {
        n = (n + 5) % SPOIL_NAMES;
        key = spoil_find(WORLD_PREFIX, spoil_names[n]);
    }

    if (key == NULL || key->value->type == KS_STRING
        || spoil_find(SPOIL_ASIDE, spoil_names[n]))
    {
        return;
    }

    sim_say("redis: %s is of a wrong type", spoil_names[n]);

    spoil_put(SPOIL_ASIDE, spoil_names[n], ks_value_copy(key->value));

    value = ks_value(KS_STRING);
    value->string = ks_str("nonsense", 8);
    spoil_put(WORLD_PREFIX, spoil_names[n], value);

    sim_later(1 + sim_below(sim_one_of(2, 300, 10000)), spoil_ends, NULL, n);
}


/* unless Redis has neither the one nor the other any more */

static void
spoil_ends(void *data, uint64_t n)
{
    ks_key_t  *key, *aside;

    key = spoil_find(WORLD_PREFIX, spoil_names[n]);
    aside = spoil_find(SPOIL_ASIDE, spoil_names[n]);

    if (key && key->value->type == KS_STRING) {
        spoil_remove(WORLD_PREFIX, spoil_names[n]);
    }

    if (aside == NULL) {
        return;
    }

    sim_say("redis: %s is as it was", spoil_names[n]);

    spoil_put(WORLD_PREFIX, spoil_names[n], ks_value_copy(aside->value));
    spoil_remove(SPOIL_ASIDE, spoil_names[n]);
}


void
spoil_end(void)
{
    uint64_t  n;

    for (n = 0; n < SPOIL_NAMES; n++) {
        spoil_ends(NULL, n);
    }
}


static ks_key_t *
spoil_find(const char *prefix, const char *name)
{
    char  text[64];

    return ks_find(server.ks, text,
                   snprintf(text, sizeof(text), "%s%s", prefix, name));
}


static void
spoil_put(const char *prefix, const char *name, ks_value_t *value)
{
    char  text[64];

    ks_put(server.ks, text,
           snprintf(text, sizeof(text), "%s%s", prefix, name), value);
}


static void
spoil_remove(const char *prefix, const char *name)
{
    char  text[64];

    ks_remove(server.ks, text,
              snprintf(text, sizeof(text), "%s%s", prefix, name));
}
