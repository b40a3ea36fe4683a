
/* The input is what a market has answered to polycard-check. */


#include "fuzz.h"
#include "check/strict.h"

#include <stdlib.h>
#include <string.h>


static void fuzz_numbers(const cJSON *item);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char                 why[128], *text;
    cJSON               *json, *again;
    ngx_polycard_str_t   body;

    body = fuzz_copy(data, size);
    why[0] = '\0';

    json = check_strict_read((char *) body.data, body.len, why, sizeof(why));

    free(body.data);

    if (json == NULL) {
        fuzz_must(why[0] != '\0', "what is refused has a reason");
        return 0;
    }

    fuzz_numbers(json);

    /* what cJSON writes is strict JSON */

    text = cJSON_PrintUnformatted(json);
    fuzz_must(text != NULL, "it can be written");

    again = check_strict_read(text, strlen(text), why, sizeof(why));
    fuzz_must(again != NULL, "... and read again");

    cJSON_Delete(again);
    cJSON_free(text);
    cJSON_Delete(json);

    return 0;
}


/* each number has its own text, not that of another one */

static void
fuzz_numbers(const cJSON *item)
{
    for ( /* void */ ; item; item = item->next) {

        if (cJSON_IsNumber(item)) {
            fuzz_must(item->valuestring != NULL, "a number has a text");
            fuzz_must(strtod(item->valuestring, NULL) == item->valuedouble,
                      "... which is this number");
        }

        fuzz_numbers(item->child);
    }
}
