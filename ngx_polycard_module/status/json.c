
#include "redis/library.h"
#include "core/verdict.h"
#include "counters/count.h"
#include "status/json_write.h"
#include "status/report.h"
#include "version.h"


static cJSON *ngx_polycard_json_market(ngx_polycard_report_t *report,
    ngx_uint_t i);
static void ngx_polycard_json_desk(cJSON *json, ngx_polycard_report_t *report,
    ngx_polycard_market_t *market);
static void ngx_polycard_json_services(cJSON *json,
    ngx_polycard_market_t *market);
static void ngx_polycard_json_results(cJSON *json, const char *name,
    const ngx_atomic_t *count);
static void ngx_polycard_json_recent(cJSON *json,
    ngx_polycard_market_t *market);
static void ngx_polycard_json_redis(cJSON *json,
    ngx_polycard_figures_t *figures);
static void ngx_polycard_json_hooks(cJSON *json,
    ngx_polycard_figures_t *figures);
static void ngx_polycard_json_reason(cJSON *json, int64_t code);
static void ngx_polycard_json_attempts(cJSON *json,
    ngx_polycard_market_t *market);
static void ngx_polycard_json_lease(cJSON *json,
    ngx_polycard_figures_t *figures);
static void ngx_polycard_json_keyspace(cJSON *json,
    ngx_polycard_figures_t *figures);


static const char  *ngx_polycard_json_states[] = {
    "unknown", "up", "down", "slow", "error"
};


static const char  *ngx_polycard_json_modes[] = {
    NULL, "ean13", "pool", "phone"
};


ngx_int_t
ngx_polycard_report_json(ngx_polycard_report_t *report, ngx_str_t *out)
{
    cJSON       *json, *markets;
    ngx_uint_t   i;

    json = ngx_polycard_json_begin();

    ngx_polycard_json_word(json, "version", NGX_POLYCARD_VERSION);
    ngx_polycard_json_number(json, "library_version",
                             ngx_polycard_library_version());
    ngx_polycard_json_word(json, "nginx_version", NGINX_VERSION);
    ngx_polycard_json_seconds(json, "time", report->time);
    ngx_polycard_json_seconds(json, "start_time", report->zone->start);
    ngx_polycard_json_seconds(json, "uptime",
                              ngx_max(report->time - report->zone->start, 0));
    ngx_polycard_json_seconds(json, "load_time", report->zone->load);
    ngx_polycard_json_number(json, "generation", report->zone->generation);
    ngx_polycard_json_number(json, "workers", report->workers);
    ngx_polycard_json_text(json, "manual", report->pool,
                           &report->location->manual);

    markets = ngx_polycard_json_add(json, "markets", cJSON_CreateArray());

    for (i = 0; i < report->n; i++) {
        ngx_polycard_json_append(markets,
                                 ngx_polycard_json_market(report, i));
    }

    return ngx_polycard_json_end(json, report->pool, out);
}


static cJSON *
ngx_polycard_json_market(ngx_polycard_report_t *report, ngx_uint_t i)
{
    cJSON                   *json;
    ngx_polycard_figures_t  *figures;

    figures = &report->markets[i];
    json = cJSON_CreateObject();

    ngx_polycard_json_word(json, "name", (char *) figures->name);
    ngx_polycard_json_text(json, "key_prefix", report->pool,
                           &figures->market->key_prefix);
    ngx_polycard_json_desk(json, report, figures->market);

    ngx_polycard_json_services(json, figures->market);
    ngx_polycard_json_recent(json, figures->market);
    ngx_polycard_json_results(json, "batch_lines",
                              figures->market->counts->line);
    ngx_polycard_json_redis(json, figures);
    ngx_polycard_json_hooks(json, figures);
    ngx_polycard_json_keyspace(json, figures);

    return json;
}


/* where the page acts on this market, or null */

static void
ngx_polycard_json_desk(cJSON *json, ngx_polycard_report_t *report,
    ngx_polycard_market_t *market)
{
    ngx_str_t             path;
    ngx_uint_t            i;
    ngx_array_t          *desks;
    ngx_polycard_desk_t  *desk;

    ngx_str_null(&path);
    desks = report->location->desks;

    for (i = 0; desks && i < desks->nelts; i++) {
        desk = (ngx_polycard_desk_t *) desks->elts + i;

        if (desk->market == market) {
            path = desk->path;
        }
    }

    ngx_polycard_json_text(json, "operator", report->pool, &path);
}


static void
ngx_polycard_json_services(cJSON *json, ngx_polycard_market_t *market)
{
    cJSON                          *requests, *duration, *redis;
    const char                     *name;
    ngx_uint_t                      s;
    ngx_polycard_counts_service_t  *service;

    requests = ngx_polycard_json_object(json, "requests");
    duration = ngx_polycard_json_object(json, "request_duration");
    redis = ngx_polycard_json_object(json, "redis_duration");

    for (s = 0; s < NGX_POLYCARD_SERVICES; s++) {
        name = (char *) ngx_polycard_services[s].data;
        service = &market->counts->service[s];

        ngx_polycard_json_results(requests, name, service->result);
        ngx_polycard_json_histogram(duration, name, &service->duration);
        ngx_polycard_json_histogram(redis, name, &service->redis);
    }
}


static void
ngx_polycard_json_results(cJSON *json, const char *name,
    const ngx_atomic_t *count)
{
    cJSON       *results;
    ngx_uint_t   r;

    results = ngx_polycard_json_object(json, name);

    for (r = 0; r < NGX_POLYCARD_RESULTS; r++) {
        ngx_polycard_json_number(results,
                                 (char *) ngx_polycard_results[r].data,
                                 count[r]);
    }
}


/* for a first reader, who cannot subtract earlier counters */

static void
ngx_polycard_json_recent(cJSON *json, ngx_polycard_market_t *market)
{
    cJSON       *recent;
    ngx_uint_t   r;

    recent = ngx_polycard_json_object(json, "recent_requests");

    for (r = 0; r < NGX_POLYCARD_RESULTS; r++) {
        ngx_polycard_json_number(recent,
                                 (char *) ngx_polycard_results[r].data,
                                 ngx_polycard_counts_recent(market,
                                                (ngx_polycard_result_e) r));
    }
}


static void
ngx_polycard_json_redis(cJSON *json, ngx_polycard_figures_t *figures)
{
    cJSON  *redis;

    redis = ngx_polycard_json_object(json, "redis");

    ngx_polycard_json_word(redis, "address", (char *) figures->address);
    ngx_polycard_json_word(redis, "state",
                           ngx_polycard_json_states[figures->state]);
    ngx_polycard_json_seconds(redis, "age", figures->age);
    ngx_polycard_json_seconds(redis, "away_since", figures->away);
    ngx_polycard_json_number(redis, "workers", figures->workers);
    ngx_polycard_json_number(redis, "connected", figures->connected);
    ngx_polycard_json_number(redis, "connections", figures->connections);
    ngx_polycard_json_number(redis, "reconnects", figures->reconnects);
    ngx_polycard_json_number(redis, "library_version",
                             figures->values.library);
    ngx_polycard_json_add(redis, "writes_without_replicas",
                          cJSON_CreateBool(figures->bare == 1));
    ngx_polycard_json_known(redis, "append_only", figures->append_only);
    ngx_polycard_json_known(redis, "evicts", figures->evicts);
    ngx_polycard_json_word(redis, "refuses", figures->refusal);
}


static void
ngx_polycard_json_hooks(cJSON *json, ngx_polycard_figures_t *figures)
{
    cJSON                         *hooks;
    ngx_polycard_counts_values_t  *values;

    values = &figures->values;

    hooks = ngx_polycard_json_object(json, "hooks");

    ngx_polycard_json_add(hooks, "enabled",
                          cJSON_CreateBool(figures->enabled == 1));
    ngx_polycard_json_add(hooks, "libcurl_unfit",
                          cJSON_CreateBool(figures->no_curl == 1));

    ngx_polycard_json_attempts(hooks, figures->market);
    ngx_polycard_json_histogram(hooks, "duration",
                                &figures->market->counts->hooks.duration);

    ngx_polycard_json_number(hooks, "outbox", values->outbox);
    ngx_polycard_json_number(hooks, "outbox_max", values->outbox_max);
    ngx_polycard_json_seconds(hooks, "outbox_age", values->outbox_age);
    ngx_polycard_json_number(hooks, "held_keys", values->held_keys);
    ngx_polycard_json_number(hooks, "held", values->held);
    ngx_polycard_json_number(hooks, "dead", values->dead);
    ngx_polycard_json_seconds(hooks, "last_accepted", values->accepted);
    ngx_polycard_json_seconds(hooks, "outage_since", values->outage);
    ngx_polycard_json_reason(hooks, values->outage_reason);
    ngx_polycard_json_seconds(hooks, "outage_next", values->outage_next);
    ngx_polycard_json_seconds(hooks, "doubt_since", values->doubt);

    ngx_polycard_json_lease(hooks, figures);
}


static void
ngx_polycard_json_reason(cJSON *json, int64_t code)
{
    u_char  text[NGX_POLYCARD_VERDICT_REASON + 1];

    if (code > 0) {
        *ngx_polycard_verdict_print(text, code) = '\0';
    }

    ngx_polycard_json_word(json, "outage_reason", (code > 0) ? (char *) text
                                                             : NULL);
}


static void
ngx_polycard_json_attempts(cJSON *json, ngx_polycard_market_t *market)
{
    cJSON       *attempts, *object, *action;
    ngx_uint_t   o, a, r;

    attempts = ngx_polycard_json_object(json, "attempts");

    for (o = 0; o < NGX_POLYCARD_OBJECTS; o++) {
        object = ngx_polycard_json_object(attempts,
                                      (char *) ngx_polycard_objects[o].data);

        for (a = 0; a < NGX_POLYCARD_ACTIONS; a++) {
            action = ngx_polycard_json_object(object,
                                      (char *) ngx_polycard_actions[a].data);

            for (r = 0; r < NGX_POLYCARD_ATTEMPTS; r++) {
                ngx_polycard_json_number(action,
                                      (char *) ngx_polycard_attempts[r].data,
                                      market->counts->hooks.attempt[o][a][r]);
            }
        }
    }
}


static void
ngx_polycard_json_lease(cJSON *json, ngx_polycard_figures_t *figures)
{
    cJSON   *lease;
    u_char   holder[NGX_POLYCARD_COUNTS_HOLDER + 1];

    lease = ngx_polycard_json_object(json, "lease");

    ngx_sprintf(holder, "%*s%Z", figures->values.holder_len,
                figures->values.holder);

    ngx_polycard_json_word(lease, "holder", (figures->is_held == 1)
                                            ? (char *) holder : NULL);
    ngx_polycard_json_seconds(lease, "left", figures->values.lease_left);
}


static void
ngx_polycard_json_keyspace(cJSON *json, ngx_polycard_figures_t *figures)
{
    cJSON                         *part;
    ngx_polycard_counts_values_t  *values;

    values = &figures->values;

    part = ngx_polycard_json_object(json, "sweep");
    ngx_polycard_json_seconds(part, "last_round", values->round);
    ngx_polycard_json_number(part, "found", values->round_found);
    ngx_polycard_json_number(part, "pending", values->found);

    part = ngx_polycard_json_object(json, "events");
    ngx_polycard_json_seconds(part, "last", values->heard);

    part = ngx_polycard_json_object(json, "guard");
    ngx_polycard_json_word(part, "state",
                           (values->guard == NGX_POLYCARD_COUNTS_NONE) ? NULL
                           : values->guard ? "closed" : "open");
    ngx_polycard_json_number(part, "waiting", values->waiting);
    ngx_polycard_json_number(part, "confirmed", values->confirmed);

    ngx_polycard_json_word(json, "first_sync",
                           (values->sync == NGX_POLYCARD_COUNTS_NONE) ? NULL
                           : ngx_polycard_syncs[values->sync]);
    ngx_polycard_json_seconds(json, "lost_since", values->lost);

    part = ngx_polycard_json_object(json, "card_numbers");
    ngx_polycard_json_word(part, "mode",
                    ngx_polycard_json_modes[figures->market->cards.mode]);
    ngx_polycard_json_number(part, "left", figures->cards_left);
    ngx_polycard_json_number(part, "unfit", values->unfit);
    ngx_polycard_json_number(json, "client_ids_left", values->ids_left);

    part = ngx_polycard_json_object(json, "bad_records");
    ngx_polycard_json_number(part, "left_out", figures->left_out);
    ngx_polycard_json_number(part, "mended", figures->mended);
    ngx_polycard_json_number(part, "stored", values->round_bad);

    ngx_polycard_json_number(json, "broken_keys", values->broken);
    ngx_polycard_json_number(json, "clients", values->clients);
    ngx_polycard_json_number(json, "groups", values->groups);

    part = ngx_polycard_json_object(json, "registered");
    ngx_polycard_json_number(part, "unread", values->unread);
    ngx_polycard_json_seconds(part, "age", values->unread_age);
}
