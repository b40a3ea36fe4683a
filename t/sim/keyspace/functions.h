
/*
 * Redis Functions of the in-memory Redis: Lua 5.1 with redis.*, cjson, as
 * Redis 7 gives them to a library.  A state lives as long as the program; what
 * a library keeps between calls ends with the server's process.
 */


#ifndef _SIM_KEYSPACE_FUNCTIONS_H_INCLUDED_
#define _SIM_KEYSPACE_FUNCTIONS_H_INCLUDED_


#include "keyspace/command.h"


typedef struct ks_functions_s  ks_functions_t;


/* NULL: *error says why the text is no library; valid until the next call */
ks_functions_t *ks_functions_load(const char *text, size_t len,
    const char **error);

/* a process begins: the text runs again; NULL, or what is wrong with it */
const char *ks_functions_begin(ks_functions_t *functions);

void ks_functions_free(ks_functions_t *functions);

/* FCALL name 1 key arg ...; arg begins with the key */
redisReply *ks_functions_call(ks_functions_t *functions, ks_t *ks,
    const char *name, const ks_arg_t *arg, size_t n);

/* lines of the text that were run are counted from now on: lines[1] ... up to
 * this many; NULL: no more */
void ks_functions_count(ks_functions_t *functions, unsigned *lines, size_t n);


#endif /* _SIM_KEYSPACE_FUNCTIONS_H_INCLUDED_ */
