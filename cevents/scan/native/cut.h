/* Where a text ends, found 64 bytes at a time. Compiled once for each variant: see variants.c. */

TARGET static int VARIANT(text_end)(const uint8_t *data, size_t start, size_t stop, size_t *end) {
    cev_nesting nesting;
    uint64_t carry = 0, inside = 0;
    nesting.depth = 0;
    for (size_t at = start; at < stop; at += 64) {
        const uint8_t *bytes = data + at;
        cev_masks masks;
        uint8_t copy[64] = {0};
        uint64_t own = ~(uint64_t)0;
        if (stop - at < 64) {
            own = ((uint64_t)1 << (stop - at)) - 1;
            bytes = memcpy(copy, bytes, stop - at);
        }
        VARIANT(masks)(bytes, &masks);
        uint64_t bracket = VARIANT(brackets)(bytes);
        uint64_t quote = masks.quote;
        if (masks.backslash | carry) quote &= ~escaped(masks.backslash, &carry);
        uint64_t string = PREFIX_XOR(quote) ^ inside;
        inside = (uint64_t)((int64_t)string >> 63);
        /* A backslash outside strings escapes nothing: the masks behind it are wrong. */
        uint64_t odd = ((masks.control & string) | (masks.backslash & ~string)) & own;
        uint64_t found = bracket & ~string & own;
        if (odd) found &= (odd & (0 - odd)) - 1;
        for (; found; found &= found - 1) {
            size_t place = at + (size_t)__builtin_ctzll(found);
            int goes_on = cev_bracket(&nesting, data, place);
            if (goes_on > 0) continue;
            *end = place + 1;
            return goes_on == 0 ? CEV_CUT_END : CEV_CUT_DAMAGED;
        }
        if (odd) return CEV_CUT_DAMAGED;
    }
    return CEV_CUT_MORE;
}
