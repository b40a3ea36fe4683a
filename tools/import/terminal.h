
/* Output to the terminal while a tool runs, and Ctrl-C. */


#ifndef _POLYCARD_TERMINAL_H_INCLUDED_
#define _POLYCARD_TERMINAL_H_INCLUDED_


#include "import/tool.h"

#include <signal.h>
#include <stdio.h>


/* records done, and the progress in units of the source */

typedef struct {
    uint64_t     count;
    uint64_t     done;
    uint64_t     total;     /* 0: unknown */
} polycard_progress_t;


/* set by SIGINT, SIGTERM and SIGHUP; a second one ends the tool at once */
extern volatile sig_atomic_t  polycard_stopped;


/* the program's name for messages; catches the signals */
void polycard_terminal_init(const char *program);

/* is there a bar: standard error is a terminal, and it is not switched off */
void polycard_terminal_bar(unsigned on);

/*
 * "PROGRAM: MESSAGE" on standard error, above the bar.  Control characters are
 * always escaped.
 */
void polycard_say(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

/* text made safe for a terminal: \u001b, \u202e, \xff instead of what is not a
 * visible character */
void polycard_terminal_print(FILE *file, const char *text);

/* redraws the bar when it is time to */
void polycard_terminal_progress(const polycard_progress_t *progress);

/* removes the bar */
void polycard_terminal_clear(void);

/* restarts the count of seconds: the time of a question does not count */
void polycard_terminal_restart(void);

/* seconds since polycard_terminal_init(), or _restart(), by the monotonic
 * clock */
double polycard_terminal_seconds(void);


#endif /* _POLYCARD_TERMINAL_H_INCLUDED_ */
