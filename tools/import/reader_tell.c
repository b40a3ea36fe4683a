
#include "import/reader.h"
#include "import/terminal.h"

#include <stdio.h>
#include <string.h>


static void polycard_reader_tell_format(const polycard_reader_t *reader);
static void polycard_reader_tell_columns(const polycard_reader_t *reader,
    const polycard_record_t *record);


uint64_t
polycard_reader_done(const polycard_reader_t *reader)
{
    return reader->xlsx ? polycard_xlsx_done(reader->xlsx) * reader->input.size
                        : reader->input.taken;
}


void
polycard_reader_tell(const polycard_reader_t *reader,
    const polycard_record_t *record)
{
    (void) printf("%-14s", "format");
    polycard_reader_tell_format(reader);

    if (reader->header) {
        (void) printf(", header in line %llu",
                      (unsigned long long) reader->header);
    }

    (void) printf("\n");

    if (reader->table) {
        (void) printf("%-14s", "columns");
        polycard_reader_tell_columns(reader, record);
        (void) printf("\n");
    }
}


static void
polycard_reader_tell_format(const polycard_reader_t *reader)
{
    unsigned     shown;
    const char  *sheet;

    switch (reader->format) {

    case POLYCARD_FORMAT_XLSX:
        sheet = polycard_xlsx_sheet(reader->xlsx, &shown);

        (void) printf("workbook, sheet \"");
        polycard_terminal_print(stdout, sheet);
        (void) printf(shown > 1 ? "\", of %u" : "\"", shown);

        return;

    case POLYCARD_FORMAT_CSV:
        (void) printf(reader->csv.delimiter == '\t' ? "CSV with tab, "
                      : "CSV with \"%c\", ", reader->csv.delimiter);
        break;

    case POLYCARD_FORMAT_ARRAY:
        (void) printf("JSON array, ");
        break;

    default:
        (void) printf("JSON lines, ");
    }

    polycard_terminal_print(stdout, reader->decode.encoding);

    if (reader->input.gunzip) {
        (void) printf(", gzip");
    }
}


static void
polycard_reader_tell_columns(const polycard_reader_t *reader,
    const polycard_record_t *record)
{
    size_t                     i, told;
    const ngx_polycard_str_t  *name;

    for (told = 0, i = 0; i < reader->columns.n; i++) {
        if (reader->columns.index[i] < 0) {
            continue;
        }

        name = &record->attribute[reader->columns.index[i]].name;

        (void) printf("%s%.*s", told++ ? ", " : "", (int) name->len,
                      name->data);

        polycard_columns_tell(&reader->columns, i, name);
    }

    polycard_columns_tell_passed(&reader->columns);
}
