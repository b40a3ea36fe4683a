
/* A gateway that nothing reaches: the records are not to blame. */

#include "driver.h"


int
main(void)
{
    run_begin();
    run_load_keys(4);
    run_conf.concurrency = 1;

    (void) run_next();
    run_unreached(1);
    run_now += 799;
    tap_ok(run_next() == 0, "no connection is an outage");

    run_now += 401;
    tap_ok(run_next() == 2, "probes go on");
    run_answer(2, OUTAGE, 0);
    run_now += 6000;
    (void) run_next();
    run_unreached(3);
    run_now += 6000;
    (void) run_next();
    run_unreached(4);
    run_now += 6000;
    (void) run_next();
    run_unreached(1);
    run_now += 6000;
    tap_ok(run_next() == 2, "in turn");
    run_unreached(2);
    run_now += 6000;
    tap_ok(run_next() == 3, "and again");
    run_answer(3, ACCEPTED, 0);

    tap_ok(run_find(NGX_POLYCARD_DISPATCH_REFUSE)
           && run_given->n == 1 && run_called(0) == 2,
           "who was sent, and failed, counts as refused");
    tap_ok(run_next() == 4, "who had no connection goes");
    run_answer(4, ACCEPTED, 0);
    tap_ok(run_next() == 1, "each of them");
    run_answer(1, ACCEPTED, 0);
    tap_ok(!run_find(NGX_POLYCARD_DISPATCH_REFUSE), "and is not refused");

    run_end("no connection");

    return tap_done();
}
