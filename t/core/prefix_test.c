
#include "tap.h"
#include "core/prefix.h"

#include <string.h>


#define LENGTH(array)  (sizeof(array) / sizeof((array)[0]))


static void prefix_test(const char *text, int rc);
static void prefix_test_lengths(void);


static const char  *prefix_good[] = {
    "{a}", "polycard:{shop1}:", "!\"{~}/", "{:}"
};

static const char  *prefix_bad[] = {
    "", "a", "{}", "{", "}", "{a", "a}", "}{", "}a{", "{a}{", "{a}}", "{{a}",
    "{a}{b}", " {a}", "{a} ", "{a}*", "?{a}", "[{a}", "]{a}", "\\{a}", "{^}",
    "{\n}", "{\x7f}", "{\xd1\x97}"
};


int
main(void)
{
    size_t  i;

    for (i = 0; i < LENGTH(prefix_good); i++) {
        prefix_test(prefix_good[i], NGX_POLYCARD_OK);
    }

    for (i = 0; i < LENGTH(prefix_bad); i++) {
        prefix_test(prefix_bad[i], NGX_POLYCARD_ERROR);
    }

    prefix_test_lengths();

    return tap_done();
}


static void
prefix_test(const char *text, int rc)
{
    ngx_polycard_str_t  prefix;

    prefix = tap_text(text);

    tap_ok(ngx_polycard_prefix_check(&prefix) == rc, "%zu: \"%.20s\"",
           prefix.len, text);
}


static void
prefix_test_lengths(void)
{
    char  text[NGX_POLYCARD_PREFIX_MAX + 2];

    memset(text, 'x', sizeof(text));
    memcpy(text, "{a}", 3);

    text[NGX_POLYCARD_PREFIX_MAX + 1] = '\0';
    prefix_test(text, NGX_POLYCARD_ERROR);

    text[NGX_POLYCARD_PREFIX_MAX] = '\0';
    prefix_test(text, NGX_POLYCARD_OK);
}
