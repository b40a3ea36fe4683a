
/*
 * A record of the outbox as the data of a hook: always the same bytes for the
 * same record (contract, B11 and B14, tables 1, 3 and 4).
 */


#ifndef _NGX_POLYCARD_CORE_OUTBOX_H_INCLUDED_
#define _NGX_POLYCARD_CORE_OUTBOX_H_INCLUDED_


#include "core/attributes.h"
#include "core/dispatch.h"


/* the longest id of a record as text */
#define NGX_POLYCARD_OUTBOX_ID_LEN  41


typedef struct {
    const ngx_polycard_table_t  *table;
    ngx_polycard_str_t           value[NGX_POLYCARD_ATTRIBUTES_MAX];
} ngx_polycard_outbox_t;


/* "ms-seq" to numbers and back; NGX_POLYCARD_ERROR: it is no id */
int ngx_polycard_outbox_parse_id(const ngx_polycard_str_t *text,
    ngx_polycard_dispatch_id_t *id);
u_char *ngx_polycard_outbox_print_id(u_char *p,
    const ngx_polycard_dispatch_id_t *id);

/*
 * Begins a record: object is "clients", "bonuses" or "loyalty_groups", key the
 * phone or "group:<id>".  NGX_POLYCARD_ERROR: no such object, or another key.
 */
int ngx_polycard_outbox_init(ngx_polycard_outbox_t *record,
    const ngx_polycard_str_t *object, const ngx_polycard_str_t *key);

/* one of its fields; names that the object does not have are skipped */
void ngx_polycard_outbox_set(ngx_polycard_outbox_t *record,
    const ngx_polycard_str_t *name, const ngx_polycard_str_t *value);

/* the most bytes that ngx_polycard_outbox_print() may write */
size_t ngx_polycard_outbox_size(const ngx_polycard_outbox_t *record);

/*
 * Writes data as one JSON object at p and returns its end; NULL: a required
 * attribute is missing or invalid, which the functions never write.
 */
u_char *ngx_polycard_outbox_print(u_char *p,
    const ngx_polycard_outbox_t *record);


#endif /* _NGX_POLYCARD_CORE_OUTBOX_H_INCLUDED_ */
