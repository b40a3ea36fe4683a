
/*
 * Commands of the in-memory Redis: those that redis-scripts/ use, and what a
 * back office and an operator type.  Held against a real one by differ.c.
 */


#ifndef _SIM_KEYSPACE_COMMAND_H_INCLUDED_
#define _SIM_KEYSPACE_COMMAND_H_INCLUDED_


#include "keyspace/keyspace.h"
#include "keyspace/reply.h"


typedef struct {
    const char           *data;
    size_t                len;
} ks_arg_t;


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


/* for the files command_*.c: */

/*
 * The value of the key arg[1], or NULL: *reply is an error where it is of
 * another type, else NULL.  create: an empty one where there is none.
 */
ks_value_t *ks_open(ks_t *ks, const ks_arg_t *name, ks_type_e type,
    redisReply **reply);
ks_value_t *ks_create_value(ks_t *ks, const ks_arg_t *name, ks_type_e type,
    redisReply **reply);

/* a value of which nothing is left goes with its key */
void ks_close(ks_t *ks, const ks_arg_t *name, const ks_value_t *value);

int ks_arg_is(const ks_arg_t *arg, const char *word);
int ks_arg_integer(const ks_arg_t *arg, long long *integer);
int ks_arg_double(const ks_arg_t *arg, double *number);

#define KS_NO_INTEGER  "ERR value is not an integer or out of range"
#define KS_SYNTAX      "ERR syntax error"


#endif /* _SIM_KEYSPACE_COMMAND_H_INCLUDED_ */
