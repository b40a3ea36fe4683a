
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
 * What must hold after a reader returned rc: an error has a message; values
 * that pass the check pass it again, unchanged, and come back the same when
 * they are sent as JSON.
 */
void fuzz_check_input(int rc, ngx_polycard_input_t *in);


#endif /* _FUZZ_H_INCLUDED_ */
