
#include "whole/gateway.h"
#include "whole/hooks.h"
#include "whole/money.h"
#include "whole/oracle.h"
#include "server/server.h"

#include <cjson/cJSON.h>
#include <stdlib.h>


typedef enum {
    PHASE_WELL = 0,
    PHASE_FAILS,
    PHASE_REFUSES,
    PHASE_BUSY,
    PHASE_MOODY,
    PHASES
} gateway_phase_e;


typedef struct {
    ngx_polycard_delivery_e  error;
    ngx_uint_t               status;
    const char              *body;
    const char              *retry_after;
} gateway_answer_t;


gateway_counts_t  gateway_counts;


const char *const  gateway_fields[] = {
    "surname", "name", "middlename", "email", "sex", "birthday", "barcode",
    "bonus", "discount", "loyalty_group_id", "title", "loyaltyType",
    "loyaltyQuantity", "active", NULL
};


static gateway_client_t  gateway_clients[GATEWAY_KEYS];
static size_t            gateway_n;
static int               gateway_phase;
static unsigned          gateway_noise;
static unsigned          gateway_is_calm;


static void gateway_change(void *data, uint64_t tag);
static void gateway_read(const ks_field_t *shadow);
static void gateway_takes(delivery_t *delivery);
static void gateway_accept(delivery_t *delivery);
static void gateway_apply(gateway_client_t *client, unsigned which,
    const delivery_t *delivery, const hook_t *hook);
static void gateway_set(gateway_client_t *client, unsigned which,
    const char *name, const cJSON *value);
static void gateway_answer(delivery_t *delivery,
    const gateway_answer_t *answers, size_t n);


static const gateway_answer_t  gateway_accepts[] = {
    { 0, 200, "{\"Status\":\"OK\"}", NULL },
    { 0, 200, " {\"id\":1,\"status\":\"ok\"}\n", "120" },
};

static const gateway_answer_t  gateway_refuses[] = {
    { 0, 200, "{\"Status\":\"Error\"}", NULL },
    { 0, 400, "{\"Status\":\"Error\"}", NULL },
    { 0, 422, "no such client", NULL },
    { 0, 409, "", "2" },
};

static const gateway_answer_t  gateway_fails[] = {
    { 0, 500, "{\"Status\":\"Error\"}", NULL },
    { 0, 200, "<html>{\"Status\":\"OK\"}", NULL },
    { 0, 302, "{\"Status\":\"OK\"}", NULL },
    { 0, 401, "{\"Status\":\"Error\"}", NULL },
    { NGX_POLYCARD_DELIVERY_CUT, 200, "{\"Status\":\"OK\"}", NULL },
    { NGX_POLYCARD_DELIVERY_CONNECT, 0, "", NULL },
    { NGX_POLYCARD_DELIVERY_OVERSIZED, 200, "{\"Status\":\"OK\"}", NULL },
};

static const gateway_answer_t  gateway_busy[] = {
    { 0, 429, "{\"Status\":\"Error\"}", "1" },
    { 0, 503, "", "3" },
    { 0, 503, "", "soon" },
};


#define GATEWAY_ANSWER(delivery, list)                                        \
    gateway_answer(delivery, list, sizeof(list) / sizeof(gateway_answer_t))


void
gateway_begin(void)
{
    memset(gateway_clients, 0, sizeof(gateway_clients));

    gateway_n = 0;
    gateway_is_calm = 0;
    gateway_noise = sim_one_of(4, 0, 0, 5, 30);
    delivery_gateway = gateway_takes;

    gateway_change(NULL, 0);
}


void
gateway_calm(void)
{
    gateway_is_calm = 1;
    gateway_phase = PHASE_WELL;
}


static void
gateway_change(void *data, uint64_t tag)
{
    static const char *const  names[] = {
        "is well", "fails", "refuses everybody", "is busy", "is moody"
    };

    if (gateway_is_calm) {
        return;
    }

    gateway_phase = !sim_happens() || sim_chance(50)
                    ? PHASE_WELL : (int) sim_below(PHASES);
    sim_say("gateway: %s", names[gateway_phase]);

    sim_later(1 + sim_below(6000), gateway_change, NULL, 0);
}


gateway_client_t *
gateway_client(const char *key)
{
    size_t  i;

    for (i = 0; i < gateway_n; i++) {
        if (strcmp(gateway_clients[i].key, key) == 0) {
            return &gateway_clients[i];
        }
    }

    return NULL;
}


gateway_client_t *
gateway_know(const char *key)
{
    gateway_client_t  *client;

    client = gateway_client(key);

    if (client || gateway_n == GATEWAY_KEYS) {
        return client;
    }

    client = &gateway_clients[gateway_n++];
    snprintf(client->key, sizeof(client->key), "%s", key);

    client->spoilt = sim_chance(4);
    client->fails = sim_chance(4);

    return client;
}


void
gateway_reads(ks_t *ks)
{
    size_t       i;
    ks_key_t    *index;
    ks_field_t  *shadow;

    index = ks_find(ks, "polycard:{shop1}:clients", 24);

    if (index == NULL || index->value->type != KS_ZSET) {
        return;
    }

    sim_say("gateway: reads all clients");

    for (i = 0; i < index->value->n; i++) {
        shadow = gateway_shadow(ks, index->value->score[i].member->data);

        if (shadow) {
            gateway_read(shadow);
        }
    }
}


ks_field_t *
gateway_shadow(ks_t *ks, const char *phone)
{
    char       name[64];
    ks_key_t  *key;

    snprintf(name, sizeof(name), "polycard:{shop1}:shadow:%s",
             phone + strlen(phone) - 3);

    key = ks_find(ks, name, strlen(name));

    return key && key->value->type == KS_HASH
           ? ks_hash_find(key->value, phone, strlen(phone)) : NULL;
}


/* one with a 1 after the attributes is announced yet; a 0 says that he was
 * taken in while nobody wanted hooks, a text is the card that he has by now, a
 * 2 that he had none for a while */

static void
gateway_read(const ks_field_t *shadow)
{
    int                i, n;
    cJSON             *values, *value, *more;
    unsigned           which;
    gateway_client_t  *client;

    values = cJSON_Parse(shadow->value->data);
    client = gateway_know(shadow->name->data);

    n = cJSON_GetArraySize(values);
    more = cJSON_GetArrayItem(values, 10);

    if (client && (n == 10 || cJSON_IsString(more)
                   || (cJSON_IsNumber(more) && more->valuedouble != 1)))
    {

        for (which = 0; which < 2; which++) {
            client->state[which] = GATEWAY_PRESENT;

            for (i = 0; i < 10; i++) {
                value = cJSON_GetArrayItem(values, i);
                gateway_set(client, which, gateway_fields[i],
                            cJSON_IsString(value) ? value : NULL);
            }
        }

        money_read(client->key,
                   cJSON_GetStringValue(cJSON_GetArrayItem(values, 7)),
                   cJSON_GetStringValue(cJSON_GetArrayItem(values, 8)));
    }

    cJSON_Delete(values);
}


static void
gateway_takes(delivery_t *delivery)
{
    int                mood;
    gateway_client_t  *client;

    client = gateway_know(delivery->key);
    mood = gateway_phase == PHASE_MOODY ? (int) sim_below(PHASE_MOODY)
                                        : gateway_phase;

    delivery->delay = 1 + sim_below(sim_chance(90) ? 20 : 3000);

    if (mood == PHASE_BUSY) {
        GATEWAY_ANSWER(delivery, gateway_busy);
        gateway_counts.failed++;

    } else if (mood == PHASE_FAILS || (client && client->fails
                                       && !gateway_is_calm))
    {
        GATEWAY_ANSWER(delivery, gateway_fails);
        gateway_counts.failed++;

    } else if (mood == PHASE_REFUSES || (client && client->spoilt
                                         && !gateway_is_calm))
    {
        GATEWAY_ANSWER(delivery, gateway_refuses);
        gateway_counts.refused++;

    } else {
        gateway_accept(delivery);
        GATEWAY_ANSWER(delivery, gateway_accepts);
    }

    /* whatever it was, the answer may be lost */

    if (!gateway_is_calm && sim_chance(gateway_noise)) {
        delivery->error = NGX_POLYCARD_DELIVERY_CUT;
    }
}


static void
gateway_answer(delivery_t *delivery, const gateway_answer_t *answers,
    size_t n)
{
    const gateway_answer_t  *answer;

    answer = &answers[sim_below(n)];
    delivery->error = answer->error;
    delivery->status = answer->status;
    delivery->body = answer->body;
    delivery->retry_after = answer->retry_after;
}


static void
gateway_accept(delivery_t *delivery)
{
    unsigned           first;
    hook_t            *hook;
    gateway_client_t  *client;

    hook = hooks_find(delivery->id);
    client = gateway_know(delivery->key);

    if (hook == NULL) {
        sim_wrong("a hook that was never written", "%s of %s", delivery->id,
                  delivery->key);
        return;
    }

    first = hook->posted++ == 0;

    gateway_counts.accepted++;
    gateway_counts.repeated += !first;

    if (client == NULL) {
        return;
    }

    /* nobody waits any more, or it is from a holder of the past */

    client->late |= !delivery_is_awaited(delivery) || lease_is_past(delivery);

    gateway_apply(client, 0, delivery, hook);

    if (first) {
        gateway_apply(client, 1, delivery, hook);
    }
}


static void
gateway_apply(gateway_client_t *client, unsigned which,
    const delivery_t *delivery, const hook_t *hook)
{
    size_t   i;
    cJSON   *data;

    if (strcmp(delivery->action, "deleted") == 0
        && strcmp(delivery->object, "bonuses") != 0)
    {
        client->state[which] = GATEWAY_DELETED;
        return;
    }

    data = cJSON_Parse(delivery->data);

    if (data == NULL) {
        sim_wrong("data that is no JSON", "%s", delivery->data);
        return;
    }

    client->state[which] = GATEWAY_PRESENT;

    if (strcmp(delivery->object, "bonuses") == 0) {

        /* which of the two it is stands in the record, not in the hook */

        gateway_set(client, which, hook->discount ? "discount" : "bonus",
                    cJSON_GetObjectItemCaseSensitive(data, "total"));
        cJSON_Delete(data);
        return;
    }

    for (i = 0; gateway_fields[i]; i++) {
        gateway_set(client, which, gateway_fields[i],
                    cJSON_GetObjectItemCaseSensitive(data,
                                                     gateway_fields[i]));
    }

    cJSON_Delete(data);
}


static void
gateway_set(gateway_client_t *client, unsigned which, const char *name,
    const cJSON *value)
{
    char    text[64], *copy;
    size_t  i;

    for (i = 0; strcmp(gateway_fields[i], name); i++) { /* void */ }

    if (value == NULL) {
        copy = "";

    } else if (cJSON_IsString(value)) {
        copy = sim_alloc(strlen(value->valuestring) + 1);
        strcpy(copy, value->valuestring);

    } else {
        if (cJSON_IsBool(value)) {
            strcpy(text, cJSON_IsTrue(value) ? "true" : "false");
        } else {
            snprintf(text, sizeof(text), "%.15g", value->valuedouble);
        }

        copy = sim_alloc(strlen(text) + 1);
        strcpy(copy, text);
    }

    client->field[which][i] = copy;
}
