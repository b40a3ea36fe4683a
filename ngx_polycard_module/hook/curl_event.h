
/* the sockets and the timer of a libcurl multi handle as events of nginx */


#ifndef _NGX_POLYCARD_HOOK_CURL_EVENT_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_CURL_EVENT_H_INCLUDED_


#include "ngx_polycard_module.h"


typedef struct {
    CURLM        *multi;
    ngx_event_t   timer;
    void        (*acted)(void *data);   /* after libcurl has done something */
    void         *data;
    CURLMcode     rc;                   /* of the last action */
} ngx_polycard_curl_event_t;


/* multi, acted and data are set */
ngx_int_t ngx_polycard_curl_event_init(ngx_polycard_curl_event_t *event);

/* after curl_multi_cleanup() */
void ngx_polycard_curl_event_done(ngx_polycard_curl_event_t *event);


#endif /* _NGX_POLYCARD_HOOK_CURL_EVENT_H_INCLUDED_ */
