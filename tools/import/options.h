
/*
 * The command lines of polycard-import and polycard-export: one table of
 * options, also for --help.
 */


#ifndef _POLYCARD_OPTIONS_H_INCLUDED_
#define _POLYCARD_OPTIONS_H_INCLUDED_


#include "import/redis_conf.h"
#include "core/prefix.h"


#define POLYCARD_FORMAT_CSV    1
#define POLYCARD_FORMAT_JSONL  2
/* only detected, never given */
#define POLYCARD_FORMAT_ARRAY  3
#define POLYCARD_FORMAT_XLSX   4

/* the order of a date with slashes, and the unit of a bonus */

#define POLYCARD_DATE_DMY      1
#define POLYCARD_DATE_MDY      2
#define POLYCARD_DATE_YMD      3

/* how an export writes a phone: +380671112233, 0671112233, or with signs */

#define POLYCARD_PHONE_PLUS      1
#define POLYCARD_PHONE_NATIONAL  2
#define POLYCARD_PHONE_SIGNS     3

#define POLYCARD_MONEY_KOPECK  1
#define POLYCARD_MONEY_HRYVNIA 2

/* how many --map there may be, and --sex */
#define POLYCARD_MAPS_MAX      64
#define POLYCARD_SEXES_MAX     32

/* how many options a profile may hold */
#define POLYCARD_GIVEN_MAX     128

/* which program an option is for */

#define POLYCARD_IMPORT        1
#define POLYCARD_EXPORT        2
#define POLYCARD_BOTH          (POLYCARD_IMPORT|POLYCARD_EXPORT)


typedef struct {
    char          prefix[NGX_POLYCARD_PREFIX_MAX + 1];
    unsigned      program;            /* POLYCARD_IMPORT or _EXPORT */
    const char   *file;               /* NULL: standard input or output */

    polycard_redis_conf_t   redis;
    polycard_redis_conf_t   sentinel;       /* no address: there are none */
    unsigned      database;

    unsigned      format;             /* 0: to be found out */
    u_char        delimiter;          /* 0: to be found out */

    const char   *encoding;           /* NULL: to be found out */
    const char   *sheet;              /* of a workbook; NULL: the first */

    const char   *map[POLYCARD_MAPS_MAX];   /* TITLE=ATTRIBUTE */
    u_char        map_kept[POLYCARD_MAPS_MAX];  /* from a profile */
    size_t        maps;

    const char   *sex[POLYCARD_SEXES_MAX];  /* WORD=SEX */
    size_t        sexes;

    u_char        date;               /* 0: what is not clear is refused */
    u_char        decimal;            /* "," or "."; 0: likewise */
    u_char        money;              /* 0: likewise */
    u_char        phone;              /* 0: as it is stored */

    const char   *columns;            /* of an export; NULL: all */

    const char   *profile;            /* that was read, or NULL */
    unsigned      in_profile;         /* it is being read */
    const char   *save_profile;       /* to be written, or NULL */

    /* the given options that a profile may contain, in their order */
    const char   *given_name[POLYCARD_GIVEN_MAX];
    const char   *given_value[POLYCARD_GIVEN_MAX];
    size_t        given;

    const char   *refused;            /* NULL: beside the file */

    /* not bit fields: the table of options has their offsets */

    u_char        groups;
    u_char        quiet;
    u_char        dry_run;
    u_char        delete_missing;
    u_char        force;
    u_char        yes;
    u_char        all;
    u_char        bom;
    u_char        group_titles;
    u_char        text_cards;
    u_char        ignore_unknown;
} polycard_options_t;


/*
 * NGX_POLYCARD_OK; POLYCARD_END if nothing is left to do (--help,
 * --version); NGX_POLYCARD_ERROR after a message.  The strings are those of
 * argv.
 */
int polycard_options_parse(polycard_options_t *o, unsigned program, int argc,
    char **argv);


/*
 * One option of a profile; value == NULL: there is none.  NGX_POLYCARD_ERROR
 * after a message: profiles have no such option, or its value is wrong.
 */
int polycard_options_apply(polycard_options_t *o, const char *name,
    const char *value);


#endif /* _POLYCARD_OPTIONS_H_INCLUDED_ */
