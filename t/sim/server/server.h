
/*
 * A Redis server in virtual time: connections in which bytes take their time,
 * the commands that the module sends, keyspace events, and what befalls a
 * server: it dies, hangs, comes back with what it had earlier.
 */


#ifndef _SIM_SERVER_SERVER_H_INCLUDED_
#define _SIM_SERVER_SERVER_H_INCLUDED_


#include "base/sim.h"
#include "keyspace/functions.h"


/* when the runs begin: ms since 1970 */
#define SERVER_EPOCH  1700000000000LL


typedef struct server_link_s  server_link_t;


/* the client's end: called for what comes, and once when it is over */

typedef struct {
    void                (*reply)(void *data, redisReply *reply);
    void                (*broken)(void *data, const char *reason);

    /* ms until the client can hear of anything: it hangs */
    int64_t             (*deaf)(void *data);
} server_client_t;


typedef struct {
    ks_t                 *ks;
    ks_functions_t       *functions;    /* those that are there */
    unsigned              loaded;       /* the library is there */

    struct {
        ks_functions_t   *own;
        ks_functions_t   *older;        /* NULL: there is none */
    } library;                          /* of all runs */

    unsigned              dead;
    int64_t               hangs;        /* until then */
    int64_t               skew;         /* ms of its clock before ours */
    int64_t               us;           /* of its clock: the latest time read */
    unsigned              ticks;        /* how often its clock was read */
    unsigned              run;          /* which process it is */
    unsigned              history;      /* of its data */
    char                  events[64];   /* notify-keyspace-events */
    server_link_t        *links;

    struct {
        unsigned          run;          /* 0: INFO has no answer yet */
        unsigned          history;
        unsigned          slave;
    } described;

    /* faults of the network, per cent */

    unsigned              slow;         /* bytes that take long */
    unsigned              deaf;         /* events that never come */

    /* each call that was carried out, before its reply goes; NULL: nobody
     * wants to know */
    void                (*after)(const ks_arg_t *arg, size_t n,
                                 const redisReply *reply);
} server_t;


extern server_t  server;


/* the text of the library, once for all runs; NULL: it is taken */
const char *server_library(const char *text, size_t len);

/* likewise an older one: each run begins with it, and each second server that
 * takes the place has it, until a worker loads its own */
const char *server_older_library(const char *text, size_t len);

/* at the end of all runs */
void server_free_libraries(void);

void server_begin(void);
void server_end(void);

int64_t server_time(void);

/* sets the clock of the data */
void server_tick(void);

/* as from a client that is on the same host: at once; NULL: it is dead, or
 * hangs */
redisReply *server_call(const ks_arg_t *arg, size_t n);
redisReply *server_callf(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* NULL: nobody listens there */
server_link_t *server_connect(const server_client_t *client, void *data);
void server_send(server_link_t *link, const void *bytes, size_t len);
void server_close(server_link_t *link);

/* all keys, to standard output */
void server_show(void);

/* disasters */

void server_cut(void);                  /* all connections */
void server_die(void);
void server_hang(int64_t ms);

/* what it has now, for later; of the run */
ks_t *server_dump(void);
void server_forget_dump(ks_t *dump);

/* a server with these data takes the place: another process, whose data have
 * another history if they are older than what was said */
void server_rise(const ks_t *dump, unsigned history);


#endif /* _SIM_SERVER_SERVER_H_INCLUDED_ */
