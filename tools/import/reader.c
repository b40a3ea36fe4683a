
#include "import/reader.h"
#include "import/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


static ssize_t polycard_reader_read(void *data, u_char *buf, size_t size);
static int polycard_reader_start(polycard_reader_t *reader);
static int polycard_reader_header(polycard_reader_t *reader,
    const polycard_options_t *o, polycard_record_t *record);
static int polycard_reader_column(polycard_reader_t *reader, size_t i,
    polycard_record_t *record);
static int polycard_reader_unknown(const ngx_polycard_str_t *name,
    polycard_record_t *record);
static int polycard_reader_take_csv(polycard_reader_t *reader,
    polycard_record_t *record);


int
polycard_reader_open(polycard_reader_t *reader, const polycard_options_t *o,
    polycard_record_t *record)
{
    struct stat  st;

    memset(reader, 0, sizeof(polycard_reader_t));

    reader->name = o->file ? o->file : "standard input";
    reader->fd = o->file ? open(o->file, O_RDONLY|O_CLOEXEC) : STDIN_FILENO;

    if (reader->fd == -1 || fstat(reader->fd, &st) == -1) {
        polycard_say("cannot read \"%s\": %s", reader->name, strerror(errno));
        return NGX_POLYCARD_ERROR;
    }

    reader->size = S_ISREG(st.st_mode) ? st.st_size : 0;

    if (polycard_source_init(&reader->source, polycard_reader_read, reader)
        != NGX_POLYCARD_OK
        || polycard_csv_init(&reader->csv, &reader->source) != NGX_POLYCARD_OK
        || polycard_lines_init(&reader->lines, &reader->source)
           != NGX_POLYCARD_OK)
    {
        polycard_say("no memory");
        return NGX_POLYCARD_ERROR;
    }

    reader->format = o->format;

    if (polycard_reader_start(reader) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    return (reader->format == POLYCARD_FORMAT_CSV)
           ? polycard_reader_header(reader, o, record) : NGX_POLYCARD_OK;
}


void
polycard_reader_close(polycard_reader_t *reader)
{
    polycard_csv_free(&reader->csv);
    polycard_lines_free(&reader->lines);
    polycard_source_free(&reader->source);

    if (reader->fd > STDIN_FILENO) {
        (void) close(reader->fd);
    }
}


/* a signal that was not ours is not the end of the file */

static ssize_t
polycard_reader_read(void *data, u_char *buf, size_t size)
{
    ssize_t             n;
    polycard_reader_t  *reader;

    reader = data;

    do {
        n = read(reader->fd, buf, size);
    } while (n == -1 && errno == EINTR && !polycard_stopped);

    if (n == -1 && !polycard_stopped) {
        polycard_say("cannot read \"%s\": %s", reader->name, strerror(errno));
    }

    return n;
}


/* a byte order mark, and what the file is */

static int
polycard_reader_start(polycard_reader_t *reader)
{
    int                 c;
    size_t              i;
    polycard_source_t  *source;

    source = &reader->source;
    c = polycard_source_peek(source, 0);

    if (c == 0xef && polycard_source_peek(source, 1) == 0xbb
        && polycard_source_peek(source, 2) == 0xbf)
    {
        source->pos += 3;

    } else if ((c == 0xff && polycard_source_peek(source, 1) == 0xfe)
               || (c == 0xfe && polycard_source_peek(source, 1) == 0xff))
    {
        polycard_say("\"%s\" is UTF-16; it must be UTF-8", reader->name);
        return NGX_POLYCARD_ERROR;
    }

    for (i = 0; /* void */ ; i++) {
        c = polycard_source_peek(source, i);

        if (c == -1 || memchr(" \t\r\n", c, 4) == NULL) {
            break;
        }
    }

    if (source->failed) {
        return NGX_POLYCARD_ERROR;
    }

    if (c == -1) {
        polycard_say("\"%s\" is empty", reader->name);
        return NGX_POLYCARD_ERROR;
    }

    if (reader->format == 0) {
        reader->format = (c == '{') ? POLYCARD_FORMAT_JSONL
                                    : POLYCARD_FORMAT_CSV;
    }

    return NGX_POLYCARD_OK;
}


static int
polycard_reader_header(polycard_reader_t *reader, const polycard_options_t *o,
    polycard_record_t *record)
{
    int     rc;
    size_t  i;

    if (o->delimiter) {
        reader->csv.delimiter = o->delimiter;

    } else {
        polycard_csv_detect(&reader->csv);
    }

    rc = polycard_csv_read(&reader->csv);

    if (rc == POLYCARD_REFUSED) {
        polycard_say("the header of \"%s\" cannot be read: %s", reader->name,
                     reader->csv.error);
        return NGX_POLYCARD_ERROR;
    }

    if (rc != POLYCARD_RECORD) {
        return NGX_POLYCARD_ERROR;
    }

    reader->columns = reader->csv.n;

    for (i = 0; i < reader->columns; i++) {
        if (polycard_reader_column(reader, i, record) != NGX_POLYCARD_OK) {
            return NGX_POLYCARD_ERROR;
        }
    }

    for (i = 0; i < reader->columns; i++) {
        if (reader->column[i] == 0) {
            return NGX_POLYCARD_OK;
        }
    }

    polycard_say("the header of \"%s\" has no column \"%.*s\"", reader->name,
                 (int) record->attribute[0].name.len,
                 record->attribute[0].name.data);

    return NGX_POLYCARD_ERROR;
}


static int
polycard_reader_column(polycard_reader_t *reader, size_t i,
    polycard_record_t *record)
{
    int                  index;
    size_t               k;
    ngx_polycard_str_t  *name;

    name = &reader->csv.field[i];
    index = ngx_polycard_input_index(&record->in, name->data, name->len);

    reader->column[i] = index;

    if (index == -1) {
        return record->ignore_unknown ? NGX_POLYCARD_OK
                                      : polycard_reader_unknown(name, record);
    }

    for (k = 0; k < i; k++) {
        if (reader->column[k] == index) {
            polycard_say("the column \"%.*s\" is given twice",
                         (int) name->len, name->data);
            return NGX_POLYCARD_ERROR;
        }
    }

    return NGX_POLYCARD_OK;
}


/* a file without a header may have anything in the place of a name */

static int
polycard_reader_unknown(const ngx_polycard_str_t *name,
    polycard_record_t *record)
{
    char    names[256];
    size_t  i;

    polycard_record_names(record, names, sizeof(names));

    for (i = 0; i < name->len && i < 32; i++) {
        if ((name->data[i] >= '0' && name->data[i] <= '9'))
        {
            break;
        }
    }

    if (i == name->len) {
        polycard_say("unknown column \"%.*s\"", (int) name->len, name->data);

    } else {
        polycard_say("a column has a name that is none");
    }

    polycard_say("the first line must name the attributes: %s "
                 "(--ignore-unknown passes over others)", names);

    return NGX_POLYCARD_ERROR;
}


int
polycard_reader_next(polycard_reader_t *reader, polycard_record_t *record)
{
    int  rc;

    polycard_record_begin(record);

    if (reader->format == POLYCARD_FORMAT_CSV) {
        rc = polycard_csv_read(&reader->csv);
        reader->line = reader->csv.line;
        reader->error = reader->csv.error;

    } else {
        rc = polycard_lines_read(&reader->lines);
        reader->line = reader->lines.line;
        reader->error = reader->lines.error;
    }

    if (rc != POLYCARD_RECORD) {
        return rc;
    }

    rc = (reader->format == POLYCARD_FORMAT_CSV)
         ? polycard_reader_take_csv(reader, record)
         : polycard_record_read_json(record, &reader->lines.text);

    if (rc == NGX_POLYCARD_OK) {
        rc = polycard_record_finish(record);
    }

    reader->error = record->error;

    return (rc == NGX_POLYCARD_OK) ? POLYCARD_RECORD : POLYCARD_REFUSED;
}


static int
polycard_reader_take_csv(polycard_reader_t *reader, polycard_record_t *record)
{
    size_t  i;

    if (reader->csv.n != reader->columns) {
        record->error = (reader->csv.n < reader->columns)
                        ? "the record has fewer fields than the header"
                        : "the record has more fields than the header";
        return NGX_POLYCARD_ERROR;
    }

    for (i = 0; i < reader->columns; i++) {
        if (reader->column[i] != -1) {

            /* the header names nothing twice */

            (void) polycard_record_set(record, reader->column[i],
                                       &reader->csv.field[i]);
        }
    }

    return NGX_POLYCARD_OK;
}
