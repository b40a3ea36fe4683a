
/*
 * The version of the module and of the tools: the only place in the sources.
 * CHANGELOG.md and debian/changelog name the same (t/package/version.t).
 * It has nothing to do with the version of the library inside Redis, which is
 * in redis-scripts/head.lua.
 */


#ifndef _NGX_POLYCARD_VERSION_H_INCLUDED_
#define _NGX_POLYCARD_VERSION_H_INCLUDED_


#define NGX_POLYCARD_VERSION  "0.1.0"


#endif /* _NGX_POLYCARD_VERSION_H_INCLUDED_ */
