
/*
 * Stored records as the JSON of the contract (tables 1 and 4, B3, B4, B21,
 * B23), written directly into the caller's buffer, and the two short answers.
 */


#ifndef _NGX_POLYCARD_CORE_ANSWER_H_INCLUDED_
#define _NGX_POLYCARD_CORE_ANSWER_H_INCLUDED_


#include "core/attributes.h"


/*
 * The most bytes that ngx_polycard_answer_record() may write for these
 * values.
 */
size_t ngx_polycard_answer_size(const ngx_polycard_table_t *table,
    const ngx_polycard_str_t *value);

/*
 * Writes the record as one JSON object at p and returns its end.  value has
 * table->n members, data == NULL if the hash has no such field.  Optional
 * attributes that are empty or not of their type (B26) are left out; long text
 * is truncated, but never a card number.  NULL: Polycard does not see the
 * record, because a required attribute is missing or not of its type (B21);
 * then p has nothing valid, and *flaws is unchanged.  Else *flaws is increased
 * by the number of attributes that were not stored as they should be; an empty
 * one is no flaw.
 */
u_char *ngx_polycard_answer_record(u_char *p,
    const ngx_polycard_table_t *table, const ngx_polycard_str_t *value,
    unsigned *flaws);

/* {"status":"OK","id":ID,"code":"CODE"}; at most answer_ok_size() bytes */
u_char *ngx_polycard_answer_ok(u_char *p, int64_t id,
    const ngx_polycard_str_t *code);
size_t ngx_polycard_answer_ok_size(const ngx_polycard_str_t *code);

/* {"status":"NOK","error":"TEXT"} of at most 64 + 6 * strlen(text) bytes */
u_char *ngx_polycard_answer_error(u_char *p, const char *text);


#endif /* _NGX_POLYCARD_CORE_ANSWER_H_INCLUDED_ */
