
/*
 * A profile: options, one per line, as on the command line but without hyphens.
 * Empty lines, and those that begin with "#", are ignored.
 */


#ifndef _POLYCARD_PROFILE_H_INCLUDED_
#define _POLYCARD_PROFILE_H_INCLUDED_


#include "import/options.h"


/* an option's function; NGX_POLYCARD_ERROR after a message */
int polycard_profile_read(polycard_options_t *o, const char *path);

/* writes the given options, if --save-profile was given */
int polycard_profile_save(const polycard_options_t *o);


#endif /* _POLYCARD_PROFILE_H_INCLUDED_ */
