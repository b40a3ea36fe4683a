
/*
 * What a file is, from its first bytes: what it cannot be, and how its
 * characters are written.  Nothing is guessed: where two answers are possible
 * there is none.
 */


#ifndef _POLYCARD_SNIFF_H_INCLUDED_
#define _POLYCARD_SNIFF_H_INCLUDED_


#include "import/tool.h"


/* so many first bytes are enough */
#define POLYCARD_SNIFF_SIZE  65536


/* a sentence for those who have saved it as something else, or NULL */
const char *polycard_sniff_other(const u_char *p, size_t len);

/*
 * The name of the encoding as iconv knows it, and how long the byte order mark
 * is: "UTF-8", "UTF-16LE", "UTF-16BE", "WINDOWS-1251" or "KOI8-U"; NULL where
 * it is none of them, or it is not clear which.
 */
const char *polycard_sniff_encoding(const u_char *p, size_t len,
    size_t *mark);


#endif /* _POLYCARD_SNIFF_H_INCLUDED_ */
