
/* Lines of a batch of the office: what is read of them, and all errors. */

#include "tap.h"
#include "core/office_line.h"

#include <string.h>


#define P      "380671112233"
#define PHONE  "\"phone\":\"" P "\""
#define NO_OP  "op must be one of put, patch, delete, bonus, move, merge, "    \
               "card, close, forget, put_group, patch_group, delete_group"


typedef struct {
    const char             *line;
    ngx_polycard_line_op_e  op;
    const char             *set;        /* NULL: none */
    const char             *outcome;
} line_case_t;


static void line_test(const line_case_t *c);


static const line_case_t  line_cases[] = {

    /* each operation, with the least that it needs */

    { "{\"op\":\"put\"," PHONE ",\"set\":{}}", NGX_POLYCARD_LINE_PUT,
      "{}",
      "[op=put][phone=" P "]" },
    { "{\"op\":\"patch\"," PHONE ",\"set\":{\"name\":\"A\"}}",
      NGX_POLYCARD_LINE_PATCH, "{\"name\":\"A\"}",
      "[op=patch][phone=" P "]" },
    { "{\"op\":\"delete\"," PHONE "}", NGX_POLYCARD_LINE_DELETE, NULL,
      "[op=delete][phone=" P "]" },
    { "{\"op\":\"bonus\"," PHONE ",\"change\":1.5}", NGX_POLYCARD_LINE_BONUS,
      NULL,
      "[op=bonus][phone=" P "][change=1.5]" },
    { "{\"op\":\"bonus\"," PHONE ",\"change\":1,\"floor\":0,\"key\":\"k\"}",
      NGX_POLYCARD_LINE_BONUS, NULL,
      "[op=bonus][phone=" P "][change=1][floor=0][key=k]" },
    { "{\"op\":\"move\"," PHONE ",\"to\":\"380671113344\"}",
      NGX_POLYCARD_LINE_MOVE, NULL,
      "[op=move][phone=" P "][to=380671113344]" },
    { "{\"op\":\"merge\"," PHONE ",\"from\":\"380671113344\"}",
      NGX_POLYCARD_LINE_MERGE, NULL,
      "[op=merge][phone=" P "][from=380671113344]" },
    { "{\"op\":\"card\"," PHONE "}", NGX_POLYCARD_LINE_CARD, NULL,
      "[op=card][phone=" P "]" },
    { "{\"op\":\"card\"," PHONE ",\"barcode\":\"1\"}", NGX_POLYCARD_LINE_CARD,
      NULL,
      "[op=card][phone=" P "][barcode=1]" },
    { "{\"op\":\"close\"," PHONE "}", NGX_POLYCARD_LINE_CLOSE, NULL,
      "[op=close][phone=" P "]" },
    { "{\"op\":\"forget\"," PHONE "}", NGX_POLYCARD_LINE_FORGET, NULL,
      "[op=forget][phone=" P "]" },
    { "{\"op\":\"put_group\",\"id\":3,\"set\":{}}",
      NGX_POLYCARD_LINE_PUT_GROUP, "{}",
      "[op=put_group][id=3]" },
    { "{\"op\":\"patch_group\",\"id\":3,\"set\":{}}",
      NGX_POLYCARD_LINE_PATCH_GROUP, "{}",
      "[op=patch_group][id=3]" },
    { "{\"op\":\"delete_group\",\"id\":3}", NGX_POLYCARD_LINE_DELETE_GROUP,
      NULL,
      "[op=delete_group][id=3]" },

    /* what is missing, what is not of the operation */

    { "{}", NGX_POLYCARD_LINE_OPS, NULL,
      "op is missing" },
    { "{\"op\":\"\"," PHONE "}", NGX_POLYCARD_LINE_OPS, NULL,
      "op is missing" },
    { "{\"op\":7," PHONE "}", NGX_POLYCARD_LINE_OPS, NULL,
      "op must be a string" },
    { "{\"op\":\"puts\"," PHONE "}", NGX_POLYCARD_LINE_OPS, NULL,
      NO_OP },
    { "{\"op\":\"pu\"," PHONE "}", NGX_POLYCARD_LINE_OPS, NULL,
      NO_OP },
    { "{\"op\":\"put\"}", NGX_POLYCARD_LINE_PUT, NULL,
      "phone is missing; set is missing" },
    { "{\"op\":\"delete_group\"," PHONE ",\"set\":{}}",
      NGX_POLYCARD_LINE_DELETE_GROUP, "{}",
      "phone is not of this op; id is missing; set is not of this op" },
    { "{\"op\":\"bonus\"," PHONE "}", NGX_POLYCARD_LINE_BONUS, NULL,
      "change is missing" },
    { "{\"op\":\"bonus\"," PHONE ",\"change\":1,\"key\":\"\"}",
      NGX_POLYCARD_LINE_BONUS, NULL,
      "key must be 1 to 255 visible characters" },
    { "{\"op\":\"bonus\"," PHONE ",\"change\":\"x\",\"key\":\"a b\"}",
      NGX_POLYCARD_LINE_BONUS, NULL,
      "change must be a number; key must be 1 to 255 visible characters" },
    { "{\"op\":\"move\",\"phone\":\"1\",\"to\":\"380671113344\"}",
      NGX_POLYCARD_LINE_MOVE, NULL,
      "phone must be 380 and 9 digits" },
    { "{\"op\":\"close\"," PHONE ",\"key\":\"k\",\"floor\":1}",
      NGX_POLYCARD_LINE_CLOSE, NULL,
      "floor is not of this op" },
    { "{\"op\":\"close\"," PHONE ",\"nothing\":1}", NGX_POLYCARD_LINE_CLOSE,
      NULL,
      "unknown attribute nothing" },
    { "{\"op\":\"put\"," PHONE ",\"set\":{},\"set\":{}}",
      NGX_POLYCARD_LINE_PUT, "{}",
      "set is given twice" },
    { "{\"op\":\"put\"," PHONE ",\"set\":7}", NGX_POLYCARD_LINE_PUT, NULL,
      "set must be an object" },
    { "{\"op\":\"put\"," PHONE ",\"set\":[{}]}", NGX_POLYCARD_LINE_PUT, NULL,
      "set must be an object" },
    { "[]", NGX_POLYCARD_LINE_OPS, NULL,
      "the line is not a JSON object" },
    { "", NGX_POLYCARD_LINE_OPS, NULL,
      "the line is not a JSON object" },

    /* the object as it is written, wherever it stands */

    { "{\"set\":{\"a\":1},\"op\":\"put\"," PHONE "}", NGX_POLYCARD_LINE_PUT,
      "{\"a\":1}",
      "[op=put][phone=" P "]" },
    { " { \"set\" \t:\r\n { \"a\" : { \"set\" : { } } } , \"op\" : \"put\" , "
      PHONE " } ", NGX_POLYCARD_LINE_PUT, "{ \"a\" : { \"set\" : { } } }",
      "[op=put][phone=" P "]" },
    { "{\"op\":\"put\",\"set\":{\"a\":\"}\\\"}{\",\"b\":[1,{}]}," PHONE "}",
      NGX_POLYCARD_LINE_PUT, "{\"a\":\"}\\\"}{\",\"b\":[1,{}]}",
      "[op=put][phone=" P "]" },
    { "{\"op\":\"put\",\"phone\":\"380671112233\\u0020\","
      "\"set\":{\"x\":\"\\\\\"}}", NGX_POLYCARD_LINE_PUT, "{\"x\":\"\\\\\"}",
      "phone must be 380 and 9 digits" },
    { "{\"op\":\"put\"," PHONE ",\"own\":{\"set\":{\"a\":1}},\"set\":{}}",
      NGX_POLYCARD_LINE_PUT, "{}",
      "unknown attribute own" },
    { "{\"op\":\"put\",\"set\":{}," PHONE ",\"own\":{\"b\":1}}",
      NGX_POLYCARD_LINE_PUT, "{}",
      "unknown attribute own" },
    { "{\"a:{\":1,\"op\":\"put\"," PHONE ",\"set\":{}}",
      NGX_POLYCARD_LINE_PUT, "{}",
      "unknown attribute a" },
    { "{\"op\":\"put\"," PHONE ",\"set\":{\"a\":[[],[{}]]}}",
      NGX_POLYCARD_LINE_PUT, "{\"a\":[[],[{}]]}",
      "[op=put][phone=" P "]" },
};


int
main(void)
{
    size_t  i;

    for (i = 0; i < sizeof(line_cases) / sizeof(line_case_t); i++) {
        line_test(&line_cases[i]);
    }

    return tap_done();
}


static void
line_test(const line_case_t *c)
{
    int                         rc;
    ngx_polycard_str_t          text, set, scratch;
    ngx_polycard_office_line_t  line;

    static const u_char  room[1024];

    text = tap_text(c->line);
    scratch = tap_copy(room, text.len + NGX_POLYCARD_INPUT_EXTRA);

    rc = ngx_polycard_office_line_read(&line, &text, scratch.data, scratch.len);

    tap_is_str(tap_outcome(rc, &line.in), c->outcome, "%s", c->line);
    tap_ok(line.op == c->op, "... the operation");

    set.data = (u_char *) (c->set ? c->set : "");
    set.len = strlen((char *) set.data);

    tap_is(line.set.data, line.set.len, &set, "... the object");
    tap_ok((line.set.data != NULL) == (c->set != NULL), "... or none");

    tap_free();
}
