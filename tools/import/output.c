
#include "import/field.h"
#include "import/output.h"
#include "import/terminal.h"

#include <errno.h>
#include <string.h>


static int polycard_output_fail(polycard_output_t *output);


int
polycard_output_open(polycard_output_t *output, const polycard_options_t *o)
{
    memset(output, 0, sizeof(polycard_output_t));

    output->path = o->file;
    output->format = o->format ? o->format : POLYCARD_FORMAT_CSV;
    output->delimiter = o->delimiter ? o->delimiter : ',';

    if (o->file == NULL) {
        output->file = stdout;
        return NGX_POLYCARD_OK;
    }

    if (polycard_target_open(&output->target, o->file, o, NULL)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    output->file = output->target.file;

    return NGX_POLYCARD_OK;
}


void
polycard_output_header(polycard_output_t *output,
    const ngx_polycard_table_t *table)
{
    size_t              i;
    ngx_polycard_str_t  name[NGX_POLYCARD_ATTRIBUTES_MAX];

    if (output->format == POLYCARD_FORMAT_CSV) {

        for (i = 0; i < table->n; i++) {
            name[i] = table->attribute[i].name;
        }

        polycard_output_fields(output, name, table->n);
    }
}


void
polycard_output_fields(polycard_output_t *output,
    const ngx_polycard_str_t *value, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if (i) {
            (void) putc(output->delimiter, output->file);
        }

        if (value[i].data) {
            polycard_field_write(output->file, &value[i]);
        }
    }

    (void) fputs("\r\n", output->file);
}


void
polycard_output_line(polycard_output_t *output, const u_char *text,
    size_t len)
{
    (void) fwrite(text, 1, len, output->file);
    (void) putc('\n', output->file);
}


int
polycard_output_check(polycard_output_t *output)
{
    return ferror(output->file) ? polycard_output_fail(output)
                                : NGX_POLYCARD_OK;
}


static int
polycard_output_fail(polycard_output_t *output)
{
    polycard_say("cannot write \"%s\": %s",
                 output->path ? output->path : "standard output",
                 strerror(errno));

    return NGX_POLYCARD_ERROR;
}


int
polycard_output_close(polycard_output_t *output, unsigned whole)
{
    if (output->file != stdout) {
        output->file = NULL;
        return polycard_target_close(&output->target, whole);
    }

    errno = EIO;

    if (fflush(stdout) != 0 || ferror(stdout)) {
        return whole ? polycard_output_fail(output) : NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}
