
#include "import/ask.h"
#include "import/terminal.h"

#include <string.h>
#include <unistd.h>


unsigned
polycard_ask_can(void)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}


/* Ctrl-C interrupts read() */

unsigned
polycard_ask(const char *question)
{
    char                      line[64];
    size_t                    i;
    ssize_t                   n;
    static const char *const  yes[] = {
        "y", "Y", "yes", "Yes", "YES", "т", "Т", "так", "Так", "ТАК",
        "д", "Д", "да", "Да", "ДА"
    };

    (void) fflush(stdout);
    (void) fprintf(stderr, "%s [y/N] ", question);
    (void) fflush(stderr);

    n = polycard_stopped ? -1 : read(STDIN_FILENO, line, sizeof(line) - 1);

    if (n <= 0) {
        (void) fputc('\n', stderr);
        return 0;
    }

    line[n] = '\0';
    line[strcspn(line, " \t\r\n")] = '\0';

    for (i = 0; i < polycard_nelts(yes); i++) {
        if (strcmp(line, yes[i]) == 0) {
            return 1;
        }
    }

    return 0;
}
