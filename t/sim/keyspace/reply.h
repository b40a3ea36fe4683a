
/* Replies of the in-memory Redis: those of hiredis, so that its users take
 * them, freed by ks_reply_free(). */


#ifndef _SIM_KEYSPACE_REPLY_H_INCLUDED_
#define _SIM_KEYSPACE_REPLY_H_INCLUDED_


#include <stddef.h>
#include <stdio.h>

#include <hiredis/hiredis.h>


/* an integer as text, with a zero behind it; how long it is */
#define KS_PRINT_MAX  24
size_t ks_print(char *text, long long integer);

redisReply *ks_nil(void);
redisReply *ks_integer(long long integer);
redisReply *ks_string(const void *data, size_t len);
redisReply *ks_double(double number);
redisReply *ks_status(const char *text);
redisReply *ks_error(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* an array whose elements are to be set, or appended */
redisReply *ks_array(size_t n);
void ks_append(redisReply *array, redisReply *element);

redisReply *ks_reply_copy(const redisReply *reply);
void ks_reply_free(redisReply *reply);
void ks_reply_print(FILE *file, const redisReply *reply);
int ks_reply_equal(const redisReply *one, const redisReply *other);


#endif /* _SIM_KEYSPACE_REPLY_H_INCLUDED_ */
