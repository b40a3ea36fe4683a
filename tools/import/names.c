
#include "import/names.h"
#include "import/utf8.h"

#include <string.h>


/* so many letters of a title of this length or more may be wrong */
#define NAMES_WRONG  2
#define NAMES_LEAST  5

/* a code that is in no title */
#define NAMES_NO_LETTER  0xffff


typedef struct {
    const char  *attribute;
    const char  *titles;       /* each ends with a stroke */
} polycard_names_t;


static const char *polycard_names_each(const char *titles,
    polycard_name_t *name);
static uint32_t polycard_names_letter(uint32_t c);
static size_t polycard_names_distance(const polycard_name_t *one,
    const polycard_name_t *two);
static const polycard_names_t *polycard_names_table(unsigned groups,
    size_t *n);


/*
 * In Ukrainian, Russian and English, without ambiguous ones: "код"
 * is a client's number or a card's, "баланс" may be a debt.
 */

static const polycard_names_t  names_client[] = {
    { "phone",
      "phone|телефон|номер телефону|номер телефона|мобільний|мобильный|"
      "мобільний телефон|мобильный телефон|тел|моб|моб тел|"
      "контактний телефон|контактный телефон|телефон клієнта|"
      "моб телефон|номер мобільного|номер мобільного телефону|"
      "номер мобильного|номер мобильного телефона|номер тел|тел моб|"
      "основний телефон|основной телефон|телефон контрагента|"
      "телефон клиента|телефон покупця|телефон покупателя|phone number|"
      "mobile|mobile phone|mobile number|telephone|tel|msisdn|" },

    { "surname",
      "surname|прізвище|фамилия|прізвище клієнта|фамилия клиента|last name|"
      "family name|" },

    { "name",
      "name|ім'я|имя|ім'я клієнта|имя клиента|first name|given name|" },

    { "middlename",
      "middlename|по батькові|отчество|patronymic|" },

    { "email",
      "email|mail|пошта|електронна пошта|ел пошта|email клієнта|"
      "адреса електронної пошти|почта|электронная почта|эл почта|"
      "email клиента|адрес электронной почты|email address|" },

    { "sex", "sex|стать|стать клієнта|пол|пол клиента|gender|" },

    { "birthday",
      "birthday|дата народження|день народження|дата рождения|день рождения|"
      "дата народження клієнта|дата рождения клиента|дата нар|дата рожд|"
      "birth date|date of birth|dob|" },

    { "barcode",
      "barcode|карта|картка|номер карти|номер картки|№ карти|№ картки|"
      "штрих-код|штрихкод картки|штрих-код карти|дисконтна карта|"
      "дисконтна картка|номер дисконтної карти|номер дисконтної картки|"
      "бонусна карта|бонусна картка|карта лояльності|картка лояльності|"
      "номер карти лояльності|номер картки лояльності|картка клієнта|"
      "номер карты лояльности|карта клиента|"
      "номер карты|№ карты|штрих-код карты|дисконтная карта|"
      "номер дисконтной карты|бонусная карта|карта лояльности|card|"
      "card number|card no|loyalty card|" },

    { "bonus",
      "bonus|бонус|бонуси|сума бонусів|баланс бонусів|залишок бонусів|"
      "бонуси грн|бонусы грн|кількість бонусів|количество бонусов|"
      "накопичені бонуси|накопичено бонусів|бонусів|бонусы|сумма бонусов|"
      "баланс бонусов|остаток бонусов|накопленные бонусы|"
      "накоплено бонусов|бонусов|bonuses|bonus balance|" },

    { "discount",
      "discount|знижка|відсоток знижки|процент знижки|скидка|процент скидки|"
      "розмір знижки|размер скидки|discount percent|" },

    { "loyalty_group_id",
      "loyalty group id|група|група лояльності|група клієнтів|"
      "група клієнта|цінова група|группа|группа лояльности|группа клиентов|"
      "группа клиента|group|group id|loyalty group|" },

    { "id",
      "id|ідентифікатор|код клієнта|id клієнта|идентификатор|код клиента|"
      "id клиента|client id|customer id|" },
};


static const polycard_names_t  names_group[] = {
    { "id", "id|код|код групи|код группы|ідентифікатор|идентификатор|" },
    { "title", "title|назва|назва групи|название|название группы|"
      "наименование|найменування|name|" },
    { "loyaltyType", "loyalty type|тип|тип лояльності|тип лояльности|type|" },
    { "loyaltyQuantity", "loyalty quantity|відсоток|процент|percent|" },
    { "active", "active|активна|активная|діє|действует|" },
};


void
polycard_names_read(polycard_name_t *name, const u_char *p, size_t len)
{
    size_t         n;
    uint32_t       c;
    const u_char  *last;

    last = p + len;
    name->n = 0;

    for ( /* void */ ; p < last && name->n < POLYCARD_NAMES_MAX; p += n) {
        n = polycard_utf8_next(p, last, &c);

        if (n == 0) {
            n = 1;
            continue;
        }

        c = polycard_names_letter(c);

        if (c) {
            name->c[name->n++] = c;
        }
    }
}


/* the small one, 0: it does not count.  "ё" is often written as "е" */

static uint32_t
polycard_names_letter(uint32_t c)
{
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') {
        return NAMES_NO_LETTER;
    }

    if (c < 0x80) {
        return ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) ? c
               : (c >= 'A' && c <= 'Z') ? c + 0x20 : 0;
    }

    if (c == 0x401 || c == 0x451) {
        return 0x435;
    }

    if (c >= 0x400 && c < 0x410) {
        return c + 0x50;
    }

    if (c >= 0x410 && c < 0x430) {
        return c + 0x20;
    }

    if (c >= 0x460 && c < 0x530) {
        return c | 1;
    }

    /* signs, such as those for numbers, and apostrophes */

    return (c < 0xc0 || (c >= 0x2b0 && c < 0x370) || (c >= 0x2000 && c < 0x2c00)
            || polycard_utf8_is_hidden(c)) ? 0 : c;
}


const char *
polycard_names_find(const polycard_name_t *name, unsigned groups)
{
    size_t                   i, n;
    const char              *p;
    polycard_name_t          title;
    const polycard_names_t  *table;

    table = polycard_names_table(groups, &n);

    for (i = 0; name->n && i < n; i++) {
        p = table[i].titles;

        while ((p = polycard_names_each(p, &title))) {
            if (title.n == name->n
                && memcmp(title.c, name->c, name->n * sizeof(uint32_t)) == 0)
            {
                return table[i].attribute;
            }
        }
    }

    return NULL;
}


const char *
polycard_names_near(const polycard_name_t *name, unsigned groups)
{
    size_t                   i, n, distance, least;
    const char              *p, *near;
    polycard_name_t          title;
    const polycard_names_t  *table;

    table = polycard_names_table(groups, &n);
    near = NULL;
    least = NAMES_WRONG + 1;

    for (i = 0; name->n >= NAMES_LEAST && i < n; i++) {
        p = table[i].titles;

        while ((p = polycard_names_each(p, &title))) {
            distance = polycard_names_distance(name, &title);

            if (distance < least) {
                least = distance;
                near = table[i].attribute;
            }
        }
    }

    return near;
}


static const polycard_names_t *
polycard_names_table(unsigned groups, size_t *n)
{
    *n = groups ? polycard_nelts(names_group) : polycard_nelts(names_client);

    return groups ? names_group : names_client;
}


/* the text after the title; NULL: it was the last one */

static const char *
polycard_names_each(const char *titles, polycard_name_t *name)
{
    const char  *end;

    end = strchr(titles, '|');

    if (end == NULL) {
        return NULL;
    }

    polycard_names_read(name, (const u_char *) titles, end - titles);

    return end + 1;
}


/* of Levenshtein */

static size_t
polycard_names_distance(const polycard_name_t *one, const polycard_name_t *two)
{
    size_t  i, k, before, here, best, row[POLYCARD_NAMES_MAX + 1];

    for (k = 0; k <= two->n; k++) {
        row[k] = k;
    }

    for (i = 1; i <= one->n; i++) {
        before = row[0];
        row[0] = i;

        for (k = 1; k <= two->n; k++) {
            here = row[k];
            best = before + (one->c[i - 1] != two->c[k - 1]);
            best = (row[k] + 1 < best) ? row[k] + 1 : best;
            best = (row[k - 1] + 1 < best) ? row[k - 1] + 1 : best;
            row[k] = best;
            before = here;
        }
    }

    return row[two->n];
}
