
#include "import/terminal.h"
#include "xlsx/strings.h"

#include <stdlib.h>
#include <string.h>


typedef struct {
    polycard_strings_t  *strings;
    polycard_text_t     *text;
} polycard_strings_read_t;


static void polycard_strings_start(polycard_xml_t *xml, const char *name,
    const char **atts);
static void polycard_strings_end(polycard_xml_t *xml, const char *name);
static void polycard_strings_text(polycard_xml_t *xml, const char *text,
    int len);


static const polycard_xml_handlers_t  strings_handlers = {
    polycard_strings_start, polycard_strings_end, polycard_strings_text
};


int
polycard_strings_open(polycard_strings_t *strings,
    const polycard_archive_t *archive, const char *path)
{
    int                      rc;
    polycard_strings_read_t  read;

    strings->text = polycard_spool_open();
    strings->ends = strings->text ? polycard_spool_open() : NULL;

    if (strings->ends == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    read.strings = strings;
    read.text = malloc(sizeof(polycard_text_t));

    if (read.text == NULL) {
        polycard_say("no memory");
        return NGX_POLYCARD_ERROR;
    }

    polycard_text_begin(read.text);

    rc = polycard_xml_read(archive, path, &strings_handlers, &read);
    free(read.text);

    return (rc == NGX_POLYCARD_OK
            && polycard_spool_flush(strings->text) == NGX_POLYCARD_OK
            && polycard_spool_flush(strings->ends) == NGX_POLYCARD_OK)
           ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


void
polycard_strings_close(polycard_strings_t *strings)
{
    polycard_spool_close(strings->text);
    polycard_spool_close(strings->ends);

    memset(strings, 0, sizeof(polycard_strings_t));
}


static void
polycard_strings_start(polycard_xml_t *xml, const char *name,
    const char **atts)
{
    polycard_strings_read_t  *read;

    read = xml->data;

    if (strcmp(name, "si") == 0) {
        polycard_text_begin(read->text);
    }

    polycard_text_start(read->text, name);
}


static void
polycard_strings_end(polycard_xml_t *xml, const char *name)
{
    size_t                    len;
    polycard_text_t          *text;
    polycard_strings_t       *strings;
    polycard_strings_read_t  *read;

    read = xml->data;
    text = read->text;
    strings = read->strings;

    polycard_text_end(text, name);

    if (strcmp(name, "si") != 0) {
        return;
    }

    polycard_text_unescape(text);

    /* one that is too long is so when it is read, too */

    len = text->over ? sizeof(text->data) : text->len;

    if (polycard_spool_add(strings->text, text->data, len) != NGX_POLYCARD_OK
        || (text->over
            && polycard_spool_add(strings->text, "", 1) != NGX_POLYCARD_OK)
        || polycard_spool_add(strings->ends, &strings->text->size,
                              sizeof(uint64_t)) != NGX_POLYCARD_OK)
    {
        polycard_xml_fail(xml, 1);
        return;
    }

    strings->n++;
}


static void
polycard_strings_text(polycard_xml_t *xml, const char *text, int len)
{
    polycard_strings_read_t  *read;

    read = xml->data;

    if (read->text->open) {
        polycard_text_add(read->text, text, len);
    }
}


int
polycard_strings_get(polycard_strings_t *strings, uint64_t i,
    polycard_text_t *text)
{
    size_t    len;
    uint64_t  from, end;

    if (i >= strings->n) {
        return POLYCARD_REFUSED;
    }

    from = 0;

    if ((i && polycard_spool_read(strings->ends, (i - 1) * sizeof(uint64_t),
                                  &from, sizeof(uint64_t)) != NGX_POLYCARD_OK)
        || polycard_spool_read(strings->ends, i * sizeof(uint64_t), &end,
                               sizeof(uint64_t)) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    len = end - from;

    if (len > sizeof(text->data) - text->len) {
        text->over = 1;
        return NGX_POLYCARD_OK;
    }

    if (polycard_spool_read(strings->text, from, text->data + text->len, len)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    text->len += len;

    return NGX_POLYCARD_OK;
}
