
#include "tap.h"
#include "core/accept.h"

#include <stdio.h>
#include <string.h>


#define JSON        NGX_POLYCARD_FORMAT_JSON
#define PROMETHEUS  NGX_POLYCARD_FORMAT_PROMETHEUS
#define HTML        NGX_POLYCARD_FORMAT_HTML
#define UNKNOWN     NGX_POLYCARD_FORMAT_UNKNOWN


typedef struct {
    const char              *text;
    ngx_polycard_format_e    format;
} accept_case_t;


static void accept_test_random(void);


static const accept_case_t  accept_headers[] = {

    /* what is sent: Firefox, Chromium, curl, Prometheus, other scrapers */

    { "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,"
      "image/webp,*/*;q=0.8", HTML },
    { "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,"
      "image/webp,image/apng,*/*;q=0.8,"
      "application/signed-exchange;v=b3;q=0.7", HTML },
    { "*/*", JSON },
    { "application/openmetrics-text;version=1.0.0,"
      "application/openmetrics-text;version=0.0.1;q=0.75,"
      "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", PROMETHEUS },
    { "text/plain;version=0.0.4;q=1,*/*;q=0.1", PROMETHEUS },
    { "application/vnd.google.protobuf;proto=io.prometheus.client."
      "MetricFamily;encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3",
      PROMETHEUS },

    /* one type */

    { "application/json", JSON },
    { "text/plain", PROMETHEUS },
    { "text/html", HTML },
    { "TEXT/HTML", HTML },
    { "text/*", PROMETHEUS },
    { "application/*", JSON },
    { "application/openmetrics-text", PROMETHEUS },

    /* weights */

    { "text/html;q=0.5,application/json", JSON },
    { "text/html;q=0.5,application/json;q=0.6", JSON },
    { "text/html;q=0.7,application/json;q=0.6", HTML },
    { "text/plain;q=0.001,application/json;q=0", PROMETHEUS },
    { "text/html;level=1;q=0.9,text/plain;q=1.000", PROMETHEUS },
    { "text/html ; q=0.2 , text/plain\t;\tQ=0.3", PROMETHEUS },
    { "text/html,text/plain", HTML },
    { "text/plain,text/html", PROMETHEUS },
    { "text/html;v=0.1;q=0.6,text/plain;q=0.5", HTML },

    /* nothing that is known, or wrong */

    { "", JSON },
    { "image/png", JSON },
    { "text/html;q=0", JSON },
    { "text/html;q=", JSON },
    { "text/html;q", JSON },
    { "text/html;q=2", JSON },
    { "text/html;q=1.1", JSON },
    { "text/html;q=-1", JSON },
    { "text/html;q=0.1234", JSON },
    { "text/html;q=1.000", HTML },
    { "text/html;q=1.", HTML },
    { "text/html;q=0.x", JSON },
    { "text/html;q=1.-", JSON },
    { "text/html;q=12", JSON },
    { "text", JSON },
    { "text/htmlx", JSON },
    { ",,;,", JSON },
    { ", text/html", HTML },
    { "text/html,", HTML },
    { "text/html;;q=0.5,text/plain;q=0.4", HTML }
};


static const accept_case_t  accept_names[] = {
    { "json", JSON },
    { "prometheus", PROMETHEUS },
    { "html", HTML },
    { "JSON", JSON },
    { "", UNKNOWN },
    { "xml", UNKNOWN },
    { "jso", UNKNOWN },
    { "jsonp", UNKNOWN }
};


int
main(void)
{
    size_t               i;
    ngx_polycard_str_t   text;

    for (i = 0; i < sizeof(accept_headers) / sizeof(accept_case_t); i++) {
        text = tap_text(accept_headers[i].text);

        tap_ok(ngx_polycard_accept(&text) == accept_headers[i].format,
               "Accept: %s", accept_headers[i].text);
    }

    for (i = 0; i < sizeof(accept_names) / sizeof(accept_case_t); i++) {
        text = tap_text(accept_names[i].text);

        tap_ok(ngx_polycard_format(&text) == accept_names[i].format,
               "format=%s", accept_names[i].text);
    }

    accept_test_random();

    return tap_done();
}


/* whatever comes, a form that can be had */

static void
accept_test_random(void)
{
    static const char  bytes[] = "text/hml*,;=q01. \t";

    int                  right;
    u_char               data[40];
    size_t               i, n, len;
    ngx_polycard_str_t   text;

    right = 1;

    for (n = 0; n < 20000; n++) {
        len = tap_random(sizeof(data));

        for (i = 0; i < len; i++) {
            data[i] = bytes[tap_random(sizeof(bytes) - 1)];
        }

        text = tap_copy(data, len);
        right &= (ngx_polycard_accept(&text) < UNKNOWN);
        tap_free();
    }

    tap_ok(right, "random headers");
}
