
/* Certificates that are trusted, before there are workers. */


#ifndef _NGX_POLYCARD_NGINX_CERTIFICATES_H_INCLUDED_
#define _NGX_POLYCARD_NGINX_CERTIFICATES_H_INCLUDED_


#include "nginx/base.h"

#include <openssl/x509.h>


/*
 * For the master, when it has filled a store: OpenSSL reads what a certificate
 * is for when it is first used (X509_check_purpose(3)), and keeps a failure. A
 * worker without memory at that moment would trust it no more as long as it
 * lives.
 */
void ngx_polycard_certificates_read(X509_STORE *store);


#endif /* _NGX_POLYCARD_NGINX_CERTIFICATES_H_INCLUDED_ */
