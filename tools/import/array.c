
#include "import/array.h"

#include <stdlib.h>
#include <string.h>


static int polycard_array_next(polycard_array_t *array);
static int polycard_array_skip(polycard_array_t *array);
static int polycard_array_element(polycard_array_t *array, int c);
static void polycard_array_put(polycard_array_t *array, int c);
static int polycard_array_fail(polycard_array_t *array, const char *error);


int
polycard_array_init(polycard_array_t *array, polycard_source_t *source)
{
    memset(array, 0, sizeof(polycard_array_t));

    array->text.data = malloc(POLYCARD_RECORD_MAX);
    if (array->text.data == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    array->source = source;

    return NGX_POLYCARD_OK;
}


void
polycard_array_free(polycard_array_t *array)
{
    free(array->text.data);
    array->text.data = NULL;
}


int
polycard_array_read(polycard_array_t *array)
{
    int  c;

    array->text.len = 0;
    array->error = NULL;

    if (array->ended) {
        return POLYCARD_END;
    }

    c = polycard_array_skip(array);

    if (!array->begun) {
        array->begun = 1;
        c = (c == '[') ? polycard_array_skip(array) : -1;
    }

    array->line = array->lines + 1;

    if (c == ']' && !array->more) {
        array->ended = 1;
        c = polycard_array_skip(array);

        if (c == -1 && !array->source->failed) {
            return POLYCARD_END;
        }

        return polycard_array_fail(array, "there is more behind the array");
    }

    if (c == -1) {
        return polycard_array_fail(array, "the array is not closed");
    }

    return polycard_array_element(array, c);
}


/* the next byte; a line ends with LF, CRLF or CR */

static int
polycard_array_next(polycard_array_t *array)
{
    int  c;

    c = polycard_source_next(array->source);

    array->lines += (c == '\r' || (c == '\n' && !array->cr));
    array->cr = (c == '\r');

    return c;
}


static int
polycard_array_skip(polycard_array_t *array)
{
    int  c;

    do {
        c = polycard_array_next(array);
    } while (c == ' ' || c == '\t' || c == '\r' || c == '\n');

    return c;
}


/*
 * From c up to the comma or bracket after it.  The text in between is checked
 * later; here only brackets and strings count.
 */

static int
polycard_array_element(polycard_array_t *array, int c)
{
    size_t    depth;
    unsigned  quoted, escaped;

    depth = 0;
    quoted = 0;
    escaped = 0;

    for ( /* void */ ; c != -1; c = polycard_array_next(array)) {

        if (quoted) {
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';

        } else if (depth == 0 && (c == ',' || c == ']')) {
            array->more = (c == ',');
            array->ended = (c == ']');
            break;

        } else {
            quoted = (c == '"');
            depth += (c == '{' || c == '[');
            depth -= (depth && (c == '}' || c == ']'));
        }

        polycard_array_put(array, c);
    }

    if (c == -1) {
        return polycard_array_fail(array, "the array is not closed");
    }

    if (array->ended && polycard_array_skip(array) != -1) {
        return polycard_array_fail(array, "there is more behind the array");
    }

    return array->error ? POLYCARD_REFUSED : POLYCARD_RECORD;
}


static void
polycard_array_put(polycard_array_t *array, int c)
{
    if (array->text.len == POLYCARD_RECORD_MAX) {
        array->error = "the record is longer than 65536 bytes";
        return;
    }

    array->text.data[array->text.len++] = c;
}


static int
polycard_array_fail(polycard_array_t *array, const char *error)
{
    array->ended = 1;

    if (array->source->failed) {
        return NGX_POLYCARD_ERROR;
    }

    array->error = error;

    return POLYCARD_REFUSED;
}
