
#include "import/terminal.h"
#include "import/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>


#define TERMINAL_INTERVAL   0.2     /* seconds between two drawings */
#define TERMINAL_BAR_MIN    10
#define TERMINAL_BAR_MAX    40
#define TERMINAL_WIDTH      80

/* of a message; more is cut off */
#define TERMINAL_TEXT_MAX   4096

/* a longer time is not shown in seconds */
#define TERMINAL_LEFT_MAX   (100 * 3600)


static void polycard_terminal_signal(int signo);
static void polycard_terminal_draw(const polycard_progress_t *progress,
    double seconds);
static size_t polycard_terminal_width(void);
static void polycard_terminal_left(char *buf, size_t size,
    const polycard_progress_t *progress, double seconds);


volatile sig_atomic_t    polycard_stopped;

static const char       *polycard_program = "polycard";
static struct timespec   polycard_begun;
static unsigned          polycard_bar;        /* there may be one */
static unsigned          polycard_drawn;      /* there is one */
static double            polycard_next;       /* when to draw */


void
polycard_terminal_init(const char *program)
{
    size_t            i;
    struct sigaction  sa, old;
    static const int  signals[] = { SIGINT, SIGTERM, SIGHUP };

    polycard_program = program;

    (void) clock_gettime(CLOCK_MONOTONIC, &polycard_begun);

    memset(&sa, 0, sizeof(struct sigaction));
    sa.sa_handler = polycard_terminal_signal;
    sa.sa_flags = SA_RESETHAND;

    for (i = 0; i < polycard_nelts(signals); i++) {

        /* nohup and the like are respected */

        if (sigaction(signals[i], NULL, &old) == 0
            && old.sa_handler != SIG_IGN)
        {
            (void) sigaction(signals[i], &sa, NULL);
        }
    }

    /* if a reader of the output, or Redis, closes, write() returns an error */
    (void) signal(SIGPIPE, SIG_IGN);
}


static void
polycard_terminal_signal(int signo)
{
    polycard_stopped = signo;
}


void
polycard_terminal_bar(unsigned on)
{
    polycard_bar = on && isatty(STDERR_FILENO);
}


void
polycard_say(const char *fmt, ...)
{
    char     text[TERMINAL_TEXT_MAX];
    va_list  args;

    polycard_terminal_clear();

    (void) fprintf(stderr, "%s: ", polycard_program);

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    polycard_terminal_print(stderr, text);
    (void) fputc('\n', stderr);
}


void
polycard_terminal_print(FILE *file, const char *text)
{
    size_t         n;
    uint32_t       c;
    const u_char  *p, *last;

    p = (const u_char *) text;
    last = p + strlen(text);

    for ( /* void */ ; p < last; p += n) {
        n = polycard_utf8_next(p, last, &c);

        if (n == 0) {
            (void) fprintf(file, "\\x%02x", *p);
            n = 1;

        } else if (polycard_utf8_is_hidden(c)) {
            (void) fprintf(file, "\\u%04x", c);

        } else {
            (void) fwrite(p, 1, n, file);
        }
    }
}


void
polycard_terminal_clear(void)
{
    if (polycard_drawn) {
        (void) fputs("\r\033[K", stderr);
        polycard_drawn = 0;
    }
}


void
polycard_terminal_restart(void)
{
    (void) clock_gettime(CLOCK_MONOTONIC, &polycard_begun);
    polycard_next = 0;
}


double
polycard_terminal_seconds(void)
{
    struct timespec  now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);

    return (now.tv_sec - polycard_begun.tv_sec)
           + (now.tv_nsec - polycard_begun.tv_nsec) / 1e9;
}


void
polycard_terminal_progress(const polycard_progress_t *progress)
{
    double  seconds;

    if (!polycard_bar) {
        return;
    }

    seconds = polycard_terminal_seconds();

    if (seconds < polycard_next) {
        return;
    }

    polycard_next = seconds + TERMINAL_INTERVAL;
    polycard_terminal_draw(progress, seconds);
}


static void
polycard_terminal_draw(const polycard_progress_t *progress, double seconds)
{
    char      text[96], left[32];
    size_t    len, width, i;
    double    share;

    len = snprintf(text, sizeof(text), "%llu records, %.0f a second",
                   (unsigned long long) progress->count,
                   seconds > 0 ? progress->count / seconds : 0);

    (void) fputs("\r\033[K", stderr);
    polycard_drawn = 1;

    width = polycard_terminal_width();

    if (progress->total == 0) {
        (void) fprintf(stderr, "%.*s", (int) width, text);
        (void) fflush(stderr);
        return;
    }

    polycard_terminal_left(left, sizeof(left), progress, seconds);

    share = (double) progress->done / progress->total;
    share = (share > 1) ? 1 : share;

    /* " 42% [####----] TEXT, LEFT" */

    len += strlen(left) + sizeof("100% [] , ");

    if (width < len + TERMINAL_BAR_MIN) {
        (void) fprintf(stderr, "%3.0f%% %.*s", share * 100,
                       (int) (width - 5), text);

    } else {
        width -= len;
        width = (width > TERMINAL_BAR_MAX) ? TERMINAL_BAR_MAX : width;

        (void) fprintf(stderr, "%3.0f%% [", share * 100);

        for (i = 0; i < width; i++) {
            (void) fputc(i < share * width ? '#' : '-', stderr);
        }

        (void) fprintf(stderr, "] %s, %s", text, left);
    }

    (void) fflush(stderr);
}


/* one less than the width: text in the last column may wrap */

static size_t
polycard_terminal_width(void)
{
    struct winsize  size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) {
        return size.ws_col - 1;
    }

    return TERMINAL_WIDTH - 1;
}


static void
polycard_terminal_left(char *buf, size_t size,
    const polycard_progress_t *progress, double seconds)
{
    double    left;
    unsigned  n;

    left = progress->done
           ? seconds * ((double) progress->total / progress->done - 1)
           : TERMINAL_LEFT_MAX;

    if (left >= TERMINAL_LEFT_MAX) {
        (void) snprintf(buf, size, "-:-- left");
        return;
    }

    n = (left > 0) ? (unsigned) (left + 0.5) : 0;

    if (n >= 3600) {
        (void) snprintf(buf, size, "%u:%02u:%02u left", n / 3600,
                        n / 60 % 60, n % 60);
        return;
    }

    (void) snprintf(buf, size, "%u:%02u left", n / 60, n % 60);
}
