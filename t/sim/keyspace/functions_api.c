
/* redis.call() and the like: what Redis gives to a library. */

#include "keyspace/functions_internal.h"
#include "keyspace/convert.h"

#include <openssl/sha.h>
#include <string.h>


/* arguments of redis.call() */
#define API_ARGS    1024

/* the longest number as text */
#define API_NUMBER  32


static ks_functions_t *api_functions(lua_State *lua);
static int api_register(lua_State *lua);
static int api_call(lua_State *lua);
static int api_pcall(lua_State *lua);
static int api_command(lua_State *lua, int raise);
static int api_number(char *text, double number);
static size_t api_arguments(lua_State *lua, ks_arg_t *arg);
static redisReply *api_run(ks_functions_t *functions, const ks_arg_t *arg,
    size_t n);
static int api_error_reply(lua_State *lua);
static int api_status_reply(lua_State *lua);
static int api_sha1hex(lua_State *lua);
static int api_may_run(lua_State *lua);
static int api_nothing(lua_State *lua);


const luaL_Reg  ks_functions_api[] = {
    { "call", api_call },
    { "pcall", api_pcall },
    { "register_function", api_register },
    { "error_reply", api_error_reply },
    { "status_reply", api_status_reply },
    { "sha1hex", api_sha1hex },
    { "acl_check_cmd", api_may_run },
    { "log", api_nothing },
    { NULL, NULL }
};


ks_functions_t *
ks_functions_of(lua_State *lua)
{
    ks_functions_t  *functions;

    lua_getfield(lua, LUA_REGISTRYINDEX, "functions");
    functions = lua_touserdata(lua, -1);
    lua_pop(lua, 1);

    return functions;
}


/* the same within these functions */

static ks_functions_t *
api_functions(lua_State *lua)
{
    return lua_touserdata(lua, lua_upvalueindex(1));
}


/* redis.register_function { function_name =, callback =, flags = } */

static int
api_register(lua_State *lua)
{
    unsigned     flags;
    const char  *flag;

    luaL_checktype(lua, 1, LUA_TTABLE);
    flags = 0;

    lua_getfield(lua, 1, "flags");

    if (lua_istable(lua, -1)) {
        lua_pushnil(lua);

        while (lua_next(lua, -2)) {
            flag = luaL_checkstring(lua, -1);
            flags |= strcmp(flag, "no-writes") == 0 ? FUNCTIONS_NO_WRITES : 0;
            flags |= strcmp(flag, "allow-oom") == 0 ? FUNCTIONS_ALLOW_OOM : 0;
            lua_pop(lua, 1);
        }
    }

    lua_getfield(lua, LUA_REGISTRYINDEX, "registered");
    lua_getfield(lua, 1, "function_name");
    luaL_checkstring(lua, -1);

    lua_newtable(lua);
    lua_getfield(lua, 1, "callback");
    luaL_checktype(lua, -1, LUA_TFUNCTION);
    lua_rawseti(lua, -2, 1);
    lua_pushinteger(lua, flags);
    lua_rawseti(lua, -2, 2);

    lua_settable(lua, -3);

    return 0;
}


static int
api_call(lua_State *lua)
{
    return api_command(lua, 1);
}


static int
api_pcall(lua_State *lua)
{
    return api_command(lua, 0);
}


static int
api_command(lua_State *lua, int raise)
{
    size_t       n;
    unsigned     failed;
    ks_arg_t     arg[API_ARGS];
    redisReply  *reply;

    n = api_arguments(lua, arg);

    if (n == 0) {
        reply = ks_error("ERR Lua redis lib command arguments must be strings "
                         "or integers");
    } else {
        reply = api_run(api_functions(lua), arg, n);
    }

    failed = reply->type == REDIS_REPLY_ERROR;

    ks_convert_to_lua(lua, reply);
    ks_reply_free(reply);

    return (failed && raise) ? lua_error(lua) : 1;
}


/* as Redis prints it */

static int
api_number(char *text, double number)
{
    if (number == (int) number) {
        return ks_print(text, (int) number);
    }

    return snprintf(text, API_NUMBER, "%.17g", number);
}


/* 0: one of them is neither text nor number */

static size_t
api_arguments(lua_State *lua, ks_arg_t *arg)
{
    int     i, n;
    size_t  size;

    /* until the next call */
    static char  text[API_ARGS][API_NUMBER];

    n = lua_gettop(lua);

    if (n > API_ARGS) {
        luaL_error(lua, "too many arguments");
    }

    for (i = 1; i <= n; i++) {
        switch (lua_type(lua, i)) {

        case LUA_TNUMBER:
            arg[i - 1].data = text[i - 1];
            arg[i - 1].len = api_number(text[i - 1], lua_tonumber(lua, i));
            break;

        case LUA_TSTRING:
            arg[i - 1].data = lua_tolstring(lua, i, &size);
            arg[i - 1].len = size;
            break;

        default:
            return 0;
        }
    }

    return n;
}


static redisReply *
api_run(ks_functions_t *functions, const ks_arg_t *arg, size_t n)
{
    unsigned             full;
    ks_t                *ks;
    redisReply          *reply;
    const ks_command_t  *command;

    ks = functions->ks;
    command = ks_command(&arg[0]);

    if (command == NULL) {
        return ks_error("ERR Unknown Redis command called from script");
    }

    if (command->arity > 0 ? (size_t) command->arity != n
                           : n < (size_t) -command->arity)
    {
        return ks_error("ERR Wrong number of args calling Redis command from "
                        "script");
    }

    if (ks->denied && strcmp(ks->denied, command->name) == 0) {
        return ks_error("ERR The user executing the script can't run this "
                        "command or subcommand");
    }

    if ((functions->flags & FUNCTIONS_NO_WRITES)
        && (command->flags & KS_WRITE))
    {
        return ks_error("ERR Write commands are not allowed from read-only "
                        "scripts.");
    }

    /* a function that has begun is not stopped by a memory that fills */

    full = ks->full;
    ks->full = 0;
    reply = ks_call(ks, arg, n);
    ks->full = full;

    return reply;
}


static int
api_error_reply(lua_State *lua)
{
    const char  *text;

    text = luaL_checkstring(lua, 1);

    lua_newtable(lua);
    lua_pushstring(lua, text + (text[0] == '-'));
    lua_setfield(lua, -2, "err");

    return 1;
}


static int
api_status_reply(lua_State *lua)
{
    luaL_checkstring(lua, 1);

    lua_newtable(lua);
    lua_pushvalue(lua, 1);
    lua_setfield(lua, -2, "ok");

    return 1;
}


static int
api_sha1hex(lua_State *lua)
{
    int             i;
    char            hex[2 * SHA_DIGEST_LENGTH];
    size_t          len;
    const char     *text;
    unsigned char   digest[SHA_DIGEST_LENGTH];

    static const char  digits[] = "0123456789abcdef";

    text = luaL_checklstring(lua, 1, &len);
    SHA1((const unsigned char *) text, len, digest);

    for (i = 0; i < SHA_DIGEST_LENGTH; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 0xf];
    }

    lua_pushlstring(lua, hex, 2 * SHA_DIGEST_LENGTH);

    return 1;
}


static int
api_may_run(lua_State *lua)
{
    int                   n;
    ks_arg_t              name, arg[API_ARGS];
    const char           *denied;
    const ks_command_t   *command;

    name.data = luaL_checklstring(lua, 1, &name.len);
    command = ks_command(&name);

    if (command == NULL) {
        return luaL_error(lua, "ERR Invalid command passed to "
                          "redis.acl_check_cmd()");
    }

    n = api_arguments(lua, arg);

    if (n == 0) {
        return luaL_error(lua, "ERR Lua redis lib command arguments must be "
                          "strings or integers");
    }

    /* as since the security updates of Redis 7 and 8 */

    if (command->arity > 0 ? n != command->arity : n < -command->arity) {
        return luaL_error(lua, "ERR Wrong number of args for "
                          "redis.acl_check_cmd()");
    }

    denied = api_functions(lua)->ks->denied;
    lua_pushboolean(lua, denied == NULL || strcmp(denied, command->name));

    return 1;
}


static int
api_nothing(lua_State *lua)
{
    return 0;
}
