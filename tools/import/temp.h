
/* A temporary file that nobody else sees. */


#ifndef _POLYCARD_TEMP_H_INCLUDED_
#define _POLYCARD_TEMP_H_INCLUDED_


/* in TMPDIR, or /tmp, and without a name; -1 after a message */
int polycard_temp_open(void);


#endif /* _POLYCARD_TEMP_H_INCLUDED_ */
