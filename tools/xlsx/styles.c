
#include "import/terminal.h"
#include "xlsx/styles.h"
#include "xlsx/xml.h"

#include <stdlib.h>
#include <string.h>


/* of Excel's own: 64,000 styles, and some 200 formats */
#define STYLES_MAX        65536
#define STYLES_FORMATS    1024

/* the first number of a format that a workbook brings along */
#define STYLES_FIRST      164


typedef struct {
    unsigned           id;
    polycard_style_t   style;
} polycard_styles_format_t;

typedef struct {
    polycard_styles_t         *styles;
    polycard_styles_format_t  *format;
    size_t                     n;
    unsigned                   cells:1;    /* within <cellXfs> */
} polycard_styles_read_t;


static void polycard_styles_start(polycard_xml_t *xml, const char *name,
    const char **atts);
static void polycard_styles_end(polycard_xml_t *xml, const char *name);
static int polycard_styles_format(polycard_styles_read_t *read,
    const char **atts);
static int polycard_styles_cell(polycard_styles_read_t *read,
    const char **atts);
static polycard_style_t polycard_styles_find(
    const polycard_styles_read_t *read, unsigned id);
static polycard_style_t polycard_styles_own(unsigned id);
static void *polycard_styles_grow(void *array, size_t n, size_t max,
    size_t size);


static const polycard_xml_handlers_t  styles_handlers = {
    polycard_styles_start, polycard_styles_end, NULL
};


int
polycard_styles_open(polycard_styles_t *styles,
    const polycard_archive_t *archive, const char *path)
{
    int                     rc;
    polycard_styles_read_t  read;

    memset(&read, 0, sizeof(polycard_styles_read_t));
    read.styles = styles;

    rc = polycard_xml_read(archive, path, &styles_handlers, &read);

    free(read.format);

    return rc;
}


void
polycard_styles_close(polycard_styles_t *styles)
{
    free(styles->style);
    memset(styles, 0, sizeof(polycard_styles_t));
}


static void
polycard_styles_start(polycard_xml_t *xml, const char *name,
    const char **atts)
{
    int                      rc;
    polycard_styles_read_t  *read;

    read = xml->data;
    rc = NGX_POLYCARD_OK;

    if (strcmp(name, "cellXfs") == 0) {
        read->cells = 1;

    } else if (strcmp(name, "numFmt") == 0) {
        rc = polycard_styles_format(read, atts);

    } else if (read->cells && strcmp(name, "xf") == 0) {
        rc = polycard_styles_cell(read, atts);
    }

    if (rc != NGX_POLYCARD_OK) {
        polycard_xml_fail(xml, 0);
    }
}


static void
polycard_styles_end(polycard_xml_t *xml, const char *name)
{
    polycard_styles_read_t  *read;

    read = xml->data;

    if (strcmp(name, "cellXfs") == 0) {
        read->cells = 0;
    }
}


static int
polycard_styles_format(polycard_styles_read_t *read, const char **atts)
{
    const char                *id, *code;
    polycard_styles_format_t  *format;

    id = polycard_xml_attribute(atts, "numFmtId");
    code = polycard_xml_attribute(atts, "formatCode");

    if (id == NULL || code == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    format = polycard_styles_grow(read->format, read->n, STYLES_FORMATS,
                                  sizeof(polycard_styles_format_t));
    if (format == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    read->format = format;
    format += read->n++;

    format->id = strtoul(id, NULL, 10);
    format->style = polycard_style_read(code);

    return NGX_POLYCARD_OK;
}


static int
polycard_styles_cell(polycard_styles_read_t *read, const char **atts)
{
    const char         *id;
    polycard_style_t   *style;
    polycard_styles_t  *styles;

    styles = read->styles;

    style = polycard_styles_grow(styles->style, styles->n, STYLES_MAX,
                                 sizeof(polycard_style_t));
    if (style == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    id = polycard_xml_attribute(atts, "numFmtId");

    styles->style = style;
    style[styles->n++] = polycard_styles_find(read,
                                              id ? strtoul(id, NULL, 10) : 0);

    return NGX_POLYCARD_OK;
}


static polycard_style_t
polycard_styles_find(const polycard_styles_read_t *read, unsigned id)
{
    size_t  i;

    for (i = 0; i < read->n; i++) {
        if (read->format[i].id == id) {
            return read->format[i].style;
        }
    }

    return polycard_styles_own(id);
}


/* those that no workbook needs to bring along; others are whole numbers */

static polycard_style_t
polycard_styles_own(unsigned id)
{
    size_t  i;

    static const struct {
        unsigned          first;
        unsigned          last;
        polycard_style_t  style;
    } own[] = {
        { 2, 2, { POLYCARD_STYLE_NUMBER, 2 } },
        { 4, 4, { POLYCARD_STYLE_NUMBER, 2 } },
        { 7, 8, { POLYCARD_STYLE_NUMBER, 2 } },
        { 9, 9, { POLYCARD_STYLE_PERCENT, 0 } },
        { 10, 10, { POLYCARD_STYLE_PERCENT, 2 } },
        { 14, 17, { POLYCARD_STYLE_DATE, 0 } },
        { 18, 21, { POLYCARD_STYLE_TIME, 0 } },
        { 22, 22, { POLYCARD_STYLE_DATE, 0 } },
        { 27, 31, { POLYCARD_STYLE_DATE, 0 } },
        { 32, 35, { POLYCARD_STYLE_TIME, 0 } },
        { 36, 36, { POLYCARD_STYLE_DATE, 0 } },
        { 39, 40, { POLYCARD_STYLE_NUMBER, 2 } },
        { 43, 44, { POLYCARD_STYLE_NUMBER, 2 } },
        { 45, 47, { POLYCARD_STYLE_TIME, 0 } },
        { 50, 58, { POLYCARD_STYLE_DATE, 0 } }
    };
    static const polycard_style_t  number;

    for (i = 0; id < STYLES_FIRST && i < polycard_nelts(own); i++) {
        if (id >= own[i].first && id <= own[i].last) {
            return own[i].style;
        }
    }

    return number;
}


/* with room for one more; it doubles */

static void *
polycard_styles_grow(void *array, size_t n, size_t max, size_t size)
{
    if (n >= max) {
        return NULL;
    }

    return (n & (n - 1)) ? array : realloc(array, (n ? 2 * n : 1) * size);
}
