/* Strings that mean something: ids and timestamps become numbers; escapes and UTF-8 are checked. */

#include "core.h"

#include <string.h>

static int is_digit(uint8_t c) { return (uint8_t)(c - '0') < 10; }

/* Take eight bytes at once: digits, or the signs of *form* in whose places *signs* has ones. Sets
   each byte of *pairs*, the first one lowest, to the number of the two digits that begin there. */
static inline int take_eight(const uint8_t *text, uint64_t form, uint64_t signs, uint64_t *pairs) {
    uint64_t word;
    memcpy(&word, text, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    word ^= form;
    if ((((word + 0x0606060606060606) | word) & 0xf0f0f0f0f0f0f0f0) | (word & signs)) return 0;
    *pairs = word * 10 + (word >> 8);
    return 1;
}

/* Read a number of decimal digits, of which 64 bits must hold the value. */
int cev_digits(const uint8_t *text, size_t size, int64_t *value) {
    uint64_t sum = 0, pairs;
    size_t at = 0;
    if (size == 0) return 0;
    for (; at < 16 && size - at >= 8; at += 8) {
        if (!take_eight(text + at, 0x3030303030303030, 0, &pairs)) return 0;
        /* Pairs to fours, and fours to eight, in the upper halves of two products. */
        uint64_t fours = (pairs & 0x00ff00ff00ff00ff) * (1 + (100 << 16)) >> 16;
        uint64_t both = (fours & 0x0000ffff0000ffff) * (1 + (UINT64_C(10000) << 32)) >> 32;
        sum = sum * 100000000 + both;
    }
    for (; at < size; at++) {
        uint64_t digit = (uint64_t)text[at] - '0';
        if (!is_digit(text[at])) return 0;
        if (at >= 18 && sum > ((uint64_t)INT64_MAX - digit) / 10) return 0;
        sum = sum * 10 + digit;
    }
    *value = (int64_t)sum;
    return 1;
}

/* Read an id: digits, or the shard, a tilde and the local id. */
int cev_id(const uint8_t *text, size_t size, int64_t *value) {
    if (cev_digits(text, size, value)) return 1;
    const uint8_t *tilde = size ? memchr(text, '~', size) : NULL;
    if (tilde == NULL) return 0;
    int64_t shard, local;
    size_t before = (size_t)(tilde - text);
    if (!cev_digits(text, before, &shard) || !cev_digits(tilde + 1, size - before - 1, &local))
        return 0;
    if (local >= CEV_LOCAL_IDS || shard > (INT64_MAX - local) / CEV_LOCAL_IDS) return 0;
    *value = shard * CEV_LOCAL_IDS + local;
    return 1;
}

static int two(const uint8_t *text) { /* two digits, or something above 99 */
    uint8_t tens = (uint8_t)(text[0] - '0'), ones = (uint8_t)(text[1] - '0');
    return tens > 9 || ones > 9 ? 255 : tens * 10 + ones;
}

/* Days since 1970 of a date of the proleptic Gregorian calendar, years counted from March. */
static int64_t days(int year, int month, int day) {
    int64_t y = month <= 2 ? year - 1 : year, era = y / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* Read YYYY-MM-DDTHH:MM:SS, up to nine digits of a fraction, and Z or an offset as +05:30. */
int cev_timestamp(const uint8_t *text, size_t size, int64_t *instant, int16_t *offset) {
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    static const int64_t scale[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    uint64_t date, time; /* 0000-00- and 00:00:00, the last digit first */
    if (size < 20 || !take_eight(text, 0x2d30302d30303030, 0xff0000ff00000000, &date) ||
        !take_eight(text + 11, 0x30303a30303a3030, 0x0000ff0000ff0000, &time))
        return 0;
    int year = (int)(date & 0xff) * 100 + (int)(date >> 16 & 0xff), month = date >> 40 & 0xff;
    int day = two(text + 8);
    int hour = time & 0xff, minute = time >> 24 & 0xff, second = time >> 48 & 0xff;
    if ((text[10] | 0x20) != 't' || hour > 23 || minute > 59 || second > 59) return 0;
    if (year == 0 || month < 1 || month > 12 || day < 1) return 0;
    int leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day > lengths[month - 1] + leap) return 0;
    size_t at = 19;
    int64_t micros = 0;
    if (text[at] == '.') {
        size_t digits = 0;
        for (at++; at < size && is_digit(text[at]); at++, digits++)
            if (digits < 6) micros = micros * 10 + (text[at] - '0');
        if (digits == 0 || digits > 9) return 0;
        micros *= scale[digits < 6 ? digits : 6];
    }
    int east = 0;
    if (size - at == 1) {
        if ((text[at] | 0x20) != 'z') return 0;
    } else {
        if (size - at != 6 || (text[at] != '+' && text[at] != '-') || text[at + 3] != ':') return 0;
        int hours = two(text + at + 1), minutes = two(text + at + 4);
        if (hours > 23 || minutes > 59) return 0;
        east = hours * 60 + minutes;
        if (text[at] == '-') east = -east;
    }
    int64_t minutes = (days(year, month, day) * 24 + hour) * 60 + minute - east;
    *instant = (minutes * 60 + second) * 1000000 + micros;
    *offset = (int16_t)east;
    return 1;
}

static int hex4(const uint8_t *text) { /* four hexadecimal digits, or -1 */
    int value = 0;
    for (int i = 0; i < 4; i++) {
        uint8_t c = text[i], letter = (uint8_t)((c | 0x20) - 'a');
        if (!is_digit(c) && letter > 5) return -1;
        value = value * 16 + (is_digit(c) ? c - '0' : letter + 10);
    }
    return value;
}

int cev_escapes(const uint8_t *text, size_t size) {
    size_t at = 0;
    const uint8_t *found;
    while (at < size && (found = memchr(text + at, '\\', size - at)) != NULL) {
        at = (size_t)(found - text) + 1;
        if (at == size) return 0;
        if (text[at] != 'u') {
            if (text[at] == 0 || strchr("\"\\/bfnrt", text[at]) == NULL) return 0;
            at++;
            continue;
        }
        int unit = size - at < 5 ? -1 : hex4(text + at + 1);
        at += 5;
        if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff)) return 0;
        if (unit >= 0xd800 && unit <= 0xdbff) { /* the other half of the pair must follow */
            if (size - at < 6 || text[at] != '\\' || text[at + 1] != 'u') return 0;
            unit = hex4(text + at + 2);
            at += 6;
            if (unit < 0xdc00 || unit > 0xdfff) return 0;
        }
    }
    return 1;
}

/* Write the character of the escape at `at`, which is valid, as UTF-8: at most 4 bytes. */
size_t cev_unescape_one(const uint8_t *text, size_t *at, uint8_t *out) {
    static const char signs[] = "bfnrt", meant[] = "\b\f\n\r\t";
    uint8_t sign = text[*at + 1];
    if (sign != 'u') {
        const char *found = strchr(signs, sign);
        out[0] = found ? (uint8_t)meant[found - signs] : sign;
        *at += 2;
        return 1;
    }
    unsigned c = (unsigned)hex4(text + *at + 2);
    *at += 6;
    if (c >= 0xd800 && c <= 0xdbff) {
        c = 0x10000 + ((c - 0xd800) << 10) + ((unsigned)hex4(text + *at + 2) - 0xdc00);
        *at += 6;
    }
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    size_t more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t first[] = {0, 0xc0, 0xe0, 0xf0};
    out[0] = (uint8_t)(first[more] | c >> 6 * more);
    for (size_t i = 1; i <= more; i++) out[i] = (uint8_t)(0x80 | (c >> 6 * (more - i) & 0x3f));
    return more + 1;
}

int cev_is_utf8(const uint8_t *text, size_t size) {
    size_t at = 0;
    while (at < size) {
        uint64_t eight;
        if (size - at >= 8) {
            memcpy(&eight, text + at, 8);
            if ((eight & 0x8080808080808080u) == 0) {
                at += 8;
                continue;
            }
        }
        uint8_t first = text[at];
        if (first < 0x80) {
            at++;
            continue;
        }
        size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
        if (first < 0xc2 || first > 0xf4 || size - at <= more) return 0;
        uint8_t second = text[at + 1], low = 0x80, high = 0xbf;
        if (first == 0xe0) low = 0xa0;  /* written longer than it need be */
        if (first == 0xed) high = 0x9f; /* a surrogate */
        if (first == 0xf0) low = 0x90;
        if (first == 0xf4) high = 0x8f; /* past the last character */
        if (second < low || second > high) return 0;
        for (size_t i = 2; i <= more; i++)
            if ((text[at + i] & 0xc0) != 0x80) return 0;
        at += more + 1;
    }
    return 1;
}
