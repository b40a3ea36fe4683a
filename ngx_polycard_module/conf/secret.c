
#include "conf/secret.h"


#define NGX_POLYCARD_TOKENS_SIZE  65536

/* characters: as many as a token of Polycard has; a shorter one is weak */
#define NGX_POLYCARD_TOKEN_WEAK   32


static ngx_int_t ngx_polycard_secret_load(ngx_conf_t *cf, ngx_file_t *file,
    size_t max, ngx_str_t *content);
static ngx_uint_t ngx_polycard_secret_is_certificate(ngx_str_t *content);
static void ngx_polycard_secret_check_tokens(ngx_conf_t *cf, ngx_str_t *path,
    ngx_array_t *tokens);
static ngx_int_t ngx_polycard_secret_add_token(ngx_array_t *tokens,
    u_char *line, size_t len);


ngx_int_t
ngx_polycard_secret_find(ngx_conf_t *cf, ngx_str_t *path)
{
    ngx_fd_t  fd;

    if (ngx_conf_full_name(cf->cycle, path, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    fd = ngx_open_file(path->data, NGX_FILE_RDONLY|NGX_FILE_NONBLOCK,
                       NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_file_n " \"%V\" failed", path);
        return NGX_ERROR;
    }

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_ALERT, cf->log, ngx_errno,
                      ngx_close_file_n " \"%V\" failed", path);
    }

    return NGX_OK;
}


ngx_int_t
ngx_polycard_secret_read(ngx_conf_t *cf, ngx_str_t *path, size_t max,
    ngx_str_t *secret)
{
    ngx_int_t   rc;
    ngx_file_t  file;

    if (ngx_conf_full_name(cf->cycle, path, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_memzero(&file, sizeof(ngx_file_t));

    file.name = *path;
    file.log = cf->log;

    /* a pipe must not block nginx before it is seen not to be a file */

    file.fd = ngx_open_file(path->data, NGX_FILE_RDONLY|NGX_FILE_NONBLOCK,
                            NGX_FILE_OPEN, 0);

    if (file.fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_file_n " \"%V\" failed", path);
        return NGX_ERROR;
    }

    rc = ngx_polycard_secret_load(cf, &file, max, secret);

    if (ngx_close_file(file.fd) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_ALERT, cf->log, ngx_errno,
                      ngx_close_file_n " \"%V\" failed", path);
    }

    return rc;
}


static ngx_int_t
ngx_polycard_secret_load(ngx_conf_t *cf, ngx_file_t *file, size_t max,
    ngx_str_t *content)
{
    ssize_t          n;
    ngx_file_info_t  info;

    if (ngx_fd_info(file->fd, &info) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_fd_info_n " \"%V\" failed", &file->name);
        return NGX_ERROR;
    }

    if (!ngx_is_file(&info) || ngx_file_size(&info) > (off_t) max) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is no file of at most %uz bytes",
                           &file->name, max);
        return NGX_ERROR;
    }

    content->data = ngx_pnalloc(cf->pool, ngx_file_size(&info) + 1);
    if (content->data == NULL) {
        return NGX_ERROR;
    }

    n = ngx_read_file(file, content->data, ngx_file_size(&info), 0);

    if (n == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_read_file_n " \"%V\" failed", &file->name);
        return NGX_ERROR;
    }

    if (n > 0 && content->data[n - 1] == LF) {
        n--;
    }

    if (n == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is empty", &file->name);
        return NGX_ERROR;
    }

    content->len = n;

    if ((ngx_file_access(&info) & S_IROTH)
        && !ngx_polycard_secret_is_certificate(content))
    {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "the secret in \"%V\" can be read by everybody",
                           &file->name);
    }

    return NGX_OK;
}


/* the certificate of a key, which is public */

static ngx_uint_t
ngx_polycard_secret_is_certificate(ngx_str_t *content)
{
    return ngx_strnstr(content->data, "-----BEGIN CERTIFICATE-----",
                       content->len)
           && ngx_strnstr(content->data, "PRIVATE KEY-----", content->len)
              == NULL;
}


ngx_array_t *
ngx_polycard_secret_read_tokens(ngx_conf_t *cf, ngx_str_t *path)
{
    u_char       *p, *last, *eol;
    ngx_int_t     rc;
    ngx_str_t     content;
    ngx_uint_t    n;
    ngx_array_t  *tokens;

    if (ngx_polycard_secret_read(cf, path, NGX_POLYCARD_TOKENS_SIZE, &content)
        != NGX_OK)
    {
        return NULL;
    }

    tokens = ngx_array_create(cf->pool, 2, sizeof(ngx_polycard_token_t));
    if (tokens == NULL) {
        return NULL;
    }

    last = content.data + content.len;

    for (p = content.data, n = 1; p < last; p = eol + 1, n++) {
        eol = ngx_strlchr(p, last, LF);
        if (eol == NULL) {
            eol = last;
        }

        rc = ngx_polycard_secret_add_token(tokens, p, eol - p);

        if (rc == NGX_OK) {
            continue;
        }

        if (rc == NGX_DECLINED) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "line %ui of \"%V\" is no access token: these "
                               "are 1 to %d characters of visible ASCII",
                               n, path, NGX_POLYCARD_TOKEN_MAX);
        }

        return NULL;
    }

    ngx_explicit_memzero(content.data, content.len);

    if (tokens->nelts == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "there is no token in \"%V\"", path);
        return NULL;
    }

    ngx_polycard_secret_check_tokens(cf, path, tokens);

    return tokens;
}


/* one line a file: the shortest; it works, whoever has to keep an old one */

static void
ngx_polycard_secret_check_tokens(ngx_conf_t *cf, ngx_str_t *path,
    ngx_array_t *tokens)
{
    size_t                 len, shortest;
    ngx_uint_t             i;
    ngx_polycard_token_t  *token;

    token = tokens->elts;
    shortest = NGX_POLYCARD_TOKEN_WEAK;

    for (i = 0; i < tokens->nelts; i++) {
        len = ngx_strlen(token[i].data);
        shortest = ngx_min(shortest, len);
    }

    if (shortest < NGX_POLYCARD_TOKEN_WEAK) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "a token in \"%V\" has only %uz characters, it "
                           "could be guessed: take %d or more, at random",
                           path, shortest, NGX_POLYCARD_TOKEN_WEAK);
    }
}


/* NGX_DECLINED: it is not a token */

static ngx_int_t
ngx_polycard_secret_add_token(ngx_array_t *tokens, u_char *line, size_t len)
{
    size_t                 i;
    ngx_polycard_token_t  *token;

    if (len && line[len - 1] == CR) {
        len--;
    }

    if (len == 0) {
        return NGX_OK;
    }

    if (len > NGX_POLYCARD_TOKEN_MAX) {
        return NGX_DECLINED;
    }

    for (i = 0; i < len; i++) {
        if (line[i] <= 0x20 || line[i] >= 0x7f) {
            return NGX_DECLINED;
        }
    }

    token = ngx_array_push(tokens);
    if (token == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(token, sizeof(ngx_polycard_token_t));
    ngx_memcpy(token->data, line, len);

    return NGX_OK;
}
