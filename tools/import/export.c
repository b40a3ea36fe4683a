
/*
 * polycard-export: writes the clients of a market, or its groups, to a file,
 * as getClients shows them and with their ids.
 */


#include "import/export.h"
#include "import/export_columns.h"
#include "import/profile.h"
#include "import/terminal.h"
#include "import/unknown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* the commands of a pipeline are executed at once: more would block Redis */
#define EXPORT_PAGE  100


static int polycard_export_open(polycard_export_t *export);
static int polycard_export_records(polycard_export_t *export);
static int polycard_export_page(polycard_export_t *export);
static int polycard_export_outcome(polycard_export_t *export, int rc);
static uint64_t polycard_export_left(const polycard_export_t *export);


/* large, and there is one */

static polycard_export_t  polycard_export;


int
main(int argc, char **argv)
{
    int                 rc;
    polycard_export_t  *export;

    export = &polycard_export;

    polycard_terminal_init("polycard-export");

    rc = polycard_options_parse(&export->options, POLYCARD_EXPORT, argc, argv);

    if (rc != NGX_POLYCARD_OK) {
        return (rc == POLYCARD_END) ? POLYCARD_EXIT_OK : POLYCARD_EXIT_FAILED;
    }

    polycard_terminal_bar(!export->options.quiet);

    rc = polycard_export_open(export);

    if (rc == NGX_POLYCARD_OK) {
        rc = polycard_export_records(export);
    }

    rc = polycard_export_outcome(export, rc);

    polycard_walk_free(&export->walk);
    polycard_table_close(&export->seen);
    polycard_human_free(&export->human);
    polycard_redis_close(&export->redis);
    free(export->buf);

    return rc;
}


static int
polycard_export_open(polycard_export_t *export)
{
    polycard_options_t  *o;

    o = &export->options;

    polycard_record_init(&export->record, o->groups);
    export->whole = o->groups ? &ngx_polycard_group : &ngx_polycard_client;

    if (polycard_export_columns(export) != NGX_POLYCARD_OK
        || polycard_profile_save(o) != NGX_POLYCARD_OK
        || polycard_redis_open(&export->redis, o) != NGX_POLYCARD_OK
        || polycard_unknown_tell(&export->redis, o->prefix,
                                 "is its name right?") != NGX_POLYCARD_OK
        || polycard_human_init(&export->human, o, &export->redis)
           != NGX_POLYCARD_OK
        || polycard_table_open(&export->seen, 0) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    polycard_redis_handle(&export->redis, polycard_export_answer, export);
    polycard_walk_init(&export->walk, &export->redis, o->prefix,
                       o->groups ? "groups" : "clients");

    return polycard_output_open(&export->output, o);
}


static int
polycard_export_records(polycard_export_t *export)
{
    int                  rc;
    long long            total;
    polycard_progress_t  progress;

    total = polycard_walk_count(&export->walk);

    if (total == -1) {
        return NGX_POLYCARD_ERROR;
    }

    memset(&progress, 0, sizeof(polycard_progress_t));
    progress.total = total;

    if (polycard_export_header(export) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    while (!polycard_stopped) {
        rc = polycard_walk_next(&export->walk, EXPORT_PAGE);

        if (rc == POLYCARD_END) {
            return polycard_export_rest(export);
        }

        if (rc == NGX_POLYCARD_ERROR
            || polycard_export_page(export) != NGX_POLYCARD_OK
            || polycard_output_check(&export->output) != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }

        progress.done += export->walk.n;
        progress.count = export->written;
        polycard_terminal_progress(&progress);
    }

    return NGX_POLYCARD_ERROR;
}


static int
polycard_export_page(polycard_export_t *export)
{
    size_t               i;
    ngx_polycard_str_t  *member;

    for (i = 0; i < export->walk.n; i++) {
        member = &export->member[i];
        member->data = (u_char *) polycard_walk_member(&export->walk, i,
                                                       &member->len);

        if (polycard_table_set(&export->seen,
                               polycard_table_key(member->data, member->len),
                               1)
            != NGX_POLYCARD_OK
            || polycard_export_send(export, i) != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }
    }

    return polycard_redis_collect(&export->redis, 0);
}


static int
polycard_export_outcome(polycard_export_t *export, int rc)
{
    uint64_t  left;

    polycard_terminal_clear();

    if (polycard_output_close(&export->output, rc == NGX_POLYCARD_OK)
        != NGX_POLYCARD_OK)
    {
        rc = NGX_POLYCARD_ERROR;
    }

    if (rc != NGX_POLYCARD_OK) {
        if (polycard_stopped) {
            polycard_say("interrupted");
            return POLYCARD_EXIT_STOPPED;
        }

        return POLYCARD_EXIT_FAILED;
    }

    left = polycard_export_left(export);

    if (export->flawed) {
        polycard_say("%llu records differ from what is stored: invalid values "
                     "were left out or corrected",
                     (unsigned long long) export->flawed);
    }

    if (!export->options.quiet) {
        (void) fprintf(stderr, "%llu records in %.1f s\n",
                       (unsigned long long) export->written,
                       polycard_terminal_seconds());
    }

    return (left || export->flawed) ? POLYCARD_EXIT_REFUSED
                                    : POLYCARD_EXIT_OK;
}


/* prints how many were left out, and why */

static uint64_t
polycard_export_left(const polycard_export_t *export)
{
    size_t                    i;
    uint64_t                  n;
    static const char *const  why[] = {
        "they have no card (--all writes them)",
        "they are not whole (--all writes what is of use)",
        "their keys hold no record",
        "they hold U+0000, which no table does (--format=jsonl)",
        "they have letters that this encoding has not"
    };

    for (n = 0, i = 0; i < POLYCARD_LEFT_N; i++) {
        if (export->left[i]) {
            n += export->left[i];
            polycard_say("%llu records were left out: %s",
                         (unsigned long long) export->left[i], why[i]);
        }
    }

    return n;
}
