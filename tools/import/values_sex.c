
#include "core/text.h"
#include "import/names.h"
#include "import/values_sex.h"

#include <string.h>


typedef struct {
    ngx_polycard_str_t   sex;
    const char          *words;     /* each ends with a stroke */
} polycard_values_sexes_t;


static const polycard_values_sexes_t  values_sexes[] = {
    { ngx_polycard_string("male"),
      "male|m|ч|чол|чоловік|чоловіча|чоловічий|м|муж|мужской|мужская|мужчина|"
    },

    { ngx_polycard_string("female"),
      "female|f|ж|жін|жінка|жіноча|жіночий|жен|женск|женский|женская|женщина|"
    },

    { ngx_polycard_string(""),
      "не вказано|не вказана|не визначено|не обрано|невідомо|невідома|"
      "не указано|не указан|не определен|не определено|не выбрано|неизвестно|"
      "неизвестен|unknown|not specified|undefined|n/a|" }
};


static unsigned polycard_values_is_own(const char *own,
    const ngx_polycard_str_t *value, const polycard_name_t *name,
    ngx_polycard_str_t *sex);
static unsigned polycard_values_is_word(const polycard_name_t *name,
    const char *words);
static unsigned polycard_values_same(const polycard_name_t *one,
    const polycard_name_t *two);


const char *
polycard_values_sex(polycard_values_t *values, ngx_polycard_str_t *value)
{
    size_t                     i;
    polycard_name_t            name;
    const polycard_options_t  *o;

    ngx_polycard_text_trim(value);

    if (value->len == 0) {
        return NULL;
    }

    o = values->options;
    polycard_names_read(&name, value->data, value->len);

    for (i = 0; o && i < o->sexes; i++) {
        if (polycard_values_is_own(o->sex[i], value, &name, value)) {
            return NULL;
        }
    }

    for (i = 0; i < polycard_nelts(values_sexes); i++) {
        if (polycard_values_is_word(&name, values_sexes[i].words)) {
            *value = values_sexes[i].sex;
            return NULL;
        }
    }

    return "must be male or female";
}


/* WORD=SEX, exactly or except for insignificant characters */

static unsigned
polycard_values_is_own(const char *own, const ngx_polycard_str_t *value,
    const polycard_name_t *name, ngx_polycard_str_t *sex)
{
    size_t           len;
    polycard_name_t  word;

    len = strrchr(own, '=') - own;
    polycard_names_read(&word, (const u_char *) own, len);

    if (!(value->len == len && memcmp(value->data, own, len) == 0)
        && !polycard_values_same(name, &word))
    {
        return 0;
    }

    sex->data = (u_char *) own + len + 1;
    sex->len = strlen(own) - len - 1;

    return 1;
}


static unsigned
polycard_values_is_word(const polycard_name_t *name, const char *words)
{
    const char       *end;
    polycard_name_t   word;

    for ( /* void */ ; (end = strchr(words, '|')); words = end + 1) {
        polycard_names_read(&word, (const u_char *) words, end - words);

        if (polycard_values_same(name, &word)) {
            return 1;
        }
    }

    return 0;
}


static unsigned
polycard_values_same(const polycard_name_t *one, const polycard_name_t *two)
{
    return one->n && one->n == two->n
           && memcmp(one->c, two->c, one->n * sizeof(uint32_t)) == 0;
}
