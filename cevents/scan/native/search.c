/* Which texts hold some bytes. cevents/scan/needles.py is its reference. */

#include "core.h"

#include <string.h>

/* Find the next place of the needle, whole before `stop`; `stop` if there is none. Places are looked
   at by the first and the last byte of the needle, so many at once that compilers use wide
   instructions. */
static size_t next_place(const uint8_t *data, size_t at, size_t stop, const uint8_t *needle,
                         size_t length) {
    enum { MANY = 64 };
    if (length == 0 || length > stop) return stop;
    size_t behind = stop - length + 1; /* the last place, and one more */
    uint8_t first = needle[0], last = needle[length - 1];
    while (at < behind) {
        size_t end = behind - at < MANY ? behind : at + MANY;
        if (end - at == MANY) {
            const uint8_t *firsts = data + at, *lasts = firsts + length - 1;
            uint8_t found = 0;
            for (size_t i = 0; i < MANY; i++) found |= (firsts[i] == first) & (lasts[i] == last);
            if (!found) at = end;
        }
        for (; at < end; at++)
            if (data[at] == first && memcmp(data + at, needle, length) == 0) return at;
    }
    return stop;
}

void cev_holding(const uint8_t *data, const uint32_t *start, const uint32_t *end, size_t count,
                 const uint8_t *needle, size_t length, uint8_t *holds) {
    size_t stop = count ? end[count - 1] : 0, row = 0;
    size_t at = count ? start[0] : 0;
    while ((at = next_place(data, at, stop, needle, length)) < stop) {
        while (row < count && end[row] <= at) row++;
        if (row == count) break;
        if (start[row] <= at && length <= end[row] - at) {
            holds[row] = 1;
            at = end[row];
        } else {
            at++;
        }
    }
}
