
/* The loyalty groups of the market by their titles. */


#ifndef _POLYCARD_GROUPS_H_INCLUDED_
#define _POLYCARD_GROUPS_H_INCLUDED_


#include "import/tool.h"


typedef struct {
    ngx_polycard_str_t   title;
    char                 id[24];
} polycard_group_t;


typedef struct polycard_groups_s {
    polycard_group_t  *group;
    size_t             n;
} polycard_groups_t;


/* NGX_POLYCARD_ERROR: no memory */
int polycard_groups_add(polycard_groups_t *groups, const char *id,
    const char *title, size_t len);
void polycard_groups_free(polycard_groups_t *groups);

/*
 * The id of the group with exactly this title; NULL with the error
 * if there is none, or more than one.
 */
const char *polycard_groups_find(const polycard_groups_t *groups,
    const ngx_polycard_str_t *title, const char **what);


#endif /* _POLYCARD_GROUPS_H_INCLUDED_ */
