
/*
 * Batches of back offices with a key, cut off anywhere and sent again from the
 * first line on: each line has one answer, whatever happens meanwhile.
 */

#include "whole/office.h"
#include "whole/world.h"
#include "server/server.h"

#include <string.h>


#define NIGHT_LINES  6
#define NIGHT_TEXT   256


typedef struct {
    char                  call[NIGHT_TEXT];
    unsigned              sent;         /* how often it was answered */
    int                   type;         /* of the first answer */
    redisReply           *answer;       /* the second one, without ETags */
} night_line_t;


static night_line_t  night[NIGHT_LINES];
static unsigned      night_key;


static void night_make(const char *phone);
static unsigned night_is_answer(const redisReply *reply);
static void night_compare(unsigned i, const redisReply *reply);


static const char *const  night_calls[] = {
    "replace_client $p _ barcode 482$p $a",
    "replace_client $p _ barcode 482$p $a",
    "change_bonus $p $v", "patch_client $p _ $a", "set_card $p 482$o",
    "move_client $p $o", "move_client $p $o", "merge_clients $o $p",
    "delete_client $p", "close_card $p", "patch_group $g _ title Silver",
    "delete_group $g"
};


void
night_begin(void)
{
    unsigned  i;

    night_key = 0;

    for (i = 0; i < NIGHT_LINES; i++) {
        night[i].call[0] = '\0';
    }
}


void
night_works(const char *phone)
{
    unsigned     i, cut;
    redisReply  *reply;

    if (night_key == 0 || sim_chance(25)) {
        night_make(phone);
    }

    cut = sim_below(2) ? NIGHT_LINES : sim_below(NIGHT_LINES);

    for (i = 0; i < cut; i++) {
        reply = server_callf("FCALL polycard_once 1 %s night-%u %u %s",
                             WORLD_PREFIX, night_key, i + 1, night[i].call);
        if (reply == NULL) {
            return;
        }

        /* what is lost, or written by somebody else, is not remembered */

        if (night_is_answer(reply)
            && !world.went_back && !world.meddled && !world.skewed)
        {
            night_compare(i, reply);
        }

        ks_reply_free(reply);
    }
}


static void
night_make(const char *phone)
{
    unsigned  i;

    night_key++;

    for (i = 0; i < NIGHT_LINES; i++) {
        office_expand(night[i].call, NIGHT_TEXT,
                      night_calls[sim_below(sizeof(night_calls)
                                            / sizeof(night_calls[0]))],
                      phone);
        night[i].sent = 0;

        if (night[i].answer) {
            ks_reply_free(night[i].answer);
            night[i].answer = NULL;
        }
    }
}


/* not one that says to come again */

static unsigned
night_is_answer(const redisReply *reply)
{
    return reply->type != REDIS_REPLY_ERROR
           || strncmp(reply->str, "NOTFOUND ", 9) == 0
           || strncmp(reply->str, "CONFLICT ", 9) == 0
           || (strncmp(reply->str, "ERR ", 4) == 0
               && strstr(reply->str, "unction") == NULL);
}


static void
night_compare(unsigned i, const redisReply *reply)
{
    night_line_t  *line;

    line = &night[i];

    if (line->sent++ == 0) {
        line->type = reply->type;
        return;
    }

    if (line->answer == NULL && reply->type == line->type) {
        line->answer = ks_reply_copy(reply);
        return;
    }

    if (line->answer == NULL || !ks_reply_equal(line->answer, reply)) {
        sim_wrong("a line done again", "%u of night %u: %s", i + 1, night_key,
                  line->call);
    }
}
