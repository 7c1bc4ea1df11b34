/* What events travel in, opened one level: see unfold.c. */

#ifndef CEV_UNFOLD_H
#define CEV_UNFOLD_H

#include "core.h"

enum { CEV_MOST_KEYS = 32, CEV_MOST_ENVELOPES = 32, CEV_MOST_PAIRS = 4 };
enum { CEV_HOLDS_TEXT, CEV_HOLDS_BASE64, CEV_HOLDS_OBJECT, CEV_HOLDS_ARRAY };

typedef struct {
    const uint8_t *name;
    uint32_t length;
} cev_key;

/* An envelope: the key that tells it, the key inside it if what it holds is one deeper (else of no
   length), what it holds, and the number of its shape. */
typedef struct {
    uint8_t key, holds, shape;
    cev_key inner;
} cev_envelope;

typedef struct {
    cev_key key[CEV_MOST_KEYS]; /* all that are looked for in an object */
    uint8_t pair[CEV_MOST_PAIRS][2]; /* two keys that tell an event (the first pair), or what is left
                                        where the second one holds an object */
    cev_envelope envelope[CEV_MOST_ENVELOPES]; /* the first one that fits counts */
    uint32_t keys, pairs, envelopes;
} cev_envelopes;

/* Texts in a block of bytes, where they begin in the input, and what they were in: the number of a
   shape, with CEV_FIRST for the first text of its container. Where `line` is NULL, text i is the
   whole of line first_line + i, and was in nothing. */
enum { CEV_FIRST = 0x80 };
typedef struct {
    const uint8_t *data;
    size_t size, count;
    const uint32_t *start, *end;
    const int64_t *line, *column;
    const uint8_t *verbatim, *shape;
    int64_t first_line;
} cev_block;

/* What becomes of a text: it is kept, or was opened; or it is left, and may be an envelope that is
   not for this code. */
enum { CEV_KEPT, CEV_OPENED, CEV_LEFT };

/* A new block; `state` tells which of its texts were in an envelope that was opened (CEV_OPENED),
   and which were left. Texts behind `room` are counted, and not there. `data` has room for all texts
   of the old block, one byte more for each, and CEV_SURPLUS. */
typedef struct {
    uint8_t *data;
    size_t size, count, room;
    uint32_t *start, *end;
    int64_t *line, *column;
    uint8_t *verbatim, *shape, *state;
} cev_unfolded;

/* Replace each text whose `state` is not CEV_KEPT, if it is an envelope, by what is in it; keep all
   others. Sets the states to what became of the texts. `quotes` has `quotes_room` places, which are
   enough where they are 64 more than the longest text has bytes, and one more. With `is_inner`, the shapes of texts stay.
   Returns how many were opened; where none was, nothing is written but the states. */
size_t cev_unfold(const cev_envelopes *envelopes, const cev_block *block, uint8_t *state,
                  int is_inner, uint32_t *quotes, size_t quotes_room, cev_unfolded *unfolded);

/* Fill in the lines and columns of places in the data, in order. `from` is the place that is at
   *line and *column, which then tell of the last place. */
void cev_locate(const uint8_t *data, size_t from, const uint32_t *place, size_t count,
                int64_t *line, int64_t *column, int64_t *lines, int64_t *columns);

#endif
