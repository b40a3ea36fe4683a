
#include "import/lines.h"

#include <stdlib.h>
#include <string.h>


int
polycard_lines_init(polycard_lines_t *lines, polycard_source_t *source)
{
    memset(lines, 0, sizeof(polycard_lines_t));

    lines->text.data = malloc(POLYCARD_RECORD_MAX);
    if (lines->text.data == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    lines->source = source;

    return NGX_POLYCARD_OK;
}


void
polycard_lines_free(polycard_lines_t *lines)
{
    free(lines->text.data);
    lines->text.data = NULL;
}


int
polycard_lines_read(polycard_lines_t *lines)
{
    int       c;
    unsigned  blank;

    do {
        lines->text.len = 0;
        lines->line++;
        lines->error = NULL;
        blank = 1;

        while ((c = polycard_source_next(lines->source)) != -1 && c != '\n') {

            if (c != ' ' && c != '\t' && c != '\r') {
                blank = 0;
            }

            if (lines->text.len == POLYCARD_RECORD_MAX) {
                lines->error = "the record is longer than 65536 bytes";
                continue;
            }

            lines->text.data[lines->text.len++] = c;
        }

        if (lines->source->failed) {
            return NGX_POLYCARD_ERROR;
        }

        if (blank && c == -1) {
            return POLYCARD_END;
        }

    } while (blank);

    return lines->error ? POLYCARD_REFUSED : POLYCARD_RECORD;
}
