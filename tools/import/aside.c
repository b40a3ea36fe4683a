
#include "import/aside.h"
#include "import/table.h"
#include "import/temp.h"
#include "import/terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


/* a power of two, half of them free */
#define ASIDE_PLACES  (2 * POLYCARD_ASIDE_MAX)


static int polycard_aside_open(polycard_aside_t *aside);
static uint32_t *polycard_aside_place(const polycard_aside_t *aside,
    const char *phone);


void
polycard_aside_init(polycard_aside_t *aside)
{
    memset(aside, 0, sizeof(polycard_aside_t));
    aside->fd = -1;
}


void
polycard_aside_free(polycard_aside_t *aside)
{
    if (aside->fd != -1) {
        (void) close(aside->fd);
        aside->fd = -1;
    }

    free(aside->waiting);
    free(aside->place);
    free(aside->row.data);

    aside->waiting = NULL;
    aside->place = NULL;
    aside->row.data = NULL;
    aside->n = 0;
}


static int
polycard_aside_open(polycard_aside_t *aside)
{
    if (aside->fd != -1) {
        return NGX_POLYCARD_OK;
    }

    aside->waiting = calloc(POLYCARD_ASIDE_MAX, sizeof(polycard_waiting_t));
    aside->place = calloc(ASIDE_PLACES, sizeof(uint32_t));

    if (aside->waiting == NULL || aside->place == NULL) {
        polycard_say("no memory");
        return NGX_POLYCARD_ERROR;
    }

    aside->fd = polycard_temp_open();

    return (aside->fd != -1) ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


/* the row as in memory, followed by what it points to */

int
polycard_aside_add(polycard_aside_t *aside, const polycard_row_t *row)
{
    size_t               lens[POLYCARD_RECORD_ARGS];
    const char          *argv[POLYCARD_RECORD_ARGS];
    polycard_waiting_t  *one;

    if (polycard_aside_open(aside) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    if (pwrite(aside->fd, row, sizeof(*row), aside->end) != sizeof(*row)
        || pwrite(aside->fd, row->data, row->used, aside->end + sizeof(*row))
           != (ssize_t) row->used)
    {
        polycard_say("cannot write a temporary file: %s", strerror(errno));
        return NGX_POLYCARD_ERROR;
    }

    (void) polycard_row_args(row, argv, lens);

    one = &aside->waiting[aside->n++];
    one->offset = aside->end;
    memcpy(one->phone, argv[0], NGX_POLYCARD_PHONE_LEN);

    *polycard_aside_place(aside, one->phone) = aside->n;
    aside->end += sizeof(*row) + row->used;

    return NGX_POLYCARD_OK;
}


int
polycard_aside_read(polycard_aside_t *aside, size_t i)
{
    u_char          *data;
    off_t            offset;
    polycard_row_t  *row;

    row = &aside->row;
    offset = aside->waiting[i].offset;
    data = row->data;

    if (pread(aside->fd, row, sizeof(*row), offset) != sizeof(*row)) {
        row->data = data;
        polycard_say("cannot read a temporary file: %s", strerror(errno));
        return NGX_POLYCARD_ERROR;
    }

    row->data = data;
    data = realloc(data, row->used + 1);

    if (data == NULL) {
        polycard_say("no memory");
        return NGX_POLYCARD_ERROR;
    }

    row->data = data;

    if (pread(aside->fd, row->data, row->used, offset + sizeof(*row))
        != (ssize_t) row->used)
    {
        polycard_say("cannot read a temporary file: %s", strerror(errno));
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}


size_t
polycard_aside_find(const polycard_aside_t *aside, const char *phone)
{
    uint32_t  place;

    place = *polycard_aside_place(aside, phone);

    return (place && !aside->waiting[place - 1].done) ? place - 1 : aside->n;
}


/* the place of the phone, or a free one */

static uint32_t *
polycard_aside_place(const polycard_aside_t *aside, const char *phone)
{
    size_t  i;

    i = polycard_table_key(phone, NGX_POLYCARD_PHONE_LEN) % ASIDE_PLACES;

    while (aside->place[i]
           && strcmp(aside->waiting[aside->place[i] - 1].phone, phone) != 0)
    {
        i = (i + 1) % ASIDE_PLACES;
    }

    return &aside->place[i];
}
