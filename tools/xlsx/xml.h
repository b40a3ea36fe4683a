
/*
 * A part of a workbook as elements, in pieces: it can be stopped behind any of
 * them.  What only an attack has is not read: a document type, elements within
 * elements without end, a tag of megabytes.
 */


#ifndef _POLYCARD_XML_H_INCLUDED_
#define _POLYCARD_XML_H_INCLUDED_


#include "xlsx/archive.h"

#include <expat.h>


typedef struct polycard_xml_s  polycard_xml_t;

/* names are without what stands before a colon */

typedef struct {
    void (*start)(polycard_xml_t *xml, const char *name, const char **atts);
    void (*end)(polycard_xml_t *xml, const char *name);
    void (*text)(polycard_xml_t *xml, const char *text, int len);
} polycard_xml_handlers_t;

struct polycard_xml_s {
    polycard_part_t                 part;
    XML_Parser                      parser;
    const polycard_xml_handlers_t  *handlers;
    void                           *data;      /* of the handlers */

    unsigned                        depth;
    unsigned                        still;     /* bytes without an element */
    unsigned                        paused:1;
    unsigned                        last:1;
    unsigned                        failed:1;
    unsigned                        said:1;    /* ... and it was said why */
};


/* NGX_POLYCARD_ERROR after a message.  To be closed in any case */
int polycard_xml_open(polycard_xml_t *xml, const polycard_archive_t *archive,
    const char *path, const polycard_xml_handlers_t *handlers, void *data);
void polycard_xml_close(polycard_xml_t *xml);

/*
 * Goes on.  POLYCARD_RECORD: a handler has paused it; POLYCARD_END;
 * NGX_POLYCARD_ERROR: said, or polycard_stopped.
 */
int polycard_xml_next(polycard_xml_t *xml);

/* all of a part */
int polycard_xml_read(const polycard_archive_t *archive, const char *path,
    const polycard_xml_handlers_t *handlers, void *data);

/* for handlers: return from polycard_xml_next(); or fail, having said why */
void polycard_xml_pause(polycard_xml_t *xml);
void polycard_xml_fail(polycard_xml_t *xml, unsigned said);

/* the value of an attribute, or NULL */
const char *polycard_xml_attribute(const char **atts, const char *name);


#endif /* _POLYCARD_XML_H_INCLUDED_ */
