/* The content of a string without its escapes, 64 bytes at a time. Compiled once for each variant:
   see variants.c.

   Most escapes are a quote or a backslash: of these only the backslash before goes, and what is
   between two of them is copied as it is, with some surplus that the next copy overwrites. */

TARGET static size_t VARIANT(unescape)(const uint8_t *text, size_t size, size_t readable,
                                       uint8_t *out) {
    size_t at = 0, written = 0;
    while (at < size) {
        const uint8_t *bytes = text + at;
        size_t length = size - at < 64 ? size - at : 64, from = 0;
        uint8_t copy[128] = {0};
        if (readable - at < 128) bytes = memcpy(copy, bytes, length);
        cev_masks masks;
        uint64_t carry = 0, own = length < 64 ? ((uint64_t)1 << length) - 1 : ~(uint64_t)0;
        VARIANT(masks)(bytes, &masks);
        uint64_t backslash = masks.backslash & own, behind = escaped(backslash, &carry);
        uint64_t begins = backslash & ~behind;
        uint64_t other = behind & ~(masks.quote | masks.backslash) & own;
        if (other) {
            length = (size_t)__builtin_ctzll(other) - 1;
            begins &= ((uint64_t)1 << length) - 1;
        } else if (begins >> (length - 1) & 1) { /* what is escaped is behind these bytes */
            begins ^= (uint64_t)1 << --length;
        }
        for (; begins; begins &= begins - 1) {
            size_t next = (size_t)__builtin_ctzll(begins);
            memcpy(out + written, bytes + from, 64);
            written += next - from;
            from = next + 1;
        }
        memcpy(out + written, bytes + from, 64);
        written += length - from;
        at += length;
        if (other || length == 0) written += cev_unescape_one(text, &at, out + written);
    }
    return written;
}
