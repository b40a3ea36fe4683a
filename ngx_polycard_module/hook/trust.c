
#include "hook/trust.h"
#include "nginx/certificates.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>


struct ngx_polycard_trust_s {
    ngx_str_t     file;         /* with a final 0 */
    X509_STORE   *store;
    BIO          *one;          /* a certificate of these, as PEM */
    ngx_uint_t    shared;       /* libcurl has the same OpenSSL */
};


static ngx_uint_t ngx_polycard_trust_is_file(const char *name);
static ngx_uint_t ngx_polycard_trust_same_library(void);
static ngx_int_t ngx_polycard_trust_take_one(ngx_polycard_trust_t *trust);
static void ngx_polycard_trust_cleanup(void *data);
static CURLcode ngx_polycard_trust_set_store(CURL *easy, void *ssl_ctx,
    void *data);
static int ngx_polycard_trust_no_password(char *buf, int size, int rwflag,
    void *data);


ngx_polycard_trust_t *
ngx_polycard_trust_load(ngx_conf_t *cf, ngx_str_t *file,
    const ngx_polycard_place_t *place)
{
    ngx_pool_cleanup_t    *cln;
    ngx_polycard_trust_t  *trust;

    cln = ngx_pool_cleanup_add(cf->pool, sizeof(ngx_polycard_trust_t));
    if (cln == NULL) {
        return NULL;
    }

    trust = cln->data;
    trust->file = *file;
    trust->shared = ngx_polycard_trust_same_library();

    if (file->len == 0
        && ngx_polycard_trust_find_file(cf, &trust->file, "hook_ssl", place)
           != NGX_OK)
    {
        return NULL;
    }

    trust->one = BIO_new(BIO_s_mem());
    trust->store = X509_STORE_new();

    cln->handler = ngx_polycard_trust_cleanup;

    if (trust->one == NULL || trust->store == NULL) {
        return NULL;
    }

    /* as libcurl does: an intermediate certificate alone may be trusted */
    X509_STORE_set_flags(trust->store,
                         X509_V_FLAG_TRUSTED_FIRST|X509_V_FLAG_PARTIAL_CHAIN);

    if (X509_STORE_load_locations(trust->store, (char *) trust->file.data,
                                  NULL)
        != 1
        || ngx_polycard_trust_take_one(trust) != NGX_OK)
    {
        ERR_clear_error();

        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "there are no certificates in \"%V\" in %V:%ui",
                      &trust->file, &place->file, place->line);
        return NULL;
    }

    ngx_polycard_certificates_read(trust->store);
    ERR_clear_error();

    return trust;
}


static ngx_int_t
ngx_polycard_trust_take_one(ngx_polycard_trust_t *trust)
{
    int                    i, n;
    X509                  *x509;
    STACK_OF(X509_OBJECT) *objects;

    objects = X509_STORE_get0_objects(trust->store);
    n = sk_X509_OBJECT_num(objects);

    for (i = 0; i < n; i++) {
        x509 = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));

        if (x509) {
            return PEM_write_bio_X509(trust->one, x509) == 1
                   ? NGX_OK : NGX_ERROR;
        }
    }

    /* only revocations */

    return NGX_ERROR;
}


/* the place that libcurl was built with, else that of OpenSSL */

ngx_int_t
ngx_polycard_trust_find_file(ngx_conf_t *cf, ngx_str_t *file,
    const char *directive, const ngx_polycard_place_t *place)
{
    const char              *name;
    curl_version_info_data  *info;

    info = curl_version_info(CURLVERSION_NOW);

    name = info->age >= CURLVERSION_SEVENTH ? info->cainfo : NULL;

    if (!ngx_polycard_trust_is_file(name)) {
        name = X509_get_default_cert_file();

        if (!ngx_polycard_trust_is_file(name)) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "no bundle of certificates is found in this system: "
                          "\"%s_trusted_certificate\" must name one for the "
                          "market in %V:%ui", directive, &place->file,
                          place->line);
            return NGX_ERROR;
        }
    }

    file->data = (u_char *) name;
    file->len = ngx_strlen(name);

    return NGX_OK;
}


static ngx_uint_t
ngx_polycard_trust_is_file(const char *name)
{
    ngx_file_info_t  info;

    return name && ngx_file_info(name, &info) != NGX_FILE_ERROR
           && ngx_is_file(&info);
}


/* "OpenSSL/3.0.13" here, "OpenSSL 3.0.13 30 Jan 2024" there */

static ngx_uint_t
ngx_polycard_trust_same_library(void)
{
    size_t       len;
    const char  *theirs, *ours;

    theirs = curl_version_info(CURLVERSION_NOW)->ssl_version;
    ours = OpenSSL_version(OPENSSL_VERSION);

    len = sizeof("OpenSSL") - 1;

    if (theirs == NULL
        || ngx_strncmp(theirs, "OpenSSL/", len + 1) != 0
        || ngx_strncmp(ours, "OpenSSL ", len + 1) != 0)
    {
        return 0;
    }

    theirs += len + 1;
    ours += len + 1;
    len = ngx_strlen(theirs);

    return ngx_strncmp(theirs, ours, len) == 0
           && (ours[len] == ' ' || ours[len] == '\0');
}


static void
ngx_polycard_trust_cleanup(void *data)
{
    ngx_polycard_trust_t  *trust = data;

    X509_STORE_free(trust->store);
    BIO_free(trust->one);
}


/*
 * libcurl fills a store of its own before ours can replace it.  From the whole
 * bundle that would take 20 ms for each connection: so it gets one certificate,
 * and a folder that has none.
 */

CURLcode
ngx_polycard_trust_set(ngx_polycard_trust_t *trust, CURL *easy)
{
    char              *data;
    CURLcode           rc;
    struct curl_blob   blob;

    if (!trust->shared) {
        return curl_easy_setopt(easy, CURLOPT_CAINFO, trust->file.data);
    }

    blob.len = BIO_get_mem_data(trust->one, &data);
    blob.data = data;
    blob.flags = CURL_BLOB_NOCOPY;

    rc = curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);

    if (rc == CURLE_OK) {
        rc = curl_easy_setopt(easy, CURLOPT_CAPATH, "/dev/null");
    }

    if (rc == CURLE_OK) {
        rc = curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION,
                              ngx_polycard_trust_set_store);
    }

    if (rc == CURLE_OK) {
        rc = curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, trust);
    }

    return rc;
}


static CURLcode
ngx_polycard_trust_set_store(CURL *easy, void *ssl_ctx, void *data)
{
    ngx_polycard_trust_t  *trust = data;

    if (X509_STORE_up_ref(trust->store) != 1) {
        return CURLE_ABORTED_BY_CALLBACK;
    }

    SSL_CTX_set_cert_store(ssl_ctx, trust->store);

    return CURLE_OK;
}


ngx_int_t
ngx_polycard_trust_check_pair(ngx_str_t *certificate, ngx_str_t *key)
{
    BIO       *bio;
    X509      *x509;
    EVP_PKEY  *pkey;
    ngx_int_t  rc;

    x509 = NULL;
    pkey = NULL;

    bio = BIO_new_mem_buf(certificate->data, (int) certificate->len);

    if (bio) {
        x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        BIO_free(bio);
    }

    bio = BIO_new_mem_buf(key->data, (int) key->len);

    if (bio) {
        pkey = PEM_read_bio_PrivateKey(bio, NULL,
                                       ngx_polycard_trust_no_password, NULL);
        BIO_free(bio);
    }

    rc = x509 && pkey && X509_check_private_key(x509, pkey) == 1
         ? NGX_OK : NGX_ERROR;

    X509_free(x509);
    EVP_PKEY_free(pkey);
    ERR_clear_error();

    return rc;
}


/* else OpenSSL asks for it at the terminal */

static int
ngx_polycard_trust_no_password(char *buf, int size, int rwflag, void *data)
{
    return 0;
}
