
#include "import/utf8.h"


size_t
polycard_utf8_next(const u_char *p, const u_char *last, uint32_t *c)
{
    size_t                 i, n;
    static const uint32_t  least[] = { 0, 0, 0x80, 0x800, 0x10000 };

    if (*p < 0x80) {
        *c = *p;
        return 1;
    }

    n = (*p >= 0xf0) ? 4 : (*p >= 0xe0) ? 3 : 2;

    if (*p < 0xc0 || *p > 0xf4 || (size_t) (last - p) < n) {
        return 0;
    }

    *c = *p & (0x7f >> n);

    for (i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }

        *c = *c << 6 | (p[i] & 0x3f);
    }

    return (*c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000))
           ? 0 : n;
}


unsigned
polycard_utf8_is_hidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0)
           || c == 0xad || c == 0x61c || c == 0xfeff
           || (c >= 0x200b && c <= 0x200f)
           || (c >= 0x2028 && c <= 0x202e)
           || (c >= 0x2060 && c <= 0x206f)
           || (c >= 0xe0000 && c <= 0xe007f);
}
