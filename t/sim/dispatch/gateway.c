
/* A gateway that has phases; core/verdict judges what it answers. */

#include "dispatch/sim.h"

#include <string.h>


typedef enum {
    GATEWAY_WELL = 0,
    GATEWAY_FAILS,
    GATEWAY_REFUSES,
    GATEWAY_BUSY,
    GATEWAY_MOODY,
    GATEWAY_PHASES
} gateway_phase_e;


typedef struct {
    ngx_polycard_verdict_error_e  error;
    int                           status;
    unsigned                      cut;
    const char                   *body;
    const char                   *retry_after;
} gateway_answer_t;


static void gateway_process(sim_t *s, sim_request_t *request);
static void gateway_answer(sim_t *s, sim_request_t *request,
    const gateway_answer_t *list, size_t n);


static const gateway_answer_t  gateway_accepts[] = {
    { 0, 200, 0, "{\"Status\":\"OK\"}", NULL },
    { 0, 200, 0, " {\"id\":1,\"status\":\"ok\"}\n", "120" },
};


static const gateway_answer_t  gateway_refuses[] = {
    { 0, 200, 0, "{\"Status\":\"Error\"}", NULL },
    { 0, 400, 0, "{\"Status\":\"Error\"}", NULL },
    { 0, 422, 0, "no such client", NULL },
    { 0, 409, 0, "", "2" },
};


static const gateway_answer_t  gateway_fails[] = {
    { 0, 500, 0, "{\"Status\":\"Error\"}", NULL },
    { 0, 502, 0, "<html>", NULL },
    { 0, 200, 0, "<html>{\"Status\":\"OK\"}", NULL },
    { 0, 204, 0, "", NULL },
    { 0, 302, 0, "{\"Status\":\"OK\"}", NULL },
    { 0, 401, 0, "{\"Status\":\"Error\"}", NULL },
    { 0, 200, 1, "{\"Status\":\"OK\"}", NULL },
    { NGX_POLYCARD_VERDICT_CONNECT, 0, 0, "", NULL },
    { NGX_POLYCARD_VERDICT_OVERSIZED, 200, 0, "{\"Status\":\"OK\"}", NULL },
};


static const gateway_answer_t  gateway_busy[] = {
    { 0, 429, 0, "{\"Status\":\"Error\"}", "1" },
    { 0, 503, 0, "", "3" },
    { 0, 503, 0, "", "soon" },
};


#define GATEWAY_ANSWER(s, r, list)                                            \
    gateway_answer(s, r, list, sizeof(list) / sizeof(gateway_answer_t))


void
sim_gateway_phase(sim_t *s)
{
    s->phase = s->strict ? GATEWAY_REFUSES : sim_random(s, GATEWAY_PHASES);

    if (s->now >= s->calm) {
        s->phase = GATEWAY_WELL;

    } else {
        sim_event(s, 1 + sim_random(s, 4000), SIM_PHASE, -1, 0, 0);
    }

    sim_say(s, "gateway: %s",
            s->phase == GATEWAY_WELL ? "well"
            : s->phase == GATEWAY_FAILS ? "fails"
            : s->phase == GATEWAY_REFUSES ? "refuses everybody"
            : s->phase == GATEWAY_BUSY ? "busy" : "moody");
}


void
sim_gateway_post(sim_t *s, sim_request_t *request)
{
    int            mood;
    sim_record_t  *record;

    record = &s->record[request->record];
    request->posted = 1;
    mood = s->phase;

    if (mood == GATEWAY_MOODY) {
        mood = sim_random(s, GATEWAY_MOODY);
    }

    if (mood == GATEWAY_FAILS) {
        GATEWAY_ANSWER(s, request, gateway_fails);

    } else if (mood == GATEWAY_BUSY) {
        GATEWAY_ANSWER(s, request, gateway_busy);

    } else if (record->nature == SIM_BAD_FAILS) {
        GATEWAY_ANSWER(s, request, gateway_fails);

    } else if (mood == GATEWAY_REFUSES || record->nature == SIM_BAD_REFUSED) {
        GATEWAY_ANSWER(s, request, gateway_refuses);

    } else {
        gateway_process(s, request);
        GATEWAY_ANSWER(s, request, gateway_accepts);
    }

    /* whatever it was, the answer may be lost */

    if (s->now < s->calm && !s->strict && sim_chance(s, s->noise)) {
        request->answer.error = NGX_POLYCARD_VERDICT_CUT;
    }
}


/*
 * The order: of a key, nothing is taken before what is older, unless that has
 * been set aside.  What comes from a holder that lost its lease, or when
 * nobody waits for the answer any more, may be an old one for the second time;
 * a receiver drops it by its id.
 */

static void
gateway_process(sim_t *s, sim_request_t *request)
{
    size_t         i;
    sim_key_t     *key;
    sim_record_t  *record, *older;

    record = &s->record[request->record];
    key = &s->key[record->key];

    for (i = 0; i < request->record && !record->posted; i++) {
        older = &s->record[i];

        if (older->key == record->key && !older->posted
            && older->place != SIM_DEAD && !older->requeued
            && !record->requeued)
        {
            sim_wrong(s, "order", "record %zu before %zu", request->record, i);
        }
    }

    s->posts++;
    s->repeats += record->posted;

    record->posted = 1;

    /* an operator wants it, whatever came since */

    if (record->requeued) {
        return;
    }

    key->late |= request->ended || request->fence != s->fence;
    key->last = request->record + 1;

    if (key->newest < key->last) {
        key->newest = key->last;
    }
}


static void
gateway_answer(sim_t *s, sim_request_t *request, const gateway_answer_t *list,
    size_t n)
{
    const gateway_answer_t  *answer;

    answer = &list[sim_random(s, n)];

    request->answer.error = answer->error;
    request->answer.status = answer->status;
    request->answer.complete = !answer->cut;
    request->answer.body.data = (u_char *) answer->body;
    request->answer.body.len = strlen(answer->body);
    request->retry_after = answer->retry_after;
}
