
/*
 * The first byte says which type of attribute, the rest is a value: the check
 * in core/attributes.c and that of redis-scripts/value.lua take the same, and
 * refuse with the same words.
 */


#include "fuzz.h"
#include "core/text.h"

#include <lauxlib.h>
#include <lualib.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static lua_State  *fuzz_lua;


static void fuzz_open(void);
static int fuzz_is_text(const char *flaw);
static const char *fuzz_check(const char *kind,
    const ngx_polycard_str_t *value);


static const struct {
    ngx_polycard_type_e  type;
    const char          *kind;
} fuzz_types[] = {
    { NGX_POLYCARD_TYPE_PHONE, "phone" },
    { NGX_POLYCARD_TYPE_TEXT, "text" },
    { NGX_POLYCARD_TYPE_CARD, "card" },
    { NGX_POLYCARD_TYPE_SEX, "sex" },
    { NGX_POLYCARD_TYPE_DATE, "date" },
    { NGX_POLYCARD_TYPE_AMOUNT, "amount" },
    { NGX_POLYCARD_TYPE_INTEGER, "integer" },
    { NGX_POLYCARD_TYPE_ID, "id" },
    { NGX_POLYCARD_TYPE_LOYALTY, "loyalty" },
    { NGX_POLYCARD_TYPE_FLAG, "flag" },
    { NGX_POLYCARD_TYPE_CHANGE, "change" },
};


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t                     n;
    const char                *ours, *lua;
    ngx_polycard_str_t         value, given;
    ngx_polycard_attribute_t   a;

    /* empty values are another matter: they remove */

    if (size < 2) {
        return 0;
    }

    if (fuzz_lua == NULL) {
        fuzz_open();
    }

    n = data[0] % (sizeof(fuzz_types) / sizeof(fuzz_types[0]));
    value = fuzz_copy(data + 1, size - 1);

    memset(&a, 0, sizeof(a));
    a.type = fuzz_types[n].type;

    given = value;

    if (a.type == NGX_POLYCARD_TYPE_CARD) {
        ngx_polycard_text_trim(&value);
    }

    ours = ngx_polycard_attribute_check(&a, &value);
    lua = fuzz_check(fuzz_types[n].kind, &given);

    fuzz_must((ours == NULL) == (lua == NULL), "both take it, or none");
    fuzz_must(ours == NULL || strcmp(ours, lua) == 0
              || (fuzz_is_text(ours) && fuzz_is_text(lua)),
              "with the same words");

    lua_settop(fuzz_lua, 0);
    free(given.data);

    return 0;
}


/* of a value that has several of these flaws any is said */

static int
fuzz_is_text(const char *flaw)
{
    return strcmp(flaw, "holds control characters") == 0
           || strcmp(flaw, "is longer than 255 characters") == 0
           || strcmp(flaw, "is not valid UTF-8") == 0;
}


/* FUZZ_CHECKS: number.lua, text.lua and value.lua as one text that returns
 * `value` */

static void
fuzz_open(void)
{
    fuzz_lua = luaL_newstate();
    fuzz_must(fuzz_lua != NULL, "Lua");

    luaL_openlibs(fuzz_lua);

    if (luaL_dofile(fuzz_lua, FUZZ_CHECKS)) {
        fprintf(stderr, "%s\n", lua_tostring(fuzz_lua, -1));
        exit(2);
    }

    lua_setglobal(fuzz_lua, "value");
}


/* NULL: it is taken; else why not, as long as it is on the stack */

static const char *
fuzz_check(const char *kind, const ngx_polycard_str_t *value)
{
    lua_getglobal(fuzz_lua, "value");
    lua_getfield(fuzz_lua, -1, "check");
    lua_pushstring(fuzz_lua, kind);
    lua_pushlstring(fuzz_lua, (char *) value->data, value->len);

    if (lua_pcall(fuzz_lua, 2, 2, 0)) {
        fprintf(stderr, "%s\n", lua_tostring(fuzz_lua, -1));
        fuzz_must(0, "the check in Lua does not fail");
    }

    return lua_toboolean(fuzz_lua, -2) ? NULL : lua_tostring(fuzz_lua, -1);
}
