
#include "keyspace/argument.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>


ks_value_t *
ks_open(ks_t *ks, const ks_arg_t *name, ks_type_e type, redisReply **reply)
{
    ks_key_t  *key;

    *reply = NULL;
    key = ks_find(ks, name->data, name->len);

    if (key == NULL) {
        return NULL;
    }

    if (key->value->type != type) {
        *reply = ks_error("WRONGTYPE Operation against a key holding the "
                          "wrong kind of value");
        return NULL;
    }

    return key->value;
}


ks_value_t *
ks_create_value(ks_t *ks, const ks_arg_t *name, ks_type_e type,
    redisReply **reply)
{
    ks_value_t  *value;

    value = ks_open(ks, name, type, reply);

    if (value || *reply) {
        return value;
    }

    return ks_put(ks, name->data, name->len, ks_value(type))->value;
}


void
ks_close(ks_t *ks, const ks_arg_t *name, const ks_value_t *value)
{
    if (value->n == 0) {
        (void) ks_remove(ks, name->data, name->len);
        ks_notify(ks, "del", name->data, name->len);
    }
}


int
ks_arg_is(const ks_arg_t *arg, const char *word)
{
    size_t  i;

    /* a word is of small letters, and most differ in their first one */

    for (i = 0; i < arg->len; i++) {
        if (tolower((unsigned char) arg->data[i]) != word[i]) {
            return 0;
        }
    }

    return i && word[i] == '\0';
}


/* the one way to write it: no sign "+", no zeros or spaces before */

int
ks_arg_integer(const ks_arg_t *arg, long long *integer)
{
    char   text[KS_PRINT_MAX], *end;

    if (arg->len == 0 || arg->len >= sizeof(text)) {
        return 0;
    }

    errno = 0;
    *integer = strtoll(arg->data, &end, 10);

    return errno == 0 && (size_t) (end - arg->data) == arg->len
           && ks_print(text, *integer) == arg->len
           && memcmp(text, arg->data, arg->len) == 0;
}


int
ks_arg_double(const ks_arg_t *arg, double *number)
{
    char  *end;

    if (arg->len == 0 || arg->data[0] == ' ') {
        return 0;
    }

    *number = strtod(arg->data, &end);

    return (size_t) (end - arg->data) == arg->len && !isnan(*number);
}
