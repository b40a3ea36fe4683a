
/*
 * Bodies as the readers of core/ take them, for t/fuzz/readers.t:
 *
 *   print_input form|json < CASES
 *
 * A case is a line of hex.  A line out: "refused", or name=hex of what was
 * given, separated by spaces.
 */


#include "core/form.h"
#include "core/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define PRINT_LINE  (1 << 20)


static size_t print_decode(const char *hex, u_char *bytes);
static void print_case(int form, const ngx_polycard_str_t *body);


int
main(int argc, char **argv)
{
    int                  form;
    char                *line;
    ngx_polycard_str_t   body;

    form = argc > 1 && strcmp(argv[1], "form") == 0;
    line = malloc(PRINT_LINE);

    if (line == NULL) {
        return 2;
    }

    while (fgets(line, PRINT_LINE, stdin)) {

        /* memory of its own, so that a sanitizer sees what is read behind it */

        body.data = malloc(strlen(line) / 2 + 1);

        if (body.data == NULL) {
            return 2;
        }

        body.len = print_decode(line, body.data);
        print_case(form, &body);
        free(body.data);
    }

    free(line);

    return 0;
}


static size_t
print_decode(const char *hex, u_char *bytes)
{
    size_t    n;
    unsigned  byte;

    for (n = 0; sscanf(hex + 2 * n, "%2x", &byte) == 1; n++) {
        bytes[n] = (u_char) byte;
    }

    return n;
}


static void
print_case(int form, const ngx_polycard_str_t *body)
{
    int                                rc;
    size_t                             i, j;
    u_char                            *scratch;
    const char                        *space;
    ngx_polycard_input_t               in;
    const ngx_polycard_attribute_t    *a;

    scratch = malloc(body->len + NGX_POLYCARD_INPUT_EXTRA);

    if (scratch == NULL) {
        exit(2);
    }

    ngx_polycard_input_init(&in, &ngx_polycard_client, scratch,
                            body->len + NGX_POLYCARD_INPUT_EXTRA);

    rc = form ? ngx_polycard_form_read(&in, body)
              : ngx_polycard_json_read(&in, body);

    if (rc != NGX_POLYCARD_OK) {
        printf("refused");
    }

    space = "";

    for (i = 0; rc == NGX_POLYCARD_OK && i < ngx_polycard_client.n; i++) {
        if (in.value[i].data == NULL || in.value[i].len == 0) {
            continue;
        }

        a = &ngx_polycard_client.attribute[i];
        printf("%s%.*s=", space, (int) a->name.len, a->name.data);
        space = " ";

        for (j = 0; j < in.value[i].len; j++) {
            printf("%02x", in.value[i].data[j]);
        }
    }

    printf("\n");
    free(scratch);
}
