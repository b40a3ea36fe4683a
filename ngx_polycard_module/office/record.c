
/* A record as JSON */


#include "office/answer.h"
#include "core/office_answer.h"


static u_char *ngx_polycard_office_print_attributes(u_char *p,
    const ngx_polycard_table_t *table, const redisReply *record);
static u_char *ngx_polycard_office_print_names(u_char *p,
    const ngx_polycard_str_t *names);


static const ngx_polycard_str_t  ngx_polycard_office_tag =
                                                  ngx_polycard_string("etag");

static const ngx_polycard_str_t  ngx_polycard_office_why =
                                                   ngx_polycard_string("why");

static const ngx_polycard_str_t  ngx_polycard_office_no_hash =
                                ngx_polycard_string("the record is not a hash");


/* [phone or id, ETag, missing, unreadable, name, value, ...], [phone or id] */

u_char *
ngx_polycard_office_print_record(u_char *p, const ngx_polycard_table_t *table,
    const redisReply *record, ngx_uint_t etag)
{
    ngx_polycard_str_t  id, tag, missing, unreadable;

    ngx_polycard_store_text(ngx_polycard_store_part(record, 0), &id);
    ngx_polycard_store_text(ngx_polycard_store_part(record, 1), &tag);
    ngx_polycard_store_text(ngx_polycard_store_part(record, 2), &missing);
    ngx_polycard_store_text(ngx_polycard_store_part(record, 3), &unreadable);

    *p++ = '{';
    p = ngx_polycard_office_print(p, &table->attribute[0],
                                  &table->attribute[0].name, &id);

    if (ngx_polycard_store_count(record) == 1) {
        p = ngx_cpymem(p, "\"whole\":false,", 14);
        p = ngx_polycard_office_print(p, NULL, &ngx_polycard_office_why,
                                      &ngx_polycard_office_no_hash);

    } else {
        p = ngx_polycard_office_print_attributes(p, table, record);
        p = ngx_polycard_office_print_flaws(p, &missing, &unreadable);
    }

    if (etag && tag.len) {
        p = ngx_polycard_office_print(p, NULL, &ngx_polycard_office_tag, &tag);
    }

    p[-1] = '}';
    *p++ = ',';

    return p;
}


static u_char *
ngx_polycard_office_print_attributes(u_char *p,
    const ngx_polycard_table_t *table, const redisReply *record)
{
    ngx_uint_t          i, n;
    ngx_polycard_str_t  name, value;

    n = ngx_polycard_store_count(record);

    for (i = 4; i + 1 < n; i += 2) {
        ngx_polycard_store_text(ngx_polycard_store_part(record, i), &name);
        ngx_polycard_store_text(ngx_polycard_store_part(record, i + 1), &value);

        p = ngx_polycard_office_print(p, ngx_polycard_office_named(table,
                                                                   &name),
                                      &name, &value);
    }

    return p;
}


size_t
ngx_polycard_office_record_size(const ngx_polycard_table_t *table,
    const redisReply *record)
{
    size_t              size;
    ngx_uint_t          i, n;
    ngx_polycard_str_t  name, value, missing, unreadable;

    n = ngx_polycard_store_count(record);

    ngx_polycard_store_text(ngx_polycard_store_part(record, 0), &value);
    ngx_polycard_store_text(ngx_polycard_store_part(record, 2), &missing);
    ngx_polycard_store_text(ngx_polycard_store_part(record, 3), &unreadable);

    size = NGX_POLYCARD_OFFICE_HEAD + missing.len + 4 * unreadable.len
           + ngx_polycard_office_print_size(&table->attribute[0].name, &value);

    ngx_polycard_store_text(ngx_polycard_store_part(record, 1), &value);
    size += ngx_polycard_office_print_size(&ngx_polycard_office_tag, &value);

    for (i = 4; i + 1 < n; i += 2) {
        ngx_polycard_store_text(ngx_polycard_store_part(record, i), &name);
        ngx_polycard_store_text(ngx_polycard_store_part(record, i + 1), &value);
        size += ngx_polycard_office_print_size(&name, &value);
    }

    return size;
}


u_char *
ngx_polycard_office_print_flaws(u_char *p, const ngx_polycard_str_t *missing,
    const ngx_polycard_str_t *unreadable)
{
    if (missing->len == 0) {
        p = ngx_cpymem(p, "\"whole\":true,", 13);

    } else {
        p = ngx_cpymem(p, "\"whole\":false,\"why\":\"", 21);
        p = ngx_cpymem(p, missing->data, missing->len);
        p = ngx_cpymem(p, " is missing or cannot be read\",", 31);
    }

    return unreadable->len ? ngx_polycard_office_print_names(p, unreadable)
                           : p;
}


/* names of attributes, separated by spaces */

static u_char *
ngx_polycard_office_print_names(u_char *p, const ngx_polycard_str_t *names)
{
    size_t  i;

    p = ngx_cpymem(p, "\"unreadable\":[\"", 15);

    for (i = 0; i < names->len; i++) {
        if (names->data[i] == ' ') {
            p = ngx_cpymem(p, "\",\"", 3);

        } else {
            *p++ = names->data[i];
        }
    }

    return ngx_cpymem(p, "\"],", 3);
}
