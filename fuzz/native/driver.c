/* Runs a fuzz target where there is no libFuzzer: every line and file of a corpus once, then random
   changes of them for FUZZ_SECONDS (10), the same ones for the same FUZZ_SEED (1).

   usage: fuzz_scan FILE... */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_BYTES = 1 << 15, MOST_TEXTS = 1 << 16, MOST_CHANGES = 6 };

typedef struct {
    uint8_t *data;
    size_t size;
} bytes;

static bytes texts[MOST_TEXTS];
static size_t text_count;
static uint64_t state;

static size_t below(size_t limit) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return limit ? (size_t)(state >> 11) % limit : 0;
}

static void keep(const uint8_t *data, size_t size) {
    if (size == 0 || size > MOST_BYTES || text_count == MOST_TEXTS) return;
    uint8_t *copy = malloc(size);
    if (copy == NULL) abort();
    memcpy(copy, data, size);
    texts[text_count++] = (bytes){copy, size};
}

/* Keep a file, and each of its lines. */
static int keep_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) return 0;
    static uint8_t data[1 << 22];
    size_t size = fread(data, 1, sizeof data, file), at = 0;
    fclose(file);
    LLVMFuzzerTestOneInput(data, size);
    keep(data, size);
    while (at < size) {
        const uint8_t *found = memchr(data + at, '\n', size - at);
        size_t end = found ? (size_t)(found - data) : size;
        keep(data + at, end - at);
        at = end + 1;
    }
    return 1;
}

/* Put bytes in the place of others. */
static size_t replace(uint8_t *data, size_t size, size_t at, size_t out, const void *in, size_t more) {
    if (out > size - at) out = size - at;
    if (size - out + more > MOST_BYTES) return size;
    memmove(data + at + more, data + at + out, size - at - out);
    if (more) memcpy(data + at, in, more);
    return size - out + more;
}

static size_t change(uint8_t *data, size_t size) {
    static const char *const signs[] = {
        "{",      "}",        "[",   "]",    "\"",   "\\",   "\\\"",         ",",        ":",
        "\n",     "null",     "-0.", "1e5",  "true", "\\u",  "\\ud83d\\ude00", "\\ud800",  "\x01",
        "\xff",   "\xc3\xa9", "7~1", "\x1e", "{}",   "[[[[", "\"metadata\":{", "\"body\":", "\"\":",
        "\xed\xa0\x80", "0000000000000000000000000000000000000000000000000000000000000000",
        "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\",
        "                                                                ", "9223372036854775807",
        "2020-03-24T16:55:59.973Z", "\"event_time\":", "{\"Body\":\"", "{\"Records\":[", "{\"data\":\"e30=\"}", "\"conversation_id\":\"",
    };
    size_t at = below(size + 1), few = below(8);
    const bytes *other = &texts[below(text_count)];
    size_t from = below(other->size), piece = below(other->size - from + 1);
    const char *sign = signs[below(sizeof signs / sizeof *signs)];
    uint8_t byte = (uint8_t)below(256);
    switch (below(6)) {
    case 0: return replace(data, size, at, 1, &byte, 1);
    case 1: return replace(data, size, at, few, NULL, 0);
    case 2: return replace(data, size, at, 0, sign, strlen(sign));
    case 3: return replace(data, size, at, few, sign, strlen(sign));
    case 4: return replace(data, size, at, below(size), other->data + from, piece);
    default: return replace(data, size, at, 0, other->data + from, piece);
    }
}

int main(int count, char **paths) {
    const char *seconds = getenv("FUZZ_SECONDS"), *seed = getenv("FUZZ_SEED");
    static uint8_t data[MOST_BYTES];
    size_t runs = 0;
    state = seed ? strtoull(seed, NULL, 10) | 1 : 1;
    for (int i = 1; i < count; i++)
        if (!keep_file(paths[i])) {
            fprintf(stderr, "%s: not to be read\n", paths[i]);
            return 2;
        }
    if (text_count == 0) {
        fprintf(stderr, "usage: fuzz_scan FILE...\n");
        return 2;
    }
    time_t end = time(NULL) + (seconds ? atoi(seconds) : 10);
    for (; time(NULL) < end; runs++) {
        const bytes *text = &texts[below(text_count)];
        size_t size = text->size;
        memcpy(data, text->data, size);
        for (size_t i = below(MOST_CHANGES); i < MOST_CHANGES; i++) size = change(data, size);
        LLVMFuzzerTestOneInput(data, size);
    }
    printf("%zu texts, %zu changes of them: nothing found\n", text_count, runs);
    return 0;
}
