
/* The values of options.  Each prints a message about a wrong one. */


#ifndef _POLYCARD_OPTIONS_VALUE_H_INCLUDED_
#define _POLYCARD_OPTIONS_VALUE_H_INCLUDED_


#include "import/options.h"


/* NGX_POLYCARD_OK or NGX_POLYCARD_ERROR */

int polycard_options_market(polycard_options_t *o, const char *name);
int polycard_options_prefix(polycard_options_t *o, const char *prefix);
int polycard_options_database(polycard_options_t *o, const char *number);
int polycard_options_format(polycard_options_t *o, const char *format);
int polycard_options_date_export(polycard_options_t *o, const char *order);
int polycard_options_phone(polycard_options_t *o, const char *form);
int polycard_options_date(polycard_options_t *o, const char *order);
int polycard_options_decimal(polycard_options_t *o, const char *sign);
int polycard_options_money(polycard_options_t *o, const char *unit);
int polycard_options_sex(polycard_options_t *o, const char *sex);
int polycard_options_map(polycard_options_t *o, const char *map);
int polycard_options_delimiter(polycard_options_t *o, const char *delimiter);


#endif /* _POLYCARD_OPTIONS_VALUE_H_INCLUDED_ */
