
/* Back offices. */

#include "whole/office.h"
#include "whole/world.h"
#include "server/server.h"


static void office_works(void *data, uint64_t tag);
static void office_calls(const char *phone);
static void office_commands(const char *phone);
static void office_groups(void);
static void office_crowd(void);


static unsigned  office_pace;


void
office_begin(void)
{
    unsigned  i;

    night_begin();

    office_pace = sim_one_of(4, 20, 200, 1000, 4000);

    for (i = sim_below(world.nphones + 1); i; i--) {
        if (sim_happens()) {
            office_commands(world_phone(i - 1));
        }
    }

    sim_later(sim_below(office_pace), office_works, NULL, 0);
}


static void
office_works(void *data, uint64_t tag)
{
    unsigned     i;
    const char  *phone;

    if (sim.now >= world.calm) {
        return;
    }

    /* one client again and again, or several */

    phone = world_phone(sim_below(world.nphones));

    for (i = 1 + sim_below(sim_chance(90) ? 2 : 12); i; i--) {

        if (sim_chance(40)) {
            phone = world_phone(sim_below(world.nphones));
        }

        if (!sim_happens()) {
            continue;
        }

        if (sim_chance(5)) {
            night_works(phone);

        } else if (sim_chance(20)) {
            office_asks(phone);

        } else if (sim_chance(45)) {
            office_calls(phone);

        } else if (sim_chance(85)) {
            office_commands(phone);

        } else {
            office_groups();
        }
    }

    if (sim_chance(1)) {
        office_crowd();
    }

    sim_later(1 + sim_below(office_pace), office_works, NULL, 0);
}


#define OFFICE_DO(...)                                                        \
    do {                                                                      \
        redisReply  *office_reply = server_callf(__VA_ARGS__);                \
                                                                              \
        if (office_reply) {                                                   \
            ks_reply_free(office_reply);                                      \
        }                                                                     \
    } while (0)

#define OFFICE_CALL(name, ...)                                                \
    OFFICE_DO("FCALL polycard_" name, __VA_ARGS__)


static void
office_calls(const char *phone)
{
    const char  *other;

    other = world_phone(sim_below(world.nphones));

    switch (sim_below(12)) {

    case 0:
    case 1:
    case 2:
        OFFICE_CALL("put_client 1 %s %s barcode 482%s %s", WORLD_PREFIX,
                    phone, phone, office_attribute(0));
        break;

    case 3:
        OFFICE_CALL("put_client 1 %s %s %s %s", WORLD_PREFIX, phone,
                    office_attribute(1), office_attribute(1));
        break;

    case 4:
    case 5:
        OFFICE_CALL("change_bonus 1 %s %s %s", WORLD_PREFIX, phone,
                    office_amount());
        break;

    case 6:
        OFFICE_CALL("change_bonus 1 %s %s %s %s receipt-%u", WORLD_PREFIX,
                    phone, office_amount(), sim_chance(50) ? "_" : "0",
                    sim_below(4));
        break;

    case 7:
        OFFICE_CALL("delete_client 1 %s %s", WORLD_PREFIX, phone);
        break;

    case 8:
        OFFICE_CALL("capture 1 %s %s %s", WORLD_PREFIX, phone, other);
        break;

    case 9:
        OFFICE_CALL("move_client 1 %s %s %s", WORLD_PREFIX, phone, other);
        break;

    case 10:
        OFFICE_CALL("put_clients 1 %s %s 2 barcode 482%s %s %s 1 %s",
                    WORLD_PREFIX, phone, other, office_attribute(0), other,
                    office_attribute(0));
        break;

    default:
        OFFICE_CALL("status 1 %s", WORLD_PREFIX);
    }
}


static void
office_commands(const char *phone)
{
    static const char *const  client = WORLD_PREFIX "client:";

    switch (sim_below(16)) {

    case 0:
    case 1:
    case 2:
    case 3:
        OFFICE_DO("HSET %s%s barcode 482%s %s %s", client, phone, phone,
                  office_attribute(0), office_attribute(0));
        break;

    case 4:
    case 5:
        OFFICE_DO("HSET %s%s %s", client, phone, office_attribute(1));
        break;

    case 6:
        OFFICE_DO("HINCRBYFLOAT %s%s bonus %s", client, phone,
                  office_amount());
        break;

    case 7:
        OFFICE_DO("HINCRBY %s%s bonus %u", client, phone, sim_below(100));
        break;

    case 8:
    case 9:
        OFFICE_DO("DEL %s%s", client, phone);
        break;

    case 10:
        OFFICE_DO("HDEL %s%s %s", client, phone,
                  (const char *[]) { "barcode", "bonus", "name", "discount" }
                  [sim_below(4)]);
        break;

    case 11:
        OFFICE_DO("PEXPIRE %s%s %u", client, phone, 1 + sim_below(3000));
        break;

    case 12:
        OFFICE_DO("RENAME %s%s %s%s", client, phone, client,
                  world_phone(sim_below(world.nphones)));
        break;

    case 13:
        if (sim_chance(20)) {
            OFFICE_DO("SET %s%s nonsense", client, phone);
        }

        break;

    case 14:
        OFFICE_DO("HSET %s%s barcode 482%s", client, phone,
                  world_phone(sim_below(world.nphones)));
        break;

    default:
        OFFICE_DO("HSET %s%s id %u", client, phone, sim_below(50));
    }
}


static void
office_groups(void)
{
    unsigned  group;

    group = sim_below(world.ngroups);

    switch (sim_below(6)) {

    case 0:
    case 1:
        OFFICE_CALL("put_group 1 %s %u title Gold loyaltyType bonuses "
                    "loyaltyQuantity %u", WORLD_PREFIX, group, sim_below(20));
        break;

    case 2:
        OFFICE_CALL("delete_group 1 %s %u", WORLD_PREFIX, group);
        break;

    case 3:
        OFFICE_DO("HSET %sgroup:%u active %s", WORLD_PREFIX, group,
                  sim_chance(80) ? "true" : "perhaps");
        break;

    case 4:
        OFFICE_CALL("capture_group 1 %s %u", WORLD_PREFIX, group);
        break;

    default:
        OFFICE_DO("DEL %sgroup:%u", WORLD_PREFIX, group);
    }
}


/* all at once: they come, or they go */

static void
office_crowd(void)
{
    unsigned  i, gone;

    gone = sim_chance(50);

    for (i = 0; i < world.nphones; i++) {
        if (gone) {
            OFFICE_DO("DEL %sclient:%s", WORLD_PREFIX, world_phone(i));
        } else {
            OFFICE_DO("HSET %sclient:%s barcode 482%s bonus %u", WORLD_PREFIX,
                      world_phone(i), world_phone(i), i);
        }
    }
}
