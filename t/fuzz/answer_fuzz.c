
/*
 * The gateway's answer: a line with the status, one with the error, one with
 * Retry-After; what follows is the body.
 */


/* memmem() */
#define _GNU_SOURCE

#include "fuzz.h"
#include "core/excerpt.h"
#include "core/text.h"
#include "core/verdict.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cjson/cJSON.h>


static int fuzz_number(ngx_polycard_str_t *rest);
static void fuzz_check_verdict(const ngx_polycard_verdict_answer_t *answer);
static void fuzz_check_retry_after(const ngx_polycard_str_t *value);
static void fuzz_check_excerpt(const ngx_polycard_str_t *body);
static unsigned fuzz_count_ok(const ngx_polycard_str_t *body);


static u_char  fuzz_token[] = "Token-of-polycard-0a1b2c3d4e5f6g";

/* what the hook said, and what must not be shown of it */

static u_char  fuzz_hook[] =
    "{\"phone\":\"380671112233\",\"surname\":\"O'Hara\","
    "\"name\":\"\xd0\xa2\xd0\xb0\xd1\x80\xd0\xb0\xd1\x81\","
    "\"email\":\"t@example.com\",\"sex\":\"male\",\"barcode\":\"Q-12\"}";

static const char  *fuzz_secrets[] = {
    (char *) fuzz_token, "O'Hara", "O'HARA", "o'hara", "t@example.com",
    "T@Example.com", "Q-12", "q-12",
    "\xd0\xa2\xd0\xb0\xd1\x80\xd0\xb0\xd1\x81",
    "\xd1\x82\xd0\xb0\xd1\x80\xd0\xb0\xd1\x81",
    "\\u0422\\u0430\\u0440\\u0430\\u0441", "\\u004f'Hara", "O\\u0027Hara",
    "Q\\-12"
};


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_polycard_str_t             rest, line, retry_after;
    ngx_polycard_verdict_answer_t  answer;

    rest.data = (u_char *) data;
    rest.len = size;

    answer.status = fuzz_number(&rest) % 1000;
    answer.error = fuzz_number(&rest) % (NGX_POLYCARD_VERDICT_UNKNOWN + 1);
    answer.complete = size % 8 != 0;

    line = fuzz_line(&rest);
    retry_after = fuzz_copy(line.data, line.len);
    answer.body = fuzz_copy(rest.data, rest.len);

    fuzz_check_verdict(&answer);
    fuzz_check_retry_after(&retry_after);
    fuzz_check_excerpt(&answer.body);

    free(retry_after.data);
    free(answer.body.data);

    return 0;
}


static int
fuzz_number(ngx_polycard_str_t *rest)
{
    int                  n;
    size_t               i;
    ngx_polycard_str_t   line;

    line = fuzz_line(rest);

    for (n = 0, i = 0; i < line.len && i < 4; i++) {
        n = n * 10 + line.data[i] % 10;
    }

    return n;
}


static void
fuzz_check_verdict(const ngx_polycard_verdict_answer_t *answer)
{
    u_char                         reason[NGX_POLYCARD_VERDICT_REASON], *end;
    ngx_polycard_verdict_e         verdict;
    ngx_polycard_verdict_answer_t  other;

    verdict = ngx_polycard_verdict(answer);

    if (verdict != NGX_POLYCARD_VERDICT_OUTAGE) {
        fuzz_must(answer->complete
                  && answer->error == NGX_POLYCARD_VERDICT_WHOLE,
                  "without a whole answer there is an outage");
    }

    end = ngx_polycard_verdict_reason(reason, answer, verdict);
    fuzz_must(end > reason && end <= reason + sizeof(reason), "the reason");

    other = *answer;
    other.status = 200;
    other.complete = 1;
    other.error = NGX_POLYCARD_VERDICT_WHOLE;
    verdict = ngx_polycard_verdict(&other);

    fuzz_must(verdict != NGX_POLYCARD_VERDICT_ACCEPTED
              || fuzz_count_ok(&other.body), "what is accepted says OK");

    /* cJSON takes more than JSON's for white space */

    fuzz_must(verdict == NGX_POLYCARD_VERDICT_ACCEPTED || other.body.len == 0
              || other.body.data[other.body.len - 1] != '}'
              || !fuzz_count_ok(&other.body), "what says OK is accepted");

    /* nothing that is cut off is accepted */

    if (verdict == NGX_POLYCARD_VERDICT_ACCEPTED) {

        while (memchr(" \t\r\n", other.body.data[other.body.len - 1], 4)) {
            other.body.len--;
        }

        other.body.len--;
        fuzz_must(ngx_polycard_verdict(&other) == NGX_POLYCARD_VERDICT_OUTAGE,
                  "without its last byte it is no JSON");
    }
}


/* read another way: as text with an end; what has a zero is no matter here */

static unsigned
fuzz_count_ok(const ngx_polycard_str_t *body)
{
    char      *text;
    cJSON     *root, *item;
    size_t     i;
    unsigned   ok, other;

    text = malloc(body->len + 1);
    fuzz_must(text != NULL, "memory");

    if (body->len) {
        memcpy(text, body->data, body->len);
    }

    text[body->len] = '\0';
    ok = 0;
    other = strlen(text) != body->len;

    /* cJSON takes these for the end of a string */

    for (i = 0; i + 1 < body->len; i++) {

        if (text[i] == '\\' && text[i + 1] != 'u') {
            i++;

        } else if (text[i] == '\\') {
            other += strspn(text + i + 2, "0123456789abcdefABCDEF") < 4;

            if (strncmp(text + i + 2, "0000", 4) == 0) {
                text[i + 5] = '2';
            }
        }
    }

    root = cJSON_ParseWithOpts(text, NULL, 1);

    for (item = cJSON_IsObject(root) ? root->child : NULL; item;
         item = item->next)
    {
        if (strcasecmp(item->string, "status") == 0) {

            if (cJSON_IsString(item)
                && strcasecmp(item->valuestring, "ok") == 0)
            {
                ok++;

            } else {
                other++;
            }
        }
    }

    cJSON_Delete(root);
    free(text);

    return ok && !other;
}


static void
fuzz_check_retry_after(const ngx_polycard_str_t *value)
{
    int64_t  wait, later;

    wait = ngx_polycard_verdict_retry_after(value, INT64_C(1795521600));
    later = ngx_polycard_verdict_retry_after(value, INT64_C(1795521610));

    fuzz_must(wait == 0
              || (wait >= NGX_POLYCARD_RETRY_AFTER_MIN
                  && wait <= NGX_POLYCARD_RETRY_AFTER_MAX), "the wait");

    fuzz_must((wait == 0) == (later == 0) && later <= wait,
              "later, it is not longer");
}


static void
fuzz_check_excerpt(const ngx_polycard_str_t *body)
{
    size_t               i, run;
    ngx_polycard_str_t   room, shown, token, data;

    token.data = fuzz_token;
    token.len = sizeof(fuzz_token) - 1;
    data = fuzz_copy(fuzz_hook, sizeof(fuzz_hook) - 1);

    room = fuzz_room(NGX_POLYCARD_EXCERPT_ROOM);
    shown.data = room.data;
    shown.len = ngx_polycard_excerpt_print(room.data, body, &token, &data)
                - room.data;

    fuzz_must(shown.len <= room.len, "the room");
    fuzz_must(ngx_polycard_text_check(&shown, shown.len) == 0,
              "UTF-8 without control characters");

    for (i = 0; i < sizeof(fuzz_secrets) / sizeof(char *); i++) {
        fuzz_must(memmem(shown.data, shown.len, fuzz_secrets[i],
                         strlen(fuzz_secrets[i])) == NULL,
                  "no secret is shown");
    }

    for (i = 0, run = 0; i < shown.len; i++) {
        run = shown.data[i] >= '0' && shown.data[i] <= '9' ? run + 1 : 0;

        /* \u0001 may stand before digits of the text */

        fuzz_must(run < 9 + 4, "no phone is shown");
    }

    free(data.data);
    free(room.data);
}
