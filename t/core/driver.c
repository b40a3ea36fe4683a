
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static void run_release(void *data);


ngx_polycard_dispatch_conf_t         run_conf;
ngx_polycard_dispatch_t             *run_d;
const ngx_polycard_dispatch_call_t  *run_given;
int64_t                              run_now;
size_t                               run_slots[1000];
size_t                               run_released;

static size_t                        run_taken;
static const int64_t                 run_retry[] = { 1000, 5000 };


void
run_begin(void)
{
    run_begin_window(WINDOW);
}


void
run_begin_window(size_t window)
{
    memset(&run_conf, 0, sizeof(run_conf));
    run_conf.window = window;
    run_conf.concurrency = 8;
    run_conf.attempts = 5;
    run_conf.retry = run_retry;
    run_conf.nretry = 2;
    run_conf.poll = 1000;
    run_conf.seed = 1;
    run_conf.release = run_release;

    run_now = 1000000;
    run_taken = 0;
    run_released = 0;

    run_d = malloc(ngx_polycard_dispatch_size(&run_conf));

    if (run_d == NULL) {
        printf("Bail out! no memory\n");
        exit(2);
    }

    run_d = ngx_polycard_dispatch_init(run_d, &run_conf);
    ngx_polycard_dispatch_start(run_d, run_now);
}


void
run_end(const char *name)
{
    size_t                         flight;
    ngx_polycard_dispatch_state_t  state;

    ngx_polycard_dispatch_stop(run_d);
    ngx_polycard_dispatch_state(run_d, &state);
    flight = state.flight;

    tap_ok(run_taken == run_released + flight,
           "%s: each record is let go once (%zu, %zu, %zu in flight)", name,
           run_taken, run_released, flight);

    free(run_d);
}


static void
run_release(void *data)
{
    run_released += (data == run_slots);
}


int
run_add(uint64_t id, size_t key, unsigned held, size_t attempts)
{
    int                             rc;
    ngx_polycard_dispatch_record_t  record;

    memset(&record, 0, sizeof(record));
    record.id.seq = id;
    record.key_len = sprintf((char *) record.key, "%zu", key);
    record.held = held;
    record.attempts = attempts;
    record.data = run_slots;

    rc = ngx_polycard_dispatch_add(run_d, &record);
    run_taken += (rc == NGX_POLYCARD_OK);

    return rc;
}


void
run_load(uint64_t first, size_t n, size_t key)
{
    for ( /* void */ ; n; n--, first++) {
        if (run_add(first, key, 0, 0) != NGX_POLYCARD_OK) {
            tap_ok(0, "record %d is taken", (int) first);
        }
    }
}


void
run_load_keys(size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        run_load(i + 1, 1, i);
    }
}


void
run_send(size_t n)
{
    for ( /* void */ ; n; n--) {
        if (run_next() == 0) {
            tap_ok(0, "%zu more go", n);
        }
    }
}


uint64_t
run_next(void)
{
    size_t                                 slot;
    const ngx_polycard_dispatch_record_t  *record;

    record = ngx_polycard_dispatch_send(run_d, run_now, &slot);

    if (record == NULL) {
        return 0;
    }

    run_slots[record->id.seq] = slot;

    return record->id.seq;
}


void
run_answer(uint64_t id, ngx_polycard_verdict_e verdict, int64_t retry_after)
{
    ngx_polycard_dispatch_result(run_d, run_now, run_slots[id], verdict,
                                 retry_after);
}


void
run_unreached(uint64_t id)
{
    ngx_polycard_dispatch_unreached(run_d, run_now, run_slots[id]);
}


ngx_polycard_dispatch_op_e
run_call(void)
{
    ngx_polycard_dispatch_op_e  op;

    op = run_take();

    if (op != NGX_POLYCARD_DISPATCH_NONE) {
        run_done(-1);
    }

    return op;
}


ngx_polycard_dispatch_op_e
run_take(void)
{
    size_t                               i;
    static ngx_polycard_dispatch_call_t  copy, none;

    run_given = ngx_polycard_dispatch_call(run_d, run_now);

    if (run_given == NULL) {
        run_given = &none;
        return NGX_POLYCARD_DISPATCH_NONE;
    }

    copy = *run_given;
    run_given = &copy;

    if (copy.op > NGX_POLYCARD_DISPATCH_DUE) {
        for (i = 0; i < copy.n; i++) {
            copy.slot[i] = ngx_polycard_dispatch_record(run_d, copy.slot[i])
                           ->id.seq;
        }
    }

    return copy.op;
}


int
run_take_kind(ngx_polycard_dispatch_op_e op)
{
    ngx_polycard_dispatch_op_e  got;

    while ((got = run_take()) != op && got != NGX_POLYCARD_DISPATCH_NONE) {
        run_done(-1);
    }

    return got == op;
}


void
run_done(int64_t next)
{
    ngx_polycard_dispatch_done(run_d, run_now, next);
}


ngx_polycard_dispatch_op_e
run_write_call(void)
{
    ngx_polycard_dispatch_op_e  op;

    do {
        op = run_call();
    } while (op == NGX_POLYCARD_DISPATCH_NEXT
             || op == NGX_POLYCARD_DISPATCH_DUE);

    return op;
}


int
run_find(ngx_polycard_dispatch_op_e op)
{
    ngx_polycard_dispatch_op_e  got;

    do {
        got = run_call();
    } while (got != op && got != NGX_POLYCARD_DISPATCH_NONE);

    return got == op;
}


uint64_t
run_called(size_t i)
{
    return i < run_given->n ? run_given->slot[i] : 0;
}
