
/*
 * Prometheus' text format, version 0.0.4: one family after the other, because
 * the samples of a name must be together.
 */


#include "redis/library.h"
#include "status/report.h"
#include "version.h"


typedef struct ngx_polycard_family_s  ngx_polycard_family_t;

typedef void (*ngx_polycard_family_pt)(ngx_polycard_lines_t *lines,
    const ngx_polycard_family_t *family, ngx_polycard_figures_t *figures);

struct ngx_polycard_family_s {
    const char               *name;      /* after "polycard_" */
    const char               *type;
    const char               *help;
    ngx_polycard_family_pt    print;     /* the samples of one market */
    size_t                    offset;    /* of what print shows */
};


static void ngx_polycard_prometheus_server(ngx_polycard_lines_t *lines,
    ngx_polycard_report_t *report);
static void ngx_polycard_prometheus_head(ngx_polycard_lines_t *lines,
    const char *name, const char *type, const char *help);

static void ngx_polycard_family_number(ngx_polycard_lines_t *lines,
    const ngx_polycard_family_t *family, ngx_polycard_figures_t *figures);
static void ngx_polycard_family_seconds(ngx_polycard_lines_t *lines,
    const ngx_polycard_family_t *family, ngx_polycard_figures_t *figures);
static void ngx_polycard_family_requests(ngx_polycard_lines_t *lines,
    const ngx_polycard_family_t *family, ngx_polycard_figures_t *figures);
static void ngx_polycard_family_batches(ngx_polycard_lines_t *lines,
    const ngx_polycard_family_t *family, ngx_polycard_figures_t *figures);
static void ngx_polycard_family_durations(ngx_polycard_lines_t *lines,
    const ngx_polycard_family_t *family, ngx_polycard_figures_t *figures);
static void ngx_polycard_family_attempts(ngx_polycard_lines_t *lines,
    const ngx_polycard_family_t *family, ngx_polycard_figures_t *figures);
static void ngx_polycard_family_deliveries(ngx_polycard_lines_t *lines,
    const ngx_polycard_family_t *family, ngx_polycard_figures_t *figures);
static void ngx_polycard_family_histogram(ngx_polycard_lines_t *lines,
    const char *name, const u_char *labels,
    const ngx_polycard_histogram_t *histogram);
static void ngx_polycard_family_holder(ngx_polycard_lines_t *lines,
    const ngx_polycard_family_t *family, ngx_polycard_figures_t *figures);
static void ngx_polycard_family_sync(ngx_polycard_lines_t *lines,
    const ngx_polycard_family_t *family, ngx_polycard_figures_t *figures);
static void ngx_polycard_family_bad(ngx_polycard_lines_t *lines,
    const ngx_polycard_family_t *family, ngx_polycard_figures_t *figures);


#define ngx_polycard_family_of(name, type, help, print, member)               \
    { name, type, help, ngx_polycard_family_##print,                          \
      offsetof(ngx_polycard_figures_t, member) }

#define ngx_polycard_family_gauge(name, help, member)                         \
    ngx_polycard_family_of(name, "gauge", help, number, member)

#define ngx_polycard_family_time(name, help, member)                          \
    ngx_polycard_family_of(name, "gauge", help, seconds, member)

#define ngx_polycard_family_counter(name, help, member)                       \
    ngx_polycard_family_of(name, "counter", help, number, member)


static const ngx_polycard_family_t  ngx_polycard_families[] = {

    { "requests_total", "counter",
      "Requests of the web services that have ended, by result.",
      ngx_polycard_family_requests, 0 },

    { "batch_lines_total", "counter",
      "Lines of the office's batches that were answered, by result.",
      ngx_polycard_family_batches, 0 },

    { "request_duration_seconds", "histogram",
      "Time from the first byte of a request to the end of its answer.",
      ngx_polycard_family_durations,
      offsetof(ngx_polycard_counts_service_t, duration) },

    { "request_redis_duration_seconds", "histogram",
      "Time that a request waited for Redis.",
      ngx_polycard_family_durations,
      offsetof(ngx_polycard_counts_service_t, redis) },

    ngx_polycard_family_gauge("redis_up",
        "Whether Redis answered when it was last asked.", up),
    ngx_polycard_family_time("redis_answer_age_seconds",
        "Age of what Redis last answered about the market.", age),
    ngx_polycard_family_gauge("redis_workers",
        "Workers that serve the market.", workers),
    ngx_polycard_family_gauge("redis_connected_workers",
        "Workers that are connected to Redis.", connected),
    ngx_polycard_family_counter("redis_connections_total",
        "Connections to Redis that were made.", connections),
    ngx_polycard_family_counter("redis_reconnects_total",
        "Connections to Redis that replaced a lost one.", reconnects),
    ngx_polycard_family_gauge("redis_library_version",
        "Version of the functions in Redis.", values.library),

    ngx_polycard_family_gauge("redis_writes_without_replicas",
        "Whether Redis has replicas, and takes writes without them.", bare),
    ngx_polycard_family_gauge("redis_append_only",
        "Whether Redis has an append only file.", append_only),
    ngx_polycard_family_gauge("redis_evicts",
        "Whether Redis evicts records when its memory is full.", evicts),
    ngx_polycard_family_gauge("redis_refuses",
        "Whether Redis refuses commands as a whole.", refuses),

    ngx_polycard_family_gauge("hooks_enabled",
        "Whether the market has a hook.", enabled),

    ngx_polycard_family_gauge("libcurl_unfit",
        "Whether libcurl cannot be used for the hooks.", no_curl),

    { "hook_attempts_total", "counter",
      "Attempts to deliver a hook, by its object and action and by result.",
      ngx_polycard_family_attempts, 0 },

    { "hook_duration_seconds", "histogram",
      "Time of an attempt to deliver a hook.",
      ngx_polycard_family_deliveries, 0 },

    ngx_polycard_family_gauge("outbox_hooks",
        "Hooks that wait to be sent.", values.outbox),
    ngx_polycard_family_gauge("outbox_hooks_limit",
        "How many hooks may wait; above that, changes are merged.",
        values.outbox_max),
    ngx_polycard_family_time("outbox_oldest_age_seconds",
        "How long the oldest hook has been waiting, 0 where none waits.",
        waiting_time),
    ngx_polycard_family_gauge("held_keys",
        "Clients and groups whose hooks are on hold.", values.held_keys),
    ngx_polycard_family_gauge("held_hooks",
        "Hooks of clients and groups on hold.", values.held),
    ngx_polycard_family_gauge("dead_hooks",
        "Hooks that were set aside.", values.dead),
    ngx_polycard_family_time("hook_last_accepted_timestamp_seconds",
        "When the gateway last accepted a hook.", values.accepted),
    ngx_polycard_family_gauge("outage",
        "Whether the gateway takes no hooks.", is_outage),
    ngx_polycard_family_time("outage_since_timestamp_seconds",
        "Since when the gateway takes no hooks.", values.outage),
    ngx_polycard_family_gauge("hooks_doubt",
        "Whether it is unknown what the gateway has that Redis has lost.",
        is_doubt),

    ngx_polycard_family_gauge("lease_held",
        "Whether a worker of any host sends the hooks.", is_held),

    { "lease_holder", "gauge", "The host whose worker sends the hooks.",
      ngx_polycard_family_holder, 0 },

    ngx_polycard_family_time("sweep_last_round_timestamp_seconds",
        "When the sweep last completed a round.", values.round),
    ngx_polycard_family_counter("sweep_found_total",
        "Changes that the sweep found before an event reported them.",
        values.round_found),
    ngx_polycard_family_gauge("sweep_pending_records",
        "Records that were found and are not taken in yet.", values.found),
    ngx_polycard_family_time("events_last_timestamp_seconds",
        "When the test of the keyspace events last came back.",
        values.heard),
    ngx_polycard_family_gauge("guard_closed",
        "Whether deletions are held back.", values.guard),
    ngx_polycard_family_gauge("deletions_waiting",
        "Deletions that wait for a confirmation.", values.waiting),
    ngx_polycard_family_gauge("deletions_confirmed",
        "Deletions that were confirmed and are not announced yet.",
        values.confirmed),

    { "first_sync", "gauge", "State of the first sync: 1 for the current one.",
      ngx_polycard_family_sync, 0 },

    ngx_polycard_family_gauge("lost",
        "Whether all was lost, and nobody has confirmed that it is back.",
        is_lost),
    ngx_polycard_family_gauge("card_numbers_left",
        "Card numbers that addClient may still give out.", cards_left),
    ngx_polycard_family_gauge("client_ids_left",
        "Client ids that addClient may still give out.", values.ids_left),
    ngx_polycard_family_gauge("card_numbers_unfit",
        "Entries of the pool that are no card numbers, set aside.",
        values.unfit),

    { "bad_records_total", "counter",
      "Stored records that were left out of an answer, or mended for it.",
      ngx_polycard_family_bad, 0 },

    ngx_polycard_family_gauge("bad_records_stored",
        "Stored records that the last round of the sweep found incomplete.",
        values.round_bad),
    ngx_polycard_family_gauge("broken_keys",
        "Keys of a wrong type in Redis that hold something up.",
        values.broken),
    ngx_polycard_family_gauge("clients", "Clients of the market.",
        values.clients),
    ngx_polycard_family_gauge("groups", "Loyalty groups of the market.",
        values.groups),
    ngx_polycard_family_gauge("registered_unread",
        "Clients registered by Polycard whom the back office has not read.",
        values.unread),
    ngx_polycard_family_time("registered_oldest_age_seconds",
        "How long the oldest of these has been waiting, 0 where there is none.",
        unread_time),

    { NULL, NULL, NULL, NULL, 0 }
};


ngx_int_t
ngx_polycard_report_prometheus(ngx_polycard_report_t *report,
    ngx_polycard_lines_t *lines)
{
    ngx_uint_t                    i;
    const ngx_polycard_family_t  *family;

    ngx_memzero(lines, sizeof(ngx_polycard_lines_t));
    lines->pool = report->pool;

    ngx_polycard_prometheus_server(lines, report);

    for (family = ngx_polycard_families; family->name; family++) {
        ngx_polycard_prometheus_head(lines, family->name, family->type,
                                     family->help);

        for (i = 0; i < report->n; i++) {
            family->print(lines, family, &report->markets[i]);
        }
    }

    return lines->failed ? NGX_ERROR : NGX_OK;
}


static void
ngx_polycard_prometheus_head(ngx_polycard_lines_t *lines, const char *name,
    const char *type, const char *help)
{
    ngx_polycard_lines_print(lines, "# HELP polycard_%s %s\n", name, help);
    ngx_polycard_lines_print(lines, "# TYPE polycard_%s %s\n", name, type);
}


static void
ngx_polycard_prometheus_server(ngx_polycard_lines_t *lines,
    ngx_polycard_report_t *report)
{
    ngx_polycard_prometheus_head(lines, "build_info", "gauge",
                                 "Versions of module, library and nginx.");
    ngx_polycard_lines_print(lines,
        "polycard_build_info{version=\"%s\",library_version=\"%i\","
        "nginx_version=\"%s\"} 1\n",
        NGX_POLYCARD_VERSION, ngx_polycard_library_version(), NGINX_VERSION);

    ngx_polycard_prometheus_head(lines, "start_time_seconds", "gauge",
                                 "When the counters began.");
    ngx_polycard_lines_print(lines, "polycard_start_time_seconds %L.%03L\n",
                            report->zone->start / 1000,
                            report->zone->start % 1000);

    ngx_polycard_prometheus_head(lines, "configuration_load_time_seconds",
                                 "gauge", "When the configuration was read.");
    ngx_polycard_lines_print(lines,
                            "polycard_configuration_load_time_seconds "
                            "%L.%03L\n",
                            report->zone->load / 1000,
                            report->zone->load % 1000);

    ngx_polycard_prometheus_head(lines, "configuration_generation", "gauge",
                                 "How many configurations were loaded.");
    ngx_polycard_lines_print(lines, "polycard_configuration_generation %ui\n",
                            report->zone->generation);

    ngx_polycard_prometheus_head(lines, "workers", "gauge",
                                 "Workers of nginx.");
    ngx_polycard_lines_print(lines, "polycard_workers %ui\n", report->workers);
}


static void
ngx_polycard_family_number(ngx_polycard_lines_t *lines,
    const ngx_polycard_family_t *family, ngx_polycard_figures_t *figures)
{
    int64_t  n;

    n = *(int64_t *) ((u_char *) figures + family->offset);

    if (n != NGX_POLYCARD_COUNTS_NONE) {
        ngx_polycard_lines_print(lines, "polycard_%s{market=\"%V\"} %L\n",
                                family->name, &figures->market->name, n);
    }
}


static void
ngx_polycard_family_seconds(ngx_polycard_lines_t *lines,
    const ngx_polycard_family_t *family, ngx_polycard_figures_t *figures)
{
    int64_t  ms;

    ms = *(int64_t *) ((u_char *) figures + family->offset);

    if (ms != NGX_POLYCARD_COUNTS_NONE) {
        ngx_polycard_lines_print(lines, "polycard_%s{market=\"%V\"} %L.%03L\n",
                                family->name, &figures->market->name,
                                ms / 1000, ms % 1000);
    }
}


static void
ngx_polycard_family_requests(ngx_polycard_lines_t *lines,
    const ngx_polycard_family_t *family, ngx_polycard_figures_t *figures)
{
    ngx_uint_t                      s, r;
    ngx_polycard_counts_service_t  *service;

    for (s = 0; s < NGX_POLYCARD_SERVICES; s++) {
        service = &figures->market->counts->service[s];

        for (r = 0; r < NGX_POLYCARD_RESULTS; r++) {
            ngx_polycard_lines_print(lines,
                "polycard_%s{market=\"%V\",service=\"%s\",result=\"%s\"} "
                "%uA\n",
                family->name, &figures->market->name,
                ngx_polycard_services[s].data, ngx_polycard_results[r].data,
                service->result[r]);
        }
    }
}


static void
ngx_polycard_family_batches(ngx_polycard_lines_t *lines,
    const ngx_polycard_family_t *family, ngx_polycard_figures_t *figures)
{
    ngx_uint_t  r;

    for (r = 0; r < NGX_POLYCARD_RESULTS; r++) {
        ngx_polycard_lines_print(lines,
            "polycard_%s{market=\"%V\",result=\"%s\"} %uA\n",
            family->name, &figures->market->name, ngx_polycard_results[r].data,
            figures->market->counts->line[r]);
    }
}


static void
ngx_polycard_family_durations(ngx_polycard_lines_t *lines,
    const ngx_polycard_family_t *family, ngx_polycard_figures_t *figures)
{
    u_char                          labels[NGX_POLYCARD_NAME_MAX + 64];
    ngx_uint_t                      s;
    ngx_polycard_counts_service_t  *service;

    for (s = 0; s < NGX_POLYCARD_SERVICES; s++) {
        service = &figures->market->counts->service[s];

        ngx_sprintf(labels, "market=\"%V\",service=\"%s\"%Z",
                    &figures->market->name, ngx_polycard_services[s].data);

        ngx_polycard_family_histogram(lines, family->name, labels,
            (ngx_polycard_histogram_t *) ((u_char *) service
                                          + family->offset));
    }
}


static void
ngx_polycard_family_attempts(ngx_polycard_lines_t *lines,
    const ngx_polycard_family_t *family, ngx_polycard_figures_t *figures)
{
    ngx_uint_t                    o, a, r;
    ngx_polycard_counts_hooks_t  *hooks;

    hooks = &figures->market->counts->hooks;

    for (o = 0; o < NGX_POLYCARD_OBJECTS; o++) {
        for (a = 0; a < NGX_POLYCARD_ACTIONS; a++) {
            for (r = 0; r < NGX_POLYCARD_ATTEMPTS; r++) {
                ngx_polycard_lines_print(lines,
                    "polycard_%s{market=\"%V\",object=\"%s\",action=\"%s\","
                    "result=\"%s\"} %uA\n",
                    family->name, &figures->market->name,
                    ngx_polycard_objects[o].data,
                    ngx_polycard_actions[a].data,
                    ngx_polycard_attempts[r].data, hooks->attempt[o][a][r]);
            }
        }
    }
}


static void
ngx_polycard_family_deliveries(ngx_polycard_lines_t *lines,
    const ngx_polycard_family_t *family, ngx_polycard_figures_t *figures)
{
    u_char  labels[NGX_POLYCARD_NAME_MAX + 64];

    ngx_sprintf(labels, "market=\"%V\"%Z", &figures->market->name);

    ngx_polycard_family_histogram(lines, family->name, labels,
                                  &figures->market->counts->hooks.duration);
}


/* the count is the sum of the buckets, whatever is counted meanwhile */

static void
ngx_polycard_family_histogram(ngx_polycard_lines_t *lines, const char *name,
    const u_char *labels, const ngx_polycard_histogram_t *histogram)
{
    ngx_uint_t         i;
    ngx_atomic_uint_t  count, sum;

    count = 0;

    for (i = 0; i < NGX_POLYCARD_BUCKETS; i++) {
        count += histogram->bucket[i];

        ngx_polycard_lines_print(lines,
            "polycard_%s_bucket{%s,le=\"%s\"} %uA\n",
            name, labels, ngx_polycard_bucket_names[i], count);
    }

    count += histogram->bucket[i];
    sum = histogram->sum;

    ngx_polycard_lines_print(lines, "polycard_%s_bucket{%s,le=\"+Inf\"} %uA\n",
                            name, labels, count);
    ngx_polycard_lines_print(lines, "polycard_%s_sum{%s} %uA.%03uA\n",
                            name, labels, sum / 1000, sum % 1000);
    ngx_polycard_lines_print(lines, "polycard_%s_count{%s} %uA\n",
                            name, labels, count);
}


/* without process and random number: a reload is not a new host */

static void
ngx_polycard_family_holder(ngx_polycard_lines_t *lines,
    const ngx_polycard_family_t *family, ngx_polycard_figures_t *figures)
{
    u_char  *end, *holder;

    if (figures->is_held != 1) {
        return;
    }

    holder = figures->values.holder;
    end = ngx_strlchr(holder, holder + figures->values.holder_len, '/');

    ngx_polycard_lines_print(lines,
        "polycard_%s{market=\"%V\",host=\"%*s\"} 1\n",
        family->name, &figures->market->name,
        end ? (size_t) (end - holder) : figures->values.holder_len, holder);
}


static void
ngx_polycard_family_sync(ngx_polycard_lines_t *lines,
    const ngx_polycard_family_t *family, ngx_polycard_figures_t *figures)
{
    ngx_int_t  i;

    if (figures->values.sync == NGX_POLYCARD_COUNTS_NONE) {
        return;
    }

    for (i = 0; i < NGX_POLYCARD_SYNCS; i++) {
        ngx_polycard_lines_print(lines,
            "polycard_%s{market=\"%V\",state=\"%s\"} %d\n",
            family->name, &figures->market->name, ngx_polycard_syncs[i],
            figures->values.sync == i);
    }
}


static void
ngx_polycard_family_bad(ngx_polycard_lines_t *lines,
    const ngx_polycard_family_t *family, ngx_polycard_figures_t *figures)
{
    ngx_polycard_lines_print(lines,
        "polycard_%s{market=\"%V\",kind=\"left_out\"} %L\n"
        "polycard_%s{market=\"%V\",kind=\"mended\"} %L\n",
        family->name, &figures->market->name, figures->left_out,
        family->name, &figures->market->name, figures->mended);
}
