
#include "core/json.h"
#include "core/office.h"
#include "core/office_line.h"

#include <stdio.h>
#include <string.h>


#define NGX_POLYCARD_LINE_BIT(member)                                         \
    ((unsigned) 1 << NGX_POLYCARD_LINE_##member)

/* at most, of an operation's name in a list of them; the first one has more */
#define NGX_POLYCARD_LINE_NAME  20

/* behind the members */
#define NGX_POLYCARD_LINE_SET                                                 \
    ((unsigned) 1 << NGX_POLYCARD_LINE_MEMBERS)


/* bits of the members that an operation needs, and of those that it may have */

typedef struct {
    ngx_polycard_str_t       name;
    unsigned                 needs;
    unsigned                 may;
} ngx_polycard_line_rule_t;


static int ngx_polycard_line_find(void *data, const u_char *name, size_t len);
static void ngx_polycard_line_rename(ngx_polycard_input_t *in);
static void ngx_polycard_line_check(ngx_polycard_office_line_t *line);
static void ngx_polycard_line_bad_op(ngx_polycard_input_t *in);
static void ngx_polycard_line_check_member(ngx_polycard_input_t *in,
    const ngx_polycard_line_rule_t *rule, size_t i);
static void ngx_polycard_line_check_set(ngx_polycard_office_line_t *line,
    const ngx_polycard_line_rule_t *rule);
static void ngx_polycard_line_find_set(ngx_polycard_office_line_t *line,
    const ngx_polycard_str_t *text);
static const u_char *ngx_polycard_line_skip(const u_char *p,
    const u_char *end);
static const u_char *ngx_polycard_line_string(const u_char *p,
    const u_char *end);


/* in the order of ngx_polycard_line_op_e; each may have a key */

static const ngx_polycard_line_rule_t  ngx_polycard_line_rules[] = {
    { ngx_polycard_string("put"),
      NGX_POLYCARD_LINE_BIT(PHONE) | NGX_POLYCARD_LINE_SET, 0 },
    { ngx_polycard_string("patch"),
      NGX_POLYCARD_LINE_BIT(PHONE) | NGX_POLYCARD_LINE_SET, 0 },
    { ngx_polycard_string("delete"), NGX_POLYCARD_LINE_BIT(PHONE), 0 },
    { ngx_polycard_string("bonus"),
      NGX_POLYCARD_LINE_BIT(PHONE) | NGX_POLYCARD_LINE_BIT(SUM),
      NGX_POLYCARD_LINE_BIT(FLOOR) },
    { ngx_polycard_string("move"),
      NGX_POLYCARD_LINE_BIT(PHONE) | NGX_POLYCARD_LINE_BIT(TO), 0 },
    { ngx_polycard_string("merge"),
      NGX_POLYCARD_LINE_BIT(PHONE) | NGX_POLYCARD_LINE_BIT(FROM), 0 },
    { ngx_polycard_string("card"), NGX_POLYCARD_LINE_BIT(PHONE),
      NGX_POLYCARD_LINE_BIT(BARCODE) },
    { ngx_polycard_string("close"), NGX_POLYCARD_LINE_BIT(PHONE), 0 },
    { ngx_polycard_string("forget"), NGX_POLYCARD_LINE_BIT(PHONE), 0 },
    { ngx_polycard_string("put_group"),
      NGX_POLYCARD_LINE_BIT(ID) | NGX_POLYCARD_LINE_SET, 0 },
    { ngx_polycard_string("patch_group"),
      NGX_POLYCARD_LINE_BIT(ID) | NGX_POLYCARD_LINE_SET, 0 },
    { ngx_polycard_string("delete_group"), NGX_POLYCARD_LINE_BIT(ID), 0 }
};


static const ngx_polycard_attribute_t  ngx_polycard_line_members[] = {
    { ngx_polycard_string("op"), NGX_POLYCARD_TYPE_TEXT, 0 },
    { ngx_polycard_string("phone"), NGX_POLYCARD_TYPE_PHONE, 0 },
    { ngx_polycard_string("id"), NGX_POLYCARD_TYPE_INTEGER, 0 },
    { ngx_polycard_string("change"), NGX_POLYCARD_TYPE_AMOUNT, 0 },
    { ngx_polycard_string("floor"), NGX_POLYCARD_TYPE_AMOUNT, 0 },
    { ngx_polycard_string("key"), NGX_POLYCARD_TYPE_TEXT, 0 },
    { ngx_polycard_string("to"), NGX_POLYCARD_TYPE_PHONE, 0 },
    { ngx_polycard_string("from"), NGX_POLYCARD_TYPE_PHONE, 0 },
    { ngx_polycard_string("barcode"), NGX_POLYCARD_TYPE_TEXT, 0 }
};


static const ngx_polycard_table_t  ngx_polycard_line_table = {
    ngx_polycard_line_members, NGX_POLYCARD_LINE_MEMBERS
};


int
ngx_polycard_office_line_read(ngx_polycard_office_line_t *line,
    const ngx_polycard_str_t *text, u_char *scratch, size_t size)
{
    int                    rc;
    ngx_polycard_input_t  *in;

    in = &line->in;

    memset(&line->set, 0, sizeof(ngx_polycard_str_t));
    line->sets = 0;
    line->op = NGX_POLYCARD_LINE_OPS;

    ngx_polycard_input_init(in, &ngx_polycard_line_table, scratch, size);
    ngx_polycard_office_input(in);

    in->find = ngx_polycard_line_find;
    in->find_data = line;

    rc = ngx_polycard_json_read(in, text);

    if (rc == NGX_POLYCARD_NO_MEMORY) {
        return rc;
    }

    if (rc != NGX_POLYCARD_OK) {
        ngx_polycard_line_rename(in);
        return rc;
    }

    if (line->sets) {
        ngx_polycard_line_find_set(line, text);
    }

    (void) ngx_polycard_input_check(in, 0);

    ngx_polycard_line_check(line);

    return in->error[0] ? NGX_POLYCARD_ERROR : NGX_POLYCARD_OK;
}


static int
ngx_polycard_line_find(void *data, const u_char *name, size_t len)
{
    ngx_polycard_office_line_t  *line = data;

    int  index;

    if (len == 3 && memcmp(name, "set", 3) == 0) {
        line->sets++;
        return -1;
    }

    index = ngx_polycard_input_find(&line->in, name, len);

    if (index == -1) {
        ngx_polycard_office_unknown(&line->in, "attribute", name, len);
    }

    return index;
}


/* of a reader of whole bodies */

static void
ngx_polycard_line_rename(ngx_polycard_input_t *in)
{
    if (strncmp(in->error, "the body ", 9) == 0) {
        memcpy(in->error + 4, "line", 4);
    }
}


static void
ngx_polycard_line_check(ngx_polycard_office_line_t *line)
{
    size_t                           i;
    ngx_polycard_str_t              *op;
    const ngx_polycard_line_rule_t  *rule;

    op = &line->in.value[NGX_POLYCARD_LINE_OP];

    if (op->len == 0) {
        if (!(line->in.wrong & NGX_POLYCARD_LINE_BIT(OP))) {
            (void) ngx_polycard_input_fail(&line->in, NGX_POLYCARD_LINE_OP,
                                           "is missing");
        }

        return;
    }

    for (i = 0; i < NGX_POLYCARD_LINE_OPS; i++) {
        rule = &ngx_polycard_line_rules[i];

        if (ngx_polycard_str_is(&rule->name, op)) {
            break;
        }
    }

    if (i == NGX_POLYCARD_LINE_OPS) {
        ngx_polycard_line_bad_op(&line->in);
        return;
    }

    line->op = (ngx_polycard_line_op_e) i;
    rule = &ngx_polycard_line_rules[i];

    for (i = 1; i < NGX_POLYCARD_LINE_MEMBERS; i++) {
        ngx_polycard_line_check_member(&line->in, rule, i);
    }

    ngx_polycard_line_check_set(line, rule);
}


/* with the names of those that there are */

static void
ngx_polycard_line_bad_op(ngx_polycard_input_t *in)
{
    char    *p, what[NGX_POLYCARD_LINE_OPS * NGX_POLYCARD_LINE_NAME];
    size_t   i;

    p = what;

    for (i = 0; i < NGX_POLYCARD_LINE_OPS; i++) {
        p += snprintf(p, what + sizeof(what) - p, "%s%s",
                      i ? ", " : "must be one of ",
                      (const char *) ngx_polycard_line_rules[i].name.data);
    }

    (void) ngx_polycard_input_fail(in, NGX_POLYCARD_LINE_OP, what);
}


static void
ngx_polycard_line_check_member(ngx_polycard_input_t *in,
    const ngx_polycard_line_rule_t *rule, size_t i)
{
    unsigned  bit, may;

    bit = (unsigned) 1 << i;
    may = rule->needs | rule->may | NGX_POLYCARD_LINE_BIT(KEY);

    if (in->wrong & bit) {
        return;
    }

    if ((rule->needs & bit) && in->value[i].len == 0) {
        (void) ngx_polycard_input_fail(in, (int) i, "is missing");

    } else if (in->value[i].data && !(may & bit)) {
        (void) ngx_polycard_input_fail(in, (int) i, "is not of this op");

    } else if (i == NGX_POLYCARD_LINE_KEY && in->value[i].data
               && ngx_polycard_office_check_key(&in->value[i])
                  != NGX_POLYCARD_OK)
    {
        /* what was to be done once is not done without it */

        (void) ngx_polycard_input_fail(in, -1, NGX_POLYCARD_OFFICE_KEY_ERROR);
    }
}


static void
ngx_polycard_line_check_set(ngx_polycard_office_line_t *line,
    const ngx_polycard_line_rule_t *rule)
{
    const char  *what;

    what = NULL;

    if (!(rule->needs & NGX_POLYCARD_LINE_SET)) {
        what = line->sets ? "set is not of this op" : NULL;

    } else if (line->sets == 0) {
        what = "set is missing";

    } else if (line->sets > 1) {
        what = "set is given twice";

    } else if (line->set.data == NULL) {
        what = "set must be an object";
    }

    if (what) {
        (void) ngx_polycard_input_fail(&line->in, -1, what);
    }
}


/*
 * In a line that is a JSON object: the object that is the value of "set" as it
 * is written there, without escapes.
 */

static void
ngx_polycard_line_find_set(ngx_polycard_office_line_t *line,
    const ngx_polycard_str_t *text)
{
    const u_char  *p, *end, *key;

    end = text->data + text->len;
    p = memchr(text->data, '{', text->len);

    while (p && ++p < end) {

        if (*p != '"') {
            continue;
        }

        key = p + 1;
        p = ngx_polycard_line_string(p, end);

        while (p < end && *p != ':') {
            p++;
        }

        do {
            p++;
        } while (p < end && memchr(" \t\r\n", *p, 4));

        if (p < end && *p == '{' && end - key > 4
            && memcmp(key, "set\"", 4) == 0)
        {
            line->set.data = (u_char *) p;
            line->set.len = ngx_polycard_line_skip(p, end) - p;
        }

        p = ngx_polycard_line_skip(p, end) - 1;
    }
}


/* the end of the value at p */

static const u_char *
ngx_polycard_line_skip(const u_char *p, const u_char *end)
{
    size_t  depth;

    depth = 0;

    for ( /* void */ ; p < end; p++) {

        switch (*p) {

        case '"':
            p = ngx_polycard_line_string(p, end) - 1;
            break;

        case '{':
        case '[':
            depth++;
            continue;

        case '}':
        case ']':
            if (depth == 0) {
                return p;
            }

            if (--depth == 0) {
                return p + 1;
            }

            continue;

        case ',':
            if (depth == 0) {
                return p;
            }

            break;
        }
    }

    return end;
}


/* p is at the opening quote; returns what is behind the closing one */

static const u_char *
ngx_polycard_line_string(const u_char *p, const u_char *end)
{
    for (p++; p < end; p++) {

        if (*p == '"') {
            return p + 1;
        }

        if (*p == '\\') {
            p++;
        }
    }

    return end;
}
