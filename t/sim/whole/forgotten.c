
/* Clients whom the market wants to be forgotten. */

#include "whole/oracle.h"

#include <stdio.h>
#include <string.h>


#define FORGOTTEN_MAX  (2 * WORLD_PHONES)


static char    forgotten[FORGOTTEN_MAX][16];
static size_t  forgotten_n;


static void forgotten_add(const char *key);


void
forgotten_begin(void)
{
    forgotten_n = 0;
}


void
oracle_forgets(const char *phone)
{
    int          n;
    char         name[16], before[16];
    ks_field_t  *field;
    ks_value_t  *moved;
    const char  *p;

    forgotten_add(phone);

    /* "<number that he had before> <when he left it> ..." */

    snprintf(name, sizeof(name), "moved:%s", phone + strlen(phone) - 3);
    moved = world_value(name);
    field = moved && moved->type == KS_HASH
            ? ks_hash_find(moved, phone, strlen(phone)) : NULL;

    for (p = field ? field->value->data : NULL;
         p && sscanf(p, " %15[0-9] %*[0-9]%n", before, &n) == 1;
         p += n)
    {
        forgotten_add(before);
    }
}


static void
forgotten_add(const char *key)
{
    size_t  i;

    for (i = 0; i < forgotten_n; i++) {
        if (strcmp(forgotten[i], key) == 0) {
            return;
        }
    }

    if (forgotten_n < FORGOTTEN_MAX) {
        snprintf(forgotten[forgotten_n++], 16, "%s", key);
    }
}


/* what of him dies is removed: also what is written later, until all is gone */

unsigned
oracle_was_forgotten(const char *key)
{
    size_t  i;

    for (i = 0; i < forgotten_n; i++) {
        if (strcmp(forgotten[i], key) == 0) {
            return 1;
        }
    }

    return 0;
}
