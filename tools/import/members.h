
/*
 * The names of members of JSON: their attributes, and unknown ones, which are
 * reported all at once.
 */


#ifndef _POLYCARD_MEMBERS_H_INCLUDED_
#define _POLYCARD_MEMBERS_H_INCLUDED_


#include "import/headings.h"


/* so many names are kept; others are looked up each time */
#define POLYCARD_MEMBERS_MAX  64
#define POLYCARD_MEMBER_LEN   256


typedef struct {
    char       title[POLYCARD_MEMBER_LEN];
    size_t     len;
    int        index;         /* as polycard_headings_find() */
    uint64_t   records;       /* that had it, where it is unknown */
} polycard_member_t;

typedef struct polycard_members_s {
    const polycard_options_t  *options;
    const polycard_record_t   *record;
    polycard_member_t          member[POLYCARD_MEMBERS_MAX];
    size_t                     n;

    /* of the record that is read */
    unsigned                   unknown;
    char                       text[256];      /* "a", "b" */
} polycard_members_t;


/*
 * For records of this kind: record->members means that they have such names.
 * NGX_POLYCARD_ERROR after a message: a --map is wrong.
 */
int polycard_members_init(polycard_members_t *members,
    const polycard_options_t *o, polycard_record_t *record);

/* reports unknown names, in how many records they are, and --map without a
 * member */
void polycard_members_tell(const polycard_members_t *members);

/* for core/input: data are the members */
int polycard_members_find(void *data, const u_char *name, size_t len);

/* a record begins */
void polycard_members_begin(polycard_members_t *members);


#endif /* _POLYCARD_MEMBERS_H_INCLUDED_ */
