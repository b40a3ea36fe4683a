
/* What the fuzz targets share. */


#ifndef _FUZZ_H_INCLUDED_
#define _FUZZ_H_INCLUDED_


#include "core/input.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ends the run, which libFuzzer reports with the input, where ok is 0 */
void fuzz_must(int ok, const char *what);

/* memory of its own for the bytes, or of the size; freed by the caller */
ngx_polycard_str_t fuzz_copy(const void *data, size_t len);
ngx_polycard_str_t fuzz_room(size_t size);

/* the text up to the next line break, which is taken from rest */
ngx_polycard_str_t fuzz_line(ngx_polycard_str_t *rest);

/*
 * The first n lines of the input, and in lines[n] all that comes after them,
 * each in memory of its own: n + 1 texts, freed by fuzz_free().
 */
void fuzz_lines(ngx_polycard_str_t *lines, size_t n, const uint8_t *data,
    size_t size);
void fuzz_free(ngx_polycard_str_t *lines, size_t n);

/*
 * What must hold where a reader returned rc, and the check "checked": an error
 * has a message, and nothing else has one.
 */
void fuzz_check_error(int rc, int checked, const ngx_polycard_input_t *in);

/*
 * What must hold after a reader returned rc: an error has a message; values
 * that pass the check pass it again, unchanged, and come back the same when
 * they are sent as JSON.
 */
void fuzz_check_input(int rc, ngx_polycard_input_t *in);


#endif /* _FUZZ_H_INCLUDED_ */
