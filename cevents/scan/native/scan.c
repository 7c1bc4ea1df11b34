/* The walk over a text: the whole grammar of JSON (RFC 8259), and the values of the wanted fields.

   The quotes of a text are known before, so that a string is one step. Every other byte is looked
   at in its place. No recursion: what is nested deeper than the fields is walked with one bit for
   each level. */

#include "core.h"

#include <string.h>

enum { MOST_QUOTES = 16384, MOST_DEPTH = 64 };

typedef struct {
    const uint8_t *data; /* of the text */
    uint32_t at, size;
    const uint32_t *quote, *quotes_end; /* the quotes not passed yet */
    uint32_t backslash; /* where the first one is */
} walk;

typedef struct {
    uint32_t start, length;
    uint8_t kind;
} value;

static inline void skip_space(walk *w) {
    while (w->at < w->size && w->data[w->at] <= ' ' &&
           (w->data[w->at] == ' ' || w->data[w->at] == '\t' || w->data[w->at] == '\n' ||
            w->data[w->at] == '\r'))
        w->at++;
}

static inline int next_is(const walk *w, uint8_t byte) {
    return w->at < w->size && w->data[w->at] == byte;
}

static inline int take(walk *w, uint8_t byte) {
    if (!next_is(w, byte)) return 0;
    w->at++;
    return 1;
}

/* Take a string: its content, and whether there are escapes in it. */
static inline int take_string(walk *w, value *v) {
    if (!next_is(w, '"') || w->quotes_end - w->quote < 2 || w->quote[0] != w->at) return 0;
    uint32_t start = w->at + 1, end = w->quote[1];
    w->quote += 2;
    w->at = end + 1;
    *v = (value){start, end - start, CEV_STRING};
    if (end > w->backslash && memchr(w->data + start, '\\', end - start) != NULL) {
        v->kind = CEV_ESCAPED;
        return cev_escapes(w->data + start, end - start);
    }
    return 1;
}

static uint32_t take_digits(walk *w) {
    uint32_t start = w->at;
    while (w->at < w->size && (uint8_t)(w->data[w->at] - '0') < 10) w->at++;
    return w->at - start;
}

static int take_number(walk *w) {
    if (next_is(w, '-')) w->at++;
    int zero = next_is(w, '0');
    uint32_t digits = take_digits(w);
    if (digits == 0 || (zero && digits > 1)) return 0;
    if (take(w, '.') && take_digits(w) == 0) return 0;
    if (next_is(w, 'e') || next_is(w, 'E')) {
        w->at++;
        if (next_is(w, '+') || next_is(w, '-')) w->at++;
        if (take_digits(w) == 0) return 0;
    }
    return 1;
}

static int take_word(walk *w, const char *word, uint32_t length) {
    if (w->size - w->at < length || memcmp(w->data + w->at, word, length) != 0) return 0;
    w->at += length;
    return 1;
}

/* Take a value that holds no others. */
static inline int take_scalar(walk *w, value *v) {
    uint32_t start = w->at;
    if (start >= w->size) return 0;
    int taken;
    uint8_t kind = CEV_OTHER;
    switch (w->data[start]) {
    case '"': return take_string(w, v);
    case 'n': *v = (value){0, 0, CEV_NULL}; return take_word(w, "null", 4);
    case 't': taken = take_word(w, "true", 4); break;
    case 'f': taken = take_word(w, "false", 5); break;
    default: taken = take_number(w), kind = CEV_NUMBER;
    }
    *v = (value){start, w->at - start, kind};
    return taken;
}

/* Take an object or an array, whatever is in it. */
static int take_nested(walk *w) {
    uint64_t objects = 0; /* a bit for each level: whether it is an object; the lowest is here */
    unsigned depth = 0;
    value v;
    for (;;) {
        int opens = next_is(w, '{');
        if (opens || next_is(w, '[')) {
            if (depth == MOST_DEPTH) return 0;
            objects = objects << 1 | (uint64_t)opens;
            depth++;
            w->at++;
            skip_space(w);
            if (!next_is(w, opens ? '}' : ']')) {
                if (opens && !(take_string(w, &v) && (skip_space(w), take(w, ':')))) return 0;
                skip_space(w);
                continue;
            }
        } else if (!take_scalar(w, &v)) {
            return 0;
        }
        for (;;) { /* behind a value, or before the end of what holds none */
            skip_space(w);
            int in_object = (int)(objects & 1);
            if (take(w, ',')) {
                skip_space(w);
                if (in_object && !(take_string(w, &v) && (skip_space(w), take(w, ':')))) return 0;
                skip_space(w);
                break;
            }
            if (!take(w, in_object ? '}' : ']')) return 0;
            objects >>= 1;
            if (--depth == 0) return 1;
        }
    }
}

static inline int take_value(walk *w, value *v) {
    if (!next_is(w, '{') && !next_is(w, '[')) return take_scalar(w, v);
    uint32_t start = w->at;
    if (!take_nested(w)) return 0;
    *v = (value){start, w->at - start, CEV_OTHER};
    return 1;
}

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

static unsigned hash(const uint8_t *name, uint32_t length) {
    unsigned first = length ? name[0] : 0, last = length ? name[length - 1] : 0;
    unsigned middle = length ? name[length / 2] : 0;
    return (length * 7 + first * 31 + last * 3 + middle * 17) % CEV_HASHES;
}

static inline int is_name(const uint8_t *key, uint32_t length, const uint8_t *name, uint32_t size) {
    return length == size && memcmp(key, name, size) == 0;
}

void cev_plan_ready(cev_plan *plan) {
    uint64_t judged = 0;
    for (uint32_t i = 0; i <= plan->events; i++)
        judged |= plan->event[i].required | plan->event[i].known;
    memset(plan->slot, 0, sizeof plan->slot);
    for (uint32_t i = 0; i < plan->fields; i++) {
        cev_field *field = &plan->field[i];
        int is_masked = field->kind != CEV_GLOBAL_ID && (judged >> i & 1);
        field->parsed = field->column >= 0 || is_masked || (int)i == plan->account_field ||
                        (int)i == plan->url_id_field ||
                        (plan->strict && field->kind == CEV_GLOBAL_ID);
        if (field->column >= 0) plan->field_of[field->column] = (uint8_t)i;
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

/* Take a key and its colon. An escape in it is for the reference. */
static inline int take_key(walk *w, value *key) {
    if (!take_string(w, key) || key->kind != CEV_STRING) return 0;
    skip_space(w);
    if (!take(w, ':')) return 0;
    skip_space(w);
    return 1;
}

/* Take the object `metadata`, or `body`. */
static int take_part(scan *s, walk *w, unsigned part) {
    int previous = -1;
    value key, v;
    if (!take(w, '{')) return 0;
    skip_space(w);
    if (take(w, '}')) return 1;
    for (;;) {
        if (!take_key(w, &key) || !take_value(w, &v)) return 0;
        int found = find(s, part, previous, w->data + key.start, key.length);
        if (found >= 0) {
            if (!note(s, w->data, (unsigned)found, &v)) return 0;
            previous = found;
        } else if (s->plan->strict) {
            if (part == 0) return 0;
            s->has_unknown = 1;
        }
        skip_space(w);
        if (take(w, '}')) return 1;
        if (!take(w, ',')) return 0;
        skip_space(w);
    }
}

/* Take the whole event: an object with both parts, once each. */
static int take_event(scan *s, walk *w) {
    const cev_plan *plan = s->plan;
    int parts = 0;
    value key, v;
    skip_space(w);
    if (!take(w, '{')) return 0;
    skip_space(w);
    for (;;) {
        if (!take_key(w, &key)) return 0;
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
        skip_space(w);
        if (take(w, '}')) break;
        if (!take(w, ',')) return 0;
        skip_space(w);
    }
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

/* Fill the columns of fields that are not there, and make local ids global. */
static void finish(scan *s) {
    const cev_plan *plan = s->plan;
    int64_t home = 0;
    if (plan->account_field >= 0 && s->present >> plan->account_field & 1) {
        int64_t account = s->id[plan->account_field];
        if (account > 0) home = account / CEV_LOCAL_IDS * CEV_LOCAL_IDS;
    }
    for (uint32_t i = 0; i < plan->columns; i++) {
        const cev_field *field = &plan->field[plan->field_of[i]];
        cev_column *column = &s->columns->column[i];
        if (!(s->present >> plan->field_of[i] & 1)) {
            column->start[s->row] = column->length[s->row] = 0;
            column->kind[s->row] = CEV_ABSENT;
            column->value[s->row] = CEV_NONE;
            column->offset[s->row] = 0;
        } else if (field->kind == CEV_ID || field->kind == CEV_GLOBAL_ID) {
            int64_t id = column->value[s->row];
            if (id >= 0 && id < CEV_LOCAL_IDS && home <= INT64_MAX - id)
                column->value[s->row] = home + id;
        }
    }
}

static int is_blank(const uint8_t *text, uint32_t size) {
    for (uint32_t i = 0; i < size; i++)
        if (text[i] != ' ' && (text[i] < '\t' || text[i] > '\r')) return 0;
    return 1;
}

size_t cev_scan(const cev_plan *plan, const uint8_t *data, size_t size, const uint32_t *start,
                const uint32_t *end, size_t count, cev_columns *columns) {
    uint32_t quotes[MOST_QUOTES];
    cev_quotes *find_quotes = cev_chosen()->quotes;
    size_t refused = 0;
    scan s = {.plan = plan, .columns = columns};
    memset(s.next, CEV_MOST_FIELDS, sizeof s.next); /* no guess yet */
    for (size_t row = 0; row < count; row++) {
        uint32_t from = start[row], to = end[row]; /* read once: the caller may not be alone */
        int is_within = from <= to && to <= size;
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
            walk w = {text, 0, length, quotes, quotes + facts.quotes, facts.backslash};
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
