
/* the sockets and the timer of a libcurl multi handle as events of nginx */


#ifndef _NGX_POLYCARD_HOOK_CURL_EVENT_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_CURL_EVENT_H_INCLUDED_


#include "nginx/base.h"


typedef struct ngx_polycard_curl_socket_s  ngx_polycard_curl_socket_t;

typedef struct {
    CURLM                       *multi;     /* the caller's */
    ngx_event_t                  timer;
    ngx_polycard_curl_socket_t  *sockets;   /* by descriptor */
    ngx_uint_t                   nsockets;
    ngx_msec_t                   turn;      /* of the loop, by its clock */
    uint64_t                     used;      /* by libcurl, microseconds */
    ngx_event_t                  next;      /* of the turns, if that stands */
    void                       (*acted)(void *data);    /* after libcurl has
                                                         * done something */
    void                        *data;
    CURLMcode                    rc;        /* of the last action */
    ngx_msec_t                   told;      /* that one has failed */
} ngx_polycard_curl_event_t;


/* acted and data are set */
void ngx_polycard_curl_event_init(ngx_polycard_curl_event_t *event);

/* for each multi handle before it becomes event->multi */
CURLMcode ngx_polycard_curl_event_set_multi(ngx_polycard_curl_event_t *event,
    CURLM *multi);

/*
 * Options of a handle that will be added to the multi handle: its sockets stay
 * registered in nginx as long as libcurl keeps them.
 */
CURLcode ngx_polycard_curl_event_set_options(CURL *easy,
    ngx_polycard_curl_event_t *event);

/*
 * After a successful transfer: libcurl reports when its connection is
 * closed, which it does not for one that was never established.
 */
void ngx_polycard_curl_event_keep(ngx_polycard_curl_event_t *event,
    CURL *easy);

/* after curl_multi_cleanup() */
void ngx_polycard_curl_event_done(ngx_polycard_curl_event_t *event);


#endif /* _NGX_POLYCARD_HOOK_CURL_EVENT_H_INCLUDED_ */
