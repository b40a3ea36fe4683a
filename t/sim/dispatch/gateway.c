
#include "dispatch/gateway.h"

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


static void gateway_change(void *data, uint64_t tag);
static void gateway_process(const scene_request_t *request);
static void gateway_answer(scene_request_t *request,
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


static gateway_phase_e  gateway_phase;


#define GATEWAY_ANSWER(r, list)                                               \
    gateway_answer(r, list, sizeof(list) / sizeof(gateway_answer_t))


void
gateway_begin(void)
{
    gateway_change(NULL, 0);
}


static void
gateway_change(void *data, uint64_t tag)
{
    static const char *const  names[] = {
        "well", "fails", "refuses everybody", "busy", "moody"
    };

    gateway_phase = scene.strict ? GATEWAY_REFUSES : sim_below(GATEWAY_PHASES);

    if (scene_is_calm()) {
        gateway_phase = GATEWAY_WELL;

    } else {
        sim_later(1 + sim_below(4000), gateway_change, NULL, 0);
    }

    sim_say("gateway: %s", names[gateway_phase]);
}


void
gateway_post(scene_request_t *request)
{
    scene_record_t  *record;
    gateway_phase_e  mood;

    record = &scene.record[request->record];
    request->posted = 1;
    mood = gateway_phase;

    if (mood == GATEWAY_MOODY) {
        mood = sim_below(GATEWAY_MOODY);
    }

    if (mood == GATEWAY_FAILS) {
        GATEWAY_ANSWER(request, gateway_fails);

    } else if (mood == GATEWAY_BUSY) {
        GATEWAY_ANSWER(request, gateway_busy);

    } else if (record->nature == SCENE_BAD_FAILS) {
        GATEWAY_ANSWER(request, gateway_fails);

    } else if (mood == GATEWAY_REFUSES
               || record->nature == SCENE_BAD_REFUSED)
    {
        GATEWAY_ANSWER(request, gateway_refuses);

    } else {
        gateway_process(request);
        GATEWAY_ANSWER(request, gateway_accepts);
    }

    /* whatever it was, the answer may be lost */

    if (!scene_is_calm() && !scene.strict && sim_chance(scene.noise)) {
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
gateway_process(const scene_request_t *request)
{
    size_t           i;
    scene_key_t     *key;
    scene_record_t  *record, *older;

    record = &scene.record[request->record];
    key = &scene.key[record->key];

    /* what the server has lost is in no order */

    if (record->place == SCENE_LOST) {
        return;
    }

    for (i = 0; i < request->record && !record->posted; i++) {
        older = &scene.record[i];

        if (older->key == record->key && !older->posted
            && older->place != SCENE_DEAD && older->place != SCENE_LOST
            && !older->requeued && !older->back && !record->requeued)
        {
            sim_wrong("order", "record %zu before %zu", request->record, i);
        }
    }

    scene.posts++;
    scene.repeats += record->posted;

    record->posted = 1;

    /* an operator wants it, whatever came since */

    if (record->requeued) {
        return;
    }

    key->late |= request->ended || request->fence != scene.fence;
    key->last = request->record + 1;

    if (key->newest < key->last) {
        key->newest = key->last;
    }
}


static void
gateway_answer(scene_request_t *request, const gateway_answer_t *list,
    size_t n)
{
    const gateway_answer_t  *answer;

    answer = &list[sim_below(n)];

    request->answer.error = answer->error;
    request->answer.status = answer->status;
    request->answer.complete = !answer->cut;
    request->answer.body.data = (u_char *) answer->body;
    request->answer.body.len = strlen(answer->body);
    request->retry_after = answer->retry_after;
}
