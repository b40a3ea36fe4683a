
/*
 * The one table of the attributes of a client (contract, table 1) and of a
 * loyalty group (table 4).  Their order in Redis commands, in JSON and in
 * messages follows from it; a new attribute is one line in attributes.c and
 * one in redis-scripts/attributes.lua, which a test compares.
 */


#ifndef _NGX_POLYCARD_CORE_ATTRIBUTES_H_INCLUDED_
#define _NGX_POLYCARD_CORE_ATTRIBUTES_H_INCLUDED_


#include "core/types.h"


typedef enum {
    NGX_POLYCARD_TYPE_PHONE = 0,   /* 380 and 9 digits (B1) */
    NGX_POLYCARD_TYPE_TEXT,        /* up to 255 code points of UTF-8 (B5) */
    NGX_POLYCARD_TYPE_CARD,        /* the same, and never cut */
    NGX_POLYCARD_TYPE_SEX,         /* male, female */
    NGX_POLYCARD_TYPE_DATE,        /* YYYYMMDD, a day of the calendar */
    NGX_POLYCARD_TYPE_AMOUNT,      /* whole hundredths, see number.h (B16) */
    NGX_POLYCARD_TYPE_INTEGER,     /* 0 to 2^53 - 1 */
    NGX_POLYCARD_TYPE_ID,          /* the same, up to 15 digits: a client's id,
                                    * which the counter of ids follows (B25) */
    NGX_POLYCARD_TYPE_LOYALTY,     /* discount, bonuses */
    NGX_POLYCARD_TYPE_FLAG,        /* true, false, 1, 0 */
    NGX_POLYCARD_TYPE_CHANGE       /* the difference of two amounts (B32) */
} ngx_polycard_type_e;


typedef struct {
    ngx_polycard_str_t         name;      /* on the wire and in the hash */
    ngx_polycard_type_e        type;
    unsigned                   required;  /* without it the record is none */
} ngx_polycard_attribute_t;


typedef struct {
    const ngx_polycard_attribute_t  *attribute;
    size_t                           n;
} ngx_polycard_table_t;


/* indices into ngx_polycard_client; the first, phone, is in the key */

enum {
    NGX_POLYCARD_CLIENT_PHONE = 0,
    NGX_POLYCARD_CLIENT_SURNAME,
    NGX_POLYCARD_CLIENT_NAME,
    NGX_POLYCARD_CLIENT_MIDDLENAME,
    NGX_POLYCARD_CLIENT_EMAIL,
    NGX_POLYCARD_CLIENT_SEX,
    NGX_POLYCARD_CLIENT_BIRTHDAY,
    NGX_POLYCARD_CLIENT_BARCODE,
    NGX_POLYCARD_CLIENT_BONUS,
    NGX_POLYCARD_CLIENT_DISCOUNT,
    NGX_POLYCARD_CLIENT_LOYALTY_GROUP_ID,
    NGX_POLYCARD_CLIENT_N
};


/* indices into ngx_polycard_group; the first, id, is in the key */

enum {
    NGX_POLYCARD_GROUP_ID = 0,
    NGX_POLYCARD_GROUP_TITLE,
    NGX_POLYCARD_GROUP_LOYALTY_TYPE,
    NGX_POLYCARD_GROUP_LOYALTY_QUANTITY,
    NGX_POLYCARD_GROUP_ACTIVE,
    NGX_POLYCARD_GROUP_N
};


/* the longest table: a client's, and the id that tools/ handle with it */
#define NGX_POLYCARD_ATTRIBUTES_MAX  12

/* the longest id of a client, in digits */
#define NGX_POLYCARD_ID_LEN          15

/* the longest text, in code points (table 1, B5) */
#define NGX_POLYCARD_TEXT_MAX        255


extern const ngx_polycard_table_t  ngx_polycard_client;
extern const ngx_polycard_table_t  ngx_polycard_group;


/*
 * Checks that the value is one of the attribute's type.  Returns
 * NULL, or the error as the end of a sentence that begins with the
 * attribute's name ("must be male or female"); a constant, without the value.
 */
const char *ngx_polycard_attribute_check(const ngx_polycard_attribute_t *a,
    const ngx_polycard_str_t *value);

/* 1: the value of a FLAG is true or 1 */
unsigned ngx_polycard_attribute_flag(const ngx_polycard_str_t *value);


#endif /* _NGX_POLYCARD_CORE_ATTRIBUTES_H_INCLUDED_ */
