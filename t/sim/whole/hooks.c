
#include "whole/hooks.h"
#include "whole/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define HOOKS_BUCKETS  1024


static hook_t   *hooks_bucket[HOOKS_BUCKETS];
static hook_t   *hooks_list;
static hook_t  **hooks_last;

/* those that are somewhere, or were at the last look */

static hook_t  **hooks_open;
static size_t    hooks_nopen;
static size_t    hooks_room;


static unsigned hooks_hash(const ks_id_t *id);
static hook_t *hooks_with(const ks_id_t *id);
static hook_t *hooks_named(const char **name, const char *end);
static hook_t *hooks_create(const ks_id_t *id);
static void hooks_put(hook_t *hook, hook_place_e place);
static void hooks_outbox(ks_t *ks, unsigned back,
    void (*told)(hook_t *hook, const ks_entry_t *entry));
static void hooks_again(hook_t *hook);
static void hooks_describe(hook_t *hook, const ks_entry_t *entry);
static void hooks_held(const ks_key_t *key);
static hook_t *hooks_of(const ks_str_t *item);
static void hooks_dead(const ks_key_t *key);


void
hooks_begin(void)
{
    memset(hooks_bucket, 0, sizeof(hooks_bucket));
    hooks_list = NULL;
    hooks_last = &hooks_list;
    hooks_nopen = 0;
}


hook_t *
hooks_first(void)
{
    return hooks_list;
}


hook_t *const *
hooks_about(size_t *n)
{
    *n = hooks_nopen;

    return hooks_open;
}


static unsigned
hooks_hash(const ks_id_t *id)
{
    return (id->ms * 31 + id->seq) * 0x9e3779b97f4a7c15 >> 54;
}


static hook_t *
hooks_with(const ks_id_t *id)
{
    hook_t  *hook;

    for (hook = hooks_bucket[hooks_hash(id)]; hook; hook = hook->bucket) {
        if (hook->id.ms == id->ms && hook->id.seq == id->seq) {
            return hook;
        }
    }

    return NULL;
}


/* "1700000000000-0", and nothing that only begins like that */

hook_t *
hooks_find(const char *name)
{
    hook_t      *hook;
    const char  *end;

    end = name + strlen(name);
    hook = hooks_named(&name, end);

    return name == end ? hook : NULL;
}


/* that of the id at the begin of a text; name: what comes behind the id */

static hook_t *
hooks_named(const char **name, const char *end)
{
    size_t       len;
    hook_t      *hook;
    ks_id_t      id;
    const char  *p;

    id.ms = id.seq = 0;

    for (p = *name; p < end && *p >= '0' && *p <= '9'; p++) {
        id.ms = id.ms * 10 + *p - '0';
    }

    if (p < end && *p == '-') {
        p++;
    }

    for ( /* void */ ; p < end && *p >= '0' && *p <= '9'; p++) {
        id.seq = id.seq * 10 + *p - '0';
    }

    hook = hooks_with(&id);
    len = p - *name;

    if (hook && (strncmp(hook->name, *name, len) || hook->name[len])) {
        hook = NULL;
    }

    *name = p;

    return hook;
}


static hook_t *
hooks_create(const ks_id_t *id)
{
    hook_t    *hook;
    unsigned   hash;

    hook = sim_alloc(sizeof(hook_t));
    hook->id = *id;
    snprintf(hook->name, sizeof(hook->name), "%llu-%llu",
             (unsigned long long) id->ms, (unsigned long long) id->seq);

    hash = hooks_hash(id);
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
    size_t       i, n;
    hook_t      *hook;
    ks_key_t    *key;
    const char  *name;

    for (i = 0, n = 0; i < hooks_nopen; i++) {
        hook = hooks_open[i];
        hook->before = hook->place;
        hook->places = 0;
        hook->is_open = hook->place != HOOK_GONE;

        if (hook->is_open) {
            hook->place = HOOK_NOWHERE;
            hooks_open[n++] = hook;
        }
    }

    hooks_nopen = n;
    hooks_outbox(ks, back, told);

    for (i = 0; i <= ks->mask; i++) {
        for (key = ks->bucket[i]; key; key = key->next) {
            name = key->name->len > WORLD_PREFIX_LEN
                   ? key->name->data + WORLD_PREFIX_LEN : "";

            if (*name == 'r' && strncmp(name, "retry:", 6) == 0) {
                hooks_held(key);

            } else if (*name == 'd' && strncmp(name, "dead", 4) == 0) {
                hooks_dead(key);
            }
        }
    }

    for (i = 0; i < hooks_nopen; i++) {
        hook = hooks_open[i];

        if (hook->place == HOOK_NOWHERE) {
            hook->place = HOOK_GONE;
        }

        if (hook->before == HOOK_DEAD && hook->place == HOOK_HELD) {
            hook->requeued = 1;
        }
    }
}


static void
hooks_put(hook_t *hook, hook_place_e place)
{
    if (!hook->is_open) {
        hook->is_open = 1;

        if (hooks_nopen == hooks_room) {
            hooks_room = hooks_room ? 2 * hooks_room : 256;
            hooks_open = realloc(hooks_open, hooks_room * sizeof(hook_t *));

            if (hooks_open == NULL) {
                abort();
            }
        }

        hooks_open[hooks_nopen++] = hook;
    }

    hook->place = place;
    hook->places++;
}


static void
hooks_outbox(ks_t *ks, unsigned back,
    void (*told)(hook_t *hook, const ks_entry_t *entry))
{
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

        hook = hooks_with(&entry->id);

        if (hook == NULL) {
            hook = hooks_create(&entry->id);
            hooks_describe(hook, entry);
            told(hook, entry);

        } else if (!back && hook->before == HOOK_GONE) {
            hooks_again(hook);
            hooks_describe(hook, entry);
            told(hook, entry);
        }

        hooks_put(hook, HOOK_OUTBOX);
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

    sim_wrong("an id again", "%s of %s", hook->name, hook->key);
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


/*
 * ["1700000000000-0",1,"object",...  Each text is read once: most of them stay
 * for many looks.
 */

static void
hooks_held(const ks_key_t *key)
{
    size_t     i;
    ks_str_t  *item;

    if (key->value->type != KS_LIST) {
        return;
    }

    for (i = 0; i < key->value->n; i++) {
        item = key->value->item[i];

        if (item->about == NULL) {
            item->about = hooks_of(item);
        }

        if (item->about) {
            hooks_put(item->about, HOOK_HELD);
        }
    }
}


static hook_t *
hooks_of(const ks_str_t *item)
{
    hook_t      *hook;
    const char  *text;

    if (item->len < 2 || item->data[0] != '[' || item->data[1] != '"') {
        return NULL;
    }

    text = item->data + 2;
    hook = hooks_named(&text, item->data + item->len);

    return *text == '"' ? hook : NULL;
}


static void
hooks_dead(const ks_key_t *key)
{
    size_t           i;
    ks_entry_t      *entry;
    const ks_str_t  *id;

    if (key->value->type != KS_STREAM) {
        return;
    }

    for (i = 0; i < key->value->n; i++) {
        entry = key->value->entry[i];

        if (entry->about == NULL) {
            id = hooks_field(entry, "hook");
            entry->about = id ? hooks_find(id->data) : NULL;
        }

        if (entry->about) {
            hooks_put(entry->about, HOOK_DEAD);
        }
    }
}


size_t
hooks_count(hook_place_e place)
{
    size_t  i, n;

    for (i = 0, n = 0; i < hooks_nopen; i++) {
        n += hooks_open[i]->place == place;
    }

    return n;
}
