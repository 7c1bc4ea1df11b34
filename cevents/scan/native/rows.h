/* The rows of a table whose columns are numbers: put in order, and written as lines. */

#ifndef CEV_ROWS_H
#define CEV_ROWS_H

#include "retime.h"

/* A column: one number every *step* bytes. */
typedef struct {
    const char *start;
    ptrdiff_t step;
} cev_numbers;

/* What a cell shows: FIRST as an id, as it reads in the account SECOND; FIRST as an instant; how
   much FIRST is more than SECOND, as a count or, of microseconds, in seconds. No SECOND is 0. */
enum { CEV_CELL_ID, CEV_CELL_INSTANT, CEV_CELL_COUNT, CEV_CELL_SECONDS, CEV_CELL_KINDS };
enum { CEV_CELL_MOST = CEV_SHOWN_MOST }; /* bytes of a cell, without what is around it */

typedef struct {
    const char *text;
    size_t length;
} cev_piece;

typedef struct {
    int kind;
    cev_numbers first, second; /* second.start may be NULL */
    cev_piece before;          /* what stands before the cell */
} cev_cell;

/* Sort rows by a cell, CEV_NONE last; ties stay in their order. Ids sort as they read in their
   accounts, and odd ones are the same to it, behind all others. *spare* has room for the rows, and
   *keys* for a number of each row of the table. */
void cev_sort(uint32_t *rows, size_t count, const cev_cell *cell, int down, uint32_t *spare,
              uint64_t *keys);

/* Lines: their cells, and what stands at the end, around each text, and in place of CEV_NONE. */
typedef struct {
    const cev_cell *cells;
    size_t cell_count;
    cev_piece end, quote, nothing;
    cev_zone zone; /* of the instants */
} cev_form;

/* The most bytes that a line may take. */
size_t cev_line_most(const cev_form *form);

/* Write rows as lines. Stops before one with a cell that is left to the caller (an odd id, an
   instant that no calendar has, a time of less than 0.1 ms or more than 31 years), and returns how
   many it wrote. *out* has room for all of them; *written* is how much of it was used. */
size_t cev_lines_of(const cev_form *form, const uint32_t *rows, size_t count, char *out,
                    size_t *written);

#endif
