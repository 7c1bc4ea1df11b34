/* Texts into columns: a walk over each that notes the values of the wanted fields. */

#include "walk.h"

enum { MOST_QUOTES = 16384 };

/* What is known of the text that is walked through, and of the ones before. */
typedef struct {
    const cev_plan *plan;
    cev_columns *columns;
    size_t row;
    uint32_t base;             /* where the text begins in the data */
    uint64_t present, good;    /* a bit for each field */
    int64_t id[CEV_MOST_FIELDS]; /* of each field that is one */
    value name, url;
    int has_unknown;                        /* a key of the body that is no field */
    uint8_t next[2][CEV_MOST_FIELDS + 1];   /* the field that followed another one last time */
    unsigned last_event;
} scan;

static inline unsigned hash(const uint8_t *name, uint32_t length) {
    if (length == 0) return 0;
    unsigned first = name[0], middle = name[length / 2], last = name[length - 1];
    return (length * 7 + first * 31 + last * 3 + middle * 17) % CEV_HASHES;
}

static inline uint64_t differ(const uint8_t *a, const uint8_t *b) {
    uint64_t eight, other;
    memcpy(&eight, a, sizeof eight);
    memcpy(&other, b, sizeof other);
    return eight ^ other;
}

/* Whether a key is a name. Most have 8 to 24 bytes: then no branch depends on the length. */
static inline int is_name(const uint8_t *key, uint32_t length, const uint8_t *name, uint32_t size) {
    if (length != size) return 0;
    if (size < 8 || size > 24) return memcmp(key, name, size) == 0;
    uint32_t middle = size > 16 ? 8 : 0, last = size - 8;
    return (differ(key, name) | differ(key + middle, name + middle) |
            differ(key + last, name + last)) == 0;
}

void cev_plan_ready(cev_plan *plan) {
    uint64_t judged = 0;
    for (uint32_t i = 0; i <= plan->events; i++)
        judged |= plan->event[i].required | plan->event[i].known;
    memset(plan->slot, 0, sizeof plan->slot);
    plan->wanted = plan->wanted_ids = 0;
    for (uint32_t i = 0; i < plan->fields; i++) {
        cev_field *field = &plan->field[i];
        int is_masked = field->kind != CEV_GLOBAL_ID && (judged >> i & 1);
        field->parsed = field->column >= 0 || is_masked || (int)i == plan->account_field ||
                        (int)i == plan->url_id_field ||
                        (plan->strict && field->kind == CEV_GLOBAL_ID);
        uint64_t wanted = field->column >= 0 ? (uint64_t)1 << i : 0;
        plan->wanted |= wanted;
        if (field->kind == CEV_ID || field->kind == CEV_GLOBAL_ID) plan->wanted_ids |= wanted;
        unsigned at = hash(field->name, field->length);
        while (plan->slot[field->part][at]) at = (at + 1) % CEV_HASHES;
        plan->slot[field->part][at] = (uint8_t)(i + 1);
    }
}

/* Find a field by its name: try the one that came here last time, then the hash. -1: no field. */
static inline int find(scan *s, unsigned part, int previous, const uint8_t *key, uint32_t length) {
    const cev_plan *plan = s->plan;
    unsigned guess = s->next[part][previous + 1];
    if (guess < plan->fields &&
        is_name(key, length, plan->field[guess].name, plan->field[guess].length))
        return (int)guess;
    for (unsigned at = hash(key, length); plan->slot[part][at]; at = (at + 1) % CEV_HASHES) {
        unsigned found = plan->slot[part][at] - 1u;
        if (is_name(key, length, plan->field[found].name, plan->field[found].length)) {
            s->next[part][previous + 1] = (uint8_t)found;
            return (int)found;
        }
    }
    return -1;
}

/* Whether an id has the marks of rounding: past 2^53, and nothing but zeros below the shard. */
static inline int is_round(int64_t id) {
    return id > (int64_t)1 << 53 && id % CEV_LOCAL_IDS == 0;
}

/* Note the value of a field. Returns 0 where the reference must read it. */
static inline int note(scan *s, const uint8_t *data, unsigned number, const value *v) {
    const cev_field *field = &s->plan->field[number];
    uint64_t bit = (uint64_t)1 << number;
    if (s->present & bit) return 0; /* twice: the last one counts, says the reference */
    s->present |= bit;
    if ((int)number == s->plan->name_field) s->name = *v;
    if ((int)number == s->plan->url_field) s->url = *v;
    const uint8_t *text = data + v->start;
    int is_text = v->kind == CEV_STRING || v->kind == CEV_ESCAPED;
    int good = 0, wanted = field->column >= 0;
    int64_t found = CEV_NONE;
    int16_t offset = 0;
    switch (field->kind) {
    case CEV_NAME: good = is_text && v->length > 0; break;
    case CEV_TIMESTAMP:
        if (!field->parsed || !is_text) break;
        good = v->kind == CEV_STRING && cev_timestamp(text, v->length, &found, &offset);
        if (!good && wanted) return 0;
        break;
    case CEV_ID:
    case CEV_GLOBAL_ID:
        good = field->kind == CEV_GLOBAL_ID && (is_text || v->kind == CEV_NULL);
        if (!field->parsed) break;
        if (is_text) {
            int is_id = v->kind == CEV_STRING && cev_id(text, v->length, &found);
            if (!is_id && (wanted || field->kind == CEV_GLOBAL_ID)) return 0;
            good = is_id;
        } else if (v->kind == CEV_NUMBER && (wanted || (int)number == s->plan->account_field)) {
            if (!cev_digits(text, v->length, &found)) return 0;
        }
        if (s->plan->strict && is_round(found)) return 0;
        s->id[number] = found;
        break;
    default: good = is_text || v->kind == CEV_NULL;
    }
    if (good) s->good |= bit;
    if (wanted) {
        cev_column *column = &s->columns->column[field->column];
        int is_nothing = v->kind == CEV_NULL;
        column->start[s->row] = is_nothing ? 0 : s->base + v->start;
        column->length[s->row] = is_nothing ? 0 : v->length;
        column->kind[s->row] = v->kind;
        column->value[s->row] = found;
        column->offset[s->row] = offset;
    }
    return 1;
}

/* Take the object `metadata`, or `body`. An escape in a key is for the reference. */
static int take_part(scan *s, walk *w, unsigned part) {
    int previous = -1;
    value key, v;
    if (!take(w, '{')) return 0;
    skip_space(w);
    if (take(w, '}')) return 1;
    do {
        if (!take_key(w, &key) || key.kind != CEV_STRING || !take_value(w, &v)) return 0;
        int found = find(s, part, previous, w->data + key.start, key.length);
        if (found >= 0) {
            if (!note(s, w->data, (unsigned)found, &v)) return 0;
            previous = found;
        } else if (s->plan->strict) {
            if (part == 0) return 0;
            s->has_unknown = 1;
        }
    } while (take_sign(w, ','));
    return take(w, '}');
}

/* Take the whole event: an object with both parts, once each. */
static int take_event(scan *s, walk *w) {
    const cev_plan *plan = s->plan;
    int parts = 0;
    value key, v;
    skip_space(w);
    if (!take(w, '{')) return 0;
    skip_space(w);
    do {
        if (!take_key(w, &key) || key.kind != CEV_STRING) return 0;
        unsigned part = 0;
        while (part < 2 && !is_name(w->data + key.start, key.length, plan->part_name[part],
                                    plan->part_length[part]))
            part++;
        if (part < 2) {
            if (parts & (1 << part) || !take_part(s, w, part)) return 0;
            parts |= 1 << part;
        } else if (plan->strict || !take_value(w, &v)) {
            return 0;
        }
    } while (take_sign(w, ','));
    if (!take(w, '}')) return 0;
    skip_space(w);
    return parts == 3 && w->at == w->size;
}

/* Whether a URL may name another thing than the one with this id: `/conversations/54/`, its slashes
   with a backslash before them or without. An escape may hide any character. */
static int names_another(const cev_plan *plan, const uint8_t *url, uint32_t size, int64_t id) {
    const uint8_t *at = url, *end = url + size;
    size_t length = plan->url_word_length;
    for (; (at = memchr(at, '\\', (size_t)(end - at))) != NULL; at += 2)
        if (at[1] == 'u') return 1;
    at = url;
    while ((size_t)(end - at) > length &&
           (at = memchr(at, plan->url_word[0], (size_t)(end - at) - length)) != NULL) {
        if (memcmp(at, plan->url_word, length) != 0) {
            at++;
            continue;
        }
        at += length;
        while (at < end && (*at == '/' || *at == '\\')) at++;
        size_t digits = 0;
        while (digits < (size_t)(end - at) && (uint8_t)(at[digits] - '0') < 10) digits++;
        int64_t named;
        if (digits == 0) continue;
        if (!cev_digits(at, digits, &named) || (named - id) % CEV_LOCAL_IDS != 0) return 1;
        at += digits;
        if (at < end && *at == '~') return 1;
    }
    return 0;
}

/* Find out which event it is, and whether it holds the fields that it must. */
static int take_name(scan *s, const uint8_t *data) {
    const cev_plan *plan = s->plan;
    unsigned number = plan->events;
    if (s->name.kind == CEV_ESCAPED) return 0;
    if (s->name.kind == CEV_STRING) {
        const uint8_t *name = data + s->name.start;
        const cev_event *last = &plan->event[s->last_event];
        if (s->last_event < plan->events && is_name(name, s->name.length, last->name, last->length))
            number = s->last_event;
        else
            for (number = 0; number < plan->events; number++)
                if (is_name(name, s->name.length, plan->event[number].name,
                            plan->event[number].length))
                    break;
    }
    const cev_event *event = &plan->event[number];
    int is_other = number == plan->events;
    s->columns->event[s->row] = is_other ? CEV_OTHER_EVENT : (uint8_t)number;
    s->last_event = number;
    if ((s->good & event->required) != event->required) return 0;
    if (s->present & event->known & ~s->good) return 0;
    if (!plan->strict || is_other) return 1;
    if (s->has_unknown || s->present & ~(event->known | event->required)) return 0;
    return plan->url_field < 0 || !(s->good >> plan->url_id_field & 1) ||
           (s->url.kind != CEV_STRING && s->url.kind != CEV_ESCAPED) ||
           !names_another(plan, data + s->url.start, s->url.length, s->id[plan->url_id_field]);
}

static cev_column *column_of(scan *s, uint64_t fields) {
    return &s->columns->column[s->plan->field[__builtin_ctzll(fields)].column];
}

/* Fill the columns of fields that are not there, and make local ids global. */
static void finish(scan *s) {
    const cev_plan *plan = s->plan;
    for (uint64_t left = plan->wanted & ~s->present; left; left &= left - 1) {
        cev_column *column = column_of(s, left);
        column->start[s->row] = column->length[s->row] = 0;
        column->kind[s->row] = CEV_ABSENT;
        column->value[s->row] = CEV_NONE;
        column->offset[s->row] = 0;
    }
    if (plan->account_field < 0 || !(s->present >> plan->account_field & 1)) return;
    int64_t account = s->id[plan->account_field];
    if (account < CEV_LOCAL_IDS) return; /* none, or without a shard */
    int64_t home = account / CEV_LOCAL_IDS * CEV_LOCAL_IDS;
    for (uint64_t left = plan->wanted_ids & s->present; left; left &= left - 1) {
        int64_t *id = &column_of(s, left)->value[s->row];
        if (*id >= 0 && *id < CEV_LOCAL_IDS && home <= INT64_MAX - *id) *id += home;
    }
}

static int is_blank(const uint8_t *text, uint32_t size) {
    for (uint32_t i = 0; i < size; i++)
        if (text[i] != ' ' && (text[i] < '\t' || text[i] > '\r')) return 0;
    return 1;
}

size_t cev_scan(const cev_plan *plan, const uint8_t *data, size_t size, const uint32_t *start,
                const uint32_t *end, size_t count, cev_columns *columns) {
    uint32_t quotes[MOST_QUOTES + 1];
    cev_quotes *find_quotes = cev_chosen()->quotes;
    size_t refused = 0;
    scan s = {.plan = plan, .columns = columns};
    memset(s.next, CEV_MOST_FIELDS, sizeof s.next); /* no guess yet */
    for (size_t row = 0; row < count; row++) {
        uint32_t from = start[row], to = end[row]; /* read once: the caller may not be alone */
        int is_within = from <= to && to <= size && to - from < NO_QUOTE - 1;
        if (!is_within) from = to = 0;
        uint32_t length = to - from;
        const uint8_t *text = data + from;
        cev_facts facts;
        s.row = row;
        s.base = from;
        s.present = s.good = 0;
        s.has_unknown = 0;
        s.name.kind = s.url.kind = CEV_ABSENT;
        columns->state[row] = CEV_TAKEN;
        columns->event[row] = CEV_OTHER_EVENT;
        if (is_within && is_blank(text, length)) {
            columns->state[row] = CEV_BLANK;
            finish(&s);
            continue;
        }
        int taken = find_quotes(text, length, size - from, quotes, MOST_QUOTES, &facts) &&
                    cev_is_utf8(text + facts.high, length - facts.high);
        if (taken) {
            walk w = walk_of(text, length, quotes, &facts);
            taken = take_event(&s, &w) && take_name(&s, text);
        }
        if (!taken) {
            columns->state[row] = CEV_REFUSED;
            columns->event[row] = CEV_OTHER_EVENT;
            s.present = 0; /* whatever was found is for the reference to find */
            refused++;
        }
        finish(&s);
    }
    return refused;
}

size_t cev_lines(const uint8_t *data, size_t size, uint32_t *start, uint32_t *end, size_t room) {
    size_t count = 0, at = 0;
    while (at < size) {
        const uint8_t *found = memchr(data + at, '\n', size - at);
        size_t stop = found == NULL ? size : (size_t)(found - data);
        if (count < room) {
            start[count] = (uint32_t)at;
            end[count] = (uint32_t)stop;
        }
        count++;
        at = stop + 1;
    }
    return count;
}
