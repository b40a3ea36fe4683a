
#include "check/phones.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static int check_phones_compare(const void *one, const void *two);


int
check_phones_page(check_t *c, check_row_e row, size_t offset, size_t limit,
    check_phones_t *phones, check_exchange_t *x)
{
    char  query[64];

    memset(phones, 0, sizeof(check_phones_t));

    if (offset) {
        snprintf(query, sizeof(query), "limit=%zu&offset=%zu", limit, offset);

    } else {
        snprintf(query, sizeof(query), "limit=%zu", limit);
    }

    if (check_ask_get(c, row, "getClients", query, x) != NGX_POLYCARD_OK
        || !check_ask_is(c, row, x, cJSON_Array))
    {
        return NGX_POLYCARD_ERROR;
    }

    if ((size_t) cJSON_GetArraySize(x->json) > limit) {
        check_report_fail(&c->report, CHECK_LIMIT, x,
                          "there are %d clients, limit is %zu",
                          cJSON_GetArraySize(x->json), limit);
    }

    return check_phones_append(phones, x->json);
}


void
check_phones_free(check_phones_t *phones)
{
    free(phones->phone);

    phones->phone = NULL;
    phones->n = 0;
}


int
check_phones_append(check_phones_t *phones, const cJSON *clients)
{
    size_t        n;
    void         *p;
    const cJSON  *client, *phone;

    n = phones->n + cJSON_GetArraySize(clients);

    p = realloc(phones->phone, (n + 1) * sizeof(phones->phone[0]));
    if (p == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    phones->phone = p;

    cJSON_ArrayForEach(client, clients) {
        phone = cJSON_GetObjectItemCaseSensitive(client, "phone");

        /* the whole of it is compared */
        memset(phones->phone[phones->n], 0, sizeof(phones->phone[0]));

        snprintf(phones->phone[phones->n++], sizeof(phones->phone[0]), "%.*s",
                 NGX_POLYCARD_PHONE_LEN,
                 cJSON_IsString(phone) ? phone->valuestring : "");
    }

    return NGX_POLYCARD_OK;
}


void
check_phones_copy(check_phones_t *to, const check_phones_t *from)
{
    to->n = 0;
    to->phone = malloc((from->n + 1) * sizeof(from->phone[0]));

    if (to->phone) {
        memcpy(to->phone, from->phone, from->n * sizeof(from->phone[0]));
        to->n = from->n;
    }
}


unsigned
check_phones_repeat(const check_phones_t *phones)
{
    size_t           i;
    unsigned         found;
    check_phones_t   sorted;

    check_phones_copy(&sorted, phones);

    if (sorted.n) {
        qsort(sorted.phone, sorted.n, sizeof(sorted.phone[0]),
              check_phones_compare);
    }

    for (found = 0, i = 1; i < sorted.n; i++) {
        found |= (strcmp(sorted.phone[i - 1], sorted.phone[i]) == 0
                  && sorted.phone[i][0] != '\0');
    }

    check_phones_free(&sorted);

    return found;
}


static int
check_phones_compare(const void *one, const void *two)
{
    return strcmp(one, two);
}


unsigned
check_phones_end(const check_phones_t *first, const check_phones_t *page,
    size_t min, size_t max)
{
    size_t  gone;

    if (page->n > first->n) {
        return 0;
    }

    gone = first->n - page->n;

    return gone >= min && gone <= max
           && memcmp(first->phone[gone], page->phone,
                     page->n * sizeof(page->phone[0])) == 0;
}


unsigned
check_phones_same(const check_phones_t *one, const check_phones_t *two,
    size_t n)
{
    return n <= one->n && n <= two->n
           && (n == 0 || memcmp(one->phone, two->phone,
                                n * sizeof(one->phone[0])) == 0);
}
