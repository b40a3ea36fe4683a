
#include "core/verdict.h"
#include "core/number.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cjson/cJSON.h>


static ngx_polycard_verdict_e ngx_polycard_verdict_body(
    const ngx_polycard_str_t *body);
static cJSON *ngx_polycard_verdict_parse(const ngx_polycard_str_t *body);
static int ngx_polycard_verdict_mend(u_char *p, const u_char *end);
static unsigned ngx_polycard_verdict_is_hex(const u_char *p);
static unsigned ngx_polycard_verdict_is_ok(const cJSON *root);
static int64_t ngx_polycard_verdict_code(
    const ngx_polycard_verdict_answer_t *answer,
    ngx_polycard_verdict_e verdict);
static int64_t ngx_polycard_verdict_status(const ngx_polycard_str_t *number);


/* the 4xx that are about the gateway, not about the message */

static const int  ngx_polycard_verdict_outages[] = {
    401, 403, 404, 405, 407, 408, 410, 425, 429
};


ngx_polycard_verdict_e
ngx_polycard_verdict(const ngx_polycard_verdict_answer_t *answer)
{
    size_t  i;

    if (answer->error != NGX_POLYCARD_VERDICT_WHOLE || !answer->complete) {
        return NGX_POLYCARD_VERDICT_OUTAGE;
    }

    if (answer->status == 200) {
        return ngx_polycard_verdict_body(&answer->body);
    }

    if (answer->status < 400 || answer->status > 499) {
        return NGX_POLYCARD_VERDICT_OUTAGE;
    }

    for (i = 0; i < sizeof(ngx_polycard_verdict_outages) / sizeof(int); i++) {
        if (answer->status == ngx_polycard_verdict_outages[i]) {
            return NGX_POLYCARD_VERDICT_OUTAGE;
        }
    }

    return NGX_POLYCARD_VERDICT_REFUSED;
}


unsigned
ngx_polycard_verdict_unreached(const ngx_polycard_verdict_answer_t *answer)
{
    return answer->error == NGX_POLYCARD_VERDICT_CONNECT
           || answer->error == NGX_POLYCARD_VERDICT_TLS;
}


static ngx_polycard_verdict_e
ngx_polycard_verdict_body(const ngx_polycard_str_t *body)
{
    static const ngx_polycard_str_t  ok =
        ngx_polycard_string("{\"Status\":\"OK\"}");

    cJSON                   *root;
    ngx_polycard_verdict_e   verdict;

    /* the usual answer of gateways: no need to parse it */

    if (ngx_polycard_str_is(body, &ok)) {
        return NGX_POLYCARD_VERDICT_ACCEPTED;
    }

    root = ngx_polycard_verdict_parse(body);

    if (root == NULL) {
        return NGX_POLYCARD_VERDICT_OUTAGE;
    }

    verdict = ngx_polycard_verdict_is_ok(root)
              ? NGX_POLYCARD_VERDICT_ACCEPTED : NGX_POLYCARD_VERDICT_REFUSED;

    cJSON_Delete(root);

    return verdict;
}


/*
 * The copy ends with zeros, since versions of cJSON before 1.7.18 may read a
 * byte past their input.
 */

static cJSON *
ngx_polycard_verdict_parse(const ngx_polycard_str_t *body)
{
    cJSON       *root;
    size_t       len;
    u_char      *copy;
    const char  *last;

    len = body->len;

    while (len && memchr(" \t\r\n", body->data[len - 1], 4)) {
        len--;
    }

    if (len == 0) {
        return NULL;
    }

    copy = calloc(1, len + 2);

    if (copy == NULL) {
        return NULL;
    }

    memcpy(copy, body->data, len);

    root = NULL;
    last = NULL;

    if (ngx_polycard_verdict_mend(copy, copy + len) == NGX_POLYCARD_OK) {
        root = cJSON_ParseWithLengthOpts((char *) copy, len, &last, 0);
    }

    if (root && last != (char *) copy + len) {
        cJSON_Delete(root);
        root = NULL;
    }

    free(copy);

    return root;
}


/*
 * cJSON ends strings at U+0000 and reads \u without hex digits as one:
 * "OK\u0000..." would be OK.  The former becomes U+0001, which does not match
 * either; the latter, and a bare zero, is invalid JSON.
 */

static int
ngx_polycard_verdict_mend(u_char *p, const u_char *end)
{
    if (memchr(p, '\0', end - p)) {
        return NGX_POLYCARD_ERROR;
    }

    /* there are zeros after the end */

    for ( /* void */ ; p < end; p++) {

        if (*p != '\\') {
            continue;
        }

        p++;

        if (*p != 'u') {
            continue;
        }

        if (!ngx_polycard_verdict_is_hex(p + 1)) {
            return NGX_POLYCARD_ERROR;
        }

        if (memcmp(p + 1, "0000", 4) == 0) {
            p[4] = '1';
        }

        p += 4;
    }

    return NGX_POLYCARD_OK;
}


/* the zero after the end is no hex digit */

static unsigned
ngx_polycard_verdict_is_hex(const u_char *p)
{
    size_t  i;

    for (i = 0; i < 4; i++) {
        if (!((p[i] >= '0' && p[i] <= '9')
              || ((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'f')))
        {
            return 0;
        }
    }

    return 1;
}


static unsigned
ngx_polycard_verdict_is_ok(const cJSON *root)
{
    unsigned      found;
    const cJSON  *item;

    found = 0;

    if (!cJSON_IsObject(root)) {
        return 0;
    }

    for (item = root->child; item; item = item->next) {

        if (strcasecmp(item->string, "Status") != 0) {
            continue;
        }

        if (!cJSON_IsString(item) || strcasecmp(item->valuestring, "OK") != 0)
        {
            return 0;
        }

        found = 1;
    }

    return found;
}


/* the codes of reasons, but for a status, which is its own: those of
 * ngx_polycard_verdict_error_e, and one that is no error of the carrier */

#define NGX_POLYCARD_VERDICT_NO_JSON  (NGX_POLYCARD_VERDICT_UNKNOWN + 1)

static const char  *ngx_polycard_verdict_words[] = {
    NULL, "no connection", "TLS failed", "timed out", "answer cut off",
    "answer too long", "no HTTP", "carrier failed", "given up",
    "200 without JSON"
};


u_char *
ngx_polycard_verdict_reason(u_char *p,
    const ngx_polycard_verdict_answer_t *answer,
    ngx_polycard_verdict_e verdict)
{
    return ngx_polycard_verdict_print(p,
                                ngx_polycard_verdict_code(answer, verdict));
}


static int64_t
ngx_polycard_verdict_code(const ngx_polycard_verdict_answer_t *answer,
    ngx_polycard_verdict_e verdict)
{
    if (answer->error != NGX_POLYCARD_VERDICT_WHOLE) {
        return answer->error;
    }

    if (!answer->complete) {
        return NGX_POLYCARD_VERDICT_CUT;
    }

    if (answer->status == 200 && verdict == NGX_POLYCARD_VERDICT_OUTAGE) {
        return NGX_POLYCARD_VERDICT_NO_JSON;
    }

    return answer->status;
}


u_char *
ngx_polycard_verdict_print(u_char *p, int64_t code)
{
    size_t       n;
    const char  *word;

    if (code < NGX_POLYCARD_VERDICT_CONNECT
        || code > NGX_POLYCARD_VERDICT_NO_JSON)
    {
        memcpy(p, "status ", 7);
        return ngx_polycard_number_print_integer(p + 7, code);
    }

    word = ngx_polycard_verdict_words[code];
    n = strlen(word);
    memcpy(p, word, n);

    return p + n;
}


int64_t
ngx_polycard_verdict_read(const ngx_polycard_str_t *reason)
{
    int64_t              code;
    const char          *word;
    ngx_polycard_str_t   number;

    for (code = NGX_POLYCARD_VERDICT_CONNECT;
         code <= NGX_POLYCARD_VERDICT_NO_JSON;
         code++)
    {
        word = ngx_polycard_verdict_words[code];

        if (reason->len == strlen(word)
            && memcmp(reason->data, word, reason->len) == 0)
        {
            return code;
        }
    }

    if (reason->len != 10 || memcmp(reason->data, "status ", 7) != 0) {
        return 0;
    }

    number.data = reason->data + 7;
    number.len = 3;

    return ngx_polycard_verdict_status(&number);
}


/* three digits, or 0 */

static int64_t
ngx_polycard_verdict_status(const ngx_polycard_str_t *number)
{
    size_t   i;
    int64_t  status;

    for (status = 0, i = 0; i < number->len; i++) {

        if (number->data[i] < (i ? '0' : '1') || number->data[i] > '9') {
            return 0;
        }

        status = status * 10 + number->data[i] - '0';
    }

    return status;
}


int64_t
ngx_polycard_verdict_wait(const int64_t *list, size_t n, size_t failures,
    uint32_t random)
{
    int64_t  wait, tenth;

    wait = list[failures < 1 ? 0 : failures > n ? n - 1 : failures - 1];
    tenth = wait / 10;

    return wait - 2 * tenth + random % (uint64_t) (4 * tenth + 1);
}
