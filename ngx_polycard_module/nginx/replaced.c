
#include "nginx/replaced.h"

#include <dlfcn.h>


/* of the file, when this was loaded; no other has its number: it is in use */

static ngx_file_info_t  ngx_polycard_replaced_file;
static ngx_uint_t       ngx_polycard_replaced_known;


void
ngx_polycard_replaced_check(ngx_log_t *log)
{
    Dl_info          module;
    ngx_file_info_t  fi;

    if (dladdr(&ngx_polycard_replaced_file, &module) == 0
        || ngx_file_info(module.dli_fname, &fi) == NGX_FILE_ERROR)
    {
        return;
    }

    if (!ngx_polycard_replaced_known) {
        ngx_polycard_replaced_known = 1;
        ngx_polycard_replaced_file = fi;
        return;
    }

    if (ngx_file_uniq(&fi) == ngx_file_uniq(&ngx_polycard_replaced_file)
        && fi.st_dev == ngx_polycard_replaced_file.st_dev)
    {
        return;
    }

    ngx_log_error(NGX_LOG_ERR, log, 0,
                  "\"%s\" was replaced, a reload does not load it: nginx "
                  "continues with the module that it has until it is upgraded "
                  "or restarted", module.dli_fname);
}
