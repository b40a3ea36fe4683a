
/* Numbers are given once: what Redis has given, and what a caller was told. */

#include "whole/oracle.h"

#include <stdlib.h>


#define GIVEN_MAX  1024


typedef struct {
    char                  phone[16];
    long long             id;           /* 0: not given by a counter */
    char                  code[64];
    unsigned              told;         /* a caller knows */
    unsigned              taken;        /* into the books of the market */
} given_t;


static given_t  given[GIVEN_MAX];
static size_t   given_n;


static void given_check(const given_t *one);


void
given_begin(void)
{
    given_n = 0;
}


void
oracle_gave(const char *phone, const redisReply *reply)
{
    given_t  *one;

    if (given_n == GIVEN_MAX || reply->type != REDIS_REPLY_ARRAY
        || reply->elements != 3
        || strcmp(reply->element[0]->str, "repeated") == 0)
    {
        return;
    }

    one = &given[given_n++];
    snprintf(one->phone, sizeof(one->phone), "%s", phone);
    snprintf(one->code, sizeof(one->code), "%s", reply->element[2]->str);
    one->id = strcmp(reply->element[0]->str, "created") == 0
              ? strtoll(reply->element[1]->str, NULL, 10) : 0;
    one->told = 0;
    one->taken = 0;
}


void
oracle_registered(const char *phone, const char *code)
{
    size_t     i;
    given_t   *one;
    unsigned   is_known;

    is_known = 0;
    sim_say("the market takes in %s with %s", phone, code);

    for (i = 0; i < given_n; i++) {
        one = &given[i];

        if (strcmp(one->phone, phone) == 0 && strcmp(one->code, code) == 0) {
            one->taken = 1;
            is_known = 1;
        }
    }

    if (!is_known && given_n < GIVEN_MAX && !world.meddled) {
        sim_wrong("registered by nobody", "%s with %s", phone, code);
    }
}


/* a phone of whom the market has not heard, or NULL */

const char *
oracle_untaken(unsigned (*is_forgotten)(const char *phone))
{
    size_t  i;

    if (world.meddled || world.went_back) {
        return NULL;
    }

    for (i = 0; i < given_n; i++) {
        if (!given[i].taken && !is_forgotten(given[i].phone)) {
            return given[i].phone;
        }
    }

    return NULL;
}


/* a number of which no caller has heard is nobody's if Redis loses it */

void
oracle_issued(const char *phone, long long id, const char *code)
{
    size_t  i;

    for (i = given_n; i; i--) {
        if (strcmp(given[i - 1].phone, phone) == 0
            && strcmp(given[i - 1].code, code) == 0)
        {
            given[i - 1].told = 1;
            given_check(&given[i - 1]);
            return;
        }
    }
}


void
oracle_carded(const char *phone, const char *code)
{
    given_t  *one;

    if (given_n == GIVEN_MAX) {
        return;
    }

    one = &given[given_n++];
    memset(one, 0, sizeof(given_t));
    snprintf(one->phone, sizeof(one->phone), "%s", phone);
    snprintf(one->code, sizeof(one->code), "%s", code);
    one->told = 1;
    one->taken = 1;

    given_check(one);
}


/* of a pool, and where the phone is the card, nothing is promised */

static void
given_check(const given_t *one)
{
    size_t          i;
    const given_t  *other;

    if (world.meddled || world.unbound) {
        return;
    }

    for (i = 0; i < given_n; i++) {
        other = &given[i];

        if (!other->told || strcmp(other->phone, one->phone) == 0) {
            continue;
        }

        if (one->id && one->id == other->id) {
            sim_wrong("an id twice", "%lld: %s and %s", one->id, other->phone,
                      one->phone);
        }

        if (world.process[0].market.cards.mode == NGX_POLYCARD_CARDS_EAN13
            && strcmp(one->code, other->code) == 0)
        {
            sim_wrong("a card number twice", "%s: %s and %s", one->code,
                      other->phone, one->phone);
        }
    }
}
