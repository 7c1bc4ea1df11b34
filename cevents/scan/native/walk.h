/* The walk over a text: the whole grammar of JSON (RFC 8259).

   The quotes of a text are known before, so that a string is one step. Every other byte is looked
   at in its place. No recursion: what is nested is walked with one bit for each level. */

#ifndef CEV_WALK_H
#define CEV_WALK_H

#include "core.h"

#include <string.h>

enum { MOST_DEPTH = 64 };

static const uint32_t NO_QUOTE = UINT32_MAX; /* behind the last one; all texts are shorter */

typedef struct {
    const uint8_t *data; /* of the text */
    uint32_t at, size;
    const uint32_t *quote; /* the next one: they come in pairs */
    uint32_t backslash;    /* where the first one is */
    int has_other_escapes; /* than of a quote or a backslash */
} walk;

typedef struct {
    uint32_t start, length;
    uint8_t kind;
} value;

/* Begin a walk. There is room for one quote more than were found. */
static inline walk walk_of(const uint8_t *text, uint32_t size, uint32_t *quotes,
                           const cev_facts *facts) {
    quotes[facts->quotes] = NO_QUOTE;
    return (walk){text, 0, size, quotes, facts->backslash, facts->has_other_escapes};
}

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

/* Pass spaces, and take a sign and the spaces behind it. Most often a string follows it at once. */
static inline int take_sign(walk *w, uint8_t sign) {
    if (*w->quote == w->at + 1 && w->data[w->at] == sign) {
        w->at++;
        return 1;
    }
    skip_space(w);
    if (!take(w, sign)) return 0;
    skip_space(w);
    return 1;
}

/* Take a string: its content, and whether there are escapes in it. */
static inline int take_string(walk *w, value *v) {
    if (*w->quote != w->at) return 0;
    uint32_t start = w->at + 1, end = w->quote[1];
    w->quote += 2;
    w->at = end + 1;
    *v = (value){start, end - start, CEV_STRING};
    if (end > w->backslash && memchr(w->data + start, '\\', end - start) != NULL) {
        v->kind = CEV_ESCAPED;
        return !w->has_other_escapes || cev_escapes(w->data + start, end - start);
    }
    return 1;
}

static inline uint32_t take_digits(walk *w) {
    uint32_t start = w->at;
    while (w->at < w->size && (uint8_t)(w->data[w->at] - '0') < 10) w->at++;
    return w->at - start;
}

static inline int take_number(walk *w) {
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

static inline int take_word(walk *w, const char *word, uint32_t length) {
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

/* Take a key and its colon. */
static inline int take_key(walk *w, value *key) { return take_string(w, key) && take_sign(w, ':'); }

/* Take an object or an array, whatever is in it. */
static inline int take_nested(walk *w) {
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
                if (opens && !take_key(w, &v)) return 0;
                continue;
            }
        } else if (!take_scalar(w, &v)) {
            return 0;
        }
        for (;;) { /* behind a value, or before the end of what holds none */
            int in_object = (int)(objects & 1);
            if (take_sign(w, ',')) {
                if (in_object && !take_key(w, &v)) return 0;
                break;
            }
            if (!take(w, in_object ? '}' : ']')) return 0;
            objects >>= 1;
            if (--depth == 0) return 1;
        }
    }
}

static inline int take_value(walk *w, value *v) {
    if (*w->quote == w->at) return take_string(w, v);
    if (!next_is(w, '{') && !next_is(w, '[')) return take_scalar(w, v);
    uint32_t start = w->at;
    if (!take_nested(w)) return 0;
    *v = (value){start, w->at - start, CEV_OTHER};
    return 1;
}

#endif
