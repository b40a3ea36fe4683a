
/*
 * Strict JSON by RFC 8259: cJSON alone accepts invalid UTF-8,
 * control characters, "01" and text after the value.
 */


#ifndef _POLYCARD_CHECK_STRICT_H_INCLUDED_
#define _POLYCARD_CHECK_STRICT_H_INCLUDED_


#include "core/types.h"

#include <cjson/cJSON.h>


/* of arrays and objects in each other; cJSON's own is far beyond it */
#define CHECK_STRICT_DEPTH  64


/*
 * The value, for cJSON_Delete(), or NULL with the error in why, the end of
 * a sentence that begins with "the body".  The valuestring of each number is
 * its original text.
 */
cJSON *check_strict_read(const char *body, size_t len, char *why,
    size_t size);


#endif /* _POLYCARD_CHECK_STRICT_H_INCLUDED_ */
