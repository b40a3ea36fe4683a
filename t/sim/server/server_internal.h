
/* What server.c, connection.c and execute.c share, and nobody else. */


#ifndef _SIM_SERVER_SERVER_INTERNAL_H_INCLUDED_
#define _SIM_SERVER_SERVER_INTERNAL_H_INCLUDED_


#include "server/server.h"


#define SERVER_ARGS  512


struct server_link_s {
    server_link_t            *next;
    const server_client_t    *client;
    void                     *data;
    unsigned                  open;     /* at the client's end */
    unsigned                  cut;      /* nothing passes any more */
    unsigned                  run;      /* of the server */
    unsigned                  listens;  /* has subscribed */
    int64_t                   there;    /* when the last bytes arrive, */
    int64_t                   back;     /* and the last reply */
};


/* execute.c: any command, from whomever */
redisReply *server_execute(const ks_arg_t *arg, size_t n);

/* connection.c */

/* an event of the keyspace, to those who have subscribed */
void server_tell(const char *event, const ks_str_t *key);
void server_answer(server_link_t *link, redisReply *reply);
void server_free_replies(void);
void server_break(server_link_t *link, const char *reason);


#endif /* _SIM_SERVER_SERVER_INTERNAL_H_INCLUDED_ */
