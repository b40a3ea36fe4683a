
#include "xlsx/text.h"

#include <string.h>


/* _xHHHH_ */
#define TEXT_ESCAPE_LEN  7


static unsigned polycard_text_code(const u_char *p, uint32_t *code);
static size_t polycard_text_print(u_char *p, uint32_t c);


void
polycard_text_begin(polycard_text_t *text)
{
    text->len = 0;
    text->over = 0;
    text->open = 0;
    text->phonetic = 0;
}


void
polycard_text_add(polycard_text_t *text, const void *data, size_t len)
{
    if (len > sizeof(text->data) - text->len) {
        text->over = 1;
        return;
    }

    memcpy(text->data + text->len, data, len);
    text->len += len;
}


void
polycard_text_start(polycard_text_t *text, const char *name)
{
    if (strcmp(name, "rPh") == 0) {
        text->phonetic = 1;

    } else if (strcmp(name, "t") == 0) {
        text->open = !text->phonetic;
    }
}


void
polycard_text_end(polycard_text_t *text, const char *name)
{
    if (strcmp(name, "rPh") == 0) {
        text->phonetic = 0;

    } else if (strcmp(name, "t") == 0) {
        text->open = 0;
    }
}


void
polycard_text_unescape(polycard_text_t *text)
{
    u_char    *p, *to, *last;
    uint32_t   c;

    last = text->data + text->len;
    p = memchr(text->data, '_', text->len);

    if (p == NULL) {
        return;
    }

    for (to = p; p < last; /* void */ ) {

        if (last - p >= TEXT_ESCAPE_LEN && polycard_text_code(p, &c)) {
            to += polycard_text_print(to, c);
            p += TEXT_ESCAPE_LEN;

        } else {
            *to++ = *p++;
        }
    }

    text->len = to - text->data;
}


/* halves of a pair are no characters: they stay as they are */

static unsigned
polycard_text_code(const u_char *p, uint32_t *code)
{
    size_t    i;
    uint32_t  c;

    if (p[0] != '_' || p[1] != 'x' || p[6] != '_') {
        return 0;
    }

    *code = 0;

    for (i = 2; i < 6; i++) {
        c = p[i] | 0x20;

        if (c >= '0' && c <= '9') {
            c -= '0';

        } else if (c >= 'a' && c <= 'f') {
            c -= 'a' - 10;

        } else {
            return 0;
        }

        *code = *code << 4 | c;
    }

    return *code < 0xd800 || *code >= 0xe000;
}


static size_t
polycard_text_print(u_char *p, uint32_t c)
{
    if (c < 0x80) {
        p[0] = c;
        return 1;
    }

    if (c < 0x800) {
        p[0] = 0xc0 | c >> 6;
        p[1] = 0x80 | (c & 0x3f);
        return 2;
    }

    p[0] = 0xe0 | c >> 12;
    p[1] = 0x80 | (c >> 6 & 0x3f);
    p[2] = 0x80 | (c & 0x3f);

    return 3;
}
