
/* Test results as TAP, and values to test with. */


#ifndef _TAP_H_INCLUDED_
#define _TAP_H_INCLUDED_


#include "core/input.h"


/* one result; the name is a printf format */
void tap_ok(int ok, const char *name, ...)
    __attribute__((format(printf, 2, 3)));

/* ok where the bytes are the same, else both are shown */
void tap_is(const u_char *got, size_t len, const ngx_polycard_str_t *want,
    const char *name, ...) __attribute__((format(printf, 4, 5)));

void tap_is_str(const char *got, const char *want, const char *name, ...)
    __attribute__((format(printf, 3, 4)));

/* the plan; frees what tap_copy() gave; the exit status of the program */
int tap_done(void);

/*
 * A copy in memory of its own, not a byte longer than the text, so that
 * AddressSanitizer sees every read behind it.
 */
ngx_polycard_str_t tap_copy(const void *data, size_t len);
ngx_polycard_str_t tap_text(const char *text);

/* frees the copies made so far */
void tap_free(void);

/* the same numbers in every run */
uint32_t tap_random(uint32_t n);

/*
 * What a reader and ngx_polycard_input_check() made of a request: the error,
 * or the values in the order of the table as "[name=value][name=value]".  The
 * text lies in a static buffer.
 */
const char *tap_outcome(int rc, ngx_polycard_input_t *in);


#endif /* _TAP_H_INCLUDED_ */
