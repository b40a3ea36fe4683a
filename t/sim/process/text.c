
/* ngx_sprintf() and the log, as far as the module uses them. */

#include "process/process.h"

#include <stdlib.h>


#define TEXT_LINE  2048


void  (*process_logged)(process_t *p, ngx_uint_t level, const char *text);


static u_char *text_number(u_char *p, u_char *last, uint64_t number,
    unsigned negative, unsigned hex, int width, u_char fill);
static u_char *text_copy(u_char *p, u_char *last, const void *from,
    size_t len);


u_char *
ngx_vslprintf(u_char *p, u_char *last, const char *format, va_list args)
{
    int          width;
    u_char       fill;
    size_t       len;
    int64_t      number;
    unsigned     hex, is_unsigned, has_len;
    ngx_str_t   *v;
    const char  *s;

    for ( /* void */ ; *format && p < last; format++) {

        if (*format != '%') {
            *p++ = *format;
            continue;
        }

        format++;
        fill = (*format == '0') ? '0' : ' ';
        width = 0;
        hex = 0;
        is_unsigned = 0;
        has_len = 0;
        len = 0;

        while (*format >= '0' && *format <= '9') {
            width = width * 10 + (*format++ - '0');
        }

        for ( /* void */ ; strchr("uxX*", *format); format++) {
            if (*format == '*') {
                len = va_arg(args, size_t);
                has_len = 1;
            } else {
                is_unsigned = 1;
                hex = (*format != 'u');
            }
        }

        switch (*format) {

        case '%':
            *p++ = '%';
            continue;

        case 'V':
            v = va_arg(args, ngx_str_t *);
            p = text_copy(p, last, v->data, v->len);
            continue;

        case 's':
            s = va_arg(args, const char *);
            p = text_copy(p, last, s, has_len ? len : strlen(s));
            continue;

        case 'c':
            *p++ = va_arg(args, int);
            continue;

        case 'd':
        case 'D':
            number = va_arg(args, int);
            number = is_unsigned ? (int64_t) (uint32_t) number : number;
            break;

        case 'P':
            number = va_arg(args, int);
            break;

        case 'i':
        case 'L':
        case 'z':
        case 'T':
        case 'l':
        case 'O':
            number = va_arg(args, int64_t);
            break;

        case 'M':
            number = va_arg(args, int64_t);
            is_unsigned = 1;
            break;

        default:
            sim_wrong("a format that is unknown here", "%s", format);
            return p;
        }

        p = text_number(p, last,
                        !is_unsigned && number < 0 ? -(uint64_t) number
                                                   : (uint64_t) number,
                        !is_unsigned && number < 0, hex, width, fill);
    }

    return p;
}


static u_char *
text_number(u_char *p, u_char *last, uint64_t number, unsigned negative,
    unsigned hex, int width, u_char fill)
{
    int   len;
    char  text[64];

    len = snprintf(text, sizeof(text), hex ? "%lx" : "%lu",
                   (unsigned long) number);

    if (negative) {
        p = text_copy(p, last, "-", 1);
    }

    for ( /* void */ ; len < width && width < 64; width--) {
        p = text_copy(p, last, &fill, 1);
    }


    return text_copy(p, last, text, len);
}


static u_char *
text_copy(u_char *p, u_char *last, const void *from, size_t len)
{
    if ((size_t) (last - p) < len) {
        len = last - p;
    }

    if (len) {
        memcpy(p, from, len);
    }

    return p + len;
}


u_char *
ngx_sprintf(u_char *p, const char *format, ...)
{
    va_list  args;

    va_start(args, format);
    p = ngx_vslprintf(p, (u_char *) -1, format, args);
    va_end(args);

    return p;
}


u_char *
ngx_snprintf(u_char *p, size_t max, const char *format, ...)
{
    va_list  args;

    va_start(args, format);
    p = ngx_vslprintf(p, p + max, format, args);
    va_end(args);

    return p;
}


u_char *
ngx_slprintf(u_char *p, u_char *last, const char *format, ...)
{
    va_list  args;

    va_start(args, format);
    p = ngx_vslprintf(p, last, format, args);
    va_end(args);

    return p;
}


u_char *
ngx_cpystrn(u_char *to, u_char *from, size_t n)
{
    if (n == 0) {
        return to;
    }

    while (--n && (*to = *from++)) {
        to++;
    }

    *to = '\0';

    return to;
}


void
ngx_log_error_core(ngx_uint_t level, ngx_log_t *log, ngx_err_t err,
    const char *format, ...)
{
    u_char     *p, line[TEXT_LINE];
    va_list     args;
    process_t  *process;

    static const char *const  names[] = {
        "", "emerg", "alert", "crit", "error", "warn", "notice", "info",
        "debug"
    };

    process = process_current();

    va_start(args, format);
    p = ngx_vslprintf(line, line + TEXT_LINE - 1, format, args);
    va_end(args);

    *p = '\0';

    sim_say("%s/%d [%s] %s", process->host, (int) process->number,
            names[level], (char *) line);

    if (process_logged) {
        process_logged(process, level, (char *) line);
    }
}


/* ngx_random() */

long
random(void)
{
    return sim_below(0x7fffffff);
}


off_t
ngx_atoof(u_char *line, size_t n)
{
    off_t  value;

    for (value = 0; n--; line++) {
        if (*line < '0' || *line > '9') {
            return NGX_ERROR;
        }

        value = value * 10 + (*line - '0');
    }

    return value;
}


/* one process runs at a time */

void
ngx_shmtx_lock(ngx_shmtx_t *mtx)
{
}


void
ngx_shmtx_unlock(ngx_shmtx_t *mtx)
{
}


void
ngx_explicit_memzero(void *buf, size_t n)
{
    memset(buf, 0, n);
}


/* ngx_crc32_long() with a sum of its own: nobody reads it but to compare */

uint32_t  ngx_crc32_table256[] = {
    [1] = 0x77073096, [2] = 0xee0e612c, [7] = 0x9e6495a3, [42] = 0x4adfa541,
    [97] = 0x98d220bc, [128] = 0xedb88320, [200] = 0x5005713c,
    [255] = 0x2d02ef8d
};


/* addresses that Sentinels tell: there are none here */

ngx_int_t
ngx_atoi(u_char *line, size_t n)
{
    return ngx_atoof(line, n);
}


in_addr_t
ngx_inet_addr(u_char *text, size_t len)
{
    return INADDR_NONE;
}


ngx_int_t
ngx_inet6_addr(u_char *p, size_t len, u_char *addr)
{
    return NGX_ERROR;
}


void
ngx_inet_set_port(struct sockaddr *sa, in_port_t port)
{
}


u_char *
ngx_strnstr(u_char *s1, char *s2, size_t n)
{
    return memmem(s1, strnlen((char *) s1, n), s2, strlen(s2));
}
