/* Lines: the texts of a block, the values of a column, and such lines side by side. */

#ifndef CEV_PASTE_H
#define CEV_PASTE_H

#include "kernels.h"

/* Write the taken texts from row *first* up to *last*, each with a line feed. Stops before a row for
   which the *room* does not suffice, and returns that; *written* is how much was used. */
size_t cev_copy(const cev_texts *texts, size_t first, size_t last, char *out, size_t room,
                size_t *written);

/* A column of *count* values: the span of each in *size* bytes of data, and its kind. */
typedef struct {
    const char *data;
    size_t size;
    const uint32_t *start, *length;
    const uint8_t *kind;
    size_t count;
} cev_strings;

/* How many bytes the plain strings in *rows* take, each with a line feed; other values take only
   that. SIZE_MAX if there is no such row, or a value is outside of the data. */
size_t cev_strings_size(const cev_strings *column, const uint32_t *rows, size_t count);

/* Write them. Returns how much of the *room* was used. */
size_t cev_strings_write(const cev_strings *column, const uint32_t *rows, size_t count, char *out,
                         size_t room);

/* What is left of a column as lines; where there is none, its values are empty. */
typedef struct {
    const char *at, *end;
} cev_lines_left;

/* Part of a line: some text, and the value of a column, filled up with spaces to a number of
   characters. */
typedef struct {
    const char *text;
    size_t length, column, width;
    int is_right; /* the spaces come before the value */
} cev_part;

enum { CEV_PARTS_MOST = 8, CEV_LAYOUTS_MOST = 16, CEV_PASTED_MOST = 16 /* columns */ };

typedef struct {
    cev_part parts[CEV_PARTS_MOST];
    size_t count;
} cev_layout;

/* Line i is written by layout which[i]. */
typedef struct {
    cev_lines_left columns[CEV_PASTED_MOST];
    cev_layout layouts[CEV_LAYOUTS_MOST];
    size_t column_count, layout_count;
    const uint8_t *which;
} cev_pasting;

/* Write the lines from *row* up to *last*, without spaces at their ends. Stops before a line for
   which the *room* does not suffice, and returns that; *written* is how much was used. */
size_t cev_paste(cev_pasting *job, size_t row, size_t last, char *out, size_t room,
                 size_t *written);

#endif
