
/* Calls of the library's functions, right and wrong ones, and what others do
 * with its keys. */

#include "differ/words.h"

#include <string.h>


#define PREFIX  "polycard:{shop1}:"


static void calls_add_word(words_t *words, sim_random_t *random,
    const words_seen_t *seen, const char *word);
static void calls_attribute(words_t *words, sim_random_t *random,
    const char *what);
static const char *calls_value(sim_random_t *random);


/*
 * P a phone, G a group's id, K a key ("<phone>" or "group:<id>"), C "name
 * value" of a client, R that of a group, F the fence, I an id that was seen, A
 * an amount, N a small number, H a helper key; all else stands for itself.  A
 * call is listed as often as it is to be made.
 */

static const char  *const calls[] = {
    "put_client P C C C", "put_client P C", "put_client P barcode V bonus A",
    "put_client P C C", "put_client P barcode V", "put_client P",
    "change_bonus P A", "change_bonus P A 0", "change_bonus P A 0 KEY",
    "delete_client P", "put_group G title T loyaltyType bonuses "
    "loyaltyQuantity A", "put_group G R", "delete_group G",
    "capture P P P", "capture P", "capture P", "capture_group G G",
    "resend P", "resend group G", "resend all", "requeue all", "requeue I",
    "confirm_deletions", "confirm_clients", "end_hooks", "status", "version",
    "add_client P ean13 20 N 500 C C", "add_client P pool _ _ _ C",
    "add_client P phone _ _ _ C", "add_client P ean13 20 _ _",
    "lease me 31536000000 host1 hooks 1 delete_guard 10 outbox_max N00",
    "lease me 31536000000 host1 hooks 1", "settings F lost 0",
    "settings F delete_guard N hooks 1", "lease other 31536000000",
    "next F 0-0 20", "next F 0-0 N", "next F I N", "due F 16", "due F N N",
    "accept F K I I", "accept F I", "accept F I I I", "accept F K I K I",
    "refuse F K I N0 N why answer", "refuse F K I 0 1 why answer I",
    "hold F K I", "hold F K I I", "accept_held F K I", "accept_held F K I",
    "refuse_held F K I N N0 3 why answer", "refuse_held F K I 1 0 2 w a",
    "outage F 1", "outage F 0", "swept F N N", "broken F", "broken F",
    "sweep_index F 0 10", "sweep_groups F 0 10", "sweep_scan F 0 100",
    "sweep_scan F rest 60", "sweep_index F N 40", "release F host1 hooks 1",
    "sweep_scan F 0 100", "sweep_index F 0 40", "sweep_index F 0 40",
    "!hset client:P C", "!hset client:P C C", "!hset client:P barcode V",
    "!del client:P", "!hset group:G R", "!del group:G", "!set H x",
    "!del H", "!hincrby client:P bonus N", "!hincrbyfloat client:P bonus A",
    "!rpush cards V V", "!xdel outbox I", "!xtrim outbox MAXLEN N",
    "!rename client:P client:P", "!rpush H x", "!hset H m v", "!set client:P x",
    "!hset client:P id N", "!del H", "!del H", "!hdel client:P barcode",
};


void
words_call(words_t *words, sim_random_t *random, const words_seen_t *seen)
{
    char         *word, text[160];
    const char   *call;

    call = calls[sim_random_below(random, sizeof(calls) / sizeof(calls[0]))];
    snprintf(text, sizeof(text), "%s", call + (call[0] == '!'));

    words_clear(words);
    word = strtok(text, " ");

    if (call[0] == '!') {
        words_add(words, "%s", word);
        word = strtok(NULL, " ");

        if (strncmp(word, "client:P", 8) == 0) {
            words_add(words, PREFIX "client:38067000%04u",
                      sim_random_below(random, 6) * 500);
        } else if (strncmp(word, "group:G", 7) == 0) {
            words_add(words, PREFIX "group:%u", sim_random_below(random, 3));
        } else if (strcmp(word, "H") == 0) {
            calls_add_word(words, random, seen, "H");
        } else {
            words_add(words, PREFIX "%s", word);
        }

        if (words->arg[0].data[2] == 'n') {
            words_add(words, PREFIX "client:38067000%04u",
                      sim_random_below(random, 6) * 500);
            return;
        }

    } else {
        words_add(words, "FCALL");
        words_add(words, "polycard_%s", word);
        words_add(words, "1");
        words_add(words, PREFIX);
    }

    while ((word = strtok(NULL, " "))) {
        calls_add_word(words, random, seen, word);
    }
}


static void
calls_add_word(words_t *words, sim_random_t *random, const words_seen_t *seen,
    const char *word)
{
    static const char *const  helpers[] = {
        "outbox", "dead", "retry", "clients", "groups", "gone", "deletions",
        "found", "held", "broken", "cards", "registered", "hosts", "unfit",
        "shadow:000", "shadow:500", "shadow:groups", "added:000",
        "barcodes:017", "barcodes:500", "seq:id", "seq:position", "seq:card",
        "retry:380670000500", "retry:group:1", "canary", "client:380670000500"
    };

    if (word[0] == '_' && word[1] == '\0') {
        words_add(words, "%s", "");
        return;
    }

    if (word[0] == 'N') {
        words_add(words, "%u%s", 1 + sim_random_below(random, 9), word + 1);
        return;
    }

    if (word[1]) {
        words_add(words, "%s", word);
        return;
    }

    switch (word[0]) {

    case 'P':
        words_add(words, sim_random_chance(random, 1) ? "38067%u"
                                                      : "38067000%04u",
                  sim_random_below(random, 6) * 500);
        return;

    case 'K':
        if (sim_random_chance(random, 25)) {
            words_add(words, "group:%u", sim_random_below(random, 3));
            return;
        }

        words_add(words, "38067000%04u", sim_random_below(random, 6) * 500);
        return;

    case 'G':
        words_add(words, "%u", sim_random_below(random, 3));
        return;

    case 'C':
    case 'R':
        calls_attribute(words, random, word[0] == 'C'
            ? "surname name email sex birthday barcode bonus discount "
              "loyalty_group_id bonus bonus id"
            : "title loyaltyType loyaltyQuantity active");
        return;

    case 'F':
        words_add(words, "%s", sim_random_chance(random, 1) ? "7"
                                                            : seen->fence);
        return;

    case 'I':
        words_add(words, "%s", seen->n ? seen->id[sim_random_below(random,
                                                                   seen->n)]
                                       : "1-1");
        return;

    case 'A':
    case 'T':
    case 'V':
        words_add(words, "%s", calls_value(random));
        return;

    case 'H':
        words_add(words, PREFIX "%s",
                  helpers[sim_random_below(random, sizeof(helpers)
                                                   / sizeof(helpers[0]))]);
        return;

    default:
        words_add(words, "%s", word);
    }
}


static void
calls_attribute(words_t *words, sim_random_t *random, const char *what)
{
    unsigned     n;
    const char  *p, *end;

    /* the last one more often */

    p = what;

    for (n = sim_random_below(random, 12); n; n--) {
        end = strchr(p, ' ');
        p = end ? end + 1 : p;
    }

    words_add(words, "%.*s", (int) strcspn(p, " "), p);
    words_add(words, "%s", calls_value(random));
}


static const char *
calls_value(sim_random_t *random)
{
    static const char *const  values[] = {
        "10", "20.5", "-3", "7.55", "0", "1e2", "0.005", "12550", "male",
        "female", "19991231", "20230230", "Тарас", "Леся", "4820000000017",
        "2000000000015", "380670000500", " 4820000000500 ", "", "true", "1",
        "bonuses", "discount", "9999999999999.99", "abc", "\xff", "a\tb",
        "-9999999999999.99", "0x10", "1,5", "200000000001", "999999999999999"
    };

    return values[sim_random_below(random,
                                   sizeof(values) / sizeof(values[0]))];
}
