
#include "import/terminal.h"
#include "xlsx/book.h"
#include "xlsx/xml.h"

#include <stdio.h>
#include <string.h>


/* sheets whose names are printed if the wanted one does not exist */
#define BOOK_SAID  20


/* what a part is related to: looked for by its id, or by the end of its type */

typedef struct {
    const char  *base;            /* the path of the part */
    const char  *id;
    const char  *type;
    char        *path;            /* "": none was found */
} polycard_book_relation_t;

typedef struct {
    polycard_book_t  *book;
    const char       *name;       /* that is wanted, or NULL */
    char              id[64];     /* of its relation */
    unsigned          found:1;
    unsigned          say:1;      /* the names of the others */
    unsigned          said;
} polycard_book_sheets_t;


static int polycard_book_relation(const polycard_archive_t *archive,
    const char *base, const char *id, const char *type, char *path);
static void polycard_book_start_relation(polycard_xml_t *xml,
    const char *name, const char **atts);
static void polycard_book_target(const polycard_book_relation_t *relation,
    const char *target);
static void polycard_book_start_sheet(polycard_xml_t *xml, const char *name,
    const char **atts);
static void polycard_book_sheet(polycard_book_sheets_t *sheets,
    const char **atts);
static unsigned polycard_book_is_true(const char *value);


static const polycard_xml_handlers_t  book_relations = {
    polycard_book_start_relation, NULL, NULL
};

static const polycard_xml_handlers_t  book_sheets = {
    polycard_book_start_sheet, NULL, NULL
};


int
polycard_book_read(polycard_book_t *book, const polycard_archive_t *archive,
    const char *name)
{
    char                    path[POLYCARD_PART_MAX];
    polycard_book_sheets_t  sheets;

    memset(book, 0, sizeof(polycard_book_t));
    memset(&sheets, 0, sizeof(polycard_book_sheets_t));

    sheets.book = book;
    sheets.name = name;

    if (polycard_book_relation(archive, "", NULL, "/officeDocument", path)
        != NGX_POLYCARD_OK
        || polycard_xml_read(archive, path, &book_sheets, &sheets)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (!sheets.found) {
        polycard_say("\"%s\" has no sheet%s%s; it has:", archive->name,
                     name ? " " : "", name ? name : "");
        sheets.say = 1;
        (void) polycard_xml_read(archive, path, &book_sheets, &sheets);

        return NGX_POLYCARD_ERROR;
    }

    return (polycard_book_relation(archive, path, sheets.id, NULL, book->path)
            == NGX_POLYCARD_OK
            && polycard_book_relation(archive, path, NULL, "/styles",
                                      book->styles) == NGX_POLYCARD_OK
            && polycard_book_relation(archive, path, NULL, "/sharedStrings",
                                      book->strings) == NGX_POLYCARD_OK)
           ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


/* in a/_rels/b.rels for a/b; the workbook and the sheet must be there */

static int
polycard_book_relation(const polycard_archive_t *archive, const char *base,
    const char *id, const char *type, char *path)
{
    int                        n;
    char                       rels[POLYCARD_PART_MAX];
    const char                *file;
    polycard_book_relation_t   relation;

    file = strrchr(base, '/');
    file = file ? file + 1 : base;

    n = snprintf(rels, sizeof(rels), "%.*s_rels/%s.rels",
                 (int) (file - base), base, file);

    relation.base = base;
    relation.id = id;
    relation.type = type;
    relation.path = path;
    *path = '\0';

    if (n >= (int) sizeof(rels)
        || polycard_xml_read(archive, rels, &book_relations, &relation)
           != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (*path == '\0' && (id || *base == '\0')) {
        polycard_say("\"%s\" is no workbook of Excel (.xlsx); open it in the "
                     "spreadsheet and save it as \"CSV UTF-8\"",
                     archive->name);
        return NGX_POLYCARD_ERROR;
    }

    return NGX_POLYCARD_OK;
}


static void
polycard_book_start_relation(polycard_xml_t *xml, const char *name,
    const char **atts)
{
    size_t                           len;
    const char                      *id, *type, *target;
    const polycard_book_relation_t  *relation;

    relation = xml->data;

    if (strcmp(name, "Relationship") != 0 || *relation->path) {
        return;
    }

    id = polycard_xml_attribute(atts, "Id");
    type = polycard_xml_attribute(atts, "Type");
    target = polycard_xml_attribute(atts, "Target");

    if (id == NULL || type == NULL || target == NULL) {
        return;
    }

    if (relation->id) {
        if (strcmp(relation->id, id) == 0) {
            polycard_book_target(relation, target);
        }

        return;
    }

    len = strlen(relation->type);

    if (strlen(type) >= len
        && strcmp(type + strlen(type) - len, relation->type) == 0)
    {
        polycard_book_target(relation, target);
    }
}


/* relative to the root of the archive, or to the part */

static void
polycard_book_target(const polycard_book_relation_t *relation,
    const char *target)
{
    int          n;
    const char  *file;

    file = strrchr(relation->base, '/');
    n = (*target == '/' || file == NULL) ? 0 : file + 1 - relation->base;

    if (snprintf(relation->path, POLYCARD_PART_MAX, "%.*s%s", n,
                 relation->base, target + (*target == '/'))
        >= POLYCARD_PART_MAX)
    {
        *relation->path = '\0';
    }
}


static void
polycard_book_start_sheet(polycard_xml_t *xml, const char *name,
    const char **atts)
{
    polycard_book_sheets_t  *sheets;

    sheets = xml->data;

    if (strcmp(name, "workbookPr") == 0) {
        sheets->book->date1904 =
            polycard_book_is_true(polycard_xml_attribute(atts, "date1904"));

    } else if (strcmp(name, "sheet") == 0) {
        polycard_book_sheet(sheets, atts);
    }
}


/* a hidden one is read only if it is wanted by its name */

static void
polycard_book_sheet(polycard_book_sheets_t *sheets, const char **atts)
{
    unsigned     shown;
    const char  *id, *name, *state;

    id = polycard_xml_attribute(atts, "id");
    name = polycard_xml_attribute(atts, "name");
    state = polycard_xml_attribute(atts, "state");

    if (id == NULL || name == NULL) {
        return;
    }

    if (sheets->say) {
        if (sheets->said++ < BOOK_SAID) {
            polycard_say("  \"%s\"", name);
        }

        return;
    }

    shown = (state == NULL || strcmp(state, "visible") == 0);
    sheets->book->shown += shown;

    if (sheets->found
        || !(sheets->name ? strcmp(sheets->name, name) == 0 : shown)
        || strlen(id) >= sizeof(sheets->id))
    {
        return;
    }

    sheets->found = 1;

    (void) strcpy(sheets->id, id);
    (void) snprintf(sheets->book->sheet, POLYCARD_SHEET_NAME_MAX, "%s", name);
}


static unsigned
polycard_book_is_true(const char *value)
{
    return value && (strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
}
