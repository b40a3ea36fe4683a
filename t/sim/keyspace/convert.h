
/* Replies as Lua's values and back, by the rules of Redis for RESP2. */


#ifndef _SIM_KEYSPACE_CONVERT_H_INCLUDED_
#define _SIM_KEYSPACE_CONVERT_H_INCLUDED_


#include "keyspace/reply.h"

#include <lua.h>


/* leaves one value on the stack */
void ks_convert_to_lua(lua_State *lua, const redisReply *reply);

/* takes nothing from the stack */
redisReply *ks_convert_from_lua(lua_State *lua, int index);


#endif /* _SIM_KEYSPACE_CONVERT_H_INCLUDED_ */
