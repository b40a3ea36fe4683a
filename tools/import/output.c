
#include "import/field.h"
#include "import/output.h"
#include "import/terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>


#define OUTPUT_MARK       "\xef\xbb\xbf"
#define OUTPUT_ROOM(len)  (4 * (len) + 16)


static int polycard_output_recode(polycard_output_t *output,
    const char *encoding);
static int polycard_output_convert(polycard_output_t *output);
static int polycard_output_full(polycard_output_t *output);
static void polycard_output_note(polycard_output_t *output);
static int polycard_output_fail(polycard_output_t *output);


int
polycard_output_open(polycard_output_t *output, const polycard_options_t *o)
{
    memset(output, 0, sizeof(polycard_output_t));

    output->path = o->file;
    output->format = o->format ? o->format : POLYCARD_FORMAT_CSV;
    output->delimiter = o->delimiter ? o->delimiter : ',';
    output->mark = o->bom;

    if (output->format == POLYCARD_FORMAT_CSV && o->encoding
        && polycard_output_recode(output, o->encoding) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

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


/* UTF-8 is written unchanged */

static int
polycard_output_recode(polycard_output_t *output, const char *encoding)
{
    if (strcasecmp(encoding, "utf-8") == 0
        || strcasecmp(encoding, "utf8") == 0)
    {
        return NGX_POLYCARD_OK;
    }

    output->cd = iconv_open(encoding, "UTF-8");

    if (output->cd == (iconv_t) -1) {
        polycard_say("--encoding \"%s\" is not known here; iconv -l tells "
                     "which are", encoding);
        return NGX_POLYCARD_ERROR;
    }

    output->recoded = 1;
    output->row = open_memstream(&output->text, &output->len);

    if (output->row == NULL) {
        polycard_say("no memory");
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}


int
polycard_output_header(polycard_output_t *output,
    const ngx_polycard_str_t *title, size_t n)
{
    if (output->format != POLYCARD_FORMAT_CSV) {
        return NGX_POLYCARD_OK;
    }

    if (output->mark && !output->recoded) {
        (void) fputs(OUTPUT_MARK, output->file);
    }

    return polycard_output_fields(output, title, n);
}


int
polycard_output_fields(polycard_output_t *output,
    const ngx_polycard_str_t *value, size_t n)
{
    size_t   i;
    FILE    *file;

    file = output->recoded ? output->row : output->file;

    for (i = 0; i < n; i++) {
        if (i) {
            (void) putc(output->delimiter, file);
        }

        if (value[i].data) {
            polycard_field_write(file, &value[i]);
        }
    }

    (void) fputs("\r\n", file);

    if (output->recoded) {
        return polycard_output_convert(output);
    }

    polycard_output_note(output);

    return NGX_POLYCARD_OK;
}


/* the row that was composed; no letter has more than 4 bytes */

static int
polycard_output_convert(polycard_output_t *output)
{
    char    *in, *out;
    size_t   rc, in_left, out_left;

    if (fflush(output->row) != 0) {
        return polycard_output_full(output);
    }

    if (output->size < OUTPUT_ROOM(output->len)) {
        out = realloc(output->out, OUTPUT_ROOM(output->len));
        if (out == NULL) {
            return polycard_output_full(output);
        }

        output->out = out;
        output->size = OUTPUT_ROOM(output->len);
    }

    in = output->text;
    in_left = ftello(output->row);
    out = output->out;
    out_left = output->size;

    rc = iconv(output->cd, &in, &in_left, &out, &out_left);

    rewind(output->row);

    if (rc == (size_t) -1) {
        return NGX_POLYCARD_ERROR;
    }

    (void) fwrite(output->out, 1, output->size - out_left, output->file);
    polycard_output_note(output);

    return NGX_POLYCARD_OK;
}


/* what the next check finds */

static int
polycard_output_full(polycard_output_t *output)
{
    output->failed = ENOMEM;

    return NGX_POLYCARD_OK;
}


void
polycard_output_line(polycard_output_t *output, const u_char *text,
    size_t len)
{
    (void) fwrite(text, 1, len, output->file);
    (void) putc('\n', output->file);

    polycard_output_note(output);
}


/* called while errno is valid: why the first write failed */

static void
polycard_output_note(polycard_output_t *output)
{
    if (output->failed == 0 && ferror(output->file)) {
        output->failed = errno ? errno : EIO;
    }
}


int
polycard_output_check(polycard_output_t *output)
{
    if (output->failed) {
        errno = output->failed;
    }

    return (output->failed || ferror(output->file))
           ? polycard_output_fail(output) : NGX_POLYCARD_OK;
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
    if (output->recoded) {
        (void) iconv_close(output->cd);
        (void) (output->row && fclose(output->row));
        free(output->text);
        free(output->out);
    }

    if (output->file != stdout) {
        output->file = NULL;
        return polycard_target_close(&output->target, whole);
    }

    errno = output->failed ? output->failed : EIO;

    if (fflush(stdout) != 0 || ferror(stdout)) {
        return whole ? polycard_output_fail(output) : NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}
