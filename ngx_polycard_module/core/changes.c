
#include "core/changes.h"
#include "core/number.h"
#include "core/phone.h"

#include <string.h>


static int ngx_polycard_changes_is_id(ngx_polycard_changes_kind_e kind,
    const ngx_polycard_str_t *id);
static uint16_t *ngx_polycard_changes_chain(ngx_polycard_changes_t *changes,
    const u_char *id, size_t len);
static void ngx_polycard_changes_unlink(ngx_polycard_changes_t *changes,
    size_t index);


int
ngx_polycard_changes_add(ngx_polycard_changes_t *changes,
    ngx_polycard_changes_kind_e kind, const ngx_polycard_str_t *id)
{
    size_t                  index;
    uint16_t               *chain, i;
    ngx_polycard_change_t  *change;

    if (!ngx_polycard_changes_is_id(kind, id)) {
        return NGX_POLYCARD_OK;
    }

    chain = ngx_polycard_changes_chain(changes, id->data, id->len);

    /* links count from 1 */

    for (i = *chain; i; i = changes->ring[i - 1].next) {
        change = &changes->ring[i - 1];

        if (change->kind == kind && change->len == id->len
            && memcmp(change->id, id->data, id->len) == 0)
        {
            return NGX_POLYCARD_OK;
        }
    }

    if (changes->n == NGX_POLYCARD_CHANGES_MAX) {
        return NGX_POLYCARD_ERROR;
    }

    index = (changes->first + changes->n++) % NGX_POLYCARD_CHANGES_MAX;

    change = &changes->ring[index];

    change->kind = (u_char) kind;
    change->len = (u_char) id->len;
    memcpy(change->id, id->data, id->len);

    change->next = *chain;
    *chain = (uint16_t) (index + 1);

    return NGX_POLYCARD_OK;
}


/* an invalid one would make the capture of the whole batch fail */

static int
ngx_polycard_changes_is_id(ngx_polycard_changes_kind_e kind,
    const ngx_polycard_str_t *id)
{
    int64_t  n;

    if (kind == NGX_POLYCARD_CHANGES_CLIENT) {
        return ngx_polycard_phone_check(id) == NGX_POLYCARD_OK;
    }

    return ngx_polycard_number_parse_integer(id, &n) == NGX_POLYCARD_OK;
}


size_t
ngx_polycard_changes_take(ngx_polycard_changes_t *changes,
    ngx_polycard_change_t *taken, size_t max)
{
    size_t                  n;
    ngx_polycard_change_t  *change;

    for (n = 0; n < max && changes->n; n++) {
        change = &changes->ring[changes->first];

        if (n && change->kind != taken[0].kind) {
            break;
        }

        taken[n] = *change;

        ngx_polycard_changes_unlink(changes, changes->first);

        changes->first = (changes->first + 1) % NGX_POLYCARD_CHANGES_MAX;
        changes->n--;
    }

    return n;
}


static void
ngx_polycard_changes_unlink(ngx_polycard_changes_t *changes, size_t index)
{
    uint16_t               *link;
    ngx_polycard_change_t  *change;

    change = &changes->ring[index];

    link = ngx_polycard_changes_chain(changes, change->id, change->len);

    while (*link && *link != index + 1) {
        link = &changes->ring[*link - 1].next;
    }

    *link = change->next;
}


/* FNV-1a: phones differ in their last digits */

static uint16_t *
ngx_polycard_changes_chain(ngx_polycard_changes_t *changes, const u_char *id,
    size_t len)
{
    size_t    i;
    uint32_t  hash;

    hash = 2166136261u;

    for (i = 0; i < len; i++) {
        hash = (hash ^ id[i]) * 16777619u;
    }

    return &changes->chain[hash % NGX_POLYCARD_CHANGES_MAX];
}
