#include "paste.h"

#include <string.h>

size_t cev_copy(const cev_texts *texts, size_t first, size_t last, char *out, size_t room,
                size_t *written)
{
    size_t used = 0, row = first;
    for (; row < last; row++) {
        if (texts->state[row] != CEV_STATE_TAKEN)
            continue;
        size_t start = texts->starts[row], length = texts->ends[row] - start;
        if (length >= room - used)
            break;
        memcpy(out + used, texts->data + start, length);
        used += length;
        out[used++] = '\n';
    }
    *written = used;
    return row;
}

static size_t length_of(const cev_strings *column, size_t row)
{
    return column->kind[row] == CEV_KIND_STRING ? column->length[row] : 0;
}

size_t cev_strings_size(const cev_strings *column, const uint32_t *rows, size_t count)
{
    size_t bytes = count;
    for (size_t i = 0; i < count; i++) {
        if (rows[i] >= column->count)
            return SIZE_MAX;
        size_t length = length_of(column, rows[i]);
        if (length > column->size || column->start[rows[i]] > column->size - length)
            return SIZE_MAX;
        bytes += length;
    }
    return bytes;
}

size_t cev_strings_write(const cev_strings *column, const uint32_t *rows, size_t count, char *out,
                         size_t room)
{
    char *to = out;
    for (size_t i = 0; i < count; i++) {
        size_t length = length_of(column, rows[i]);
        if (length >= room - (size_t)(to - out))
            break;
        memcpy(to, column->data + column->start[rows[i]], length);
        to += length;
        *to++ = '\n';
    }
    return (size_t)(to - out);
}

/* How many spaces fill a value up: as many as it has fewer characters than the width. */
static size_t spaces_for(const char *value, size_t length, size_t width)
{
    for (size_t i = 0; i < length && width; i++)
        width -= ((unsigned char)value[i] & 0xc0) != 0x80; /* each but its first byte is 10… */
    return width;
}

/* Write a line, without spaces at its end; its values are in *value* and *length*. Returns NULL if
   it does not fit. */
static char *write_line(const cev_layout *layout, const char *const *value, const size_t *length,
                        char *out, const char *out_end)
{
    const char *start = out;
    for (const cev_part *part = layout->parts; part < layout->parts + layout->count; part++) {
        size_t room = (size_t)(out_end - out), size = length[part->column];
        size_t spaces = spaces_for(value[part->column], size, part->width);
        if (part->length > room / 4 || spaces > room / 4 || size >= room / 4)
            return NULL; /* though it may just fit */
        memcpy(out, part->text, part->length);
        out += part->length;
        if (part->is_right) {
            memset(out, ' ', spaces);
            out += spaces;
        }
        memcpy(out, value[part->column], size);
        out += size;
        if (!part->is_right) {
            memset(out, ' ', spaces);
            out += spaces;
        }
    }
    if (out == out_end)
        return NULL;
    while (out > start && out[-1] == ' ')
        out--;
    *out++ = '\n';
    return out;
}

size_t cev_paste(cev_pasting *job, size_t row, size_t last, char *out, size_t room,
                 size_t *written)
{
    const char *value[CEV_PASTED_MOST];
    size_t length[CEV_PASTED_MOST];
    char *to = out, *end = out + room;
    for (; row < last; row++) {
        for (size_t i = 0; i < job->column_count; i++) {
            const cev_lines_left *left = &job->columns[i];
            size_t rest = (size_t)(left->end - left->at);
            const char *feed = rest ? memchr(left->at, '\n', rest) : NULL;
            value[i] = left->at;
            length[i] = feed ? (size_t)(feed - left->at) : rest;
        }
        char *after = write_line(&job->layouts[job->which[row]], value, length, to, end);
        if (!after)
            break;
        to = after;
        for (size_t i = 0; i < job->column_count; i++) {
            cev_lines_left *left = &job->columns[i];
            left->at = value[i] + length[i] + (value[i] + length[i] < left->end);
        }
    }
    *written = (size_t)(to - out);
    return row;
}
