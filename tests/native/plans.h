/* Plans for the tests and the fuzzer of the core: three looks at the same few fields. */

#ifndef PLANS_H
#define PLANS_H

#include <string.h>

#include "core.h"

enum { USABLE, JUDGED, STRICT, PLANS };
enum { EVENT_NAME, EVENT_TIME, ACCOUNT, USER, LOGIN, URL, CONVERSATION, UPDATED, ANYTHING, FIELDS };
enum { NAME_COLUMN, TIME_COLUMN, ID_COLUMN, LOGIN_COLUMN, ANY_COLUMN, COLUMNS };

static inline void make_plan(cev_plan *plan, int which) {
    static const struct {
        const char *name;
        uint8_t part, kind;
        int8_t column;
    } fields[FIELDS] = {
        {"event_name", 0, CEV_NAME, NAME_COLUMN},    {"event_time", 0, CEV_TIMESTAMP, TIME_COLUMN},
        {"root_account_id", 0, CEV_GLOBAL_ID, -1},   {"user_id", 0, CEV_GLOBAL_ID, -1},
        {"user_login", 0, CEV_TEXT, LOGIN_COLUMN},   {"url", 0, CEV_TEXT, -1},
        {"conversation_id", 1, CEV_ID, ID_COLUMN},   {"updated_at", 1, CEV_TIMESTAMP, -1},
        {"anything", 1, CEV_ANY, ANY_COLUMN},
    };
    const uint64_t metadata = 1 << EVENT_NAME | 1 << EVENT_TIME;
    const uint64_t known = metadata | 1 << ACCOUNT | 1 << USER | 1 << LOGIN | 1 << URL;
    const uint64_t body = 1 << CONVERSATION | 1 << UPDATED;
    memset(plan, 0, sizeof *plan);
    plan->part_name[0] = (const uint8_t *)"metadata";
    plan->part_name[1] = (const uint8_t *)"body";
    plan->part_length[0] = 8;
    plan->part_length[1] = 4;
    plan->fields = FIELDS;
    plan->columns = COLUMNS;
    plan->events = 1;
    plan->name_field = EVENT_NAME;
    plan->account_field = ACCOUNT;
    plan->strict = which == STRICT;
    plan->url_field = which == STRICT ? URL : -1;
    plan->url_id_field = which == STRICT ? CONVERSATION : -1;
    plan->url_word = (const uint8_t *)"conversations";
    plan->url_word_length = 13;
    for (int i = 0; i < FIELDS; i++) {
        plan->field[i].name = (const uint8_t *)fields[i].name;
        plan->field[i].length = (uint32_t)strlen(fields[i].name);
        plan->field[i].part = fields[i].part;
        plan->field[i].kind = fields[i].kind;
        plan->field[i].column = fields[i].column;
    }
    plan->event[0].name = (const uint8_t *)"conversation_created";
    plan->event[0].length = 20;
    if (which != USABLE) {
        plan->event[0].required = metadata | body;
        plan->event[0].known = known | body;
        plan->event[1].required = metadata;
        plan->event[1].known = known;
    }
    cev_plan_ready(plan);
}

#endif
