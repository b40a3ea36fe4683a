
#include "xlsx/styles.h"

#include <string.h>


/* the contents of a format */

typedef struct {
    unsigned   general:1;
    unsigned   day:1;           /* days or years */
    unsigned   month:1;         /* or minutes, where there are hours */
    unsigned   time:1;
    unsigned   elapsed:1;       /* [h]:mm, how long something took */
    unsigned   percent:1;
    unsigned   exponent:1;
    unsigned   other:1;         /* than zeros and a point */
    unsigned   point:1;
    size_t     zeros;           /* before the point */
    size_t     decimals;
} polycard_format_t;


static void polycard_format_letter(polycard_format_t *format, u_char c);
static void polycard_format_sign(polycard_format_t *format, const char *p);
static unsigned polycard_format_is_elapsed(const char *p);
static const char *polycard_format_next(const char *p);


/* the first section, that of positive numbers */

polycard_style_t
polycard_style_read(const char *text)
{
    const char         *p;
    polycard_style_t    style;
    polycard_format_t   format;

    memset(&style, 0, sizeof(polycard_style_t));
    memset(&format, 0, sizeof(polycard_format_t));

    if (strncasecmp(text, "general", 7) == 0) {
        return style;
    }

    for (p = text; *p && *p != ';'; p = polycard_format_next(p)) {
        polycard_format_letter(&format, *p | 0x20);
        polycard_format_sign(&format, p);
    }

    if (!format.exponent) {
        style.digits = format.decimals < UINT8_MAX ? format.decimals
                                                   : UINT8_MAX;
    }

    if (format.day || (format.month && !format.time && !format.elapsed)) {
        style.kind = POLYCARD_STYLE_DATE;

    } else if (format.time || format.elapsed) {
        style.kind = POLYCARD_STYLE_TIME;

    } else if (format.percent) {
        style.kind = POLYCARD_STYLE_PERCENT;

    } else if (format.zeros > 1 && !format.other && !format.point
               && !format.exponent)
    {
        style.kind = POLYCARD_STYLE_ZEROS;
        style.digits = format.zeros < UINT8_MAX ? format.zeros : UINT8_MAX;
    }

    return style;
}


static void
polycard_format_letter(polycard_format_t *format, u_char c)
{
    format->day |= (c == 'd' || c == 'y');
    format->month |= (c == 'm');
    format->time |= (c == 'h' || c == 's');
    format->exponent |= (c == 'e');
}


static void
polycard_format_sign(polycard_format_t *format, const char *p)
{
    switch (*p) {

    case '0':
    case '#':
    case '?':
        format->decimals += format->point;
        format->zeros += (*p == '0' && !format->point);
        format->other |= (*p != '0');
        break;

    case '.':
        format->point = 1;
        break;

    case '%':
        format->percent = 1;
        break;

    case ',':
    case '/':
        format->other = 1;
        break;

    case '[':
        format->elapsed |= polycard_format_is_elapsed(p);
        break;
    }
}


/* [h]:mm or [mm]:ss; other brackets have colours and places */

static unsigned
polycard_format_is_elapsed(const char *p)
{
    size_t  n;

    n = strspn(p + 1, "hHmMsS");

    return n && p[1 + n] == ']';
}


/* behind a character, or a text that is shown as it is */

static const char *
polycard_format_next(const char *p)
{
    const char  *end;

    switch (*p) {

    case '"':
        end = strchr(p + 1, '"');
        return end ? end + 1 : p + strlen(p);

    case '[':
        end = strchr(p + 1, ']');
        return end ? end + 1 : p + strlen(p);

    case '\\':
    case '_':
    case '*':
        return p[1] ? p + 2 : p + 1;

    default:
        return p + 1;
    }
}
