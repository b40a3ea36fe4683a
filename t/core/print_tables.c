
/*
 * The attribute tables as lines "<table> <name> <type> <required|optional>",
 * for the test that holds redis-scripts/attributes.lua against them.
 */


#include "core/attributes.h"

#include <stdio.h>


static void print_table(const char *name, const ngx_polycard_table_t *table);


static const char  *print_types[] = {
    [NGX_POLYCARD_TYPE_PHONE] = "phone",
    [NGX_POLYCARD_TYPE_TEXT] = "text",
    [NGX_POLYCARD_TYPE_CARD] = "card",
    [NGX_POLYCARD_TYPE_SEX] = "sex",
    [NGX_POLYCARD_TYPE_DATE] = "date",
    [NGX_POLYCARD_TYPE_AMOUNT] = "amount",
    [NGX_POLYCARD_TYPE_INTEGER] = "integer",
    [NGX_POLYCARD_TYPE_ID] = "id",
    [NGX_POLYCARD_TYPE_LOYALTY] = "loyalty",
    [NGX_POLYCARD_TYPE_FLAG] = "flag",
    [NGX_POLYCARD_TYPE_CHANGE] = "change"
};


int
main(void)
{
    print_table("client", &ngx_polycard_client);
    print_table("group", &ngx_polycard_group);

    return 0;
}


static void
print_table(const char *name, const ngx_polycard_table_t *table)
{
    size_t                           i;
    const ngx_polycard_attribute_t  *a;

    for (i = 0; i < table->n; i++) {
        a = &table->attribute[i];

        printf("%s %.*s %s %s\n", name, (int) a->name.len, a->name.data,
               print_types[a->type], a->required ? "required" : "optional");
    }
}
