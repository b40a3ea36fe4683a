
#include "tap.h"
#include "core/multipart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


#define S(s)       ngx_polycard_string(s)

#define NONE       NULL
#define NO_FINAL   "the body has no final boundary"
#define NO_NAME    "a part of the body has no name"

/* 70 of them */
#define DIGITS     "01234567890123456789012345678901234"                      \
                   "56789012345678901234567890123456789"

#define FORM_DATA  "Content-Disposition: form-data; name="


typedef struct {
    ngx_polycard_str_t   type;
    const char          *boundary;
} multipart_type_t;


typedef struct {
    ngx_polycard_str_t   body;         /* the boundary is "b" */
    const char          *outcome;
} multipart_case_t;


static void multipart_test_types(void);
static void multipart_test_cases(void);
static void multipart_test_truncated(void);
static void multipart_test_boundaries(void);
static void multipart_test_time(void);
static const char *multipart_read(const void *data, size_t len,
    const char *boundary);


static const multipart_type_t  multipart_types[] = {
    { S("multipart/form-data; boundary=b"), "b" },
    { S("multipart/form-data;boundary=b"), "b" },
    { S("multipart/form-data ; \t boundary = b "), "b" },
    { S("multipart/form-data; BOUNDARY=B"), "B" },
    { S("Multipart/Form-Data; Boundary=\"a b\""), "a b" },
    { S("multipart/form-data; boundary=\"\""), NONE },
    { S("multipart/form-data; boundary="), NONE },
    { S("multipart/form-data; boundary"), NONE },
    { S("multipart/form-data; boundary=b; charset=utf-8"), "b" },
    { S("multipart/form-data; charset=utf-8; boundary=b"), "b" },
    { S("multipart/form-data; charset=utf-8;boundary=b;x=y"), "b" },
    { S("multipart/form-data; x=\"; boundary=no\"; boundary=yes"), "yes" },
    { S("multipart/form-data; x=\"\\\"; boundary=no\"; boundary=yes"),
      "yes" },
    { S("multipart/form-data; xboundary=no; boundary=yes"), "yes" },
    { S("multipart/form-data; boundaryx=no; boundary=yes"), "yes" },
    { S("multipart/form-data; x; boundary=b"), "b" },
    { S("multipart/form-data; boundary=b; boundary=c"), "b" },
    { S("multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW"),
      "----WebKitFormBoundary7MA4YWxkTrZu0gW" },
    { S("multipart/form-data; boundary=\"'()+_,-./:=? z\""),
      "'()+_,-./:=? z" },
    { S("multipart/form-data; boundary=a=b"), "a=b" },
    { S("multipart/form-data; boundary=\"b "), NONE },
    { S("multipart/form-data; boundary=\"b\\"), NONE },
    { S("multipart/form-data; boundary=\"b \""), NONE },
    { S("multipart/form-data; boundary=\"b\\c\""), NONE },
    { S("multipart/form-data; boundary=\"b\0c\""), NONE },
    { S("multipart/form-data; boundary=b*c"), NONE },
    { S("multipart/form-data; boundary=\"ї\""), NONE },
    { S("multipart/form-data"), NONE },
    { S("multipart/form-data;"), NONE },
    { S("boundary=b"), NONE },
    { S(";"), NONE },
    { S(""), NONE },
    { S("multipart/form-data; boundary="
        DIGITS),
      DIGITS },
    { S("multipart/form-data; boundary="
        DIGITS "0"),
      NONE },
};


static const multipart_case_t  multipart_cases[] = {

    { S("--b--"), "" },
    { S("--b--\r\n"), "" },
    { S("--b\r\n" FORM_DATA "\"phone\"\r\n\r\n380671112233\r\n--b--"),
      "[phone=380671112233]" },
    { S("--b\r\n" FORM_DATA "\"phone\"\r\n\r\n380671112233\r\n"
        "--b\r\n" FORM_DATA "\"name\"\r\n\r\nТарас\r\n"
        "--b\r\n" FORM_DATA "\"bonus\"\r\n\r\n10.50\r\n--b--\r\n"),
      "[phone=380671112233][name=Тарас][bonus=10.5]" },

    /* before and behind */

    { S("preamble\r\n--b\r\n" FORM_DATA "name\r\n\r\nx\r\n--b--\r\nepilogue"),
      "[name=x]" },
    { S("\r\n--b\r\n" FORM_DATA "name\r\n\r\nx\r\n--b--\r\n--b\r\n"),
      "[name=x]" },
    { S("--b--\r\n--b\r\n" FORM_DATA "name\r\n\r\nx\r\n--b--"), "" },
    { S("x--b\r\n" FORM_DATA "surname\r\n\r\nx\r\n"
        "--b\r\n" FORM_DATA "name\r\n\r\nx\r\n--b--"), "[name=x]" },

    /* white space behind a boundary */

    { S("--b \t\r\n" FORM_DATA "name\r\n\r\nx\r\n--b-- \t\r\n"), "[name=x]" },
    { S("--b \t\r\n" FORM_DATA "name\r\n\r\nx\r\n--b--\t"), "[name=x]" },

    /* what only looks like a boundary belongs to the value */

    { S("--b\r\n" FORM_DATA "email\r\n\r\n--b\r\n--b--"), NO_NAME },
    { S("--b\r\n" FORM_DATA "email\r\n\r\nx--b--\r\n--b--"),
      "[email=x--b--]" },
    { S("--b\r\n" FORM_DATA "email\r\n\r\n--bb\r\n--b--"), "[email=--bb]" },
    { S("--b\r\n" FORM_DATA "email\r\n\r\n--b-\r\n--b--"), "[email=--b-]" },
    { S("--b-x\r\n--b\r\n" FORM_DATA "name\r\n\r\nx\r\n--b--"), "[name=x]" },
    { S("--bx-\r\n--b\r\n" FORM_DATA "name\r\n\r\nx\r\n--b--"), "[name=x]" },
    { S("--b\r\n" FORM_DATA "email\r\n\r\n--b--b\r\n--b--"),
      "[email=--b--b]" },
    { S("--b\r\n" FORM_DATA "email\r\n\r\n--b b\r\n--b--"), "[email=--b b]" },
    { S("--b\r\n" FORM_DATA "email\r\n\r\n-b\r\n--b--"), "[email=-b]" },
    { S("--b\r\n" FORM_DATA "email\r\n\r\n--B--\r\n--b--"),
      "[email=--B--]" },
    { S("--b\r\n" FORM_DATA "email\r\n\r\n--b\rx\r\n--b--"),
      "email holds control characters" },
    { S("--b\r\n" FORM_DATA "email\r\n\r\na\n--b--\r\n--b--"),
      "email holds control characters" },
    { S("--b\r\n" FORM_DATA "email\r\n\r\na\r--b--\r\n--b--"),
      "email holds control characters" },

    /* headers in any order, in any case, folded */

    { S("--b\r\nContent-Type: text/plain; name=surname\r\n"
        "CONTENT-DISPOSITION:FORM-DATA;NAME=name\r\nX-Y: z\r\n\r\nx\r\n"
        "--b--"), "[name=x]" },
    { S("--b\r\nContent-Disposition : form-data ; name = \"name\" \r\n\r\nx"
        "\r\n--b--"), "[name=x]" },
    { S("--b\r\nContent-Disposition:\r\n form-data;\r\n\tname=\"name\"\r\n"
        "\r\nx\r\n--b--"), "[name=x]" },
    { S("--b\r\nX: y\r\n Content-Disposition: form-data; name=surname\r\n"
        FORM_DATA "name\r\n\r\nx\r\n--b--"), "[name=x]" },
    { S("--b\r\n" FORM_DATA "name; filename=\"a; name=surname\"\r\n"
        "Content-Type: application/octet-stream\r\n\r\nx\r\n--b--"),
      "[name=x]" },
    { S("--b\r\nContent-Disposition: form-data; filename=\"a\\\"; name=email"
        "\"; name=\"name\"\r\n\r\nx\r\n--b--"), "[name=x]" },
    { S("--b\r\n\rX: y\r\n" FORM_DATA "name\r\n\r\nx\r\n--b--"),
      "[name=x]" },
    { S("--b\r\n" FORM_DATA "name\r\n" FORM_DATA "surname\r\n\r\nx\r\n--b--"),
      "[name=x]" },
    { S("--b\r\n" FORM_DATA "name; name=surname\r\n\r\nx\r\n--b--"),
      "[name=x]" },

    /* names */

    { S("--b\r\n" FORM_DATA "\"na\\me\"\r\n\r\nx\r\n--b--"), "[name=x]" },
    { S("--b\r\n" FORM_DATA "\"\\n\\a\\m\\e\"\r\n\r\nx\r\n--b--"),
      "[name=x]" },
    { S("--b\r\n" FORM_DATA "\"name\\\"\"\r\n\r\nx\r\n--b--"), "" },
    { S("--b\r\n" FORM_DATA "name\\\r\n\r\nx\r\n--b--"), "" },
    { S("--b\r\n" FORM_DATA "\"Name\"\r\n\r\nx\r\n--b--"), "" },
    { S("--b\r\n" FORM_DATA "\"\"\r\n\r\nx\r\n--b--"), "" },
    { S("--b\r\n" FORM_DATA "\"name \"\r\n\r\nx\r\n--b--"), "" },
    { S("--b\r\n" FORM_DATA "\"loyalty_group_idloyalty_group_idloyalty_group_"
        "id\"\r\n\r\nx\r\n--b--"), "" },
    { S("--b\r\n" FORM_DATA "\"loyalty_group_id\"\r\n\r\n3\r\n--b--"),
      "[loyalty_group_id=3]" },
    { S("--b\r\n" FORM_DATA "\"na%6de\"\r\n\r\nx\r\n--b--"), "" },

    /* values as they are: not trimmed, of any bytes */

    { S("--b\r\n" FORM_DATA "name\r\n\r\n a \r\n--b--"), "[name= a ]" },
    { S("--b\r\n" FORM_DATA "name\r\n\r\na%20b+c\r\n--b--"),
      "[name=a%20b+c]" },
    { S("--b\r\n" FORM_DATA "name\r\n\r\n\r\n\r\n--b--"),
      "name holds control characters" },
    { S("--b\r\n" FORM_DATA "name\r\n\r\na\0b\r\n--b--"),
      "name holds control characters" },
    { S("--b\r\n" FORM_DATA "name\r\n\r\n\xff\r\n--b--"),
      "name is not valid UTF-8" },
    { S("--b\r\n" FORM_DATA "name\r\n\r\n\r\n--b--"), "" },
    { S("--b\r\n" FORM_DATA "name\r\n\r\n--b--"), "" },
    { S("--b\r\n" FORM_DATA "name\r\n--b--"), "" },
    { S("--b\r\n" FORM_DATA "title\r\n\r\n\xff\0\r\n--b--"), "" },

    /* twice */

    { S("--b\r\n" FORM_DATA "name\r\n\r\nx\r\n"
        "--b\r\n" FORM_DATA "\"n\\ame\"\r\n\r\nx\r\n--b--"),
      "name is given twice" },
    { S("--b\r\n" FORM_DATA "name\r\n\r\n\r\n"
        "--b\r\n" FORM_DATA "name\r\n\r\nx\r\n--b--"),
      "name is given twice" },
    { S("--b\r\n" FORM_DATA "y\r\n\r\nx\r\n"
        "--b\r\n" FORM_DATA "y\r\n\r\nx\r\n--b--"), "" },

    /* no name */

    { S("--b\r\n\r\nx\r\n--b--"), NO_NAME },
    { S("--b\r\nx\r\n--b--"), NO_NAME },
    { S("--b\r\n--b--"), NO_NAME },
    { S("--b\r\n\r\n--b--"), NO_NAME },
    { S("--b\r\nX: y\r\n\r\nx\r\n--b--"), NO_NAME },
    { S("--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--"), NO_NAME },
    { S("--b\r\nContent-Disposition: form-data; name\r\n\r\nx\r\n--b--"),
      NO_NAME },
    { S("--b\r\n" FORM_DATA "\"name\r\n\r\nx\r\n--b--"), NO_NAME },
    { S("--b\r\n" FORM_DATA "\"name\\\r\n\r\nx\r\n--b--"), NO_NAME },
    { S("--b\r\nContent-Disposition: attachment; name=name\r\n\r\nx\r\n"
        "--b--"), NO_NAME },
    { S("--b\r\nContent-Disposition; name=name\r\n\r\nx\r\n--b--"), NO_NAME },
    { S("--b\r\nContent-Disposition\r\n\r\nx\r\n--b--"), NO_NAME },
    { S("--b\r\nX" FORM_DATA "name\r\n\r\nx\r\n--b--"), NO_NAME },
    { S("--b\r\n" FORM_DATA "name\r\n\r\nx\r\n--b\r\n\r\n--b--"), NO_NAME },

    /* no end */

    { S(""), NO_FINAL },
    { S("-"), NO_FINAL },
    { S("--b"), NO_FINAL },
    { S("--b-"), NO_FINAL },
    { S("--b\r\n"), NO_FINAL },
    { S("x"), NO_FINAL },
    { S("name=x"), NO_FINAL },
    { S("--c--"), NO_FINAL },
    { S("--b--x"), NO_FINAL },
    { S("--b\r\n" FORM_DATA "name\r\n\r\nx"), NO_FINAL },
    { S("--b\r\n" FORM_DATA "name\r\n\r\nx--b--"), NO_FINAL },
    { S("--b\r\n" FORM_DATA "name\r\n\r\nx\n--b--"), NO_FINAL },
    { S("--b\r\n" FORM_DATA "name\r\n\r\nx\r\n--b"), NO_FINAL },
    { S("--b\n" FORM_DATA "name\n\nx\n--b--\n"), NO_FINAL },
};


int
main(void)
{
    multipart_test_types();
    multipart_test_cases();
    multipart_test_truncated();
    multipart_test_boundaries();
    multipart_test_time();

    return tap_done();
}


static void
multipart_test_types(void)
{
    int                      rc;
    size_t                   i;
    ngx_polycard_str_t       type, boundary, want;
    const multipart_type_t  *c;

    for (i = 0; i < sizeof(multipart_types) / sizeof(*c); i++) {
        c = &multipart_types[i];
        type = tap_copy(c->type.data, c->type.len);

        rc = ngx_polycard_multipart_boundary(&type, &boundary);

        if (c->boundary == NULL) {
            tap_ok(rc == NGX_POLYCARD_ERROR, "no boundary: %.*s",
                   (int) c->type.len, c->type.data);

        } else if (rc != NGX_POLYCARD_OK) {
            tap_ok(0, "boundary: %.*s", (int) c->type.len, c->type.data);

        } else {
            want = tap_text(c->boundary);
            tap_is(boundary.data, boundary.len, &want, "boundary: %.*s",
                   (int) c->type.len, c->type.data);
        }

        tap_free();
    }
}


static void
multipart_test_cases(void)
{
    size_t                   i;
    const multipart_case_t  *c;

    for (i = 0; i < sizeof(multipart_cases) / sizeof(*c); i++) {
        c = &multipart_cases[i];

        tap_is_str(multipart_read(c->body.data, c->body.len, "b"), c->outcome,
                   "body %.*s", (int) c->body.len, c->body.data);
    }
}


/* every start of a body lacks its final boundary */

static void
multipart_test_truncated(void)
{
    size_t              i;
    unsigned            bad;
    static const char   body[] =
        "preamble\r\n--b\r\nContent-Type: text/plain\r\n" FORM_DATA
        "\"name\"; filename=\"\\\"\"\r\n\r\nТарас\r\n--b\r\n" FORM_DATA
        "bonus\r\n\r\n7\r\n--b--";

    for (bad = 0, i = 0; i < sizeof(body) - 1; i++) {
        bad += strcmp(multipart_read(body, i, "b"), NO_FINAL) != 0;
    }

    tap_ok(bad == 0, "a body that is cut off: %u wrong", bad);
    tap_is_str(multipart_read(body, i, "b"), "[name=Тарас][bonus=7]",
               "the whole body");
}


static void
multipart_test_boundaries(void)
{
    char         body[512];
    size_t       i;
    static const char  *boundaries[] = {
        "a b", "-", "--", "----", "'()+_,-./:=?", "b--", "\"",
        DIGITS
    };

    for (i = 0; i < sizeof(boundaries) / sizeof(boundaries[0]); i++) {
        (void) snprintf(body, sizeof(body), "--%s\r\n" FORM_DATA
                        "\"name\"\r\n\r\nx\r\n--%s--\r\n", boundaries[i],
                        boundaries[i]);

        tap_is_str(multipart_read(body, strlen(body), boundaries[i]),
                   "[name=x]", "boundary %s", boundaries[i]);
    }
}


/*
 * Bodies that take a reader whose time grows with the square of the length
 * much longer than 5 s: 1 MB, with sanitizers.
 */

static void
multipart_test_time(void)
{
    char                 *body;
    size_t                i, n, len;
    clock_t               start;
    static const char    *lines[] = {
        "\r\n", "\n", "\r", "-", "--", ";", "\r\n ", "\\", " ", ";=", "\"",
        "\r\n--", "\r\n--aaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "\r\n--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaac\r\n",
        "\r\n--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab "
    };
    static const char     boundary[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab";

    body = malloc(1 << 20);

    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        len = sprintf(body, "--%s\r\n" FORM_DATA, boundary);
        n = strlen(lines[i]);

        while (len + n < (1 << 20)) {
            memcpy(body + len, lines[i], n);
            len += n;
        }

        /* a little less than half of it are headers, the rest is a value */

        memcpy(body + len / 2, "\r\n\r\n", 4);

        start = clock();
        (void) multipart_read(body, len, boundary);

        tap_ok(clock() - start < 5 * CLOCKS_PER_SEC, "1 MB of bad lines %zu",
               i);
    }

    free(body);
}


static const char *
multipart_read(const void *data, size_t len, const char *boundary)
{
    int                    rc;
    u_char                 scratch[NGX_POLYCARD_INPUT_EXTRA];
    const char            *outcome;
    ngx_polycard_str_t     body, text;
    ngx_polycard_input_t   in;

    body = tap_copy(data, len);
    text = tap_text(boundary);

    ngx_polycard_input_init(&in, &ngx_polycard_client, scratch,
                            sizeof(scratch));

    rc = ngx_polycard_multipart_read(&in, &body, &text);

    if (rc == NGX_POLYCARD_OK) {
        rc = ngx_polycard_input_check(&in, 0);
    }

    outcome = tap_outcome(rc, &in);
    tap_free();

    return outcome;
}
