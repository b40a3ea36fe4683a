
#include "nginx/certificates.h"

#include <openssl/x509v3.h>


void
ngx_polycard_certificates_read(X509_STORE *store)
{
    int                     i;
    X509                   *certificate;
    STACK_OF(X509_OBJECT)  *objects;

    objects = X509_STORE_get0_objects(store);

    for (i = 0; i < sk_X509_OBJECT_num(objects); i++) {
        certificate = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));

        if (certificate) {
            (void) X509_check_purpose(certificate, -1, 0);
        }
    }
}
