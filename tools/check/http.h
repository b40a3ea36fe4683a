
/* Requests to the market, by libcurl, with bounded answers. */


#ifndef _POLYCARD_CHECK_HTTP_H_INCLUDED_
#define _POLYCARD_CHECK_HTTP_H_INCLUDED_


#include "check/options.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>


/* a page of 1000 clients is a few megabytes at most */
#define CHECK_BODY_MAX     (32 * 1024 * 1024)
#define CHECK_HEADERS_MAX  65536
#define CHECK_TARGET_MAX   1024

/* so many without an answer, one after the other: no more are sent */
#define CHECK_SILENT_MAX   3


typedef enum {
    CHECK_TOKEN_BEARER = 0,
    CHECK_TOKEN_QUERY,
    CHECK_TOKEN_NONE,
    CHECK_TOKEN_WRONG,
    CHECK_TOKEN_OTHER          /* that of the services, for the office */
} check_token_e;


typedef struct {
    const char     *method;
    const char     *service;
    const char     *query;      /* encoded, or NULL */
    check_token_e   token;

    const char     *type;       /* of the body, or NULL: no body */
    const char     *body;
    size_t          body_len;

    unsigned        personal;   /* path or query name a client, or may do so */
} check_request_t;


/* a string; data is NULL if nothing was received */

typedef struct {
    char           *data;
    size_t          len;
    size_t          size;
} check_bytes_t;


/* filled by check_http_send(), freed by check_exchange_free() */

typedef struct {
    char            sent[CHECK_TARGET_MAX];   /* for the report, no token */
    unsigned        personal;    /* path and query are not for everybody */
    unsigned        office;      /* it was asked, not the services */

    CURLcode        code;        /* CURLE_OK: an answer came, whole */
    char            error[CURL_ERROR_SIZE];
    long            status;      /* 0: not even a first line */

    check_bytes_t   headers;     /* lines, each with a "\n" */
    check_bytes_t   body;
    unsigned        too_large:1;

    cJSON          *json;        /* of a body that is strict JSON */
    char            json_error[128];
} check_exchange_t;


typedef struct {
    CURL                   *curl;
    const check_options_t  *options;
    const check_base_t     *base;      /* who is asked: the services first */
    const char             *header;    /* one more, or NULL */

    double                 *seconds;   /* of each whole answer */
    size_t                  answers;

    unsigned                requests;

    /* without an answer, in a row: of the services, of the office */
    unsigned                silent[2];
} check_http_t;


/* NGX_POLYCARD_ERROR: no memory, or libcurl does not work */
int check_http_init(check_http_t *http, const check_options_t *options);
void check_http_free(check_http_t *http);

/*
 * Sends the request and waits for the answer, or the timeout.  Errors
 * are in x->code and x->error.  NGX_POLYCARD_ERROR: it was not sent, and
 * x->code says nothing: no memory, or the services, or the office, have been
 * silent for too long and are not asked any more.
 */
int check_http_send(check_http_t *http, const check_request_t *request,
    check_exchange_t *x);

/* also one that was not sent */
void check_exchange_free(check_exchange_t *x);

/*
 * Copies the value of the first header with this name, as much of it as fits;
 * returns the length of that, or -1 if there is none.
 */
int check_exchange_header(const check_exchange_t *x, const char *name,
    char *value, size_t size);

/* did the certificate, or something else of TLS, end it */
unsigned check_exchange_tls(const check_exchange_t *x);


#endif /* _POLYCARD_CHECK_HTTP_H_INCLUDED_ */
