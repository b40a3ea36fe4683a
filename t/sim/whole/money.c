
#include "whole/money.h"

#include "core/number.h"

#include <string.h>


#define MONEY_KEYS  128


typedef struct {
    char                  key[32];
    unsigned              known;
    int64_t               total[2];     /* bonus, discount; hundredths */
} money_t;


static money_t  money[MONEY_KEYS];
static size_t   money_n;


static money_t *money_of(const char *key);
static int64_t money_amount(const char *name, const char *text);
static int64_t money_field(const ks_entry_t *entry, const char *name);


void
money_begin(void)
{
    money_n = 0;
}


void
money_forget(void)
{
    size_t  i;

    for (i = 0; i < money_n; i++) {
        money[i].known = 0;
    }
}


void
money_forget_key(const char *key)
{
    money_t  *m;

    m = money_of(key);

    if (m) {
        m->known = 0;
    }
}


static money_t *
money_of(const char *key)
{
    size_t  i;

    for (i = 0; i < money_n; i++) {
        if (strcmp(money[i].key, key) == 0) {
            return &money[i];
        }
    }

    if (money_n == MONEY_KEYS) {
        return NULL;
    }

    memset(&money[money_n], 0, sizeof(money_t));
    strncpy(money[money_n].key, key, sizeof(money[0].key) - 1);

    return &money[money_n++];
}


static int64_t
money_field(const ks_entry_t *entry, const char *name)
{
    const ks_str_t  *text;

    text = hooks_field(entry, name);

    return text ? money_amount(name, text->data) : 0;
}


static int64_t
money_amount(const char *name, const char *text)
{
    int64_t             amount;
    ngx_polycard_str_t  str;

    str.data = (u_char *) text;
    str.len = strlen(text);

    if (ngx_polycard_number_parse_amount(&str, &amount) != NGX_POLYCARD_OK
        && ngx_polycard_number_parse_change(&str, &amount) != NGX_POLYCARD_OK)
    {
        sim_wrong("an amount that is none", "%s %s", name, text);
        return 0;
    }

    return amount;
}


void
money_read(const char *key, const char *bonus, const char *discount)
{
    money_t  *m;

    m = money_of(key);

    if (m) {
        m->total[0] = bonus ? money_amount("bonus", bonus) : 0;
        m->total[1] = discount ? money_amount("discount", discount) : 0;
        m->known = 3;
    }
}


void
money_told(const hook_t *hook, const ks_entry_t *entry)
{
    int       i;
    money_t  *m;
    int64_t   change, total, told;

    static const char *const  names[] = { "bonus", "discount" };

    m = money_of(hook->key);

    if (m == NULL || strcmp(hook->object, "loyalty_groups") == 0) {
        return;
    }

    if (strcmp(hook->object, "bonuses") == 0) {
        change = money_field(entry, "change");
        total = money_field(entry, "total");

        if ((m->known & (1 << hook->discount))
            && m->total[hook->discount] + change != total)
        {
            sim_wrong("a sum that is not exact",
                      "%s of %s: %lld and %lld are not %lld", hook->name,
                      hook->key, (long long) m->total[hook->discount],
                      (long long) change, (long long) total);
        }

        m->total[hook->discount] = total;
        m->known |= 1 << hook->discount;
        return;
    }

    if (strcmp(hook->action, "deleted") == 0) {
        m->known = 0;
        return;
    }

    /* a record that has changed tells the total after the hooks that follow */

    for (i = 0; i < 2; i++) {
        told = money_field(entry, names[i]);

        if (strcmp(hook->action, "added") == 0) {
            m->total[i] = told;
            m->known |= 1 << i;
        }
    }
}
