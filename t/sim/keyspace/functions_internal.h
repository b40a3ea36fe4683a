
/* What functions.c and functions_api.c share, and nobody else. */


#ifndef _SIM_KEYSPACE_FUNCTIONS_INTERNAL_H_INCLUDED_
#define _SIM_KEYSPACE_FUNCTIONS_INTERNAL_H_INCLUDED_


#include "keyspace/functions.h"

#include <lua.h>
#include <lauxlib.h>


#define FUNCTIONS_NO_WRITES  1
#define FUNCTIONS_ALLOW_OOM  2


struct ks_functions_s {
    lua_State            *lua;
    ks_t                 *ks;           /* of the call under way */
    unsigned              flags;        /* of the function under way */
    unsigned             *lines;
    size_t                nlines;
};


/* the table "redis" of Lua */
extern const luaL_Reg  ks_functions_api[];

/* whose state it is */
ks_functions_t *ks_functions_of(lua_State *lua);


#endif /* _SIM_KEYSPACE_FUNCTIONS_INTERNAL_H_INCLUDED_ */
