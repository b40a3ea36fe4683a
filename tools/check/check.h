
/* What the questions share: the market, the report, the results so far. */


#ifndef _POLYCARD_CHECK_H_INCLUDED_
#define _POLYCARD_CHECK_H_INCLUDED_


#include "check/http.h"
#include "check/report.h"
#include "core/phone.h"


typedef struct {
    check_http_t            http;
    check_report_t          report;
    const check_options_t  *options;

    unsigned                pages;         /* getClients is offered */
    unsigned                asked;         /* the services can be */

    /* a client that the market has shown; "": there is none */
    char                    phone[NGX_POLYCARD_PHONE_LEN + 1];
    cJSON                  *client;        /* as a page shows it, or NULL */
} check_t;


/* ask.c: what is checked in every answer */

/*
 * Asks; fails the row if there is no complete answer, and checks what holds for
 * all answers.  x is filled, and freed by the caller, in any case.
 * NGX_POLYCARD_ERROR: there is no answer to check.
 */
int check_ask(check_t *c, check_row_e row, const check_request_t *request,
    check_exchange_t *x);

/* the same for a GET with the token */
int check_ask_get(check_t *c, check_row_e row, const char *service,
    const char *query, check_exchange_t *x);

/* the same for a query with a client of the market */
int check_ask_known(check_t *c, check_row_e row, const char *service,
    const char *query, check_exchange_t *x);

/* the same for a GET of the office, with one more header, or NULL */
int check_ask_office(check_t *c, check_row_e row, const char *path,
    const char *query, const char *header, check_exchange_t *x);

/*
 * 1 if the answer is 200 and JSON of this kind (cJSON_Array,
 * cJSON_Object); else the row fails.
 */
unsigned check_ask_is(check_t *c, check_row_e row, const check_exchange_t *x,
    int type);

/* the row passes if the status is this one, else it fails; 1: it passes */
unsigned check_ask_status(check_t *c, check_row_e row,
    const check_exchange_t *x, long status);

/* {"status":"NOK","error":"..."} */
unsigned check_ask_is_nok(const cJSON *json);

/*
 * Asks, and the row passes if the answer has this status, else it fails;
 * name: the error must contain it, or NULL.
 */
void check_ask_refused(check_t *c, check_row_e row,
    const check_request_t *request, long status, const char *name);


/*
 * groups.c: is a URL https, or of the same machine; and whether there was an
 * answer at all, and the token is taken: NGX_POLYCARD_ERROR, nothing else can
 * be asked.
 */
void check_https(check_t *c, check_row_e row, const check_base_t *base);
int check_reached(check_t *c, const check_exchange_t *x);


/* walk.c */

/* clients on a page */
#define CHECK_WALK_LIMIT  50

/*
 * The query of the next page, of size bytes; 1: there is none.  The request
 * goes to the URL of the command line, whatever host a Link names: it carries
 * the token.  NGX_POLYCARD_ERROR: the row has failed.
 */
int check_walk_next(check_t *c, check_row_e row, const check_exchange_t *x,
    char *query, size_t size);


/* record.c: tables 1 and 4 */

/*
 * Checks one client (row CHECK_CLIENT) or group (CHECK_GROUP), number n
 * of the answer, from 1.
 */
void check_record(check_t *c, check_row_e row, const check_exchange_t *x,
    const cJSON *object, size_t n);


/* the questions, in their order; each file is one */

/* NGX_POLYCARD_ERROR: nothing else can be asked */
int check_groups(check_t *c);
void check_pages(check_t *c);
void check_bounds(check_t *c);
void check_walk(check_t *c);
void check_client(check_t *c);
void check_access(check_t *c);
void check_methods(check_t *c);
void check_add(check_t *c);

/* NGX_POLYCARD_ERROR: nothing else can be asked of the office */
int check_office(check_t *c);

/* what only --write lets it ask, of the office */
void check_office_write(check_t *c);


#endif /* _POLYCARD_CHECK_H_INCLUDED_ */
