
/*
 * Reading a request to the office: paths, conditions, bodies.  The answers are
 * in office_answer.h.
 */


#ifndef _NGX_POLYCARD_CORE_OFFICE_H_INCLUDED_
#define _NGX_POLYCARD_CORE_OFFICE_H_INCLUDED_


#include "core/input.h"


/* the path below the location, docs/office.md */

typedef enum {
    NGX_POLYCARD_OFFICE_NONE = 0,
    NGX_POLYCARD_OFFICE_CLIENTS,     /* clients */
    NGX_POLYCARD_OFFICE_BARCODE,     /* clients?barcode=, not of a path */
    NGX_POLYCARD_OFFICE_CLIENT,      /* clients/PHONE */
    NGX_POLYCARD_OFFICE_BONUS,       /* clients/PHONE/bonus, ... */
    NGX_POLYCARD_OFFICE_MOVE,
    NGX_POLYCARD_OFFICE_MERGE,
    NGX_POLYCARD_OFFICE_CARD,
    NGX_POLYCARD_OFFICE_FORGET,
    NGX_POLYCARD_OFFICE_GROUPS,      /* groups */
    NGX_POLYCARD_OFFICE_GROUP,       /* groups/ID */
    NGX_POLYCARD_OFFICE_REGISTERED,  /* registered */
    NGX_POLYCARD_OFFICE_READ,        /* registered/read */
    NGX_POLYCARD_OFFICE_BATCH        /* batch */
} ngx_polycard_office_e;


/* a client's attributes and its id */

typedef struct {
    ngx_polycard_attribute_t     attribute[NGX_POLYCARD_ATTRIBUTES_MAX];
    ngx_polycard_table_t         table;
} ngx_polycard_office_client_t;


/* room for a condition, see below */
#define NGX_POLYCARD_OFFICE_CONDITION  1024

/* hexadecimal digits of an ETag */
#define NGX_POLYCARD_OFFICE_ETAG       32


/*
 * The resource of this path, which is decoded; id is its second segment, a
 * part of path, or empty.
 */
ngx_polycard_office_e ngx_polycard_office_find(const ngx_polycard_str_t *path,
    ngx_polycard_str_t *id);

/* ngx_polycard_client, followed by "id" */
void ngx_polycard_office_client(ngx_polycard_office_client_t *client);

/*
 * Makes in report all errors, including unknown names.  Members of an answer
 * of the office other than attributes are ignored: what was read can be sent
 * back.
 */
void ngx_polycard_office_input(ngx_polycard_input_t *in);

/* the fault that a name is unknown, with what of the name can be shown; kind,
 * "attribute" or "parameter", is what it would be the name of */
void ngx_polycard_office_unknown(ngx_polycard_input_t *in, const char *kind,
    const u_char *name, size_t len);

#define NGX_POLYCARD_OFFICE_KEY_ERROR                                         \
    "key must be 1 to 255 visible characters"

/* NGX_POLYCARD_ERROR: it is no Idempotency-Key, with these words as error */
int ngx_polycard_office_check_key(const ngx_polycard_str_t *key);

/*
 * The identity, the table's first attribute, is that of the path, and checked
 * there: an error if another one was given.
 */
void ngx_polycard_office_identity(ngx_polycard_input_t *in,
    const ngx_polycard_str_t *id);

/*
 * The condition for functions inside Redis (docs/keyspace.md), from the
 * headers If-Match and If-None-Match, NULL if not given; written to at most
 * NGX_POLYCARD_OFFICE_CONDITION bytes at p.  Returns the end.  NULL: cannot be
 * read, or both are given, or If-None-Match is not "*".
 *
 * An ETag is that of the stored record, not of the bytes of an answer: it means
 * the same as a weak one, and without its quotes.
 */
u_char *ngx_polycard_office_condition(u_char *p,
    const ngx_polycard_str_t *match, const ngx_polycard_str_t *none_match);

/* 1: the header If-None-Match names this ETag, or is "*" */
unsigned ngx_polycard_office_has(const ngx_polycard_str_t *header,
    const ngx_polycard_str_t *etag);

/* 1: a page of this host has sent the request, by its header Origin */
unsigned ngx_polycard_office_own(const ngx_polycard_str_t *origin,
    const ngx_polycard_str_t *host);


#endif /* _NGX_POLYCARD_CORE_OFFICE_H_INCLUDED_ */
