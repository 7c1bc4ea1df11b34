#include "rows.h"

#include "core.h"

#include <string.h>

static const uint64_t SECOND = 1000000;
static const uint64_t LONG = 1000000000; /* seconds */

static int64_t number_at(const cev_numbers *numbers, size_t row)
{
    int64_t number = 0;
    if (numbers->start)
        memcpy(&number, numbers->start + (ptrdiff_t)row * numbers->step, sizeof number);
    return number;
}

static int64_t shard_of(int64_t id)
{
    return id > 0 ? id / CEV_LOCAL_IDS : 0;
}

/* --- in order --- */

/* What a cell is worth: CEV_NONE, an id in its account, or how much more it is. */
static int64_t value_of(const cev_cell *cell, size_t row)
{
    int64_t first = number_at(&cell->first, row), second = number_at(&cell->second, row);
    if (first == CEV_NONE || cell->kind == CEV_CELL_INSTANT)
        return first;
    if (cell->kind != CEV_CELL_ID)
        return (int64_t)((uint64_t)first - (uint64_t)second);
    if (first < 0)
        return INT64_MAX;
    return shard_of(first) == shard_of(second) ? first % CEV_LOCAL_IDS : first;
}

/* A number without a sign that sorts the cell of a row, CEV_NONE last. */
static uint64_t key_of(const cev_cell *cell, size_t row, int down)
{
    uint64_t key = (uint64_t)value_of(cell, row) + ((uint64_t)1 << 63);
    return down ? ~key : key - 1;
}

void cev_sort(uint32_t *rows, size_t count, const cev_cell *cell, int down, uint32_t *spare,
              uint64_t *keys)
{
    enum { BYTES = 8, KINDS = 256 };
    size_t places[BYTES][KINDS] = {{0}};
    uint32_t *from = rows, *to = spare;
    for (size_t i = 0; i < count; i++) {
        uint64_t key = keys[rows[i]] = key_of(cell, rows[i], down);
        for (size_t byte = 0; byte < BYTES; byte++)
            places[byte][key >> 8 * byte & 0xff]++;
    }
    for (size_t byte = 0; byte < BYTES; byte++) { /* from the lowest one up */
        size_t *place = places[byte], next = 0;
        int is_same = 0;
        for (size_t i = 0; i < KINDS; i++) {
            size_t here = place[i];
            is_same |= here == count;
            place[i] = next;
            next += here;
        }
        if (is_same)
            continue;
        for (size_t i = 0; i < count; i++)
            to[place[keys[from[i]] >> 8 * byte & 0xff]++] = from[i];
        uint32_t *sorted = to;
        to = from;
        from = sorted;
    }
    if (from != rows)
        memcpy(rows, from, count * sizeof *rows);
}

/* --- as lines --- */

static char *put(char *out, const cev_piece *piece)
{
    memcpy(out, piece->text, piece->length);
    return out + piece->length;
}

static char *put_number(char *out, uint64_t number)
{
    char digits[20], *first = digits + sizeof digits;
    do {
        *--first = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    size_t length = (size_t)(digits + sizeof digits - first);
    memcpy(out, first, length);
    return out + length;
}

static char *put_id(char *out, int64_t id, int64_t account)
{
    int64_t home = shard_of(account), shard = shard_of(id);
    if (home == 0 || shard == 0)
        return put_number(out, (uint64_t)id);
    if (shard != home) {
        out = put_number(out, (uint64_t)shard);
        *out++ = '~';
    }
    return put_number(out, (uint64_t)(id % CEV_LOCAL_IDS));
}

/* Write a time as the shortest number of seconds. Returns NULL for one whose digits a float might
   not have, or that is written with an exponent. */
static char *put_seconds(char *out, uint64_t micros)
{
    uint64_t whole = micros / SECOND, rest = micros % SECOND;
    if (whole >= LONG || (whole == 0 && rest > 0 && rest < 100))
        return NULL;
    out = put_number(out, whole);
    return rest ? cev_fraction(out, (int)rest) : out;
}

static char *put_cell(const cev_form *form, const cev_cell *cell, size_t row, char *out,
                      size_t *hint)
{
    int64_t first = number_at(&cell->first, row), second = number_at(&cell->second, row);
    int is_text = cell->kind == CEV_CELL_ID || cell->kind == CEV_CELL_INSTANT;
    out = put(out, &cell->before);
    if (first == CEV_NONE)
        return put(out, &form->nothing);
    if (is_text)
        out = put(out, &form->quote);
    if (cell->kind == CEV_CELL_INSTANT) {
        size_t length = cev_show(&form->zone, first, hint, out);
        out = length ? out + length : NULL;
    } else if (first < 0 || (!is_text && (second < 0 || first < second))) {
        out = NULL;
    } else if (cell->kind == CEV_CELL_ID) {
        out = put_id(out, first, second);
    } else {
        uint64_t more = (uint64_t)first - (uint64_t)second;
        out = cell->kind == CEV_CELL_COUNT ? put_number(out, more) : put_seconds(out, more);
    }
    return out && is_text ? put(out, &form->quote) : out;
}

size_t cev_line_most(const cev_form *form)
{
    size_t most = form->end.length;
    for (size_t i = 0; i < form->cell_count; i++)
        most += form->cells[i].before.length + 2 * form->quote.length + form->nothing.length
                + CEV_CELL_MOST;
    return most;
}

/* Fetch the numbers of a row, which lie anywhere: all of a tally's are within two lines of cache. */
static void fetch(const cev_form *form, size_t row)
{
    const cev_cell *cells = form->cells;
    for (size_t i = 0; i < form->cell_count; i += 4)
        PREFETCH(cells[i].first.start + (ptrdiff_t)row * cells[i].first.step);
}

size_t cev_lines_of(const cev_form *form, const uint32_t *rows, size_t count, char *out,
                    size_t *written)
{
    enum { AHEAD = 8 };
    size_t done = 0, hint = 0;
    *written = 0;
    for (; done < count; done++) {
        char *to = out + *written;
        if (done + AHEAD < count)
            fetch(form, rows[done + AHEAD]);
        for (size_t i = 0; i < form->cell_count && to; i++)
            to = put_cell(form, &form->cells[i], rows[done], to, &hint);
        if (!to)
            break;
        *written = (size_t)(put(to, &form->end) - out);
    }
    return done;
}
