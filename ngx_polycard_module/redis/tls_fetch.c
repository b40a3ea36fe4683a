
#include "redis/tls_fetch.h"


/* one of each kind that TLS needs */

void
ngx_polycard_tls_fetch(void)
{
    ngx_polycard_ssl_fetch(EVP_MD, "SHA256");
    ngx_polycard_ssl_fetch(EVP_CIPHER, "AES-128-GCM");
    ngx_polycard_ssl_fetch(EVP_MAC, "HMAC");
    ngx_polycard_ssl_fetch(EVP_KDF, "HKDF");
    ngx_polycard_ssl_fetch(EVP_RAND, "CTR-DRBG");
    ngx_polycard_ssl_fetch(EVP_KEYMGMT, "EC");
    ngx_polycard_ssl_fetch(EVP_KEYEXCH, "ECDH");
    ngx_polycard_ssl_fetch(EVP_SIGNATURE, "ECDSA");
    ngx_polycard_ssl_fetch(EVP_ASYM_CIPHER, "RSA");
    ngx_polycard_ssl_fetch(EVP_KEM, "RSA");
}
