
/*
 * A profile: options, one a line, as on the command line but without hyphens.
 * Empty lines, and those that begin with "#", do not count.
 */


#ifndef _POLYCARD_PROFILE_H_INCLUDED_
#define _POLYCARD_PROFILE_H_INCLUDED_


#include "import/options.h"


/* an option's function; NGX_POLYCARD_ERROR: it was said what is wrong */
int polycard_profile_read(polycard_options_t *o, const char *path);

/* writes what was given, where --save-profile asks for it */
int polycard_profile_save(const polycard_options_t *o);


#endif /* _POLYCARD_PROFILE_H_INCLUDED_ */
