
/* The answers of the office, as JSON. */


#ifndef _NGX_POLYCARD_CORE_OFFICE_ANSWER_H_INCLUDED_
#define _NGX_POLYCARD_CORE_OFFICE_ANSWER_H_INCLUDED_


#include "core/attributes.h"


/*
 * Writes "NAME":VALUE and a comma at p: a number or a flag if the value is
 * one of the attribute's type, else a string, as it is stored.  a: NULL if
 * the name is not in the table.  Returns the end.
 */
u_char *ngx_polycard_office_print(u_char *p, const ngx_polycard_attribute_t *a,
    const ngx_polycard_str_t *name, const ngx_polycard_str_t *value);

/* the most bytes that this writes */
size_t ngx_polycard_office_print_size(const ngx_polycard_str_t *name,
    const ngx_polycard_str_t *value);

/* the attribute of this name, or NULL */
const ngx_polycard_attribute_t *ngx_polycard_office_named(
    const ngx_polycard_table_t *table, const ngx_polycard_str_t *name);


#endif /* _NGX_POLYCARD_CORE_OFFICE_ANSWER_H_INCLUDED_ */
