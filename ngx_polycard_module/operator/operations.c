
/* What each method does with each resource (docs/operator.md) */


#include "operator/answer.h"
#include "operator/operator.h"


enum {
    NGX_POLYCARD_OPERATOR_PHONE = 0,
    NGX_POLYCARD_OPERATOR_GROUP,
    NGX_POLYCARD_OPERATOR_ALL
};


static ngx_uint_t ngx_polycard_operator_arg(const ngx_polycard_str_t *s,
    ngx_str_t *argument);
static ngx_int_t ngx_polycard_operator_answer_hosts(
    ngx_polycard_operator_t *op, redisReply *reply);
static ngx_uint_t ngx_polycard_operator_args_dead(ngx_polycard_operator_t *op,
    ngx_str_t *argument);
static ngx_uint_t ngx_polycard_operator_args_id(ngx_polycard_operator_t *op,
    ngx_str_t *argument);
static ngx_int_t ngx_polycard_operator_answer_deleted(
    ngx_polycard_operator_t *op, redisReply *reply);
static ngx_int_t ngx_polycard_operator_answer_requeued(
    ngx_polycard_operator_t *op, redisReply *reply);
static ngx_uint_t ngx_polycard_operator_args_requeue_all(
    ngx_polycard_operator_t *op, ngx_str_t *argument);
static ngx_int_t ngx_polycard_operator_answer_requeued_all(
    ngx_polycard_operator_t *op, redisReply *reply);
static const char *ngx_polycard_operator_check_whose(
    ngx_polycard_operator_t *op);
static ngx_uint_t ngx_polycard_operator_args_find(ngx_polycard_operator_t *op,
    ngx_str_t *argument);
static const char *ngx_polycard_operator_check_resend(
    ngx_polycard_operator_t *op);
static ngx_uint_t ngx_polycard_operator_args_resend(
    ngx_polycard_operator_t *op, ngx_str_t *argument);
static ngx_int_t ngx_polycard_operator_answer_resent(
    ngx_polycard_operator_t *op, redisReply *reply);
static ngx_int_t ngx_polycard_operator_answer_probe(
    ngx_polycard_operator_t *op, redisReply *reply);
static ngx_uint_t ngx_polycard_operator_args_deletions(
    ngx_polycard_operator_t *op, ngx_str_t *argument);
static ngx_int_t ngx_polycard_operator_answer_deletions(
    ngx_polycard_operator_t *op, redisReply *reply);
static ngx_int_t ngx_polycard_operator_answer_clients(
    ngx_polycard_operator_t *op, redisReply *reply);


static const ngx_polycard_attribute_t  ngx_polycard_operator_whose[] = {
    { ngx_polycard_string("phone"), NGX_POLYCARD_TYPE_PHONE, 0 },
    { ngx_polycard_string("group"), NGX_POLYCARD_TYPE_INTEGER, 0 },
    { ngx_polycard_string("all"), NGX_POLYCARD_TYPE_FLAG, 0 }
};

static const ngx_polycard_table_t  ngx_polycard_operator_find_table = {
    ngx_polycard_operator_whose, 2
};

static const ngx_polycard_table_t  ngx_polycard_operator_resend_table = {
    ngx_polycard_operator_whose, 3
};

static const ngx_polycard_attribute_t  ngx_polycard_operator_waiting[] = {
    { ngx_polycard_string("waiting"), NGX_POLYCARD_TYPE_INTEGER, 0 }
};

static const ngx_polycard_table_t  ngx_polycard_operator_waiting_table = {
    ngx_polycard_operator_waiting, 1
};


const ngx_polycard_operator_operation_t
    ngx_polycard_operator_operations[] =
{
    { NGX_POLYCARD_OPERATOR_HOOKS, NGX_HTTP_GET|NGX_HTTP_HEAD, "status",
      NULL, NULL, NULL, ngx_polycard_operator_answer_hooks },

    { NGX_POLYCARD_OPERATOR_FIND, NGX_HTTP_POST, "find_hooks",
      &ngx_polycard_operator_find_table, ngx_polycard_operator_check_whose,
      ngx_polycard_operator_args_find, ngx_polycard_operator_answer_found },

    { NGX_POLYCARD_OPERATOR_END, NGX_HTTP_POST, "end_hooks",
      NULL, NULL, NULL, ngx_polycard_operator_answer_hosts },

    { NGX_POLYCARD_OPERATOR_DEAD, NGX_HTTP_GET|NGX_HTTP_HEAD, "dead",
      NULL, NULL, ngx_polycard_operator_args_dead,
      ngx_polycard_operator_answer_dead },

    { NGX_POLYCARD_OPERATOR_DEAD_ONE, NGX_HTTP_DELETE, "delete_dead",
      NULL, NULL, ngx_polycard_operator_args_id,
      ngx_polycard_operator_answer_deleted },

    { NGX_POLYCARD_OPERATOR_REQUEUE, NGX_HTTP_POST, "requeue",
      NULL, NULL, ngx_polycard_operator_args_id,
      ngx_polycard_operator_answer_requeued },

    { NGX_POLYCARD_OPERATOR_REQUEUE_ALL, NGX_HTTP_POST, "status",
      NULL, NULL, ngx_polycard_operator_args_requeue_all,
      ngx_polycard_operator_answer_requeued_all },

    { NGX_POLYCARD_OPERATOR_RESEND, NGX_HTTP_POST, "resend",
      &ngx_polycard_operator_resend_table, ngx_polycard_operator_check_resend,
      ngx_polycard_operator_args_resend, ngx_polycard_operator_answer_resent },

    { NGX_POLYCARD_OPERATOR_PROBE, NGX_HTTP_POST, "probe",
      NULL, NULL, NULL, ngx_polycard_operator_answer_probe },

    { NGX_POLYCARD_OPERATOR_DELETIONS, NGX_HTTP_POST, "confirm_deletions",
      &ngx_polycard_operator_waiting_table, NULL,
      ngx_polycard_operator_args_deletions,
      ngx_polycard_operator_answer_deletions },

    { NGX_POLYCARD_OPERATOR_CLIENTS, NGX_HTTP_POST, "confirm_clients",
      NULL, NULL, NULL, ngx_polycard_operator_answer_clients },

    { NGX_POLYCARD_OPERATOR_NONE, 0, NULL, NULL, NULL, NULL, NULL }
};


/* one argument */

static ngx_uint_t
ngx_polycard_operator_arg(const ngx_polycard_str_t *s, ngx_str_t *argument)
{
    argument->data = s->data;
    argument->len = s->len;

    return 1;
}


static ngx_int_t
ngx_polycard_operator_answer_hosts(ngx_polycard_operator_t *op,
    redisReply *reply)
{
    return ngx_polycard_operator_answer_number(op, "hosts",
                                          ngx_polycard_store_integer(reply));
}


static ngx_uint_t
ngx_polycard_operator_args_dead(ngx_polycard_operator_t *op,
    ngx_str_t *argument)
{
    static const ngx_polycard_str_t  most = ngx_polycard_string("50");

    (void) ngx_polycard_operator_arg(&op->after, argument);

    return 1 + ngx_polycard_operator_arg(op->limit.data ? &op->limit : &most,
                                         &argument[1]);
}


static ngx_uint_t
ngx_polycard_operator_args_id(ngx_polycard_operator_t *op,
    ngx_str_t *argument)
{
    return ngx_polycard_operator_arg(&op->id, argument);
}


static ngx_int_t
ngx_polycard_operator_answer_deleted(ngx_polycard_operator_t *op,
    redisReply *reply)
{
    if (ngx_polycard_store_integer(reply) == 0) {
        return ngx_polycard_request_fail(&op->ctx, NGX_HTTP_NOT_FOUND,
                                         "no such dead letter");
    }

    return ngx_polycard_operator_answer_number(op, NULL, 0);
}


static ngx_int_t
ngx_polycard_operator_answer_requeued(ngx_polycard_operator_t *op,
    redisReply *reply)
{
    if (ngx_polycard_store_integer(reply) == 0) {
        return ngx_polycard_request_fail(&op->ctx, NGX_HTTP_NOT_FOUND,
                                         "no such dead letter");
    }

    return ngx_polycard_operator_answer_number(op, "requeued", 1);
}


/*
 * First how many there are, then as many: those that the gateway refuses again
 * meanwhile come back behind them, and are not taken.
 */

static ngx_uint_t
ngx_polycard_operator_args_requeue_all(ngx_polycard_operator_t *op,
    ngx_str_t *argument)
{
    static const ngx_polycard_str_t  all = ngx_polycard_string("all");

    return (op->function == op->operation->function)
           ? 0 : ngx_polycard_operator_arg(&all, argument);
}


static ngx_int_t
ngx_polycard_operator_answer_requeued_all(ngx_polycard_operator_t *op,
    redisReply *reply)
{
    int64_t  n;

    if (ngx_polycard_store_count(reply) > 0) {
        op->left = ngx_polycard_operator_status(reply, "dead");
        op->function = "requeue";
        return NGX_POLYCARD_OPERATOR_AGAIN;
    }

    n = ngx_polycard_store_integer(reply);

    op->done += n;
    op->left -= n;

    return (n && op->left > 0)
           ? NGX_POLYCARD_OPERATOR_AGAIN
           : ngx_polycard_operator_answer_number(op, "requeued", op->done);
}


static const char *
ngx_polycard_operator_check_whose(ngx_polycard_operator_t *op)
{
    ngx_polycard_str_t  *value;

    value = op->in.value;

    return ((value[NGX_POLYCARD_OPERATOR_PHONE].len > 0)
            + (value[NGX_POLYCARD_OPERATOR_GROUP].len > 0) == 1)
           ? NULL : "phone or group must be given, one of them";
}


static ngx_uint_t
ngx_polycard_operator_args_find(ngx_polycard_operator_t *op,
    ngx_str_t *argument)
{
    ngx_polycard_str_t   key, *group;

    static const ngx_str_t  begin = ngx_string("0");

    key = op->in.value[NGX_POLYCARD_OPERATOR_PHONE];
    group = &op->in.value[NGX_POLYCARD_OPERATOR_GROUP];

    if (key.len == 0) {
        key.data = op->key;
        key.len = ngx_snprintf(op->key, NGX_POLYCARD_OPERATOR_KEY,
                               "group:%*s", group->len, group->data)
                  - op->key;
    }

    argument[1] = op->cursor.len ? op->cursor : begin;

    return 1 + ngx_polycard_operator_arg(&key, argument);
}


static const char *
ngx_polycard_operator_check_resend(ngx_polycard_operator_t *op)
{
    if (op->in.value[NGX_POLYCARD_OPERATOR_ALL].len
        && op->in.value[NGX_POLYCARD_OPERATOR_PHONE].len == 0
        && op->in.value[NGX_POLYCARD_OPERATOR_GROUP].len == 0)
    {
        return NULL;
    }

    return (op->in.value[NGX_POLYCARD_OPERATOR_ALL].len
            || ngx_polycard_operator_check_whose(op))
           ? "phone, group or all must be given, one of them" : NULL;
}


static ngx_uint_t
ngx_polycard_operator_args_resend(ngx_polycard_operator_t *op,
    ngx_str_t *argument)
{
    ngx_polycard_str_t  *value;

    static const ngx_polycard_str_t  stop = ngx_polycard_string("stop");
    static const ngx_polycard_str_t  group = ngx_polycard_string("group");

    value = op->in.value;

    if (value[NGX_POLYCARD_OPERATOR_ALL].len) {
        op->function = "resend_all";

        return ngx_polycard_attribute_flag(&value[NGX_POLYCARD_OPERATOR_ALL])
               ? 0 : ngx_polycard_operator_arg(&stop, argument);
    }

    if (value[NGX_POLYCARD_OPERATOR_PHONE].len) {
        return ngx_polycard_operator_arg(&value[NGX_POLYCARD_OPERATOR_PHONE],
                                         argument);
    }

    (void) ngx_polycard_operator_arg(&group, argument);

    return 1 + ngx_polycard_operator_arg(&value[NGX_POLYCARD_OPERATOR_GROUP],
                                         &argument[1]);
}


static ngx_int_t
ngx_polycard_operator_answer_resent(ngx_polycard_operator_t *op,
    redisReply *reply)
{
    int64_t  n;

    n = ngx_polycard_store_integer(reply);

    if (op->in.value[NGX_POLYCARD_OPERATOR_ALL].len) {
        return ngx_polycard_operator_answer_number(op, "left", n);
    }

    if (n == 0) {
        return ngx_polycard_request_fail(&op->ctx, NGX_HTTP_NOT_FOUND,
                              "the gateway knows no such client or group");
    }

    return ngx_polycard_operator_answer_number(op, "hooks", n);
}


static ngx_int_t
ngx_polycard_operator_answer_probe(ngx_polycard_operator_t *op,
    redisReply *reply)
{
    return ngx_polycard_operator_answer_number(op, NULL, 0);
}


static ngx_uint_t
ngx_polycard_operator_args_deletions(ngx_polycard_operator_t *op,
    ngx_str_t *argument)
{
    return op->in.value[0].len
           ? ngx_polycard_operator_arg(&op->in.value[0], argument) : 0;
}


static ngx_int_t
ngx_polycard_operator_answer_deletions(ngx_polycard_operator_t *op,
    redisReply *reply)
{
    return ngx_polycard_operator_answer_number(op, "released",
                                          ngx_polycard_store_integer(reply));
}


static ngx_int_t
ngx_polycard_operator_answer_clients(ngx_polycard_operator_t *op,
    redisReply *reply)
{
    return ngx_polycard_operator_answer_number(op, "clients",
                                          ngx_polycard_store_integer(reply));
}
