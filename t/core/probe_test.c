
/* An operator who does not wait for the next probe. */

#include "driver.h"


int
main(void)
{
    run_begin();
    run_load_keys(2);

    ngx_polycard_dispatch_probe(run_d, run_now);
    tap_ok(run_next() == 1, "no outage: nothing is begun");
    run_conf.concurrency = 1;
    run_answer(1, OUTAGE, 3600000);
    run_now += 10;
    tap_ok(run_next() == 0, "the next probe is far away");

    ngx_polycard_dispatch_probe(run_d, run_now);
    tap_ok(run_next() == 2, "an operator does not wait");
    ngx_polycard_dispatch_probe(run_d, run_now);
    tap_ok(run_next() == 0, "one at a time");
    run_answer(2, OUTAGE, 0);
    tap_ok(run_next() == 0, "the next one waits again");

    run_end("a probe now");

    return tap_done();
}
