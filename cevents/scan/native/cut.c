/* Where JSON texts that are not one a line begin and end. cevents/input/cutting.py is its reference.

   Only brackets and strings are looked at: a text ends where its brackets balance. Whether it is
   JSON is decided by who reads it. */

#include "core.h"

static int is_space(uint8_t byte) {
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Whether a bracket may open at a place: the value of a member, or an element of an array. The text
   starts with a bracket, so that there is always one before. */
static int may_open(const uint8_t *data, size_t at, int in_array) {
    do at--;
    while (is_space(data[at]));
    return data[at] == ':' || (in_array && (data[at] == ',' || data[at] == '['));
}

/* Pass over a bracket. Returns 1 where the text goes on, 0 where it ends, -1 where it is damaged. */
int cev_bracket(cev_nesting *nesting, const uint8_t *data, size_t at) {
    size_t depth = nesting->depth, outer = depth - 1;
    int is_array = (data[at] | 0x20) == '{' ? data[at] == '[' : data[at] == ']';
    int in_array = depth > 0 && (nesting->is_array[outer / 64] >> outer % 64 & 1);
    if ((data[at] | 0x20) == '{') {
        if (depth == CEV_MOST_DEPTH || (depth > 0 && !may_open(data, at, in_array))) return -1;
        uint64_t bit = (uint64_t)1 << depth % 64, *word = &nesting->is_array[depth / 64];
        if (depth % 64 == 0) *word = 0;
        *word = is_array ? *word | bit : *word & ~bit;
        nesting->depth++;
        return 1;
    }
    if (depth == 0 || in_array != is_array) return -1;
    nesting->depth = outer;
    return outer > 0;
}

/* Find the end of a string whose quote is at `start`. */
static int string_end(const uint8_t *data, size_t start, size_t stop, size_t *end) {
    for (size_t at = start + 1; at < stop; at++) {
        if (data[at] == '"') {
            *end = at + 1;
            return CEV_CUT_END;
        }
        if (data[at] == '\\' && ++at == stop) break;
        if (data[at] < 0x20) return CEV_CUT_DAMAGED;
    }
    return CEV_CUT_MORE;
}

/* Find the end of a text byte by byte. */
static int text_end(const uint8_t *data, size_t start, size_t stop, size_t *end) {
    cev_nesting nesting;
    nesting.depth = 0;
    for (size_t at = start; at < stop; at++) {
        if (data[at] == '"') {
            size_t behind;
            int status = string_end(data, at, stop, &behind);
            if (status != CEV_CUT_END) return status;
            at = behind - 1;
        } else if ((data[at] | 0x20) == '{' || (data[at] | 0x20) == '}') {
            int goes_on = cev_bracket(&nesting, data, at);
            if (goes_on < 0) return CEV_CUT_DAMAGED;
            if (goes_on == 0) {
                *end = at + 1;
                return CEV_CUT_END;
            }
        }
    }
    return CEV_CUT_MORE;
}

/* Cut the bytes from `at` up to `stop` into texts. `depth` is the number of open arrays around them:
   their elements are texts themselves. `at` in the result is the place reached: where a text starts
   that goes on or is damaged. */
cev_cut_result cev_cut(const uint8_t *data, size_t at, size_t stop, size_t depth, uint32_t *start,
                       uint32_t *end, size_t room) {
    cev_text_end *find_end = cev_chosen()->text_end;
    size_t count = 0;
    for (;;) {
        while (at < stop && (is_space(data[at]) || data[at] == 0x1e)) at++;
        if (at == stop) return (cev_cut_result){count, at, depth, CEV_CUT_END};
        uint8_t sign = data[at];
        if (sign == '[') {
            depth++;
            at++;
            continue;
        }
        if (depth > 0 && (sign == ']' || sign == ',')) {
            depth -= sign == ']';
            at++;
            continue;
        }
        if (sign != '{' && sign != '"') return (cev_cut_result){count, at, depth, CEV_CUT_DAMAGED};
        if (count == room) return (cev_cut_result){count, at, depth, CEV_CUT_FULL};
        size_t behind;
        int status = sign == '{' ? find_end(data, at, stop, &behind) : CEV_CUT_DAMAGED;
        if (status == CEV_CUT_DAMAGED)
            status = (sign == '{' ? text_end : string_end)(data, at, stop, &behind);
        if (status != CEV_CUT_END) return (cev_cut_result){count, at, depth, status};
        start[count] = (uint32_t)at;
        end[count] = (uint32_t)behind;
        count++;
        at = behind;
    }
}
