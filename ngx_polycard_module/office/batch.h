
/*
 * A batch: a body of lines, each an operation, answered by a line each while it
 * is being read (docs/office.md).
 */


#ifndef _NGX_POLYCARD_OFFICE_BATCH_H_INCLUDED_
#define _NGX_POLYCARD_OFFICE_BATCH_H_INCLUDED_


#include "office/office.h"


/* operations under way, at most, and bytes of their lines */
#define NGX_POLYCARD_BATCH_SLOTS  100
#define NGX_POLYCARD_BATCH_BYTES  262144

/* what a line is told that is not done, because of one before it */
#define NGX_POLYCARD_BATCH_OVER   "an earlier line may not be done"

/* the longest line */
#define NGX_POLYCARD_BATCH_LINE   NGX_POLYCARD_BODY_MAX

/* a piece of the answer, and of a body that is in a file */
#define NGX_POLYCARD_BATCH_PIECE  16384


typedef struct ngx_polycard_batch_s  ngx_polycard_batch_t;


/* a line, from when it was read until its answer stands in the output */

typedef struct {
    ngx_polycard_office_act_t   act;
    ngx_polycard_batch_t       *batch;
    size_t                      size;       /* of the line */
    ngx_uint_t                  n;          /* 1: the first of the body */
    u_char                      number[NGX_INT_T_LEN];  /* the same, of a key */
    ngx_polycard_str_t          second;     /* phone of a move or a merge */
    ngx_str_t                   text;       /* of the answer */
    unsigned                    done:1;
} ngx_polycard_batch_slot_t;


/* where the body stands */

typedef struct {
    ngx_chain_t               **bufs;       /* what has come of it */
    ngx_chain_t                *copy;       /* of bufs that others read, too */
    ngx_str_t                   part;       /* of a line, a copy */
    u_char                     *window;     /* of a file */
    u_char                     *pos;        /* ... what of it is to be read */
    u_char                     *last;
    ngx_uint_t                  lines;
    ngx_int_t                   failed;     /* it cannot be read: a status */
    unsigned                    skip:1;     /* the rest of a line too long */
    unsigned                    ended:1;
} ngx_polycard_batch_body_t;


struct ngx_polycard_batch_s {
    ngx_polycard_office_t      *office;
    ngx_http_request_t         *request;
    ngx_polycard_batch_body_t   body;

    ngx_polycard_batch_slot_t  *slot[NGX_POLYCARD_BATCH_SLOTS];
    ngx_uint_t                  first;      /* of the slots in use */
    ngx_uint_t                  n;
    size_t                      bytes;
    ngx_polycard_batch_slot_t  *alone;      /* nothing goes beside it */
    ngx_polycard_batch_slot_t  *waits;      /* the last one, for others */
    ngx_uint_t                  lost;       /* a line may be done later: with
                                             * a key none is done after it */

    ngx_chain_t                *out;        /* written, not sent */
    ngx_chain_t                *busy;       /* sent, and the socket was full */
    ngx_chain_t                *free;
    ngx_event_t                 event;      /* something is done */
};


/* the handler of the request, whose body is of NGX_POLYCARD_BODY_LINES */
ngx_int_t ngx_polycard_batch_start(ngx_polycard_office_t *office);

/* before the first line is read.  NGX_ERROR: no memory */
ngx_int_t ngx_polycard_batch_open(ngx_polycard_batch_t *batch);

/*
 * The next line, without its end, valid until the next call: NGX_OK; NGX_AGAIN,
 * it has not come yet; NGX_DONE, there is none; NGX_DECLINED, one that is too
 * long is left out; NGX_ERROR: no memory.
 */
ngx_int_t ngx_polycard_batch_read(ngx_polycard_batch_t *batch,
    ngx_str_t *line);

/*
 * A slot for a line, which asks the store; its answer may be there at once.
 * rc: as of ngx_polycard_batch_read().  NGX_ERROR: no memory.
 */
ngx_int_t ngx_polycard_batch_line(ngx_polycard_batch_t *batch,
    ngx_str_t *line, ngx_int_t rc);

/* what is wrong with the line of a slot, copied: returns NGX_ERROR */
ngx_int_t ngx_polycard_batch_wrong(ngx_polycard_batch_slot_t *slot,
    ngx_int_t status, const char *what);

/* the slot is done: its answer, from its act */
void ngx_polycard_batch_print(ngx_polycard_batch_slot_t *slot);

/*
 * Asks the store for the act of a slot, the last one, or lets it wait until no
 * line of the same client or group is under way, if the batch has a key.
 * NGX_ERROR: slot->act says what is wrong.
 */
ngx_int_t ngx_polycard_batch_turn(ngx_polycard_batch_slot_t *slot);

/* the line that waits, as soon as it need not */
void ngx_polycard_batch_resume(ngx_polycard_batch_t *batch);

/* may no line be done any more? */
ngx_uint_t ngx_polycard_batch_is_over(ngx_polycard_batch_t *batch);

/* puts answers into the output, in the order of the lines, as far as they are
 * there.  NGX_ERROR, here and below: no memory, or the caller is gone */
ngx_int_t ngx_polycard_batch_emit(ngx_polycard_batch_t *batch);

/* sends the output; batch->busy is what waits for the socket */
ngx_int_t ngx_polycard_batch_send(ngx_polycard_batch_t *batch);

/* after the last line: the status for the end of the request */
ngx_int_t ngx_polycard_batch_end(ngx_polycard_batch_t *batch);

/* the answer of a slot is in the output, or nobody wants it: counted */
void ngx_polycard_batch_free(ngx_polycard_batch_slot_t *slot);


#endif /* _NGX_POLYCARD_OFFICE_BATCH_H_INCLUDED_ */
