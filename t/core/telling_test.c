
/* What the store is told, and in which order: one rule of dispatch.h each. */

#include "driver.h"


static void telling_test_state(void);
static void telling_test_refuse(void);
static void telling_test_refuse_other(void);
static void telling_test_hold(void);


int
main(void)
{
    telling_test_refuse();
    telling_test_refuse_other();
    telling_test_hold();
    telling_test_state();

    return tap_done();
}


/* what the status shows */

static void
telling_test_state(void)
{
    ngx_polycard_dispatch_state_t  state;

    run_begin();
    run_load(1, 1, 0);
    run_load(2, 1, 1);

    (void) run_next();
    ngx_polycard_dispatch_state(run_d, &state);
    tap_ok(state.failures == 0 && state.probe == 0 && state.flight == 1
           && state.window == 2, "no outage: no next attempt");

    run_answer(1, OUTAGE, 0);
    ngx_polycard_dispatch_state(run_d, &state);
    tap_ok(state.failures > 0 && state.probe > run_now && state.flight == 0,
           "an outage: when the next attempt is");

    run_end("the state");
}


/* or NEXT would put what was accepted on hold, and it would come again */

static void
telling_test_refuse(void)
{
    run_begin();
    run_load(1, 3, 0);
    run_load(4, 1, 1);

    (void) run_next();
    (void) run_next();
    run_answer(1, ACCEPTED, 0);
    (void) run_next();
    run_answer(2, REFUSED, 0);
    run_answer(4, ACCEPTED, 0);

    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_ACCEPT
           && run_called(0) == 1,
           "what was accepted of a key is told before it goes on hold");
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_REFUSE
           && run_called(0) == 2 && run_called(1) == 3,
           "then that the next one was refused");

    run_end("accepted and refused");
}


static void
telling_test_refuse_other(void)
{
    run_begin();
    run_load(1, 2, 0);
    run_load(3, 1, 1);
    run_load(4, 1, 2);

    (void) run_next();
    (void) run_next();
    (void) run_next();
    run_answer(1, ACCEPTED, 0);
    (void) run_next();
    run_answer(2, REFUSED, 0);
    run_answer(3, REFUSED, 0);
    run_answer(4, ACCEPTED, 0);

    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_REFUSE
           && run_called(0) == 3, "a key of which nothing was accepted");
    tap_ok(run_find(NGX_POLYCARD_DISPATCH_REFUSE) && run_called(0) == 2,
           "does not wait for another");

    run_end("a refusal that waits");
}


static void
telling_test_hold(void)
{
    size_t  i;

    run_begin();
    run_load(1, 1, 0);
    (void) run_next();

    for (i = 2; i <= WINDOW / 8 + 1; i++) {
        (void) run_add(i, 0, 0, 0);
    }

    run_answer(1, ACCEPTED, 0);

    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_ACCEPT
           && run_called(0) == 1,
           "what was accepted of a crowded key is told first");
    tap_ok(run_write_call() == NGX_POLYCARD_DISPATCH_HOLD
           && run_called(0) == 2, "then it goes on hold");

    run_end("accepted and on hold");
}
