/* What events travel in, opened one level. cevents/input/envelopes.py is its reference.

   An envelope is an object with a known key that holds events: as a string, in base64, as an object
   or in an array. Only texts that are JSON to the last byte are opened, and of these only what is
   plain: all else is left to the reference. */

#include "unfold.h"
#include "walk.h"

/* The value of a key in an object: a string's content, or all of another value; where it begins
   with its quote; and the quotes from there on. */
typedef struct {
    value v;
    uint32_t begin;
    const uint32_t *quote;
    int is_there;
} member;

/* Take an object and find the values of some of its keys. Returns 0 where it is no JSON, has an
   escape in a key, or one of those keys twice. */
static int take_members(walk *w, const cev_key *keys, uint32_t count, member *found) {
    value key, v;
    for (uint32_t i = 0; i < count; i++) found[i].is_there = 0;
    if (!take(w, '{')) return 0;
    skip_space(w);
    if (take(w, '}')) return 1;
    do {
        if (!take_key(w, &key) || key.kind != CEV_STRING) return 0;
        uint32_t begin = w->at;
        const uint32_t *quote = w->quote;
        if (!take_value(w, &v)) return 0;
        for (uint32_t i = 0; i < count; i++)
            if (keys[i].length == key.length &&
                memcmp(keys[i].name, w->data + key.start, key.length) == 0) {
                if (found[i].is_there) return 0;
                found[i] = (member){v, begin, quote, 1};
            }
    } while (take_sign(w, ','));
    return take(w, '}');
}

/* A text that is being opened. */
typedef struct {
    walk whole;
    size_t readable;
    int is_verbatim;
    int64_t line, column; /* of the place `located` in it; of all of it, if it is not verbatim */
    uint32_t located;
    uint8_t shape; /* of the next piece */
    cev_unfolded *out;
    const uint8_t *sextet;
} opening;

static int64_t newlines_in(const uint8_t *data, size_t size) {
    int64_t count = 0;
    for (size_t at = 0; at < size;) {
        size_t end = size - at < UINT8_MAX ? size : at + UINT8_MAX;
        uint8_t few = 0; /* in one byte, so that the compiler can count many bytes at once */
        for (; at < end; at++) few = (uint8_t)(few + (data[at] == '\n'));
        count += few;
    }
    return count;
}

void cev_locate(const uint8_t *data, size_t from, const uint32_t *place, size_t count,
                int64_t *line, int64_t *column, int64_t *lines, int64_t *columns) {
    for (size_t i = 0; i < count; i++) {
        size_t to = place[i] < from ? from : place[i];
        int64_t newlines = newlines_in(data + from, to - from);
        if (newlines == 0) {
            *column += (int64_t)(to - from);
        } else {
            size_t last = to;
            while (data[last - 1] != '\n') last--;
            *line += newlines;
            *column = (int64_t)(to - last) + 1;
        }
        from = to;
        lines[i] = *line;
        columns[i] = *column;
    }
}

static int is_white(uint8_t byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

/* Add a text, whose bytes stand at the end of the output. */
static void add(cev_unfolded *out, size_t size, int64_t line, int64_t column, int is_verbatim,
                uint8_t shape, uint8_t state) {
    size_t row = out->count++;
    if (row < out->room) {
        out->start[row] = (uint32_t)out->size;
        out->end[row] = (uint32_t)(out->size + size);
        out->line[row] = line;
        out->column[row] = column;
        out->verbatim[row] = (uint8_t)is_verbatim;
        out->shape[row] = shape;
        out->state[row] = state;
    }
    out->size += size;
    out->data[out->size++] = '\n'; /* so that no search goes on from one text to the next */
}

/* Add a piece that begins at `place` in the text. */
static void add_piece(opening *o, uint32_t place, size_t size, int is_verbatim) {
    int64_t line = o->line, column = o->column;
    if (o->is_verbatim) {
        cev_locate(o->whole.data, o->located, &place, 1, &o->line, &o->column, &line, &column);
        o->located = place;
    }
    add(o->out, size, line, column, is_verbatim && o->is_verbatim, o->shape, CEV_OPENED);
    o->shape &= (uint8_t)~CEV_FIRST;
}

static void add_verbatim(opening *o, uint32_t begin, uint32_t end) {
    memcpy(o->out->data + o->out->size, o->whole.data + begin, end - begin);
    add_piece(o, begin, end - begin, 1);
}

/* Add what was written at the end of the output, out of a string that begins at `place`. */
static void add_written(opening *o, uint32_t place, size_t size) {
    uint8_t *text = o->out->data + o->out->size;
    size_t from = 0;
    while (size > 0 && is_white(text[size - 1])) size--;
    while (from < size && is_white(text[from])) from++;
    if (from) memmove(text, text + from, size - from);
    add_piece(o, place, size - from, 0);
}

static void add_string(opening *o, uint32_t place, const value *v) {
    const uint8_t *text = o->whole.data + v->start;
    uint8_t *to = o->out->data + o->out->size;
    size_t size = v->length;
    if (v->kind == CEV_ESCAPED)
        size = cev_chosen()->unescape(text, size, o->readable - v->start, to);
    else
        memcpy(to, text, size);
    add_written(o, place, size);
}

/* Add what is in base64, with its padding (RFC 4648, section 4). */
static int add_base64(opening *o, uint32_t place, const value *v) {
    const uint8_t *text = o->whole.data + v->start;
    uint8_t *to = o->out->data + o->out->size;
    size_t size = v->length;
    if (v->kind != CEV_STRING || size % 4 != 0) return 0;
    size_t padding = 0, written = 0;
    while (padding < 2 && padding < size && text[size - 1 - padding] == '=') padding++;
    unsigned wrong = 0;
    for (size_t at = 0; at < size; at += 4) {
        uint8_t last[4];
        const uint8_t *four = text + at;
        if (at + 4 == size && padding) {
            memcpy(last, four, 4);
            memset(last + 4 - padding, 'A', padding);
            four = last;
        }
        unsigned a = o->sextet[four[0]], b = o->sextet[four[1]];
        unsigned c = o->sextet[four[2]], d = o->sextet[four[3]];
        wrong |= a | b | c | d;
        unsigned bits = a << 18 | b << 12 | c << 6 | d;
        to[written] = (uint8_t)(bits >> 16);
        to[written + 1] = (uint8_t)(bits >> 8);
        to[written + 2] = (uint8_t)bits;
        written += 3;
    }
    if (wrong > 0x3f) return 0;
    add_written(o, place, written - padding);
    return 1;
}

/* Add the elements of an array. Returns 0 where there is none. */
static int add_elements(opening *o, const member *array) {
    walk w = o->whole;
    value v;
    w.at = array->begin + 1;
    w.quote = array->quote;
    skip_space(&w);
    if (next_is(&w, ']')) return 0;
    do {
        uint32_t begin = w.at;
        if (!take_value(&w, &v)) return 0;
        if (w.data[begin] == '"')
            add_string(o, begin, &v);
        else
            add_verbatim(o, begin, w.at);
    } while (take_sign(&w, ','));
    return 1;
}

/* Add what a member holds. Returns 0 where that is for the reference. */
static int add_held(opening *o, const member *held, uint8_t holds) {
    switch (holds) {
    case CEV_HOLDS_BASE64: return add_base64(o, held->begin, &held->v);
    case CEV_HOLDS_ARRAY: return add_elements(o, held);
    case CEV_HOLDS_TEXT: add_string(o, held->begin, &held->v); return 1;
    default: add_verbatim(o, held->begin, held->begin + held->v.length); return 1;
    }
}

static int is_of_kind(const walk *w, const member *held, uint8_t holds) {
    uint8_t sign = w->data[held->begin];
    return sign == (holds == CEV_HOLDS_ARRAY ? '[' : holds == CEV_HOLDS_OBJECT ? '{' : '"');
}

/* Find the quotes of a text, and walk through it. Returns 0 where it is no plain object. */
static int read_members(opening *o, const cev_envelopes *envelopes, uint32_t *quotes,
                        size_t quotes_room, member *found) {
    cev_facts facts;
    walk *w = &o->whole;
    if (!cev_chosen()->quotes(w->data, w->size, o->readable, quotes, quotes_room, &facts) ||
        !cev_is_utf8(w->data + facts.high, w->size - facts.high))
        return 0;
    *w = walk_of(w->data, w->size, quotes, &facts);
    walk passing = *w;
    skip_space(&passing);
    if (!take_members(&passing, envelopes->key, envelopes->keys, found)) return 0;
    skip_space(&passing);
    return passing.at == passing.size;
}

/* Find the first envelope that fits, and the member that holds events. NULL if there is none:
   *state is then what becomes of the text. */
static const cev_envelope *find_envelope(const walk *whole, const cev_envelopes *envelopes,
                                         const member *found, member *held, uint8_t *state) {
    *state = CEV_LEFT;
    for (uint32_t i = 0; i < envelopes->pairs; i++) {
        const member *one = &found[envelopes->pair[i][0]], *other = &found[envelopes->pair[i][1]];
        if (!one->is_there || !other->is_there) continue;
        if (i == 0) *state = CEV_KEPT; /* an event */
        if (i == 0 || whole->data[other->begin] == '{') return NULL;
    }
    for (uint32_t i = 0; i < envelopes->envelopes; i++) {
        const cev_envelope *envelope = &envelopes->envelope[i];
        *held = found[envelope->key];
        if (held->is_there && envelope->inner.length) {
            if (whole->data[held->begin] != '{') continue;
            walk w = *whole;
            w.at = held->begin;
            w.quote = held->quote;
            if (!take_members(&w, &envelope->inner, 1, held)) return NULL;
        }
        if (held->is_there && is_of_kind(whole, held, envelope->holds)) return envelope;
    }
    return NULL;
}

static void set_sextets(uint8_t *sextet) {
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    memset(sextet, 0xff, 256);
    for (uint8_t i = 0; i < 64; i++) sextet[(uint8_t)alphabet[i]] = i;
}

/* Add the texts from `from` up to `to`, which stay what they are. */
static void keep(const cev_block *block, size_t from, size_t to, const uint8_t *state,
                 cev_unfolded *out) {
    for (size_t i = from; i < to; i++) {
        size_t size = block->end[i] - block->start[i];
        memcpy(out->data + out->size, block->data + block->start[i], size);
        if (block->line == NULL)
            add(out, size, block->first_line + (int64_t)i, 1, 1, 0, state[i]);
        else
            add(out, size, block->line[i], block->column[i], block->verbatim[i], block->shape[i],
                state[i]);
    }
}

size_t cev_unfold(const cev_envelopes *envelopes, const cev_block *block, uint8_t *state,
                  int is_inner, uint32_t *quotes, size_t quotes_room, cev_unfolded *out) {
    uint8_t sextet[256];
    member found[CEV_MOST_KEYS], held;
    size_t opened = 0, kept = 0; /* the texts before `kept` are in the output */
    set_sextets(sextet);
    out->count = out->size = 0;
    for (size_t i = 0; i < block->count; i++) {
        if (state[i] == CEV_KEPT) continue;
        int has_place = block->line != NULL;
        opening o = {
            .whole = {.data = block->data + block->start[i], .size = block->end[i] - block->start[i]},
            .readable = block->size - block->start[i],
            .is_verbatim = has_place ? block->verbatim[i] : 1,
            .line = has_place ? block->line[i] : block->first_line + (int64_t)i,
            .column = has_place ? block->column[i] : 1,
            .shape = has_place ? block->shape[i] : 0,
            .out = out,
            .sextet = sextet,
        };
        state[i] = CEV_LEFT;
        if (!read_members(&o, envelopes, quotes, quotes_room, found)) continue;
        const cev_envelope *envelope = find_envelope(&o.whole, envelopes, found, &held, &state[i]);
        if (envelope == NULL) continue;
        if (!is_inner) o.shape = envelope->shape | CEV_FIRST;
        keep(block, kept, i, state, out);
        kept = i;
        size_t count = out->count, size = out->size;
        if (add_held(&o, &held, envelope->holds)) {
            state[i] = CEV_OPENED;
            opened++;
            kept++;
        } else {
            out->count = count;
            out->size = size;
        }
    }
    if (opened) keep(block, kept, block->count, state, out);
    return opened;
}
