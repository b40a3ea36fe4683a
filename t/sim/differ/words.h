
/* A command as words. */


#ifndef _SIM_DIFFER_WORDS_H_INCLUDED_
#define _SIM_DIFFER_WORDS_H_INCLUDED_


#include "base/random.h"
#include "keyspace/command.h"


#define WORDS_MAX   64
#define WORDS_TEXT  4096


typedef struct {
    size_t                n;
    ks_arg_t              arg[WORDS_MAX];
    char                  text[WORDS_TEXT];
    size_t                used;
} words_t;


void words_clear(words_t *words);
void words_add(words_t *words, const char *format, ...)
    __attribute__((format(printf, 2, 3)));


/* commands.c: any command of the table, with keys of any type */
void words_command(words_t *words, sim_random_t *random);

/*
 * calls.c: a call of a function of the library, or what a back office does
 * with its keys.  fence, ids: those that were seen last.
 */

#define WORDS_IDS  16

typedef struct {
    char                  fence[32];
    char                  id[WORDS_IDS][48];
    size_t                n;
} words_seen_t;

void words_call(words_t *words, sim_random_t *random,
    const words_seen_t *seen);


#endif /* _SIM_DIFFER_WORDS_H_INCLUDED_ */
