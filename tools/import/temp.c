
#include "import/temp.h"
#include "import/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


int
polycard_temp_open(void)
{
    int          fd;
    char         path[4096];
    const char  *dir;

    dir = getenv("TMPDIR");
    dir = (dir && *dir) ? dir : "/tmp";

    errno = ENAMETOOLONG;
    fd = snprintf(path, sizeof(path), "%s/polycard-XXXXXX", dir)
         < (int) sizeof(path) ? mkostemp(path, O_CLOEXEC) : -1;

    if (fd == -1 || unlink(path) == -1) {
        polycard_say("cannot make a temporary file in \"%s\": %s", dir,
                     strerror(errno));
        return -1;
    }

    return fd;
}
