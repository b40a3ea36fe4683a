
#include "dispatch/gateway.h"
#include "dispatch/request.h"

#include <string.h>


static void request_arrives(void *data, uint64_t tag);


scene_request_t *
request_begin(scene_holder_t *h, size_t slot, size_t record,
    sim_handler_pt answered)
{
    int               i;
    unsigned          life;
    scene_request_t  *request;

    for (i = 0; i < SCENE_REQUESTS && scene.request[i].used; i++) {
        /* void */
    }

    if (i == SCENE_REQUESTS || sim_chance(1)) {
        return NULL;
    }

    request = &scene.request[i];
    life = request->life + 1;
    memset(request, 0, sizeof(scene_request_t));

    request->used = 1;
    request->life = life;
    request->holder = h;
    request->process = h->process;
    request->session = h->session;
    request->fence = h->fence;
    request->slot = slot;
    request->record = record;
    request->answered = answered;

    sim_later(scene_delay(4 * scene.timeout), request_arrives, request, life);

    return request;
}


void
request_end(scene_request_t *request)
{
    request->ended = 1;
    request->used = !request->posted;
}


static void
request_arrives(void *data, uint64_t tag)
{
    scene_request_t  *request;

    request = data;

    if (tag != request->life) {
        return;
    }

    gateway_post(request);

    if (request->ended) {
        request->used = 0;
        return;
    }

    sim_later(scene_delay(2 * scene.timeout), request->answered, request, tag);
}
