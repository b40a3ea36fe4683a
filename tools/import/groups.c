
#include "import/groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


int
polycard_groups_add(polycard_groups_t *groups, const char *id,
    const char *title, size_t len)
{
    polycard_group_t  *group;

    group = realloc(groups->group, (groups->n + 1) * sizeof(polycard_group_t));
    if (group == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    groups->group = group;
    group += groups->n;

    group->title.data = malloc(len + 1);
    if (group->title.data == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    memcpy(group->title.data, title, len);
    group->title.len = len;

    (void) snprintf(group->id, sizeof(group->id), "%s", id);
    groups->n++;

    return NGX_POLYCARD_OK;
}


void
polycard_groups_free(polycard_groups_t *groups)
{
    size_t  i;

    for (i = 0; i < groups->n; i++) {
        free(groups->group[i].title.data);
    }

    free(groups->group);
    memset(groups, 0, sizeof(polycard_groups_t));
}


const char *
polycard_groups_find(const polycard_groups_t *groups,
    const ngx_polycard_str_t *title, const char **what)
{
    size_t                   i;
    const char              *id;
    const polycard_group_t  *group;

    id = NULL;
    *what = "is neither a whole number nor the title of a group";

    for (i = 0; i < groups->n; i++) {
        group = &groups->group[i];

        if (group->title.len != title->len
            || memcmp(group->title.data, title->data, title->len) != 0)
        {
            continue;
        }

        if (id) {
            *what = "is the title of more than one group";
            return NULL;
        }

        id = group->id;
    }

    return id;
}
