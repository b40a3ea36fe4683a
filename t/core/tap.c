
#include "tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


typedef struct tap_memory_s  tap_memory_t;

struct tap_memory_s {
    tap_memory_t  *next;
    void          *data;
};


static void tap_result(int ok, const char *name, va_list args);
static void tap_show(const char *what, const u_char *data, size_t len);


static unsigned       tap_n;
static unsigned       tap_failed;
static tap_memory_t  *tap_memory;


static void
tap_result(int ok, const char *name, va_list args)
{
    char  *p, line[1024];

    tap_n++;

    if (!ok) {
        tap_failed++;
    }

    (void) vsnprintf(line, sizeof(line), name, args);

    /* neither a line break nor a directive of TAP */

    for (p = line; *p; p++) {
        if ((u_char) *p < 0x20 || *p == '#') {
            *p = '?';
        }
    }

    printf("%sok %u - %s\n", ok ? "" : "not ", tap_n, line);
}


static void
tap_show(const char *what, const u_char *data, size_t len)
{
    size_t  i;

    printf("# %s: ", what);

    for (i = 0; i < len && i < 400; i++) {
        if (data[i] < 0x20 || data[i] == 0x7f || data[i] == '\\') {
            printf("\\x%02x", data[i]);

        } else {
            putchar(data[i]);
        }
    }

    printf("%s (%zu bytes)\n", i < len ? "..." : "", len);
}


void
tap_ok(int ok, const char *name, ...)
{
    va_list  args;

    va_start(args, name);
    tap_result(ok, name, args);
    va_end(args);
}


void
tap_is(const u_char *got, size_t len, const ngx_polycard_str_t *want,
    const char *name, ...)
{
    int      same;
    va_list  args;

    same = len == want->len && (len == 0 || !memcmp(got, want->data, len));

    va_start(args, name);
    tap_result(same, name, args);
    va_end(args);

    if (!same) {
        tap_show("     got", got, len);
        tap_show("expected", want->data, want->len);
    }
}


void
tap_is_str(const char *got, const char *want, const char *name, ...)
{
    int      same;
    va_list  args;

    same = (strcmp(got, want) == 0);

    va_start(args, name);
    tap_result(same, name, args);
    va_end(args);

    if (!same) {
        tap_show("     got", (u_char *) got, strlen(got));
        tap_show("expected", (u_char *) want, strlen(want));
    }
}


int
tap_done(void)
{
    tap_free();

    printf("1..%u\n", tap_n);

    return tap_failed != 0 || tap_n == 0;
}


ngx_polycard_str_t
tap_copy(const void *data, size_t len)
{
    tap_memory_t        *memory;
    ngx_polycard_str_t   text;

    memory = malloc(sizeof(tap_memory_t));
    text.len = len;
    text.data = malloc(len);

    if (memory == NULL || (text.data == NULL && len != 0)) {
        printf("Bail out! no memory\n");
        exit(2);
    }

    if (len) {
        memcpy(text.data, data, len);
    }

    memory->data = text.data;
    memory->next = tap_memory;
    tap_memory = memory;

    return text;
}


ngx_polycard_str_t
tap_text(const char *text)
{
    return tap_copy(text, strlen(text));
}


void
tap_free(void)
{
    tap_memory_t  *memory;

    while (tap_memory) {
        memory = tap_memory;
        tap_memory = memory->next;

        free(memory->data);
        free(memory);
    }
}


uint32_t
tap_random(uint32_t n)
{
    static uint64_t  state = 88172645463325252;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;

    return (uint32_t) (state >> 16) % n;
}


const char *
tap_outcome(int rc, ngx_polycard_input_t *in)
{
    char                      *p;
    size_t                     i;
    static char                buf[65536];
    const ngx_polycard_str_t  *name, *value;

    if (rc != NGX_POLYCARD_OK) {
        memcpy(buf, in->error, sizeof(in->error));
        return buf;
    }

    p = buf;

    for (i = 0; i < in->table->n; i++) {
        name = &in->table->attribute[i].name;
        value = &in->value[i];

        if (value->data == NULL) {
            continue;
        }

        p += snprintf(p, buf + sizeof(buf) - p, "[%.*s=%.*s]",
                      (int) name->len, name->data, (int) value->len,
                      value->data);
    }

    *p = '\0';

    return buf;
}
