
/* The rows of the report: one for each thing that is checked. */


#ifndef _POLYCARD_CHECK_ROWS_H_INCLUDED_
#define _POLYCARD_CHECK_ROWS_H_INCLUDED_


/* in the order of the report; rows.c has the same */

typedef enum {
    CHECK_REACH = 0,
    CHECK_HTTPS,
    CHECK_JSON,
    CHECK_TYPE,
    CHECK_GET_GROUPS,
    CHECK_OFFERED,
    CHECK_GET_CLIENTS,
    CHECK_LIMIT,
    CHECK_OFFSET,
    CHECK_GET_CLIENT,
    CHECK_UNKNOWN,
    CHECK_HEAD,
    CHECK_ADD_CLIENT,
    CHECK_ADD_SHOWN,
    CHECK_ADD_NOK,
    CHECK_CLIENT,
    CHECK_UNIQUE,
    CHECK_SAME,
    CHECK_GROUP,
    CHECK_EXTRA,
    CHECK_PHONE,
    CHECK_STATUS,
    CHECK_METHOD,
    CHECK_NOK,
    CHECK_PRIVATE,
    CHECK_EMPTY,
    CHECK_NUMBER,
    CHECK_TEXT,
    CHECK_ENCODINGS,
    CHECK_BARCODE,
    CHECK_ONE,
    CHECK_REPEAT,
    CHECK_CONFLICT,
    CHECK_BOUNDS,
    CHECK_TOTAL,
    CHECK_END,
    CHECK_WALK,
    CHECK_CLOSED,
    CHECK_DENIED,
    CHECK_QUERY,
    CHECK_DECIMALS,
    CHECK_CARD,
    CHECK_OFFICE_REACH,        /* the first one of the office, see --office */
    CHECK_OFFICE_HTTPS,
    CHECK_OFFICE_ANSWER,
    CHECK_OFFICE_CLOSED,
    CHECK_OFFICE_QUERY,
    CHECK_OFFICE_ORIGIN,
    CHECK_OFFICE_LIST,
    CHECK_OFFICE_WALK,
    CHECK_OFFICE_RECORD,
    CHECK_OFFICE_SAME,
    CHECK_OFFICE_TAG,
    CHECK_OFFICE_ABSENT,
    CHECK_OFFICE_WRONG,
    CHECK_OFFICE_METHOD,
    CHECK_OFFICE_NEW,
    CHECK_OFFICE_PATCH,
    CHECK_OFFICE_ERRORS,
    CHECK_OFFICE_ONCE,
    CHECK_OFFICE_BATCH,
    CHECK_ROWS
} check_row_e;


typedef struct {
    const char  *id;           /* the contract's row, or office, and a name */
    unsigned     must;         /* 0: recommended (part B), see the manual */
    const char  *text;         /* what conforms, as a sentence */
} check_row_t;


extern const check_row_t  check_rows[CHECK_ROWS];


#endif /* _POLYCARD_CHECK_ROWS_H_INCLUDED_ */
