/* Where the strings of a text begin and end, found 64 bytes at a time, in the way of Langdale and
   Lemire, "Parsing Gigabytes of JSON per Second" (2019): compare with the quote and the backslash,
   and take the prefix xor of the quotes for "inside a string".

   Every text starts anew, so that no hostile line can turn the next one inside out. Compiled once
   for each variant: see variants.c. */

TARGET static int VARIANT(quotes)(const uint8_t *text, uint32_t size, size_t readable,
                                   uint32_t *quote, size_t room, cev_facts *facts) {
    uint64_t carry = 0, inside = 0, control = 0, other = 0;
    size_t count = 0;
    facts->high = facts->backslash = size;
    for (size_t at = 0; at < size; at += 64) {
        cev_masks masks;
        size_t rest = size - at;
        if (readable - at >= 64) {
            VARIANT(masks)(text + at, &masks);
        } else {
            uint8_t copy[64] = {0};
            memcpy(copy, text + at, readable - at);
            VARIANT(masks)(copy, &masks);
        }
        if (rest < 64) { /* bytes behind the text do not count */
            uint64_t own = ((uint64_t)1 << rest) - 1;
            masks.quote &= own;
            masks.backslash &= own;
            masks.control &= own;
            masks.high &= own;
        }
        uint64_t found = masks.quote;
        if (masks.backslash | carry) {
            uint64_t behind = escaped(masks.backslash, &carry);
            found &= ~behind;
            other |= behind & ~(masks.quote | masks.backslash);
        }
        uint64_t string = PREFIX_XOR(found) ^ inside;
        inside = (uint64_t)((int64_t)string >> 63);
        control |= masks.control & string;
        if (masks.high && facts->high == size)
            facts->high = (uint32_t)at + (uint32_t)__builtin_ctzll(masks.high);
        if (masks.backslash && facts->backslash == size)
            facts->backslash = (uint32_t)at + (uint32_t)__builtin_ctzll(masks.backslash);
        size_t more = (size_t)__builtin_popcountll(found);
        if (room - count < 64) return 0;
        PLACES(found, more, (uint32_t)at, quote + count);
        count += more;
    }
    facts->quotes = count;
    facts->has_other_escapes = other != 0;
    return control == 0 && inside == 0;
}
