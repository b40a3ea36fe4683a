
#include "tap.h"
#include "core/operator.h"

#include <string.h>


#define S(s)   ngx_polycard_string(s)

#define ID     "1700000000000-0"


typedef struct {
    ngx_polycard_str_t         path;
    ngx_polycard_operator_e    found;
    const char                *id;
} operator_path_t;

typedef struct {
    int64_t                    ms;
    const char                *text;
} operator_time_t;


static const operator_path_t  operator_paths[] = {
    { S("hooks"), NGX_POLYCARD_OPERATOR_HOOKS, "" },
    { S("hooks/find"), NGX_POLYCARD_OPERATOR_FIND, "" },
    { S("hooks/end"), NGX_POLYCARD_OPERATOR_END, "" },
    { S("dead"), NGX_POLYCARD_OPERATOR_DEAD, "" },
    { S("dead/requeue"), NGX_POLYCARD_OPERATOR_REQUEUE_ALL, "" },
    { S("dead/" ID), NGX_POLYCARD_OPERATOR_DEAD_ONE, ID },
    { S("dead/" ID "/requeue"), NGX_POLYCARD_OPERATOR_REQUEUE, ID },
    { S("resend"), NGX_POLYCARD_OPERATOR_RESEND, "" },
    { S("probe"), NGX_POLYCARD_OPERATOR_PROBE, "" },
    { S("deletions/confirm"), NGX_POLYCARD_OPERATOR_DELETIONS, "" },
    { S("clients/confirm"), NGX_POLYCARD_OPERATOR_CLIENTS, "" },
    { S(""), NGX_POLYCARD_OPERATOR_NONE, "" },
    { S("/"), NGX_POLYCARD_OPERATOR_NONE, "" },
    { S("hook"), NGX_POLYCARD_OPERATOR_NONE, "" },
    { S("hooks/"), NGX_POLYCARD_OPERATOR_NONE, "" },
    { S("hooksx"), NGX_POLYCARD_OPERATOR_NONE, "" },
    { S("Hooks"), NGX_POLYCARD_OPERATOR_NONE, "" },
    { S("dead/"), NGX_POLYCARD_OPERATOR_NONE, "" },
    { S("dead/1"), NGX_POLYCARD_OPERATOR_NONE, "" },
    { S("dead/1-"), NGX_POLYCARD_OPERATOR_NONE, "" },
    { S("dead/-1"), NGX_POLYCARD_OPERATOR_NONE, "" },
    { S("dead/*"), NGX_POLYCARD_OPERATOR_NONE, "" },
    { S("dead/1-1x"), NGX_POLYCARD_OPERATOR_NONE, "" },
    { S("dead/1-1/"), NGX_POLYCARD_OPERATOR_NONE, "" },
    { S("dead/1-1/requeue/"), NGX_POLYCARD_OPERATOR_NONE, "" },
    { S("dead/1-1/requeue\0"), NGX_POLYCARD_OPERATOR_NONE, "" }
};


static const operator_time_t  operator_times[] = {
    { 0, "1970-01-01T00:00:00.000Z" },
    { 951782400123, "2000-02-29T00:00:00.123Z" },
    { 951868799999, "2000-02-29T23:59:59.999Z" },
    { 951868800000, "2000-03-01T00:00:00.000Z" },
    { 1700000000000, "2023-11-14T22:13:20.000Z" },
    { 1735689599000, "2024-12-31T23:59:59.000Z" },
    { 1735689600000, "2025-01-01T00:00:00.000Z" },
    { 4107542400000, "2100-03-01T00:00:00.000Z" },
    { 253402300799999, "9999-12-31T23:59:59.999Z" },
    { INT64_MAX, "9999-12-31T23:59:59.999Z" },
    { -1, "1970-01-01T00:00:00.000Z" }
};


int
main(void)
{
    u_char              text[NGX_POLYCARD_OPERATOR_TIME + 1];
    size_t              i;
    ngx_polycard_str_t  id;

    for (i = 0; i < sizeof(operator_paths) / sizeof(operator_path_t); i++) {
        tap_ok(ngx_polycard_operator_find(&operator_paths[i].path, &id)
               == operator_paths[i].found
               && id.len == strlen(operator_paths[i].id)
               && memcmp(id.data, operator_paths[i].id, id.len) == 0,
               "path %s", operator_paths[i].path.data);
    }

    for (i = 0; i < sizeof(operator_times) / sizeof(operator_time_t); i++) {
        *ngx_polycard_operator_print_time(text, operator_times[i].ms) = '\0';
        tap_ok(strcmp((char *) text, operator_times[i].text) == 0,
               "time %s is %s", operator_times[i].text, text);
    }

    return tap_done();
}
