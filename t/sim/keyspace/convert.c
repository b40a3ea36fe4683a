
#include "keyspace/convert.h"

#include <lauxlib.h>


static redisReply *convert_table(lua_State *lua, int index);
static redisReply *convert_field(lua_State *lua, int index, const char *name);


void
ks_convert_to_lua(lua_State *lua, const redisReply *reply)
{
    size_t  i;

    switch (reply->type) {

    case REDIS_REPLY_NIL:
        lua_pushboolean(lua, 0);
        break;

    case REDIS_REPLY_INTEGER:
        lua_pushnumber(lua, reply->integer);
        break;

    case REDIS_REPLY_STRING:
        lua_pushlstring(lua, reply->str, reply->len);
        break;

    case REDIS_REPLY_ARRAY:
        luaL_checkstack(lua, 4, "replies");
        lua_createtable(lua, reply->elements, 0);

        for (i = 0; i < reply->elements; i++) {
            ks_convert_to_lua(lua, reply->element[i]);
            lua_rawseti(lua, -2, i + 1);
        }

        break;

    default:
        lua_newtable(lua);
        lua_pushlstring(lua, reply->str, reply->len);
        lua_setfield(lua, -2, reply->type == REDIS_REPLY_ERROR ? "err"
                                                               : "ok");
    }
}


redisReply *
ks_convert_from_lua(lua_State *lua, int index)
{
    size_t       len;
    const char  *text;

    if (index < 0) {
        index += lua_gettop(lua) + 1;
    }

    switch (lua_type(lua, index)) {

    case LUA_TSTRING:
        text = lua_tolstring(lua, index, &len);
        return ks_string(text, len);

    case LUA_TBOOLEAN:
        return lua_toboolean(lua, index) ? ks_integer(1) : ks_nil();

    case LUA_TNUMBER:
        return ks_integer((long long) lua_tonumber(lua, index));

    case LUA_TTABLE:
        return convert_table(lua, index);

    default:
        return ks_nil();
    }
}


/* an error, a status, or what comes before the first nil */

static redisReply *
convert_table(lua_State *lua, int index)
{
    int          i;
    redisReply  *reply;

    luaL_checkstack(lua, 4, "replies");

    reply = convert_field(lua, index, "err");

    if (reply) {
        reply->type = REDIS_REPLY_ERROR;
        return reply;
    }

    reply = convert_field(lua, index, "ok");

    if (reply) {
        reply->type = REDIS_REPLY_STATUS;
        return reply;
    }

    reply = ks_array(0);

    for (i = 1; /* void */ ; i++) {
        lua_rawgeti(lua, index, i);

        if (lua_isnil(lua, -1)) {
            lua_pop(lua, 1);
            return reply;
        }

        ks_append(reply, ks_convert_from_lua(lua, -1));
        lua_pop(lua, 1);
    }
}


static redisReply *
convert_field(lua_State *lua, int index, const char *name)
{
    size_t       len;
    const char  *text;
    redisReply  *reply;

    lua_pushstring(lua, name);
    lua_rawget(lua, index);

    reply = NULL;

    if (lua_type(lua, -1) == LUA_TSTRING) {
        text = lua_tolstring(lua, -1, &len);
        reply = ks_string(text, len);
    }

    lua_pop(lua, 1);

    return reply;
}
