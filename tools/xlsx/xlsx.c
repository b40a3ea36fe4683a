
#include "import/terminal.h"
#include "xlsx/book.h"
#include "xlsx/cell.h"
#include "xlsx/strings.h"
#include "xlsx/styles.h"
#include "xlsx/xlsx.h"

#include <stdlib.h>
#include <string.h>


/* of Excel's own */
#define XLSX_ROWS_MAX  1048576


typedef enum {
    XLSX_NUMBER = 0,
    XLSX_SHARED,           /* the number of a text */
    XLSX_INLINE,           /* a text with elements of its own */
    XLSX_PLAIN,            /* what a formula has made, an error, a day */
    XLSX_BOOLEAN
} polycard_xlsx_cell_e;


struct polycard_xlsx_s {
    polycard_archive_t      archive;
    polycard_book_t         book;
    polycard_styles_t       styles;
    polycard_strings_t      strings;
    polycard_xml_t          xml;
    char                    decimal;

    polycard_csv_t         *csv;        /* the row goes there */
    uint64_t                row;        /* its number */
    size_t                  column;     /* the next cell's, from 0 */

    polycard_xlsx_cell_e    type;       /* of the cell */
    polycard_style_t        style;
    unsigned                rows:1;     /* within <sheetData> */
    unsigned                value:1;    /* within <v> */
    unsigned                cell:1;     /* within <c> */
    polycard_text_t         text;
};


static int polycard_xlsx_parts(polycard_xlsx_t *xlsx);
static void polycard_xlsx_start(polycard_xml_t *xml, const char *name,
    const char **atts);
static void polycard_xlsx_end(polycard_xml_t *xml, const char *name);
static void polycard_xlsx_text(polycard_xml_t *xml, const char *text,
    int len);
static void polycard_xlsx_row(polycard_xlsx_t *xlsx, const char **atts);
static void polycard_xlsx_cell(polycard_xlsx_t *xlsx, const char **atts);
static size_t polycard_xlsx_column(const char *place);
static polycard_xlsx_cell_e polycard_xlsx_type(const char *type);
static void polycard_xlsx_value(polycard_xlsx_t *xlsx);
static int polycard_xlsx_shared(polycard_xlsx_t *xlsx);
static void polycard_xlsx_number(polycard_xlsx_t *xlsx);
static void polycard_xlsx_field(polycard_xlsx_t *xlsx);


static const polycard_xml_handlers_t  xlsx_handlers = {
    polycard_xlsx_start, polycard_xlsx_end, polycard_xlsx_text
};


polycard_xlsx_t *
polycard_xlsx_open(int fd, const char *name, const char *sheet, char decimal)
{
    polycard_xlsx_t  *xlsx;

    xlsx = calloc(1, sizeof(polycard_xlsx_t));

    if (xlsx == NULL) {
        polycard_say("no memory");
        return NULL;
    }

    xlsx->decimal = decimal;

    if (polycard_archive_open(&xlsx->archive, fd, name) != NGX_POLYCARD_OK
        || polycard_book_read(&xlsx->book, &xlsx->archive, sheet)
           != NGX_POLYCARD_OK
        || polycard_xlsx_parts(xlsx) != NGX_POLYCARD_OK
        || polycard_xml_open(&xlsx->xml, &xlsx->archive, xlsx->book.path,
                             &xlsx_handlers, xlsx) != NGX_POLYCARD_OK)
    {
        polycard_xlsx_close(xlsx);
        return NULL;
    }

    return xlsx;
}


static int
polycard_xlsx_parts(polycard_xlsx_t *xlsx)
{
    const polycard_book_t  *book;

    book = &xlsx->book;

    if (*book->styles
        && polycard_styles_open(&xlsx->styles, &xlsx->archive, book->styles)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    /* some write a relation and no part where there is no text */

    return (*book->strings
            && polycard_archive_has(&xlsx->archive, book->strings))
           ? polycard_strings_open(&xlsx->strings, &xlsx->archive,
                                   book->strings)
           : NGX_POLYCARD_OK;
}


void
polycard_xlsx_close(polycard_xlsx_t *xlsx)
{
    if (xlsx == NULL) {
        return;
    }

    polycard_xml_close(&xlsx->xml);
    polycard_strings_close(&xlsx->strings);
    polycard_styles_close(&xlsx->styles);
    polycard_archive_close(&xlsx->archive);

    free(xlsx);
}


const char *
polycard_xlsx_sheet(const polycard_xlsx_t *xlsx, unsigned *n)
{
    *n = xlsx->book.shown;

    return xlsx->book.sheet;
}


double
polycard_xlsx_done(const polycard_xlsx_t *xlsx)
{
    const polycard_part_t  *part;

    part = &xlsx->xml.part;

    return part->size ? (double) part->taken / part->size : 0;
}


int
polycard_xlsx_read(polycard_xlsx_t *xlsx, polycard_csv_t *csv)
{
    int  rc;

    xlsx->csv = csv;

    csv->n = 0;
    csv->len = 0;
    csv->error = NULL;
    csv->cut = 0;

    rc = polycard_xml_next(&xlsx->xml);

    if (rc != POLYCARD_RECORD) {
        return rc;
    }

    csv->line = xlsx->row;
    csv->last = xlsx->row;

    return csv->error ? POLYCARD_REFUSED : POLYCARD_RECORD;
}


static void
polycard_xlsx_start(polycard_xml_t *xml, const char *name, const char **atts)
{
    polycard_xlsx_t  *xlsx;

    xlsx = xml->data;

    if (strcmp(name, "sheetData") == 0) {
        xlsx->rows = 1;

    } else if (!xlsx->rows) {
        return;

    } else if (strcmp(name, "row") == 0) {
        polycard_xlsx_row(xlsx, atts);

    } else if (strcmp(name, "c") == 0) {
        polycard_xlsx_cell(xlsx, atts);

    } else if (strcmp(name, "v") == 0) {
        xlsx->value = (xlsx->type != XLSX_INLINE);

    } else if (xlsx->type == XLSX_INLINE) {
        polycard_text_start(&xlsx->text, name);
    }
}


static void
polycard_xlsx_end(polycard_xml_t *xml, const char *name)
{
    polycard_xlsx_t  *xlsx;

    xlsx = xml->data;

    if (!xlsx->rows) {
        return;
    }

    if (strcmp(name, "sheetData") == 0) {
        xlsx->rows = 0;

    } else if (strcmp(name, "row") == 0) {
        polycard_xml_pause(xml);

    } else if (strcmp(name, "c") == 0) {
        xlsx->cell = 0;
        polycard_xlsx_value(xlsx);

    } else if (strcmp(name, "v") == 0) {
        xlsx->value = 0;

    } else {
        polycard_text_end(&xlsx->text, name);
    }
}


static void
polycard_xlsx_text(polycard_xml_t *xml, const char *text, int len)
{
    polycard_xlsx_t  *xlsx;

    xlsx = xml->data;

    if (xlsx->cell && (xlsx->value || xlsx->text.open)) {
        polycard_text_add(&xlsx->text, text, len);
    }
}


/* rows that have no cells may be left out, so they bear their numbers */

static void
polycard_xlsx_row(polycard_xlsx_t *xlsx, const char **atts)
{
    uint64_t     row;
    const char  *number;

    number = polycard_xml_attribute(atts, "r");
    row = number ? strtoull(number, NULL, 10) : xlsx->row + 1;

    if (row <= xlsx->row || row > XLSX_ROWS_MAX) {
        polycard_xml_fail(&xlsx->xml, 0);
        return;
    }

    xlsx->row = row;
    xlsx->column = 0;
    xlsx->cell = 0;
    xlsx->value = 0;
}


static void
polycard_xlsx_cell(polycard_xlsx_t *xlsx, const char **atts)
{
    size_t           i;
    const char      *place, *style;
    static const polycard_style_t  none;

    place = polycard_xml_attribute(atts, "r");
    style = polycard_xml_attribute(atts, "s");

    if (place) {
        i = polycard_xlsx_column(place);

        if (i == 0 || i - 1 < xlsx->column) {
            polycard_xml_fail(&xlsx->xml, 0);
            return;
        }

        xlsx->column = i - 1;
    }

    i = style ? strtoul(style, NULL, 10) : 0;

    xlsx->style = (i < xlsx->styles.n) ? xlsx->styles.style[i] : none;
    xlsx->type = polycard_xlsx_type(polycard_xml_attribute(atts, "t"));
    xlsx->cell = 1;

    polycard_text_begin(&xlsx->text);
}


/* B7 is 2; 0: it is none */

static size_t
polycard_xlsx_column(const char *place)
{
    size_t  i, n;

    n = 0;

    for (i = 0; i < 3 && place[i] >= 'A' && place[i] <= 'Z'; i++) {
        n = n * 26 + place[i] - 'A' + 1;
    }

    return n;
}


static polycard_xlsx_cell_e
polycard_xlsx_type(const char *type)
{
    if (type == NULL || strcmp(type, "n") == 0) {
        return XLSX_NUMBER;
    }

    return strcmp(type, "s") == 0 ? XLSX_SHARED
           : strcmp(type, "inlineStr") == 0 ? XLSX_INLINE
           : strcmp(type, "b") == 0 ? XLSX_BOOLEAN : XLSX_PLAIN;
}


/* what the cell shows, from what it holds */

static void
polycard_xlsx_value(polycard_xlsx_t *xlsx)
{
    unsigned          is;
    polycard_text_t  *text;

    text = &xlsx->text;

    if (text->len == 0 && !text->over) {
        xlsx->column++;
        return;
    }

    switch (xlsx->type) {

    case XLSX_NUMBER:
        polycard_xlsx_number(xlsx);
        break;

    case XLSX_SHARED:
        if (polycard_xlsx_shared(xlsx) != NGX_POLYCARD_OK) {
            return;
        }

        break;

    case XLSX_BOOLEAN:
        is = (text->data[0] == '1' || text->data[0] == 't');
        polycard_text_begin(text);
        polycard_text_add(text, is ? "true" : "false", is ? 4 : 5);
        break;

    default:
        polycard_text_unescape(text);
    }

    polycard_xlsx_field(xlsx);
    xlsx->column++;
}


static int
polycard_xlsx_shared(polycard_xlsx_t *xlsx)
{
    int               rc;
    char             *end, number[24];
    unsigned long     i;
    polycard_text_t  *text;

    text = &xlsx->text;
    rc = POLYCARD_REFUSED;

    if (text->len < sizeof(number)) {
        memcpy(number, text->data, text->len);
        number[text->len] = '\0';
        i = strtoul(number, &end, 10);

        polycard_text_begin(text);

        if (*end == '\0') {
            rc = polycard_strings_get(&xlsx->strings, i, text);
        }
    }

    if (rc != NGX_POLYCARD_OK) {
        polycard_xml_fail(&xlsx->xml, rc == NGX_POLYCARD_ERROR);
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}


/* what is no number stays as it is: it will be refused for what it is */

static void
polycard_xlsx_number(polycard_xlsx_t *xlsx)
{
    char              buf[POLYCARD_CELL_MAX], number[64];
    size_t            len;
    polycard_text_t  *text;

    text = &xlsx->text;

    if (text->len >= sizeof(number)) {
        return;
    }

    memcpy(number, text->data, text->len);
    number[text->len] = '\0';

    len = polycard_cell_print(buf, number, &xlsx->style, xlsx->book.date1904,
                              xlsx->decimal);
    if (len) {
        polycard_text_begin(text);
        polycard_text_add(text, buf, len);
    }
}


/* behind what is there, with empty ones for cells that are left out */

static void
polycard_xlsx_field(polycard_xlsx_t *xlsx)
{
    u_char           *end;
    polycard_csv_t   *csv;
    polycard_text_t  *text;

    csv = xlsx->csv;
    text = &xlsx->text;
    end = csv->data + csv->len;

    if (xlsx->column >= POLYCARD_CSV_FIELDS_MAX) {
        csv->error = "the record has more than 256 fields";
        return;
    }

    if (text->over || text->len > POLYCARD_RECORD_MAX - csv->len) {
        csv->error = "the record is longer than 65536 bytes";
        return;
    }

    while (csv->n < xlsx->column) {
        csv->field[csv->n].data = end;
        csv->field[csv->n++].len = 0;
    }

    memcpy(end, text->data, text->len);

    csv->field[csv->n].data = end;
    csv->field[csv->n++].len = text->len;
    csv->len += text->len;
}
