
#include "keyspace/functions_internal.h"
#include "keyspace/convert.h"

#include <lualib.h>
#include <stdlib.h>
#include <string.h>


int luaopen_cjson(lua_State *lua);


static void functions_open(ks_functions_t *functions);
static void functions_seal(lua_State *lua);
static void functions_line(lua_State *lua, lua_Debug *debug);
static redisReply *functions_failed(lua_State *lua, const char *name);


/* a global that there is not, or that is made, is a mistake */

static const char  functions_globals[] =
    "setmetatable(_G, {\n"
    "    __index = function(_, name)\n"
    "        error('Script attempted to access nonexistent global variable '\n"
    "              .. \"'\" .. tostring(name) .. \"'\", 2)\n"
    "    end,\n"
    "    __newindex = function()\n"
    "        error('Attempt to modify a readonly table', 2)\n"
    "    end,\n"
    "})\n";


ks_functions_t *
ks_functions_load(const char *text, size_t len, const char **error)
{
    lua_State       *lua;
    const char      *end;
    ks_functions_t  *functions;

    static char  said[256];

    lua = luaL_newstate();

    if (lua == NULL) {
        abort();
    }

    functions = ks_alloc(sizeof(ks_functions_t));
    memset(functions, 0, sizeof(ks_functions_t));
    functions->lua = lua;

    lua_pushlightuserdata(lua, functions);
    lua_setfield(lua, LUA_REGISTRYINDEX, "functions");

    functions_open(functions);

    /* the line "#!lua name=..." is none of Lua's, and keeps its number */

    end = memchr(text, '\n', len);

    *error = end == NULL ? "no name"
             : luaL_loadbuffer(lua, end, text + len - end, "@user_function")
               ? lua_tostring(lua, -1) : NULL;

    if (*error == NULL) {
        lua_setfield(lua, LUA_REGISTRYINDEX, "text");
        *error = ks_functions_begin(functions);
    }

    if (*error) {
        snprintf(said, sizeof(said), "%s", *error);
        *error = said;
        ks_functions_free(functions);
        return NULL;
    }

    functions_seal(lua);

    return functions;
}


const char *
ks_functions_begin(ks_functions_t *functions)
{
    lua_State  *lua;

    lua = functions->lua;

    lua_newtable(lua);
    lua_setfield(lua, LUA_REGISTRYINDEX, "registered");
    lua_getfield(lua, LUA_REGISTRYINDEX, "text");

    return lua_pcall(lua, 0, 0, 0) ? lua_tostring(lua, -1) : NULL;
}


void
ks_functions_free(ks_functions_t *functions)
{
    lua_close(functions->lua);
    free(functions);
}


static void
functions_open(ks_functions_t *functions)
{
    size_t      i;
    lua_State  *lua;

    static const lua_CFunction  libraries[] = {
        luaopen_base, luaopen_table, luaopen_string, luaopen_math,
        luaopen_cjson
    };

    lua = functions->lua;

    for (i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++) {
        lua_pushcfunction(lua, libraries[i]);
        lua_call(lua, 0, i == 4);
    }

    lua_setglobal(lua, "cjson");

    lua_newtable(lua);
    lua_pushlightuserdata(lua, functions);
    luaL_openlib(lua, NULL, ks_functions_api, 1);
    lua_setglobal(lua, "redis");
}


static void
functions_seal(lua_State *lua)
{
    if (luaL_dostring(lua, functions_globals)) {
        abort();
    }
}


redisReply *
ks_functions_call(ks_functions_t *functions, ks_t *ks, const char *name,
    const ks_arg_t *arg, size_t n)
{
    size_t       i;
    lua_State   *lua;
    redisReply  *reply;

    lua = functions->lua;
    functions->ks = ks;

    lua_settop(lua, 0);
    lua_getfield(lua, LUA_REGISTRYINDEX, "registered");
    lua_getfield(lua, 1, name);

    if (!lua_istable(lua, 2)) {
        return ks_error("ERR Function not found");
    }

    lua_rawgeti(lua, 2, 2);
    functions->flags = lua_tointeger(lua, 3);
    lua_rawgeti(lua, 2, 1);

    if (ks->refusal && !(functions->flags & FUNCTIONS_NO_WRITES)) {
        return ks_error("%s", ks->refusal);
    }

    if (ks->full && functions->flags == 0) {
        return ks_error("OOM command not allowed when used memory > "
                        "'maxmemory'.");
    }

    for (i = 0; i < 2; i++) {
        lua_newtable(lua);
    }

    for (i = 0; i < n; i++) {
        lua_pushlstring(lua, arg[i].data, arg[i].len);
        lua_rawseti(lua, i ? 6 : 5, i ? i : 1);
    }

    reply = lua_pcall(lua, 2, 1, 0) ? functions_failed(lua, name)
                                    : ks_convert_from_lua(lua, -1);

    lua_settop(lua, 0);

    return reply;
}


/* what was raised: a table {err = ...}, or a text */

static redisReply *
functions_failed(lua_State *lua, const char *name)
{
    const char  *text;

    if (lua_istable(lua, -1)) {
        lua_pushliteral(lua, "err");
        lua_rawget(lua, -2);
    }

    text = lua_tostring(lua, -1);

    return ks_error("%s%s script: %s", text && text[0] >= 'A'
                    && text[0] <= 'Z' ? "" : "ERR ", text ? text : "unknown",
                    name);
}


void
ks_functions_count(ks_functions_t *functions, unsigned *lines, size_t n)
{
    functions->lines = lines;
    functions->nlines = n;

    lua_sethook(functions->lua, lines ? functions_line : NULL,
                lines ? LUA_MASKLINE : 0, 0);
}


static void
functions_line(lua_State *lua, lua_Debug *debug)
{
    ks_functions_t  *functions;

    functions = ks_functions_of(lua);
    lua_getinfo(lua, "S", debug);

    if (strcmp(debug->source, "@user_function") == 0
        && (size_t) debug->currentline < functions->nlines)
    {
        functions->lines[debug->currentline]++;
    }
}
