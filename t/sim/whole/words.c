
/* Attributes and amounts as back offices write them, good and bad. */

#include "whole/office.h"
#include "base/sim.h"


const char *
office_attribute(unsigned may_spoil)
{
    static const char *const  good[] = {
        "name Taras", "name Lesia", "surname Shevchenko", "sex male",
        "email a@example.com", "birthday 19991231", "discount 5",
        "discount 7.5", "bonus 10", "bonus 12550", "bonus 0", "bonus 99.99",
        "loyalty_group_id 1", "middlename _"
    };
    static const char *const  bad[] = {
        "bonus 130,75", "bonus 0x10", "sex x", "birthday 20230230",
        "barcode _", "bonus 10.50", "discount 1e1", "name _", "bonus _"
    };

    if (may_spoil && sim_chance(30)) {
        return bad[sim_below(sizeof(bad) / sizeof(bad[0]))];
    }

    return good[sim_below(sizeof(good) / sizeof(good[0]))];
}


const char *
office_amount(void)
{
    static const char *const  amounts[] = {
        "1", "10", "-5", "0.01", "-0.07", "49.95", "1000000", "0.1", "0.2"
    };

    return amounts[sim_below(sizeof(amounts) / sizeof(amounts[0]))];
}
