/* Any bytes through the core: every variant finds the same, within the bytes, and writes no further
   than it may. For libFuzzer, or with driver.c. */

#include <stdio.h>
#include <stdlib.h>

#include "core.h"
#include "plans.h"
#include "unfold.h"

#define CHECK(what) ((what) ? (void)0 : fail(#what, __LINE__))

enum { GUARD = 64, GUARD_BYTE = 0xa5, ROW_BYTES = 2 + COLUMNS * 19 };

static _Noreturn void fail(const char *what, int line) {
    fprintf(stderr, "fuzz_scan.c:%d: not so: %s\n", line, what);
    abort();
}

static void *get(size_t size) {
    void *memory = malloc(size ? size : 1);
    if (memory == NULL) abort();
    return memory;
}

/* A copy that has not a byte more than it needs, so that one read too many is seen. */
static uint8_t *copy_of(const uint8_t *data, size_t size) {
    uint8_t *copy = get(size);
    if (size) memcpy(copy, data, size);
    return copy;
}

/* Lay out the columns one behind the other, each with a guard behind it. */
static void lay_out(cev_columns *columns, uint8_t *memory, size_t rows) {
    uint8_t *at = memory;
#define PLACE(field, type) (columns->field = (type *)(void *)at, at += (rows * sizeof(type) + 2 * GUARD) / 8 * 8)
    PLACE(state, uint8_t);
    PLACE(event, uint8_t);
    for (int i = 0; i < COLUMNS; i++) {
        PLACE(column[i].start, uint32_t);
        PLACE(column[i].length, uint32_t);
        PLACE(column[i].kind, uint8_t);
        PLACE(column[i].value, int64_t);
        PLACE(column[i].offset, int16_t);
    }
#undef PLACE
}

static size_t memory_of(size_t rows) {
    return rows * ROW_BYTES + (2 + COLUMNS * 5) * (2 * GUARD + 8);
}

static void check_guard(const void *column, size_t bytes) {
    const uint8_t *guard = (const uint8_t *)column + bytes;
    for (int i = 0; i < GUARD; i++) CHECK(guard[i] == GUARD_BYTE);
}

static void check_row(const cev_columns *columns, size_t row, const uint8_t *data, uint32_t start,
                      uint32_t end) {
    CHECK(columns->state[row] <= CEV_REFUSED);
    CHECK(columns->event[row] == 0 || columns->event[row] == CEV_OTHER_EVENT);
    for (int i = 0; i < COLUMNS; i++) {
        const cev_column *column = &columns->column[i];
        uint32_t from = column->start[row], length = column->length[row];
        uint8_t kind = column->kind[row];
        CHECK(kind <= CEV_OTHER);
        if (kind == CEV_ABSENT || kind == CEV_NULL) {
            CHECK(from == 0 && length == 0 && column->value[row] == CEV_NONE);
            continue;
        }
        CHECK(columns->state[row] != CEV_BLANK);
        CHECK(from >= start && from <= end && length <= end - from);
        if (kind == CEV_STRING || kind == CEV_ESCAPED) {
            CHECK(from > start && data[from - 1] == '"' && from + length < end);
            CHECK(data[from + length] == '"');
            const void *backslash = length ? memchr(data + from, '\\', length) : NULL;
            CHECK((backslash != NULL) == (kind == CEV_ESCAPED));
        }
        if (i == ID_COLUMN) CHECK(column->value[row] == CEV_NONE || column->value[row] >= 0);
        if (i != TIME_COLUMN) CHECK(column->offset[row] == 0);
        CHECK(abs(column->offset[row]) < 24 * 60);
    }
}

/* Scan the texts with each plan and variant. */
static void scan(const uint8_t *data, size_t size, const uint32_t *start, const uint32_t *end,
                 size_t count) {
    size_t bytes = memory_of(count);
    uint8_t *memory = get(bytes), *expected = get(bytes);
    cev_columns columns;
    cev_plan plan;
    lay_out(&columns, memory, count);
    for (int which = 0; which < PLANS; which++) {
        make_plan(&plan, which);
        size_t refused = 0;
        int is_first = 1;
        for (const cev_variant *v = cev_variants; v->name != NULL; v++) {
            if (!cev_choose(v->name)) continue;
            memset(memory, GUARD_BYTE, bytes);
            size_t found = cev_scan(&plan, data, size, start, end, count, &columns), seen = 0;
            if (is_first) {
                refused = found;
                memcpy(expected, memory, bytes);
            }
            CHECK(found == refused);
            /* What a refused text leaves in the columns is the same too. */
            CHECK(memcmp(memory, expected, bytes) == 0);
            is_first = 0;
            for (size_t row = 0; row < count; row++) {
                check_row(&columns, row, data, start[row], end[row]);
                seen += columns.state[row] == CEV_REFUSED;
            }
            CHECK(seen == refused);
            check_guard(columns.state, count);
            check_guard(columns.event, count);
            for (int i = 0; i < COLUMNS; i++) {
                check_guard(columns.column[i].start, count * 4);
                check_guard(columns.column[i].length, count * 4);
                check_guard(columns.column[i].kind, count);
                check_guard(columns.column[i].value, count * 8);
                check_guard(columns.column[i].offset, count * 2);
            }
        }
    }
    free(memory);
    free(expected);
}

static void make_envelopes(cev_envelopes *envelopes) {
    static const char *const names[] = {"metadata", "body", "attributes", "Records",
                                        "Body",     "Sns",  "data",       "detail"};
    static const cev_key none = {(const uint8_t *)"", 0}, message = {(const uint8_t *)"Message", 7};
    *envelopes = (cev_envelopes){
        .keys = sizeof names / sizeof *names,
        .pairs = 2,
        .pair = {{0, 1}, {2, 1}},
        .envelopes = 5,
        .envelope = {{3, CEV_HOLDS_ARRAY, 1, none}, {4, CEV_HOLDS_TEXT, 2, none},
                     {5, CEV_HOLDS_TEXT, 3, message}, {6, CEV_HOLDS_BASE64, 4, none},
                     {7, CEV_HOLDS_OBJECT, 5, none}},
    };
    for (uint32_t i = 0; i < envelopes->keys; i++)
        envelopes->key[i] = (cev_key){(const uint8_t *)names[i], (uint32_t)strlen(names[i])};
}

static void check_unfolded(const cev_unfolded *out, const cev_unfolded *first) {
    CHECK(out->size == first->size && out->count == first->count);
    CHECK(memcmp(out->data, first->data, out->size) == 0);
    for (size_t i = 0; i < out->count; i++) {
        CHECK(out->start[i] == (i ? out->end[i - 1] + 1 : 0) && out->start[i] <= out->end[i]);
        CHECK(out->end[i] < out->size && out->data[out->end[i]] == '\n');
        CHECK(out->line[i] >= 1 && out->column[i] >= 1 && out->column[i] == first->column[i]);
        CHECK(out->verbatim[i] <= 1 && out->state[i] <= CEV_LEFT);
    }
}

/* Open texts, and what is in them, some levels deep; scan what came out. */
static void unfold(const cev_block *block, int depth) {
    size_t bytes = block->size + block->count + CEV_SURPLUS, quotes_room = block->size + 64;
    size_t room = block->count + block->size / 2, opened = 0;
    uint32_t *quotes = get((quotes_room + 1) * 4);
    uint8_t *state = get(block->count);
    cev_envelopes envelopes;
    cev_unfolded outs[2];
    make_envelopes(&envelopes);
    for (int i = 0; i < 2; i++)
        outs[i] = (cev_unfolded){.data = get(bytes), .room = room, .start = get(room * 4),
                                 .end = get(room * 4), .line = get(room * 8), .column = get(room * 8),
                                 .verbatim = get(room), .shape = get(room), .state = get(room)};
    int is_first = 1;
    for (const cev_variant *v = cev_variants; v->name != NULL; v++) {
        if (!cev_choose(v->name)) continue;
        cev_unfolded *out = &outs[!is_first];
        for (size_t i = 0; i < block->count; i++) state[i] = CEV_LEFT;
        size_t found = cev_unfold(&envelopes, block, state, depth > 0, quotes, quotes_room, out);
        CHECK(is_first || found == opened);
        CHECK(out->count <= room && out->size <= bytes - CEV_SURPLUS);
        if (found) check_unfolded(out, &outs[0]);
        opened = found;
        is_first = 0;
    }
    cev_unfolded *out = &outs[0];
    if (opened) {
        uint8_t *data = copy_of(out->data, out->size);
        cev_block inner = {data, out->size, out->count, out->start, out->end,
                           out->line, out->column, out->verbatim, out->shape, 1};
        scan(data, out->size, out->start, out->end, out->count);
        if (depth < 3) unfold(&inner, depth + 1);
        free(data);
    }
    for (int i = 0; i < 2; i++) {
        free(outs[i].data), free(outs[i].start), free(outs[i].end), free(outs[i].line);
        free(outs[i].column), free(outs[i].verbatim), free(outs[i].shape), free(outs[i].state);
    }
    free(quotes);
    free(state);
}

/* Split at line feeds, and scan the lines; then all of it as one text. */
static void scan_lines(const uint8_t *data, size_t size) {
    size_t count = cev_lines(data, size, NULL, NULL, 0);
    uint32_t *start = get(count * 4), *end = get(count * 4);
    CHECK(cev_lines(data, size, start, end, count) == count);
    for (size_t i = 0; i < count; i++) {
        CHECK(start[i] == (i ? end[i - 1] + 1 : 0) && start[i] <= end[i] && end[i] <= size);
        CHECK(end[i] == size || data[end[i]] == '\n');
    }
    scan(data, size, start, end, count);
    if (count) {
        uint8_t *holds = get(count);
        memset(holds, 0, count);
        size_t length = size < 9 ? size : (size_t)data[0] % 9;
        cev_holding(data, start, end, count, data + size / 2, size / 2 < length ? 0 : length, holds);
        for (size_t i = 0; i < count; i++) CHECK(holds[i] <= 1 && (!holds[i] || length));
        free(holds);
    }
    unfold(&(cev_block){.data = data, .size = size, .count = count, .start = start, .end = end,
                        .first_line = 1}, 0);
    if (count) {
        start[0] = 0;
        end[0] = (uint32_t)size;
        scan(data, size, start, end, 1);
    }
    free(start);
    free(end);
}

/* Cut the bytes into texts, and scan those too. */
static void cut_texts(const uint8_t *data, size_t size, size_t stop, size_t depth, size_t room) {
    uint32_t *start = get(room * 4), *end = get(room * 4);
    uint32_t *first_start = get(room * 4), *first_end = get(room * 4);
    cev_cut_result first = {0, 0, 0, 0};
    int is_first = 1;
    for (const cev_variant *v = cev_variants; v->name != NULL; v++) {
        if (!cev_choose(v->name)) continue;
        cev_cut_result found = cev_cut(data, 0, stop, depth, start, end, room);
        CHECK(found.count <= room && found.at <= stop && found.status <= CEV_CUT_FULL);
        CHECK(found.status != CEV_CUT_FULL || found.count == room);
        CHECK(found.status != CEV_CUT_END || found.at == stop);
        for (size_t i = 0; i < found.count; i++)
            CHECK(start[i] >= (i ? end[i - 1] : 0) && start[i] + 2 <= end[i] && end[i] <= found.at);
        if (is_first) {
            first = found;
            memcpy(first_start, start, found.count * 4);
            memcpy(first_end, end, found.count * 4);
        }
        CHECK(found.count == first.count && found.at == first.at && found.depth == first.depth);
        CHECK(found.status == first.status);
        CHECK(memcmp(start, first_start, found.count * 4) == 0);
        CHECK(memcmp(end, first_end, found.count * 4) == 0);
        is_first = 0;
    }
    if (stop == size && depth == 0) scan(data, size, start, end, first.count);
    free(start);
    free(end);
    free(first_start);
    free(first_end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *copy = copy_of(data, size);
    scan_lines(copy, size);
    cut_texts(copy, size, size, 0, size / 2 + 1);
    cut_texts(copy, size, size, 1, 2);
    free(copy);
    /* Some of it, as it is when the rest has not arrived. */
    for (size_t part = 1; part < 4 && size > part; part++) {
        size_t stop = size - 1 - (size_t)data[part] % size;
        copy = copy_of(data, stop);
        cut_texts(copy, stop, stop, part & 1, stop / 2 + 1);
        free(copy);
    }
    return 0;
}
