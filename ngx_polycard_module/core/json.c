
#include "core/json.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>


/* a second pass over the bytes of a body that cJSON has read */

typedef struct {
    const u_char              *pos;
    const u_char              *end;
    size_t                     depth;
} ngx_polycard_json_walk_t;


static const char *ngx_polycard_json_fault(const ngx_polycard_str_t *body);
static cJSON *ngx_polycard_json_parse(const ngx_polycard_str_t *body);
static void *ngx_polycard_json_malloc(size_t size);
static int ngx_polycard_json_read_member(ngx_polycard_input_t *in,
    const cJSON *item, const ngx_polycard_str_t *number);
static int ngx_polycard_json_take_value(const ngx_polycard_attribute_t *a,
    const cJSON *item, const ngx_polycard_str_t *number,
    ngx_polycard_str_t *value);
static const char *ngx_polycard_json_expected(ngx_polycard_type_e type);
static void ngx_polycard_json_next_number(ngx_polycard_json_walk_t *walk,
    ngx_polycard_str_t *number);
static unsigned ngx_polycard_json_is_number(u_char c);
static const u_char *ngx_polycard_json_skip_string(const u_char *p,
    const u_char *end, const char **what);
static void ngx_polycard_json_check_escape(const u_char *p,
    const char **what);


static const char  ngx_polycard_json_no_object[] =
    "the body is not a JSON object";
static const char  ngx_polycard_json_nul[] = "the body holds U+0000";

/* for the last body: cJSON itself returns NULL, as for invalid JSON */
static unsigned  ngx_polycard_json_no_memory;


int
ngx_polycard_json_read(ngx_polycard_input_t *in,
    const ngx_polycard_str_t *body)
{
    int                        rc;
    cJSON                     *root, *item;
    const char                *what;
    ngx_polycard_str_t         number;
    ngx_polycard_json_walk_t   walk;

    what = ngx_polycard_json_fault(body);

    if (what) {
        return ngx_polycard_input_fail(in, -1, what);
    }

    root = ngx_polycard_json_parse(body);

    if (root == NULL) {
        return ngx_polycard_json_no_memory
               ? NGX_POLYCARD_NO_MEMORY
               : ngx_polycard_input_fail(in, -1, ngx_polycard_json_no_object);
    }

    rc = NGX_POLYCARD_OK;
    number.data = NULL;
    number.len = 0;
    walk.pos = body->data;
    walk.end = body->data + body->len;
    walk.depth = 0;

    for (item = root->child; item; item = item->next) {

        if (cJSON_IsNumber(item)) {
            ngx_polycard_json_next_number(&walk, &number);
        }

        rc = ngx_polycard_json_read_member(in, item, &number);

        if (rc != NGX_POLYCARD_OK) {

            if (!in->all) {
                break;
            }

            rc = NGX_POLYCARD_OK;
        }
    }

    cJSON_Delete(root);

    return rc;
}


/*
 * cJSON returns strings without their length: a U+0000, escaped or not, would
 * truncate them, and it reads \u without hex digits as U+0000.
 */

static const char *
ngx_polycard_json_fault(const ngx_polycard_str_t *body)
{
    const char    *what;
    const u_char  *p, *end;

    if (body->len == 0) {
        return ngx_polycard_json_no_object;
    }

    end = body->data + body->len;
    what = NULL;

    for (p = body->data; p < end && what == NULL; p++) {

        if (*p == '"') {
            p = ngx_polycard_json_skip_string(p, end, &what);

        } else if (*p == '\0') {
            what = ngx_polycard_json_nul;
        }
    }

    return what;
}


unsigned
ngx_polycard_json_begins(const ngx_polycard_str_t *body)
{
    const u_char  *p, *end;

    p = body->data;
    end = body->data + body->len;

    if (body->len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
        p += 3;
    }

    /* as in cJSON, to which all control characters are white space */

    while (p < end && *p <= ' ') {
        p++;
    }

    return p < end && (*p == '{' || *p == '[');
}


/*
 * A text that ends with a brace is a whole object or invalid: versions of
 * cJSON before 1.7.18 may read one byte past a body that ends with a comma.
 */

static cJSON *
ngx_polycard_json_parse(const ngx_polycard_str_t *body)
{
    cJSON         *root;
    const char    *last;
    cJSON_Hooks    hooks;
    const u_char  *end;

    ngx_polycard_json_no_memory = 0;

    end = body->data + body->len;

    while (end > body->data && memchr(" \t\r\n", end[-1], 4)) {
        end--;
    }

    if (end == body->data || end[-1] != '}') {
        return NULL;
    }

    hooks.malloc_fn = ngx_polycard_json_malloc;
    hooks.free_fn = free;

    cJSON_InitHooks(&hooks);

    root = cJSON_ParseWithLengthOpts((char *) body->data, end - body->data,
                                     &last, 0);
    cJSON_InitHooks(NULL);

    if (root && cJSON_IsObject(root) && last == (char *) end) {
        return root;
    }

    cJSON_Delete(root);

    return NULL;
}


static void *
ngx_polycard_json_malloc(size_t size)
{
    void  *p;

    p = malloc(size);

    if (p == NULL) {
        ngx_polycard_json_no_memory = 1;
    }

    return p;
}


static int
ngx_polycard_json_read_member(ngx_polycard_input_t *in, const cJSON *item,
    const ngx_polycard_str_t *number)
{
    int                              index;
    ngx_polycard_str_t               value;
    const ngx_polycard_attribute_t  *a;

    index = ngx_polycard_input_index(in, (u_char *) item->string,
                                     strlen(item->string));
    if (index == -1) {
        return NGX_POLYCARD_OK;
    }

    a = &in->table->attribute[index];

    if (ngx_polycard_json_take_value(a, item, number, &value)
        != NGX_POLYCARD_OK)
    {
        return ngx_polycard_input_fail(in, index,
                                       ngx_polycard_json_expected(a->type));
    }

    value.data = ngx_polycard_input_copy(in, value.data, value.len);

    if (value.data == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    return ngx_polycard_input_set(in, index, value.data, value.len);
}


static int
ngx_polycard_json_take_value(const ngx_polycard_attribute_t *a,
    const cJSON *item, const ngx_polycard_str_t *number,
    ngx_polycard_str_t *value)
{
    static ngx_polycard_str_t  null = ngx_polycard_string("");
    static ngx_polycard_str_t  flag[] = {
        ngx_polycard_string("false"), ngx_polycard_string("true")
    };

    if (cJSON_IsString(item)) {
        value->data = (u_char *) item->valuestring;
        value->len = strlen(item->valuestring);
        return NGX_POLYCARD_OK;
    }

    if (cJSON_IsNull(item)) {
        *value = null;
        return NGX_POLYCARD_OK;
    }

    if (cJSON_IsNumber(item)
        && (a->type == NGX_POLYCARD_TYPE_AMOUNT
            || a->type == NGX_POLYCARD_TYPE_INTEGER
            || a->type == NGX_POLYCARD_TYPE_ID
            || a->type == NGX_POLYCARD_TYPE_FLAG))
    {
        *value = *number;
        return NGX_POLYCARD_OK;
    }

    if (cJSON_IsBool(item) && a->type == NGX_POLYCARD_TYPE_FLAG) {
        *value = flag[cJSON_IsTrue(item)];
        return NGX_POLYCARD_OK;
    }

    return NGX_POLYCARD_ERROR;
}


static const char *
ngx_polycard_json_expected(ngx_polycard_type_e type)
{
    switch (type) {

    case NGX_POLYCARD_TYPE_AMOUNT:
    case NGX_POLYCARD_TYPE_INTEGER:
    case NGX_POLYCARD_TYPE_ID:
        return "must be a number";

    case NGX_POLYCARD_TYPE_FLAG:
        return "must be true or false";

    default:
        return "must be a string";
    }
}


/*
 * The next number among the members of the outermost object, as it was sent:
 * a form has the same digits, a double does not always.
 */

static void
ngx_polycard_json_next_number(ngx_polycard_json_walk_t *walk,
    ngx_polycard_str_t *number)
{
    const char  *what;

    for ( /* void */ ; walk->pos < walk->end; walk->pos++) {

        switch (*walk->pos) {

        case '"':
            walk->pos = ngx_polycard_json_skip_string(walk->pos, walk->end,
                                                      &what);
            break;

        case '{':
        case '[':
            walk->depth++;
            break;

        case '}':
        case ']':
            walk->depth--;
            break;

        case '-':
        case '0': case '1': case '2': case '3': case '4':
        case '5': case '6': case '7': case '8': case '9':

            if (walk->depth > 1) {
                break;
            }

            number->data = (u_char *) walk->pos;

            while (walk->pos < walk->end
                   && ngx_polycard_json_is_number(*walk->pos))
            {
                walk->pos++;
            }

            number->len = walk->pos - number->data;

            return;
        }
    }
}


static unsigned
ngx_polycard_json_is_number(u_char c)
{
    return (c >= '0' && c <= '9')
           || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}


/* p is at the opening quote; returns the closing one or end - 1 */

static const u_char *
ngx_polycard_json_skip_string(const u_char *p, const u_char *end,
    const char **what)
{
    for (p++; p < end; p++) {

        switch (*p) {

        case '"':
            return p;

        case '\0':
            *what = ngx_polycard_json_nul;
            break;

        case '\\':
            if (end - p > 5 && p[1] == 'u') {
                ngx_polycard_json_check_escape(p + 2, what);
            }

            p += (end - p > 1);
            break;
        }
    }

    return end - 1;
}


static void
ngx_polycard_json_check_escape(const u_char *p, const char **what)
{
    size_t  i;

    for (i = 0; i < 4; i++) {
        if (!((p[i] >= '0' && p[i] <= '9')
              || ((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'f')))
        {
            *what = ngx_polycard_json_no_object;
            return;
        }
    }

    if (memcmp(p, "0000", 4) == 0) {
        *what = ngx_polycard_json_nul;
    }
}
