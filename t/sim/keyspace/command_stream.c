
#include "keyspace/command.h"

#include <string.h>


#define STREAM_NO_ID  "ERR Invalid stream ID specified as stream command "    \
                      "argument"


/* Redis finds the id of a new record, or its second part */
#define STREAM_ANY        1
#define STREAM_ANY_OF_MS  2


typedef struct {
    int                   wanted;
    int                   approximate;  /* "~": whole nodes only */
    int                   by_id;        /* MINID, not MAXLEN */
    long long             most;
    ks_id_t               least;
} stream_trim_t;


static int stream_number(const char *p, const char *end, uint64_t *number);
static int stream_id(const ks_arg_t *arg, uint64_t seq, ks_id_t *id);
static int stream_bound(const ks_arg_t *arg, int last, ks_id_t *id);
static int stream_new_id(const ks_arg_t *arg, const ks_t *ks, ks_id_t *id);
static redisReply *stream_range(ks_t *ks, const ks_arg_t *arg, size_t n,
    int reverse);
static redisReply *stream_record(const ks_entry_t *entry);
static int stream_trim_options(stream_trim_t *trim, const ks_arg_t *arg,
    size_t n, size_t *i);
static long long stream_trim(ks_value_t *stream, const stream_trim_t *trim);
static ks_entry_t *stream_entry(const ks_id_t *id, const ks_arg_t *arg,
    size_t n);
static redisReply *stream_name(const ks_id_t *id);


static int
stream_number(const char *p, const char *end, uint64_t *number)
{
    *number = 0;

    if (p == end || end - p > 20) {
        return 0;
    }

    for ( /* void */ ; p < end; p++) {
        if (*p < '0' || *p > '9') {
            return 0;
        }

        *number = *number * 10 + (*p - '0');
    }

    return 1;
}


/* seq: where the text has none */

static int
stream_id(const ks_arg_t *arg, uint64_t seq, ks_id_t *id)
{
    const char  *dash, *end;

    end = arg->data + arg->len;
    dash = memchr(arg->data, '-', arg->len);
    id->seq = seq;

    return stream_number(arg->data, dash ? dash : end, &id->ms)
           && (dash == NULL || stream_number(dash + 1, end, &id->seq));
}


/* "-", "+", "(id" */

static int
stream_bound(const ks_arg_t *arg, int last, ks_id_t *id)
{
    ks_arg_t  open;

    if (ks_arg_is(arg, "-")) {
        id->ms = id->seq = 0;
        return 1;
    }

    if (ks_arg_is(arg, "+")) {
        id->ms = id->seq = UINT64_MAX;
        return 1;
    }

    if (arg->len == 0 || arg->data[0] != '(') {
        return stream_id(arg, last ? UINT64_MAX : 0, id);
    }

    open.data = arg->data + 1;
    open.len = arg->len - 1;

    if (!stream_id(&open, last ? UINT64_MAX : 0, id)) {
        return 0;
    }

    if (last) {
        id->ms -= id->seq == 0;
        id->seq--;

    } else {
        id->seq++;
        id->ms += id->seq == 0;
    }

    return 1;
}


static redisReply *
stream_name(const ks_id_t *id)
{
    char  text[64];

    return ks_string(text, snprintf(text, sizeof(text), "%llu-%llu",
                                    (unsigned long long) id->ms,
                                    (unsigned long long) id->seq));
}


/* MAXLEN|MINID [=|~] threshold [LIMIT n], from arg[*i] on */

static int
stream_trim_options(stream_trim_t *trim, const ks_arg_t *arg, size_t n,
    size_t *i)
{
    long long  limit;

    if (!ks_arg_is(&arg[*i], "maxlen") && !ks_arg_is(&arg[*i], "minid")) {
        return 1;
    }

    trim->wanted = 1;
    trim->by_id = ks_arg_is(&arg[*i], "minid");

    if (++*i < n && (ks_arg_is(&arg[*i], "~") || ks_arg_is(&arg[*i], "="))) {
        trim->approximate = ks_arg_is(&arg[*i], "~");
        ++*i;
    }

    if (*i >= n || !(trim->by_id ? stream_id(&arg[*i], 0, &trim->least)
                     : ks_arg_integer(&arg[*i], &trim->most)))
    {
        return 0;
    }

    ++*i;

    if (*i + 1 < n && ks_arg_is(&arg[*i], "limit")) {
        if (!ks_arg_integer(&arg[*i + 1], &limit)) {
            return 0;
        }

        *i += 2;
    }

    return 1;
}


static long long
stream_trim(ks_value_t *stream, const stream_trim_t *trim)
{
    long long  removed;

    removed = 0;

    /* no stream of a test fills a node */

    if (!trim->wanted || trim->approximate) {
        return 0;
    }

    while (stream->n
           && (trim->by_id ? ks_id_compare(&stream->entry[0]->id,
                                           &trim->least) < 0
                           : (long long) stream->n > trim->most))
    {
        ks_stream_remove(stream, 0);
        removed++;
    }

    return removed;
}


/* "*", "ms-*" or an id: which of them, -1: none */

static int
stream_new_id(const ks_arg_t *arg, const ks_t *ks, ks_id_t *id)
{
    ks_arg_t  ms;

    id->ms = ks->now / 1000;
    id->seq = 0;

    if (ks_arg_is(arg, "*")) {
        return STREAM_ANY;
    }

    ms.data = arg->data;
    ms.len = arg->len - 2;

    if (arg->len > 2 && memcmp(arg->data + ms.len, "-*", 2) == 0) {
        return stream_id(&ms, 0, id) ? STREAM_ANY_OF_MS : -1;
    }

    return stream_id(arg, 0, id) ? 0 : -1;
}


static redisReply *
stream_add(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    int            automatic;
    size_t         i;
    ks_id_t        id;
    redisReply    *reply;
    ks_value_t    *stream;
    stream_trim_t  trim = { 0, 0, 0, 0, { 0, 0 } };

    i = 2;

    if (!stream_trim_options(&trim, arg, n, &i) || i >= n) {
        return ks_error(KS_SYNTAX);
    }

    automatic = stream_new_id(&arg[i], ks, &id);

    if (automatic < 0) {
        return ks_error(STREAM_NO_ID);
    }

    if (n - i < 3 || (n - i) % 2 == 0) {
        return ks_error("ERR wrong number of arguments for 'xadd' command");
    }

    if (!automatic && id.ms == 0 && id.seq == 0) {
        return ks_error("ERR The ID specified in XADD must be greater than "
                        "0-0");
    }

    stream = ks_create_value(ks, &arg[1], KS_STREAM, &reply);

    if (reply) {
        return reply;
    }

    if (automatic == STREAM_ANY && id.ms < stream->last.ms) {
        id.ms = stream->last.ms;
    }

    if (automatic && id.ms == stream->last.ms) {
        id.seq = stream->last.seq + 1;
    }

    if (ks_id_compare(&id, &stream->last) <= 0) {
        return ks_error("ERR The ID specified in XADD is equal or smaller "
                        "than the target stream top item");
    }

    i++;
    ks_stream_append(stream, stream_entry(&id, arg + i, n - i));
    (void) stream_trim(stream, &trim);

    return stream_name(&id);
}


static ks_entry_t *
stream_entry(const ks_id_t *id, const ks_arg_t *arg, size_t n)
{
    size_t       i;
    ks_entry_t  *entry;

    entry = ks_alloc(sizeof(ks_entry_t) + n * sizeof(ks_str_t *));
    entry->refs = 1;
    entry->id = *id;
    entry->n = n;
    entry->about = NULL;

    for (i = 0; i < n; i++) {
        entry->part[i] = ks_str(arg[i].data, arg[i].len);
    }

    return entry;
}


static redisReply *
stream_cut(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    size_t         i;
    redisReply    *reply;
    ks_value_t    *stream;
    stream_trim_t  trim = { 0, 0, 0, 0, { 0, 0 } };

    i = 2;

    if (!stream_trim_options(&trim, arg, n, &i) || !trim.wanted || i != n) {
        return ks_error(KS_SYNTAX);
    }

    stream = ks_open(ks, &arg[1], KS_STREAM, &reply);

    if (stream == NULL) {
        return reply ? reply : ks_integer(0);
    }

    return ks_integer(stream_trim(stream, &trim));
}


static redisReply *
stream_del(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    size_t       i, k;
    ks_id_t      id;
    long long    removed;
    redisReply  *reply;
    ks_value_t  *stream;

    stream = ks_open(ks, &arg[1], KS_STREAM, &reply);

    if (stream == NULL) {
        return reply ? reply : ks_integer(0);
    }

    for (i = 2; i < n; i++) {
        if (!stream_id(&arg[i], 0, &id)) {
            return ks_error(STREAM_NO_ID);
        }
    }

    for (i = 2, removed = 0; i < n; i++) {
        (void) stream_id(&arg[i], 0, &id);
        k = ks_stream_find(stream, &id);

        if (k < stream->n && ks_id_compare(&stream->entry[k]->id, &id) == 0) {
            ks_stream_remove(stream, k);
            removed++;
        }
    }

    return ks_integer(removed);
}


static redisReply *
stream_len(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    redisReply  *reply;
    ks_value_t  *stream;

    stream = ks_open(ks, &arg[1], KS_STREAM, &reply);

    return reply ? reply : ks_integer(stream ? stream->n : 0);
}


static redisReply *
stream_record(const ks_entry_t *entry)
{
    size_t       i;
    redisReply  *reply, *parts;

    parts = ks_array(entry->n);

    for (i = 0; i < entry->n; i++) {
        parts->element[i] = ks_string(entry->part[i]->data,
                                      entry->part[i]->len);
    }

    reply = ks_array(2);
    reply->element[0] = stream_name(&entry->id);
    reply->element[1] = parts;

    return reply;
}


static redisReply *
stream_range(ks_t *ks, const ks_arg_t *arg, size_t n, int reverse)
{
    size_t       first, last, i;
    ks_id_t      low, high;
    long long    count;
    redisReply  *reply;
    ks_value_t  *stream;

    count = -1;

    if (!stream_bound(&arg[reverse ? 3 : 2], 0, &low)
        || !stream_bound(&arg[reverse ? 2 : 3], 1, &high))
    {
        return ks_error(STREAM_NO_ID);
    }

    if (n > 4 && (n != 6 || !ks_arg_is(&arg[4], "count")
                  || !ks_arg_integer(&arg[5], &count)))
    {
        return ks_error(KS_SYNTAX);
    }

    stream = ks_open(ks, &arg[1], KS_STREAM, &reply);

    if (stream == NULL) {
        return reply ? reply : ks_array(0);
    }

    reply = ks_array(0);
    first = ks_stream_find(stream, &low);

    for (last = first; last < stream->n; last++) {
        if (ks_id_compare(&stream->entry[last]->id, &high) > 0) {
            break;
        }
    }

    for (i = 0; first + i < last && (n == 4 || (long long) i < count); i++) {
        ks_append(reply, stream_record(stream->entry[reverse ? last - 1 - i
                                                             : first + i]));
    }

    return reply;
}


static redisReply *
stream_xrange(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    return stream_range(ks, arg, n, 0);
}


static redisReply *
stream_xrevrange(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    return stream_range(ks, arg, n, 1);
}


/* nobody reads in a group; of XINFO STREAM what the library asks for */

static redisReply *
stream_info(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    redisReply  *reply;
    ks_value_t  *stream;

    stream = ks_open(ks, &arg[n - 1], KS_STREAM, &reply);

    if (stream == NULL) {
        return reply ? reply : ks_error("ERR no such key");
    }

    if (!ks_arg_is(&arg[1], "stream")) {
        return ks_array(0);
    }

    reply = ks_array(2);
    reply->element[0] = ks_string("last-generated-id", 17);
    reply->element[1] = stream_name(&stream->last);
    return reply;
}


static redisReply *
stream_pending(ks_t *ks, const ks_arg_t *arg, size_t n)
{
    redisReply  *reply;

    (void) ks_open(ks, &arg[1], KS_STREAM, &reply);

    return reply ? reply
           : ks_error("NOGROUP No such key '%s' or consumer group '%s'",
                      arg[1].data, arg[2].data);
}


const ks_command_t  ks_stream_commands[] = {
    { "xadd", -5, KS_WRITE|KS_MOVES|KS_DENYOOM, stream_add },
    { "xtrim", -4, KS_WRITE|KS_MOVES, stream_cut },
    { "xdel", -3, KS_WRITE|KS_MOVES, stream_del },
    { "xlen", 2, 0, stream_len },
    { "xinfo", -2, 0, stream_info },
    { "xpending", -3, 0, stream_pending },
    { "xrange", -4, 0, stream_xrange },
    { "xrevrange", -4, 0, stream_xrevrange },
    { NULL, 0, 0, NULL }
};
