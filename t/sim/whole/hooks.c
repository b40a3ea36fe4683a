
#include "whole/hooks.h"
#include "whole/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define HOOKS_BUCKETS  1024


static hook_t   *hooks_bucket[HOOKS_BUCKETS];
static hook_t   *hooks_list;
static hook_t  **hooks_last;


static unsigned hooks_hash(const char *name);
static hook_t *hooks_create(const char *name);
static void hooks_found(const char *name, hook_place_e place);
static void hooks_outbox(ks_t *ks, unsigned back,
    void (*told)(hook_t *hook, const ks_entry_t *entry));
static void hooks_again(hook_t *hook);
static void hooks_describe(hook_t *hook, const ks_entry_t *entry);
static void hooks_held(const ks_key_t *key);
static void hooks_dead(const ks_key_t *key);


void
hooks_begin(void)
{
    memset(hooks_bucket, 0, sizeof(hooks_bucket));
    hooks_list = NULL;
    hooks_last = &hooks_list;
}


hook_t *
hooks_first(void)
{
    return hooks_list;
}


static unsigned
hooks_hash(const char *name)
{
    unsigned  hash;

    for (hash = 5381; *name; name++) {
        hash = hash * 33 + (unsigned char) *name;
    }

    return hash % HOOKS_BUCKETS;
}


hook_t *
hooks_find(const char *name)
{
    hook_t  *hook;

    for (hook = hooks_bucket[hooks_hash(name)]; hook; hook = hook->bucket) {
        if (strcmp(hook->name, name) == 0) {
            return hook;
        }
    }

    return NULL;
}


static hook_t *
hooks_create(const char *name)
{
    hook_t              *hook;
    unsigned             hash;
    unsigned long long   ms, seq;

    hook = sim_alloc(sizeof(hook_t));
    snprintf(hook->name, sizeof(hook->name), "%s", name);

    if (sscanf(name, "%llu-%llu", &ms, &seq) == 2) {
        hook->id.ms = ms;
        hook->id.seq = seq;
    }

    hash = hooks_hash(name);
    hook->bucket = hooks_bucket[hash];
    hooks_bucket[hash] = hook;

    *hooks_last = hook;
    hooks_last = &hook->next;

    return hook;
}


void
hooks_look(ks_t *ks, unsigned back,
    void (*told)(hook_t *hook, const ks_entry_t *entry))
{
    size_t     i;
    hook_t    *hook;
    ks_key_t  *key;

    for (hook = hooks_list; hook; hook = hook->next) {
        hook->before = hook->place;
        hook->place = HOOK_NOWHERE;
        hook->places = 0;
    }

    hooks_outbox(ks, back, told);

    for (i = 0; i <= ks->mask; i++) {
        for (key = ks->bucket[i]; key; key = key->next) {
            if (strstr(key->name->data, "}:retry:")) {
                hooks_held(key);

            } else if (strstr(key->name->data, "}:dead")) {
                hooks_dead(key);
            }
        }
    }

    for (hook = hooks_list; hook; hook = hook->next) {
        if (hook->place == HOOK_NOWHERE) {
            hook->place = HOOK_GONE;
        }

        if (hook->before == HOOK_DEAD && hook->place == HOOK_HELD) {
            hook->requeued = 1;
        }
    }
}


static void
hooks_found(const char *name, hook_place_e place)
{
    hook_t  *hook;

    hook = hooks_find(name);

    if (hook) {
        hook->place = place;
        hook->places++;
    }
}


static void
hooks_outbox(ks_t *ks, unsigned back,
    void (*told)(hook_t *hook, const ks_entry_t *entry))
{
    char               name[48];
    size_t             i;
    hook_t            *hook;
    ks_key_t          *key;
    const ks_entry_t  *entry;

    key = ks_find(ks, "polycard:{shop1}:outbox", 23);

    if (key == NULL || key->value->type != KS_STREAM) {
        return;
    }

    for (i = 0; i < key->value->n; i++) {
        entry = key->value->entry[i];

        snprintf(name, sizeof(name), "%llu-%llu",
                 (unsigned long long) entry->id.ms,
                 (unsigned long long) entry->id.seq);

        hook = hooks_find(name);

        if (hook == NULL) {
            hook = hooks_create(name);
            hooks_describe(hook, entry);
            told(hook, entry);

        } else if (!back && hook->before == HOOK_GONE) {
            hooks_again(hook);
            hooks_describe(hook, entry);
            told(hook, entry);
        }

        hook->place = HOOK_OUTBOX;
        hook->places++;
    }
}


/* the id of one that is gone, given to another one */

static void
hooks_again(hook_t *hook)
{
    hook->before = HOOK_NOWHERE;
    hook->posted = 0;
    hook->requeued = 0;
    hook->meddled = 0;
    hook->lost = 0;
    hook->sent = NULL;

    /* only where the clock was set back and then data were lost */

    if (!(world.skewed && world.went_back)) {
        sim_wrong("an id again", "%s of %s", hook->name, hook->key);
    }
}


const ks_str_t *
hooks_field(const ks_entry_t *entry, const char *name)
{
    size_t  i;

    for (i = 0; i + 1 < entry->n; i += 2) {
        if (ks_str_is(entry->part[i], name, strlen(name))) {
            return entry->part[i + 1];
        }
    }

    return NULL;
}


static void
hooks_describe(hook_t *hook, const ks_entry_t *entry)
{
    size_t           i;
    const ks_str_t  *object, *action, *id;

    static const char *const  objects[] = {
        "clients", "bonuses", "loyalty_groups"
    };
    static const char *const  actions[] = { "added", "changed", "deleted" };

    object = hooks_field(entry, "object");
    action = hooks_field(entry, "action");
    hook->object = hook->action = "?";

    for (i = 0; i < 3; i++) {
        if (object && strcmp(object->data, objects[i]) == 0) {
            hook->object = objects[i];
        }

        if (action && strcmp(action->data, actions[i]) == 0) {
            hook->action = actions[i];
        }
    }

    id = hooks_field(entry, "attribute");
    hook->discount = id && strcmp(id->data, "discount") == 0;

    id = hooks_field(entry, "phone");

    if (id == NULL || strcmp(hook->object, "loyalty_groups") == 0) {
        id = hooks_field(entry, "id");

        snprintf(hook->key, sizeof(hook->key), "group:%s",
                 id ? id->data : "?");
        return;
    }

    snprintf(hook->key, sizeof(hook->key), "%s", id->data);
}


/* ["1700000000000-0",1,"object",... */

static void
hooks_held(const ks_key_t *key)
{
    char         name[48];
    size_t       i, len;
    const char  *text;

    if (key->value->type != KS_LIST) {
        return;
    }

    for (i = 0; i < key->value->n; i++) {
        text = key->value->item[i]->data;

        if (strncmp(text, "[\"", 2) == 0) {
            len = strcspn(text + 2, "\"");
            snprintf(name, sizeof(name), "%.*s", (int) len, text + 2);
            hooks_found(name, HOOK_HELD);
        }
    }
}


static void
hooks_dead(const ks_key_t *key)
{
    size_t           i;
    const ks_str_t  *id;

    if (key->value->type != KS_STREAM) {
        return;
    }

    for (i = 0; i < key->value->n; i++) {
        id = hooks_field(key->value->entry[i], "hook");

        if (id) {
            hooks_found(id->data, HOOK_DEAD);
        }
    }
}


size_t
hooks_count(hook_place_e place)
{
    size_t   n;
    hook_t  *hook;

    n = 0;

    for (hook = hooks_list; hook; hook = hook->next) {
        n += hook->place == place;
    }

    return n;
}
