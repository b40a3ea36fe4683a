
/*
 * The parameters of a query that answers to no other: one that is not known is
 * an error, since what is misspelt would else be another question.
 */


#ifndef _NGX_POLYCARD_CORE_QUERY_H_INCLUDED_
#define _NGX_POLYCARD_CORE_QUERY_H_INCLUDED_


#include "core/input.h"


/* before a query is read, after ngx_polycard_input_init(): makes in report all
 * errors, including parameters that its table lacks */
void ngx_polycard_query_begin(ngx_polycard_input_t *in);

/*
 * After that: those of the table that were given are unknown here as well,
 * unless their bit (1 << index) is in takes.  NGX_POLYCARD_OK, or
 * NGX_POLYCARD_ERROR with every fault in in->error.
 */
int ngx_polycard_query_check(ngx_polycard_input_t *in, unsigned takes);


#endif /* _NGX_POLYCARD_CORE_QUERY_H_INCLUDED_ */
