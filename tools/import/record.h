
/*
 * One record of a file, by the module's own table and rules: its attributes,
 * checked, as the arguments of a function inside Redis.
 */


#ifndef _POLYCARD_RECORD_H_INCLUDED_
#define _POLYCARD_RECORD_H_INCLUDED_


#include "core/input.h"
#include "import/tool.h"
#include "import/values.h"


/* identity, then names and values in turn */
#define POLYCARD_RECORD_ARGS  (1 + 2 * NGX_POLYCARD_ATTRIBUTES_MAX)


/* "id", which is no attribute of the contract */
extern const ngx_polycard_str_t  polycard_record_id;


struct polycard_members_s;

typedef struct {
    ngx_polycard_table_t       table;
    ngx_polycard_attribute_t   attribute[NGX_POLYCARD_ATTRIBUTES_MAX];

    ngx_polycard_input_t       in;
    struct polycard_members_s *members;      /* NULL: names are those of the
                                                table (members.h) */
    unsigned                   ignore_unknown;
    const char                *error;        /* why it was refused */
    char                       reasons[512]; /* all of them */

    polycard_values_t          values;
    u_char                     room[NGX_POLYCARD_ATTRIBUTES_MAX]
                                   [POLYCARD_VALUE_ROOM];

    uint32_t                   given;        /* attributes, by their index */

    /* the arguments of the function after the prefix */
    int                        argc;
    const char                *argv[POLYCARD_RECORD_ARGS];
    size_t                     lens[POLYCARD_RECORD_ARGS];

    u_char                     scratch[POLYCARD_RECORD_MAX
                                       + NGX_POLYCARD_INPUT_EXTRA];
} polycard_record_t;


/*
 * The table of clients (with their id, which is no attribute of the contract,
 * at its end) or of groups.
 */
void polycard_record_init(polycard_record_t *record, unsigned groups);

/* a new record begins: nothing is given */
void polycard_record_begin(polycard_record_t *record);

/* a copy of one attribute, by its index in the table */
int polycard_record_set(polycard_record_t *record, int index,
    const ngx_polycard_str_t *value);

/* all of them as a JSON object */
int polycard_record_read_json(polycard_record_t *record,
    const ngx_polycard_str_t *text);

/*
 * Checks what was given and makes the arguments.  An empty value removes the
 * attribute, but never a card number: addClient may have issued it.
 * NGX_POLYCARD_ERROR: record->error has all errors, without any value.
 */
int polycard_record_finish(polycard_record_t *record);

/* the phone or the id of a group: of a finished record, or of one refused
 * for something else; data == NULL where it is not fit */
ngx_polycard_str_t polycard_record_identity(polycard_record_t *record);

/* "phone, surname, ..." */
void polycard_record_names(polycard_record_t *record, char *buf, size_t size);


#endif /* _POLYCARD_RECORD_H_INCLUDED_ */
