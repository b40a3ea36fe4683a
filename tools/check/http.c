
#include "check/http.h"
#include "version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>


/* nobody has it */
#define CHECK_WRONG_TOKEN  "polycard-check-sends-a-wrong-token"


static int check_http_prepare(check_http_t *http,
    const check_request_t *request, check_exchange_t *x,
    struct curl_slist **headers);
static int check_http_url(check_http_t *http, const check_request_t *request,
    check_exchange_t *x);
static int check_http_headers(check_http_t *http,
    const check_request_t *request, struct curl_slist **headers);
static void check_http_tls(check_http_t *http);
static void check_http_count(check_http_t *http, check_exchange_t *x);
static size_t check_http_take_header(char *data, size_t size, size_t n,
    void *arg);
static size_t check_http_take_body(char *data, size_t size, size_t n,
    void *arg);
static size_t check_http_append(check_bytes_t *bytes, const char *data,
    size_t n);


int
check_http_init(check_http_t *http, const check_options_t *options)
{
    memset(http, 0, sizeof(check_http_t));

    http->options = options;
    http->base = &options->market;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return NGX_POLYCARD_ERROR;
    }

    http->curl = curl_easy_init();

    return http->curl ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


void
check_http_free(check_http_t *http)
{
    curl_easy_cleanup(http->curl);
    curl_global_cleanup();
    free(http->seconds);
}


int
check_http_send(check_http_t *http, const check_request_t *request,
    check_exchange_t *x)
{
    int                 rc;
    struct curl_slist  *headers;

    memset(x, 0, sizeof(check_exchange_t));

    x->office = (http->base == &http->options->office);

    snprintf(x->sent, sizeof(x->sent), "%s %s%s%s%s", request->method,
             x->office ? "office/" : "", request->service,
             request->query ? "?" : "", request->query ? request->query : "");

    x->personal = request->personal;

    if (http->silent[x->office] >= CHECK_SILENT_MAX) {
        return NGX_POLYCARD_ERROR;
    }

    headers = NULL;

    rc = check_http_prepare(http, request, x, &headers);

    if (rc == NGX_POLYCARD_OK) {
        x->code = curl_easy_perform(http->curl);
        check_http_count(http, x);
    }

    curl_slist_free_all(headers);

    return rc;
}


/* the connection is kept over a reset */

static int
check_http_prepare(check_http_t *http, const check_request_t *request,
    check_exchange_t *x, struct curl_slist **headers)
{
    CURL  *curl;

    curl = http->curl;

    curl_easy_reset(curl);

    if (check_http_url(http, request, x) != NGX_POLYCARD_OK
        || check_http_headers(http, request, headers) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *headers);
    curl_easy_setopt(curl, CURLOPT_USERAGENT,
                     "polycard-check/" NGX_POLYCARD_VERSION);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, x->error);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, http->options->timeout);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, check_http_take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, check_http_take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);

    if (request->type) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE,
                         (long) request->body_len);
    }

    if (strcmp(request->method, "HEAD") == 0) {
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);

    } else {
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    }

    check_http_tls(http);

    return NGX_POLYCARD_OK;
}


static int
check_http_url(check_http_t *http, const check_request_t *request,
    check_exchange_t *x)
{
    int                   n;
    char                 *url, *token;
    size_t                size;
    CURLcode              rc;
    const check_base_t  *base;

    base = http->base;
    token = NULL;

    if (request->token == CHECK_TOKEN_QUERY) {
        token = curl_easy_escape(http->curl, base->token, 0);

        if (token == NULL) {
            return NGX_POLYCARD_ERROR;
        }
    }

    size = base->len + sizeof(x->sent) + (token ? strlen(token) : 0) + 16;

    url = malloc(size);
    if (url == NULL) {
        curl_free(token);
        return NGX_POLYCARD_ERROR;
    }

    n = snprintf(url, size, "%.*s/%s%s%s%s%s", (int) base->len, base->url,
                 request->service,
                 request->query || token ? "?" : "",
                 request->query ? request->query : "",
                 token ? request->query ? "&token=" : "token=" : "",
                 token ? token : "");

    rc = (n > 0 && (size_t) n < size)
         ? curl_easy_setopt(http->curl, CURLOPT_URL, url)
         : CURLE_URL_MALFORMAT;

    free(url);
    curl_free(token);

    return rc == CURLE_OK ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


static int
check_http_headers(check_http_t *http, const check_request_t *request,
    struct curl_slist **headers)
{
    size_t              i, n;
    const char         *line[5], *token;
    struct curl_slist  *list;
    char                bearer[CHECK_TOKEN_MAX + 32], type[128];

    n = 0;
    line[n++] = "Accept: application/json";
    line[n++] = "Expect:";

    token = request->token == CHECK_TOKEN_BEARER
            ? http->base->token
            : request->token == CHECK_TOKEN_WRONG ? CHECK_WRONG_TOKEN
            : request->token == CHECK_TOKEN_OTHER ? http->options->market.token
            : "";

    if (*token) {
        snprintf(bearer, sizeof(bearer), "Authorization: Bearer %s", token);
        line[n++] = bearer;
    }

    if (request->type) {
        snprintf(type, sizeof(type), "Content-Type: %s", request->type);
        line[n++] = type;
    }

    if (http->header) {
        line[n++] = http->header;
    }

    for (i = 0; i < n; i++) {
        list = curl_slist_append(*headers, line[i]);

        if (list == NULL) {
            return NGX_POLYCARD_ERROR;
        }

        *headers = list;
    }

    return NGX_POLYCARD_OK;
}


static void
check_http_tls(check_http_t *http)
{
    const check_options_t  *o;

    o = http->options;

    if (o->cacert) {
        curl_easy_setopt(http->curl, CURLOPT_CAINFO, o->cacert);
    }

    if (o->cert) {
        curl_easy_setopt(http->curl, CURLOPT_SSLCERT, o->cert);
    }

    if (o->key) {
        curl_easy_setopt(http->curl, CURLOPT_SSLKEY, o->key);
    }

    if (o->insecure) {
        curl_easy_setopt(http->curl, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(http->curl, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}


/* a time that cannot be kept is only missing in the summary */

static void
check_http_count(check_http_t *http, check_exchange_t *x)
{
    double  seconds, *p;

    http->requests++;

    if (x->too_large) {
        snprintf(x->error, sizeof(x->error), "the answer is too large");

    } else if (x->code != CURLE_OK && x->error[0] == '\0') {
        snprintf(x->error, sizeof(x->error), "%s",
                 curl_easy_strerror(x->code));
    }

    curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &x->status);

    if (x->code != CURLE_OK) {
        http->silent[x->office]++;
        return;
    }

    http->silent[x->office] = 0;

    curl_easy_getinfo(http->curl, CURLINFO_TOTAL_TIME, &seconds);

    p = realloc(http->seconds, (http->answers + 1) * sizeof(double));

    if (p) {
        p[http->answers++] = seconds;
        http->seconds = p;
    }
}


/* an interim answer (100) is not kept */

static size_t
check_http_take_header(char *data, size_t size, size_t n, void *arg)
{
    check_exchange_t  *x = arg;

    n *= size;

    if (n > 5 && strncasecmp(data, "HTTP/", 5) == 0) {
        x->headers.len = 0;
    }

    if (x->headers.len + n > CHECK_HEADERS_MAX) {
        x->too_large = 1;
        return 0;
    }

    return check_http_append(&x->headers, data, n);
}


static size_t
check_http_take_body(char *data, size_t size, size_t n, void *arg)
{
    check_exchange_t  *x = arg;

    n *= size;

    if (x->body.len + n > CHECK_BODY_MAX) {
        x->too_large = 1;
        return 0;
    }

    return check_http_append(&x->body, data, n);
}


/* always followed by a NUL; the buffer grows by doubling */

static size_t
check_http_append(check_bytes_t *bytes, const char *data, size_t n)
{
    char    *p;
    size_t   size;

    size = bytes->size ? bytes->size : 1024;

    while (size < bytes->len + n + 1) {
        size *= 2;
    }

    if (size > bytes->size) {
        p = realloc(bytes->data, size);

        if (p == NULL) {
            return 0;
        }

        bytes->data = p;
        bytes->size = size;
    }

    memcpy(bytes->data + bytes->len, data, n);
    bytes->len += n;
    bytes->data[bytes->len] = '\0';

    return n;
}


void
check_exchange_free(check_exchange_t *x)
{
    cJSON_Delete(x->json);
    free(x->headers.data);
    free(x->body.data);

    memset(x, 0, sizeof(check_exchange_t));
}


int
check_exchange_header(const check_exchange_t *x, const char *name, char *value,
    size_t size)
{
    size_t       len, name_len;
    const char  *line, *end, *last;

    if (x->headers.len == 0) {
        return -1;
    }

    name_len = strlen(name);
    last = x->headers.data + x->headers.len;

    for (line = x->headers.data; line < last; line = end + 1) {
        end = memchr(line, '\n', last - line);
        end = end ? end : last;

        if (strncasecmp(line, name, name_len) != 0
            || line[name_len] != ':')
        {
            continue;
        }

        line += name_len + 1;
        line += strspn(line, " \t");

        for (len = end - line; len && strchr("\r\n \t", line[len - 1]);) {
            len--;
        }

        len = len < size ? len : size - 1;

        memcpy(value, line, len);
        value[len] = '\0';

        return (int) len;
    }

    return -1;
}


unsigned
check_exchange_tls(const check_exchange_t *x)
{
    switch (x->code) {

    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return 1;

    default:
        return 0;
    }
}
