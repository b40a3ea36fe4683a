
/*
 * The type of a file, from its first bytes: unsupported formats, and its
 * encoding.  Nothing is guessed: if two answers are possible
 * there is none.
 */


#ifndef _POLYCARD_SNIFF_H_INCLUDED_
#define _POLYCARD_SNIFF_H_INCLUDED_


#include "import/tool.h"


/* so many first bytes are enough */
#define POLYCARD_SNIFF_SIZE  65536


/* a sentence about a file in an unsupported format, or NULL */
const char *polycard_sniff_other(const u_char *p, size_t len);

/*
 * The name of the encoding as iconv knows it, and how long the byte order mark
 * is: "UTF-8", "UTF-16LE", "UTF-16BE", "WINDOWS-1251" or "KOI8-U"; NULL if
 * it is none of them, or not clear.
 */
const char *polycard_sniff_encoding(const u_char *p, size_t len,
    size_t *mark);


#endif /* _POLYCARD_SNIFF_H_INCLUDED_ */
