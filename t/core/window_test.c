
/* The room of a dispatcher: its sizes, what it takes in, what it lets go. */

#include "driver.h"

#include <stdlib.h>
#include <string.h>


static void window_test_small(void);
static void window_test_large(void);
static void window_test_full(void);
static void window_test_ids(void);
static void window_test_older(void);
static void window_test_keys(void);
static void window_test_batch(void);
static void window_test_orphan(void);
static void window_test_orphan_unsent(void);
static void window_test_no_release(void);
static void window_test_seed(void);
static void window_begin(size_t window);
static int window_add(uint64_t ms, uint64_t seq, const char *key);


int
main(void)
{
    window_test_small();
    window_test_large();
    window_test_full();
    window_test_ids();
    window_test_older();
    window_test_keys();
    window_test_batch();
    window_test_orphan();
    window_test_orphan_unsent();
    window_test_no_release();
    window_test_seed();

    return tap_done();
}


static void
window_test_small(void)
{
    window_begin(16);

    tap_ok(run_take_kind(NGX_POLYCARD_DISPATCH_DUE) && run_given->count == 4,
           "a small window: as many heads as records are read");
    run_done(-1);

    while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }

    run_load(1, 3, 0);
    tap_ok(run_add(4, 0, 0, 0) == NGX_POLYCARD_ERROR,
           "two records of a key, and one that makes a crowd");
    tap_ok(ngx_polycard_dispatch_timer(run_d, run_now) == 0
           && run_call() == NGX_POLYCARD_DISPATCH_HOLD
           && run_given->n == 3, "they go on hold at once");

    run_end("a small window");
}


static void
window_test_large(void)
{
    size_t  i, n;

    window_begin(1024);

    tap_ok(run_take_kind(NGX_POLYCARD_DISPATCH_NEXT) && run_given->count == 96,
           "a large window: not more than 96 records at once");
    run_done(-1);

    for (n = 0, i = 1; i <= 100; i++) {
        n += run_add(i, 0, 0, 0) == NGX_POLYCARD_OK;
    }

    tap_ok(n == 33, "nor more than 32 of a key: %zu", n);

    run_end("a large window");
}


static void
window_test_full(void)
{
    size_t                         i;
    ngx_polycard_dispatch_state_t  state;

    window_begin(16);
    run_conf.concurrency = 1;

    while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }

    for (i = 1; i <= 16; i++) {
        run_load(i, 1, i);
    }

    tap_ok(run_add(17, 17, 0, 0) == NGX_POLYCARD_ERROR, "a full window");
    ngx_polycard_dispatch_state(run_d, &state);
    tap_ok(state.window == 16, "16 records are here");

    (void) run_next();
    run_now += 1000;
    tap_ok(ngx_polycard_dispatch_timer(run_d, run_now) == -1
           && run_call() == NGX_POLYCARD_DISPATCH_NONE,
           "nothing is read, or waited for but an answer");

    run_answer(1, ACCEPTED, 0);
    tap_ok(ngx_polycard_dispatch_timer(run_d, run_now) == 0
           && run_call() == NGX_POLYCARD_DISPATCH_ACCEPT, "it is told");
    run_load(17, 1, 17);

    ngx_polycard_dispatch_stop(run_d);
    tap_ok(run_add(18, 18, 0, 0) == NGX_POLYCARD_ERROR,
           "without a lease nothing is taken");

    run_end("a full window");
}


/* "ms-seq" of a stream of Redis */

static void
window_test_ids(void)
{
    run_begin();

    tap_ok(window_add(5, 7, "a") == NGX_POLYCARD_OK, "5-7");
    tap_ok(window_add(5, 7, "a") == NGX_POLYCARD_ERROR, "5-7 is here");
    tap_ok(window_add(6, 0, "a") == NGX_POLYCARD_OK, "6-0 is newer");
    tap_ok(window_add(6, 1, "a") == NGX_POLYCARD_OK, "so is 6-1");
    tap_ok(window_add(5, 7, "a") == NGX_POLYCARD_ERROR, "5-7 is still here");
    tap_ok(window_add(6, 2, "a") == NGX_POLYCARD_OK, "6-2 is newer");
    tap_ok(window_add(5, 6, "a") == NGX_POLYCARD_ERROR, "5-6 is older");
    tap_ok(window_add(4, 9, "b") == NGX_POLYCARD_OK, "of another key");
    tap_ok(window_add(4, 8, "b") == NGX_POLYCARD_ERROR, "4-8 is older");

    run_end("ids");
}


/* another Redis has lost what is here, and has what is older by its clock */

static void
window_test_older(void)
{
    run_begin();
    while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }

    run_load(588, 1, 1);
    run_load(590, 1, 2);
    tap_ok(run_add(134, 1, 0, 0) == NGX_POLYCARD_ERROR, "an older record");
    tap_ok(run_add(591, 1, 0, 0) == NGX_POLYCARD_ERROR,
           "none goes before it that comes later");

    tap_ok(run_next() == 588, "what was here first goes");
    run_answer(588, ACCEPTED, 0);
    tap_ok(run_find(NGX_POLYCARD_DISPATCH_ACCEPT), "... and is accepted");
    tap_ok(run_take_kind(NGX_POLYCARD_DISPATCH_NEXT)
           && run_given->after.ms == 0, "then it is read again");
    tap_ok(run_add(134, 1, 0, 0) == NGX_POLYCARD_OK
           && run_add(591, 1, 0, 0) == NGX_POLYCARD_OK, "... in order");
    run_done(-1);

    run_end("older records");
}


static void
window_test_keys(void)
{
    run_begin();

    tap_ok(window_add(1, 0, "group:0123456789abcdef01") == NGX_POLYCARD_OK,
           "a key of 24 characters");
    tap_ok(window_add(2, 0, "group:0123456789abcdef012") == NGX_POLYCARD_ERROR,
           "one of 25 is too long");

    run_end("keys");
}


/* a call tells of 64 records at most */

static void
window_test_batch(void)
{
    size_t  i;

    run_begin();
    run_conf.concurrency = 65;

    for (i = 1; i <= 65; i++) {
        run_load(i, 1, i);
    }

    while (run_next()) { /* void */ }

    for (i = 1; i <= 65; i++) {
        run_answer(i, ACCEPTED, 0);
    }

    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_ACCEPT
           && run_given->n == 64 && run_called(63) == 64,
           "64 of 65 accepted records");
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_ACCEPT
           && run_given->n == 1 && run_called(0) == 65, "then the last");

    run_end("a batch");
}


/* a held record was in flight when the lease was lost */

static void
window_test_orphan(void)
{
    run_begin();
    (void) run_add(1, 0, 1, 0);
    (void) run_next();
    run_slots[999] = run_slots[1];

    ngx_polycard_dispatch_stop(run_d);
    ngx_polycard_dispatch_start(run_d, run_now);

    while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }

    tap_ok(run_add(1, 0, 1, 0) == NGX_POLYCARD_ERROR,
           "a held record is left alone while it has an orphan");
    ngx_polycard_dispatch_result(run_d, run_now, run_slots[999], REFUSED, 0);
    tap_ok(run_call() == NGX_POLYCARD_DISPATCH_DUE,
           "and asked for as soon as that has ended");
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_NONE,
           "which is not told");

    run_end("a held orphan");

    run_begin();
    (void) run_add(1, 0, 1, 0);
    (void) run_next();
    run_slots[999] = run_slots[1];

    ngx_polycard_dispatch_stop(run_d);
    ngx_polycard_dispatch_start(run_d, run_now);

    tap_ok(run_add(2, 0, 0, 0) == NGX_POLYCARD_OK,
           "one of the outbox is taken");
    tap_ok(run_next() == 0, "and waits for the orphan");
    ngx_polycard_dispatch_result(run_d, run_now, run_slots[999], ACCEPTED, 0);
    tap_ok(run_next() == 2, "until that has ended");

    run_end("a held orphan and the outbox");
}


static void
window_test_orphan_unsent(void)
{
    ngx_polycard_dispatch_state_t  state;

    run_begin();
    run_load(1, 1, 0);
    (void) run_next();
    ngx_polycard_dispatch_stop(run_d);
    ngx_polycard_dispatch_start(run_d, run_now);

    ngx_polycard_dispatch_unsent(run_d, run_now, run_slots[1]);
    ngx_polycard_dispatch_state(run_d, &state);
    tap_ok(state.flight == 0 && run_released == 1,
           "an orphan that was not sent is let go");
    run_load(1, 1, 0);
    tap_ok(run_next() == 1, "and stops nothing");

    run_end("an orphan that was not sent");
}


static void
window_test_no_release(void)
{
    ngx_polycard_dispatch_state_t  state;

    run_begin();
    run_conf.release = NULL;
    run_load(1, 1, 0);
    (void) run_next();
    run_answer(1, ACCEPTED, 0);
    (void) run_write_call();
    ngx_polycard_dispatch_state(run_d, &state);

    tap_ok(state.window == 0 && run_released == 0,
           "records whose data is nobody's");

    free(run_d);
}


/* xorshift stays at 0: all waits would be the same */

static void
window_test_seed(void)
{
    size_t   i;
    int64_t  wait, first;

    run_begin();
    run_conf.seed = 0;
    run_d = ngx_polycard_dispatch_init(run_d, &run_conf);
    ngx_polycard_dispatch_start(run_d, run_now);

    while (run_call() != NGX_POLYCARD_DISPATCH_NONE) { /* void */ }

    run_conf.nretry = 1;
    run_conf.poll = 1000000;
    ngx_polycard_dispatch_wake(run_d);
    run_load(1, 1, 0);
    first = 0;
    wait = 0;

    for (i = 0; i < 8 && wait == first; i++) {
        (void) run_next();
        run_answer(1, OUTAGE, 0);

        for (wait = 0; wait < 2000 && run_next() == 0; wait++) {
            run_now++;
        }

        ngx_polycard_dispatch_unsent(run_d, run_now, run_slots[1]);
        run_now += 100;
        first = first ? first : wait;
    }

    tap_ok(first >= 800 && wait <= 1200 && wait != first,
           "seed 0: waits differ, %d and %d ms", (int) first, (int) wait);

    run_end("seed");
}


static void
window_begin(size_t window)
{
    run_begin();
    free(run_d);

    run_conf.window = window;
    run_d = malloc(ngx_polycard_dispatch_size(&run_conf));

    if (run_d == NULL) {
        exit(2);
    }

    run_d = ngx_polycard_dispatch_init(run_d, &run_conf);
    ngx_polycard_dispatch_start(run_d, run_now);
}


/* not counted by run_end() */

static int
window_add(uint64_t ms, uint64_t seq, const char *key)
{
    ngx_polycard_dispatch_record_t  record;

    memset(&record, 0, sizeof(record));
    record.id.ms = ms;
    record.id.seq = seq;
    record.key_len = strlen(key);
    memcpy(record.key, key, record.key_len < sizeof(record.key)
                            ? record.key_len : sizeof(record.key));

    return ngx_polycard_dispatch_add(run_d, &record);
}
