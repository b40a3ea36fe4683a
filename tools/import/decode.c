
#include "import/decode.h"
#include "import/terminal.h"

#include <errno.h>
#include <string.h>


static int polycard_decode_find(polycard_decode_t *decode, const char *name);
static int polycard_decode_fill(polycard_decode_t *decode);
static void polycard_decode_convert(polycard_decode_t *decode);
static size_t polycard_decode_give(u_char *buf, size_t size, u_char **pos,
    u_char *last);


int
polycard_decode_open(polycard_decode_t *decode, const char *encoding,
    unsigned is_file, const char *name)
{
    const char  *other;

    decode->encoding = encoding;
    decode->pos = decode->in;
    decode->last = decode->in;
    decode->out = decode->text;
    decode->out_last = decode->text;

    while (!decode->end && decode->last < decode->in + POLYCARD_SNIFF_SIZE) {

        if (!is_file && memchr(decode->in, '\n', decode->last - decode->in)) {
            break;
        }

        if (polycard_decode_fill(decode) != NGX_POLYCARD_OK) {
            return NGX_POLYCARD_ERROR;
        }
    }

    other = polycard_sniff_other(decode->pos, decode->last - decode->pos);

    if (other) {
        polycard_say("\"%s\" %s", name, other);
        return NGX_POLYCARD_ERROR;
    }

    return polycard_decode_find(decode, name);
}


static int
polycard_decode_find(polycard_decode_t *decode, const char *name)
{
    size_t       mark;
    const char  *found;

    found = polycard_sniff_encoding(decode->pos, decode->last - decode->pos,
                                    &mark);

    /* a mark is certain: a list of refused rows begins with one, and it is for
     * the same command */

    if (decode->encoding == NULL || mark) {

        if (found == NULL) {
            polycard_say("the encoding of \"%s\" is not clear; --encoding "
                         "sets it (windows-1251, koi8-u, cp866, "
                         "utf-16le ...)", name);
            return NGX_POLYCARD_ERROR;
        }

        decode->encoding = found;
        decode->found = 1;
    }

    /* a byte order mark is not a part of the text, whatever the encoding */

    decode->pos += mark;
    decode->mark = (mark != 0);
    decode->utf8 = (strcasecmp(decode->encoding, "utf-8") == 0
                    || strcasecmp(decode->encoding, "utf8") == 0);

    if (decode->utf8) {
        return NGX_POLYCARD_OK;
    }

    decode->cd = iconv_open("UTF-8", decode->encoding);

    if (decode->cd == (iconv_t) -1) {
        polycard_say("--encoding \"%s\" is not known here; iconv -l tells "
                     "which are", decode->encoding);
        return NGX_POLYCARD_ERROR;
    }

    decode->opened = 1;
    decode->unit = (strncasecmp(decode->encoding, "utf-16", 6) == 0) ? 2 : 1;

    return NGX_POLYCARD_OK;
}


void
polycard_decode_close(polycard_decode_t *decode)
{
    if (decode->opened) {
        (void) iconv_close(decode->cd);
        decode->opened = 0;
    }
}


/* reads more bytes after those that are there; there is room */

static int
polycard_decode_fill(polycard_decode_t *decode)
{
    ssize_t  n;

    if (decode->pos > decode->in) {
        memmove(decode->in, decode->pos, decode->last - decode->pos);
        decode->last -= decode->pos - decode->in;
        decode->pos = decode->in;
    }

    n = decode->read(decode->data, decode->last,
                     decode->in + POLYCARD_SNIFF_SIZE - decode->last);

    if (n <= 0) {
        decode->end = 1;
        decode->failed = (n < 0);
        return n < 0 ? NGX_POLYCARD_ERROR : NGX_POLYCARD_OK;
    }

    decode->last += n;
    decode->taken += n;

    return NGX_POLYCARD_OK;
}


ssize_t
polycard_decode_read(void *data, u_char *buf, size_t size)
{
    polycard_decode_t  *decode;

    decode = data;

    if (decode->utf8) {
        if (decode->pos == decode->last && !decode->end) {
            (void) polycard_decode_fill(decode);
        }

        return decode->failed ? -1
               : (ssize_t) polycard_decode_give(buf, size, &decode->pos,
                                                decode->last);
    }

    while (decode->out == decode->out_last) {

        if (decode->failed) {
            return -1;
        }

        if (decode->pos == decode->last && decode->end) {
            return 0;
        }

        polycard_decode_convert(decode);
    }

    return polycard_decode_give(buf, size, &decode->out, decode->out_last);
}


/*
 * Refills text; an incomplete character waits for the rest.  What came before
 * a read failed is returned first.
 */

static void
polycard_decode_convert(polycard_decode_t *decode)
{
    int      error;
    char    *in, *out;
    size_t   rc, left, room;

    in = (char *) decode->pos;
    left = decode->last - decode->pos;
    out = (char *) decode->text;
    room = sizeof(decode->text) - 1;

    rc = iconv(decode->cd, &in, &left, &out, &room);
    error = (rc == (size_t) -1) ? errno : 0;

    decode->pos = (u_char *) in;

    if (error == EILSEQ || (error == EINVAL && decode->end)) {
        *out++ = (char) 0xff;
        decode->pos += (left < decode->unit) ? left : decode->unit;
    }

    decode->out = decode->text;
    decode->out_last = (u_char *) out;

    if (error != E2BIG && error != EILSEQ && !decode->end) {
        (void) polycard_decode_fill(decode);
    }
}


static size_t
polycard_decode_give(u_char *buf, size_t size, u_char **pos, u_char *last)
{
    size_t  n;

    n = last - *pos;
    n = (n < size) ? n : size;

    memcpy(buf, *pos, n);
    *pos += n;

    return n;
}
