
#include "import/terminal.h"
#include "xlsx/xml.h"

#include <string.h>


#define XML_PIECE      16384

/* a workbook has a dozen */
#define XML_DEPTH_MAX  64

/* of what the parser must hold as a whole: a tag */
#define XML_STILL_MAX  (1024 * 1024)


static void XMLCALL polycard_xml_start(void *data, const char *name,
    const char **atts);
static void XMLCALL polycard_xml_end(void *data, const char *name);
static void XMLCALL polycard_xml_text(void *data, const char *text, int len);
static void XMLCALL polycard_xml_doctype(void *data, const char *name,
    const char *system, const char *public, int internal);
static int polycard_xml_piece(polycard_xml_t *xml, enum XML_Status *status);
static const char *polycard_xml_local(const char *name);


int
polycard_xml_open(polycard_xml_t *xml, const polycard_archive_t *archive,
    const char *path, const polycard_xml_handlers_t *handlers, void *data)
{
    memset(xml, 0, sizeof(polycard_xml_t));

    xml->handlers = handlers;
    xml->data = data;

    if (polycard_part_open(&xml->part, archive, path) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    xml->parser = XML_ParserCreate(NULL);

    if (xml->parser == NULL) {
        polycard_say("no memory");
        return NGX_POLYCARD_ERROR;
    }

    XML_SetUserData(xml->parser, xml);
    XML_SetElementHandler(xml->parser, polycard_xml_start, polycard_xml_end);
    XML_SetCharacterDataHandler(xml->parser, polycard_xml_text);
    XML_SetStartDoctypeDeclHandler(xml->parser, polycard_xml_doctype);

    return NGX_POLYCARD_OK;
}


void
polycard_xml_close(polycard_xml_t *xml)
{
    if (xml->parser) {
        XML_ParserFree(xml->parser);
        xml->parser = NULL;
    }

    polycard_part_close(&xml->part);
}


int
polycard_xml_read(const polycard_archive_t *archive, const char *path,
    const polycard_xml_handlers_t *handlers, void *data)
{
    int             rc;
    polycard_xml_t  xml;

    rc = polycard_xml_open(&xml, archive, path, handlers, data);

    while (rc == NGX_POLYCARD_OK || rc == POLYCARD_RECORD) {
        rc = polycard_xml_next(&xml);
    }

    polycard_xml_close(&xml);

    return (rc == POLYCARD_END) ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


int
polycard_xml_next(polycard_xml_t *xml)
{
    enum XML_Status  status;

    for ( ;; ) {

        if (polycard_stopped) {
            return NGX_POLYCARD_ERROR;
        }

        if (xml->paused) {
            xml->paused = 0;
            status = XML_ResumeParser(xml->parser);

        } else if (xml->last) {
            return POLYCARD_END;

        } else if (polycard_xml_piece(xml, &status) != NGX_POLYCARD_OK) {
            return NGX_POLYCARD_ERROR;
        }

        if (xml->failed || status == XML_STATUS_ERROR
            || xml->still > XML_STILL_MAX)
        {
            if (!xml->said) {
                polycard_say("\"%s\" is damaged: a part of the workbook "
                             "cannot be read", xml->part.name);
            }

            return NGX_POLYCARD_ERROR;
        }

        if (xml->paused) {
            return POLYCARD_RECORD;
        }
    }
}


static int
polycard_xml_piece(polycard_xml_t *xml, enum XML_Status *status)
{
    void     *buf;
    ssize_t   n;

    buf = XML_GetBuffer(xml->parser, XML_PIECE);

    if (buf == NULL) {
        polycard_say("no memory");
        return NGX_POLYCARD_ERROR;
    }

    n = polycard_part_read(&xml->part, buf, XML_PIECE);

    if (n < 0) {
        return NGX_POLYCARD_ERROR;
    }

    xml->last = (n == 0);
    xml->still += n;

    *status = XML_ParseBuffer(xml->parser, n, n == 0);

    return NGX_POLYCARD_OK;
}


void
polycard_xml_pause(polycard_xml_t *xml)
{
    xml->paused = (XML_StopParser(xml->parser, XML_TRUE) == XML_STATUS_OK);
}


void
polycard_xml_fail(polycard_xml_t *xml, unsigned said)
{
    xml->failed = 1;
    xml->said |= said;
    (void) XML_StopParser(xml->parser, XML_FALSE);
}


static void XMLCALL
polycard_xml_start(void *data, const char *name, const char **atts)
{
    polycard_xml_t  *xml;

    xml = data;
    xml->still = 0;

    if (++xml->depth > XML_DEPTH_MAX) {
        polycard_xml_fail(xml, 0);
        return;
    }

    if (!xml->failed) {
        xml->handlers->start(xml, polycard_xml_local(name), atts);
    }
}


static void XMLCALL
polycard_xml_end(void *data, const char *name)
{
    polycard_xml_t  *xml;

    xml = data;
    xml->still = 0;
    xml->depth--;

    if (xml->handlers->end && !xml->failed) {
        xml->handlers->end(xml, polycard_xml_local(name));
    }
}


static void XMLCALL
polycard_xml_text(void *data, const char *text, int len)
{
    polycard_xml_t  *xml;

    xml = data;
    xml->still = 0;

    if (xml->handlers->text && !xml->failed) {
        xml->handlers->text(xml, text, len);
    }
}


static void XMLCALL
polycard_xml_doctype(void *data, const char *name, const char *system,
    const char *public, int internal)
{
    polycard_xml_fail(data, 0);
}


const char *
polycard_xml_attribute(const char **atts, const char *name)
{
    for ( /* void */ ; *atts; atts += 2) {
        if (strcmp(polycard_xml_local(atts[0]), name) == 0) {
            return atts[1];
        }
    }

    return NULL;
}


static const char *
polycard_xml_local(const char *name)
{
    const char  *colon;

    colon = strrchr(name, ':');

    return colon ? colon + 1 : name;
}
