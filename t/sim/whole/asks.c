
/*
 * Back offices by functions: reading, conditions, cards, merging, lists,
 * imports, what addClient did, dead letters.
 */

#include "whole/office.h"
#include "whole/oracle.h"
#include "server/server.h"


#define ASKS_TEXT  1024
#define ASKS_STOP  "resend_all 1 $ stop"


static const char *asks_word(char kind, const char *phone);
static void asks_card(const char *phone);
static void asks_dead(void);
static void asks_forgets(const char *phone);


static const char *const  asks_calls[] = {
    "get_client 1 $ $p", "get_client 1 $ barcode 482$p", "get_group 1 $ $g",
    "list_clients 1 $ _ 10", "list_clients 1 $ $p 3", "list_groups 1 $ _ 10",
    "replace_client 1 $ $p $c barcode 482$p $a",
    "replace_client 1 $ $p $c $b $b", "patch_client 1 $ $p $c $a",
    "patch_client 1 $ $p $c $b", "delete_client 1 $ $p $c",
    "replace_group 1 $ $g $c title Gold loyaltyType bonuses "
    "loyaltyQuantity $n",
    "patch_group 1 $ $g $c title Silver", "delete_group 1 $ $g $c",
    "merge_clients 1 $ $p $o", "merge_clients 1 $ $p $o $c",
    "move_client 1 $ $p $o $c", "set_card 1 $ $p 482$p",
    "set_card 1 $ $p 482$o $c", "close_card 1 $ $p", "close_card 1 $ $p $c",
    "import_clients 1 $ 2 barcode name $p 482$p Taras $o 482$o _",
    "import_clients 1 $ 1 bonus $p $v $o 130,75",
    "import_clients 1 $ 3 barcode bonus discount $p 482$o $n $n",
    "registered 1 $ _ 100", "registered 1 $ 1700000002000-0 5",
    "find_hooks 1 $ $p", "find_hooks 1 $ group:$g", "dead 1 $ _ 50",
    "probe 1 $", "version 1 $", ASKS_STOP,
    "put_client 1 $ $p id $n", "put_client 1 $ $p $b barcode _",
};


void
office_asks(const char *phone)
{
    char         text[ASKS_TEXT];
    size_t       n;
    redisReply  *reply;

    switch (sim_below(10)) {

    case 0:
        asks_card(phone);
        return;

    case 1:
        if (sim_chance(50)) {
            asks_dead();
        } else {
            asks_forgets(phone);
        }

        return;
    }

    n = sim_below(sizeof(asks_calls) / sizeof(asks_calls[0]));
    office_expand(text, sizeof(text), asks_calls[n], phone);
    reply = server_callf("FCALL polycard_%s", text);

    if (reply) {
        ks_reply_free(reply);
    }

    /* also one that the library has begun, because it is needed */
    world.stopped |= (strcmp(asks_calls[n], ASKS_STOP) == 0);
}


void
office_expand(char *text, size_t size, const char *call, const char *phone)
{
    char        *p, *end;
    const char  *word;

    end = text + size - 1;

    for (p = text; *call && p < end; call++) {
        if (*call != '$') {
            *p++ = *call;
            continue;
        }

        word = WORLD_PREFIX;

        if (call[1] != ' ' && call[1] != '\0') {
            word = asks_word(*++call, phone);
        }

        p += snprintf(p, end - p, "%s", word);
    }

    *p = '\0';
}


static const char *
asks_word(char kind, const char *phone)
{
    static char  text[16];

    switch (kind) {

    case 'p':
        return phone;

    case 'o':
        return world_phone(sim_below(world.nphones));

    case 'a':
    case 'b':
        return office_attribute(kind == 'b');

    case 'v':
        return office_amount();

    case 'c':
        return (const char *[]) { "_", "*", "-", "0123456789abcdef" }
               [sim_below(sim_chance(80) ? 2 : 4)];

    case 'g':
        snprintf(text, sizeof(text), "%u", sim_below(world.ngroups));
        return text;

    default:
        snprintf(text, sizeof(text), "%u", sim_below(60));
        return text;
    }
}


static void
asks_card(const char *phone)
{
    redisReply  *reply;

    reply = server_callf("FCALL polycard_issue_card 1 %s %s", WORLD_PREFIX,
                         phone);
    if (reply == NULL) {
        return;
    }

    if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 3) {
        oracle_carded(phone, reply->element[1]->str);
    }

    ks_reply_free(reply);
}


/* an operator sends the oldest dead letter again, or does without it */

static void
asks_dead(void)
{
    redisReply  *list, *reply;

    list = server_callf("FCALL polycard_dead 1 %s _ 1", WORLD_PREFIX);

    if (list == NULL) {
        return;
    }

    if (list->type == REDIS_REPLY_ARRAY && list->elements
        && list->element[0]->type == REDIS_REPLY_ARRAY)
    {
        oracle_meddle(1);
        reply = server_callf("FCALL polycard_%s 1 %s %s",
                             sim_chance(50) ? "requeue" : "delete_dead",
                             WORLD_PREFIX, list->element[0]->element[0]->str);
        oracle_meddle(0);

        if (reply) {
            ks_reply_free(reply);
        }
    }

    ks_reply_free(list);
}


/* with the dead letters: call it again until it is over */

static void
asks_forgets(const char *phone)
{
    char         cursor[64];
    unsigned     i, more;
    redisReply  *reply;

    cursor[0] = '\0';

    for (i = 0, more = 1; i < 20 && more; i++) {
        oracle_forgets(phone);
        reply = server_callf("FCALL polycard_forget_client 1 %s %s %s",
                             WORLD_PREFIX, phone, cursor);

        if (reply == NULL) {
            return;
        }

        more = reply->type == REDIS_REPLY_ARRAY && reply->elements == 3
               && strcmp(reply->element[2]->str, "0") != 0;

        if (more) {
            snprintf(cursor, sizeof(cursor), "%s", reply->element[2]->str);
        }

        ks_reply_free(reply);
    }
}
