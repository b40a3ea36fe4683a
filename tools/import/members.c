
#include "import/members.h"
#include "import/terminal.h"

#include <stdio.h>
#include <string.h>


static polycard_member_t *polycard_members_get(polycard_members_t *members,
    const ngx_polycard_str_t *title);
static void polycard_members_count(polycard_members_t *members,
    const ngx_polycard_str_t *title);
static void polycard_members_say(const polycard_members_t *members,
    const polycard_member_t *member);
static unsigned polycard_members_is_met(const polycard_members_t *members,
    const char *map);


int
polycard_members_init(polycard_members_t *members,
    const polycard_options_t *o, polycard_record_t *record)
{
    members->options = o;
    members->record = record;
    members->n = 0;

    return polycard_headings_check(o, record) ? NGX_POLYCARD_OK
                                            : NGX_POLYCARD_ERROR;
}


void
polycard_members_begin(polycard_members_t *members)
{
    members->unknown = 0;
    members->text[0] = '\0';
}


int
polycard_members_find(void *data, const u_char *name, size_t len)
{
    int                  index;
    polycard_member_t   *member;
    polycard_members_t  *members;
    ngx_polycard_str_t   title;

    members = data;

    title.data = (u_char *) name;
    title.len = len;

    member = polycard_members_get(members, &title);

    index = member ? member->index
                   : polycard_headings_find(&title, members->options,
                                          members->record);

    if (index == POLYCARD_HEADING_UNKNOWN) {
        polycard_members_count(members, &title);

        if (member) {
            member->records++;
        }
    }

    return (index < 0) ? -1 : index;
}


/* NULL: there is no room for another one */

static polycard_member_t *
polycard_members_get(polycard_members_t *members,
    const ngx_polycard_str_t *title)
{
    size_t              i;
    polycard_member_t  *member;

    for (i = 0; i < members->n; i++) {
        member = &members->member[i];

        if (member->len == title->len
            && memcmp(member->title, title->data, title->len) == 0)
        {
            return member;
        }
    }

    if (i == POLYCARD_MEMBERS_MAX || title->len >= POLYCARD_MEMBER_LEN) {
        return NULL;
    }

    member = &members->member[members->n++];

    memcpy(member->title, title->data, title->len);

    member->title[title->len] = '\0';
    member->len = title->len;
    member->records = 0;
    member->index = polycard_headings_find(title, members->options,
                                         members->record);

    return member;
}


static void
polycard_members_count(polycard_members_t *members,
    const ngx_polycard_str_t *title)
{
    size_t  len;

    members->unknown++;
    len = strlen(members->text);

    if (!polycard_headings_is_fit(title)
        || title->len + len + sizeof(", \"\"") > sizeof(members->text))
    {
        return;
    }

    (void) sprintf(members->text + len, "%s\"%.*s\"", len ? ", " : "",
                   (int) title->len, (char *) title->data);
}


void
polycard_members_tell(const polycard_members_t *members)
{
    size_t       i;
    unsigned     unknown;
    const char  *map;

    unknown = 0;

    for (i = 0; i < members->n; i++) {
        if (members->member[i].records) {
            polycard_members_say(members, &members->member[i]);
            unknown = 1;
        }
    }

    if (unknown) {
        polycard_say("--ignore-unknown passes over such attributes, --map "
                     "says which they are");
    }

    for (i = 0; members->n && i < members->options->maps; i++) {
        map = members->options->map[i];

        if (!members->options->map_kept[i] && strrchr(map, '=')[1]
            && !polycard_members_is_met(members, map))
        {
            polycard_say("--map: there was no attribute \"%.*s\"",
                         (int) (strrchr(map, '=') - map), map);
        }
    }
}


static void
polycard_members_say(const polycard_members_t *members,
    const polycard_member_t *member)
{
    const char          *near;
    unsigned long long   records;
    ngx_polycard_str_t   title;

    title.data = (u_char *) member->title;
    title.len = member->len;
    records = member->records;

    if (!polycard_headings_is_fit(&title)) {
        polycard_say("an attribute has a name that is none, in %llu records",
                     records);
        return;
    }

    near = polycard_headings_near(&title, members->options);

    if (near) {
        polycard_say("unknown attribute \"%s\" in %llu records; is it %s? "
                     "--map '%s=%s' says so", member->title, records, near,
                     member->title, near);
    } else {
        polycard_say("unknown attribute \"%s\" in %llu records",
                     member->title, records);
    }
}


static unsigned
polycard_members_is_met(const polycard_members_t *members, const char *map)
{
    size_t               i;
    ngx_polycard_str_t   title;

    for (i = 0; i < members->n; i++) {
        title.data = (u_char *) members->member[i].title;
        title.len = members->member[i].len;

        if (polycard_headings_is(&title, map)) {
            return 1;
        }
    }

    return members->n == POLYCARD_MEMBERS_MAX;
}
