
/*
 * Commands of the in-memory Redis: those that redis-scripts/ use, and what a
 * back office and an operator type.  Held against a real one by differ.c.
 */


#ifndef _SIM_KEYSPACE_COMMAND_H_INCLUDED_
#define _SIM_KEYSPACE_COMMAND_H_INCLUDED_


#include "keyspace/argument.h"


typedef redisReply *(*ks_handler_pt)(ks_t *ks, const ks_arg_t *arg, size_t n);


#define KS_WRITE    1
#define KS_DENYOOM  2            /* refused when memory is full */
#define KS_MOVES    4            /* counts as a move, see keyspace.h */


typedef struct {
    const char           *name;
    int                   arity;        /* name included; below 0: at least */
    unsigned              flags;
    ks_handler_pt         handler;
} ks_command_t;


/* the end of each of these tables has no name */

extern const ks_command_t  ks_key_commands[];
extern const ks_command_t  ks_string_commands[];
extern const ks_command_t  ks_hash_commands[];
extern const ks_command_t  ks_list_commands[];
extern const ks_command_t  ks_zset_commands[];
extern const ks_command_t  ks_range_commands[];
extern const ks_command_t  ks_stream_commands[];


/* by its name, of whatever letters; NULL: unknown */
const ks_command_t *ks_command(const ks_arg_t *name);

/* as a client of Redis calls it; the reply is the caller's */
redisReply *ks_call(ks_t *ks, const ks_arg_t *arg, size_t n);

/* the same for a caller who has words without zeros in them */
redisReply *ks_callf(ks_t *ks, const char *format, ...)
    __attribute__((format(printf, 2, 3)));


#endif /* _SIM_KEYSPACE_COMMAND_H_INCLUDED_ */
