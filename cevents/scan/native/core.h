/* The compiled reader: JSON texts into columns of numbers, without Python and without allocation.

   It may refuse any text, and takes none that the reference would not take with the same values.
   It stays inside the buffers that it is handed, whatever the bytes. */

#ifndef CEV_CORE_H
#define CEV_CORE_H

#include <stddef.h>
#include <stdint.h>

enum { CEV_BLANK, CEV_TAKEN, CEV_REFUSED };                                    /* states */
enum { CEV_ABSENT, CEV_NULL, CEV_STRING, CEV_ESCAPED, CEV_NUMBER, CEV_OTHER }; /* kinds of values */
enum { CEV_TEXT, CEV_NAME, CEV_ID, CEV_TIMESTAMP, CEV_GLOBAL_ID, CEV_ANY };    /* kinds of fields */

#define CEV_NONE INT64_MIN          /* no id, or no timestamp */
#define CEV_LOCAL_IDS 10000000000000 /* a shard has so many ids */
#define CEV_OTHER_EVENT 255
#define CEV_MOST_FIELDS 64 /* one bit each */
#define CEV_MOST_EVENTS 16
#define CEV_HASHES 256

typedef struct {
    const uint8_t *name;
    uint32_t length;
    uint8_t part;   /* which of the two objects holds it */
    uint8_t kind;
    uint8_t parsed; /* whether its id or timestamp is to be read */
    int8_t column;  /* where its values go; -1: nowhere */
} cev_field;

/* Bits of the fields that an event must hold, and of those that must be good if it holds them. */
typedef struct {
    const uint8_t *name;
    uint32_t length;
    uint64_t required, known;
} cev_event;

typedef struct {
    const uint8_t *part_name[2];
    uint32_t part_length[2];
    uint32_t fields, events, columns;
    cev_field field[CEV_MOST_FIELDS];
    cev_event event[CEV_MOST_EVENTS + 1]; /* the last one: any other event */
    int name_field;    /* the field that names the event */
    int account_field; /* the field whose id tells the shard of local ids; -1: none */
    int strict;        /* refuse keys that are no fields, rounded ids, and what the next two say */
    int url_field;     /* a URL that must not name, behind `url_word`, another id than is in */
    int url_id_field;  /* this field; -1: none */
    const uint8_t *url_word;
    uint32_t url_word_length;
    uint64_t wanted, wanted_ids;       /* bits of the fields with a column, and of the ids of them */
    uint8_t slot[2][CEV_HASHES];       /* fields by the hash of their names, one more than the index */
} cev_plan;

typedef struct {
    uint32_t *start, *length;
    uint8_t *kind;
    int64_t *value;
    int16_t *offset;
} cev_column;

typedef struct {
    uint8_t *state, *event;
    cev_column column[CEV_MOST_FIELDS];
} cev_columns;

/* Complete a plan whose fields and events are filled in: set what follows from them. */
void cev_plan_ready(cev_plan *plan);

/* Split data at line feeds. Returns how many lines there are; more than `room`: they do not fit. */
size_t cev_lines(const uint8_t *data, size_t size, uint32_t *start, uint32_t *end, size_t room);

/* Set `holds` of the texts, which follow each other in the data, that hold a needle. */
void cev_holding(const uint8_t *data, const uint32_t *start, const uint32_t *end, size_t count,
                 const uint8_t *needle, size_t length, uint8_t *holds);

/* Scan `count` texts. Refuses one that is not within `size` bytes. Returns how many it refused. */
size_t cev_scan(const cev_plan *plan, const uint8_t *data, size_t size, const uint32_t *start,
                const uint32_t *end, size_t count, cev_columns *columns);

/* What is known of a text before it is walked through. */
typedef struct {
    size_t quotes;
    uint32_t high, backslash; /* where the first one is; the size if there is none */
    int has_other_escapes;    /* than of a quote or a backslash */
} cev_facts;

/* Find the quotes of a text that begin and end its strings. `readable` bytes may be read from
   `text` on. Returns 0 where a string has no end or a control character in it, or where there are
   more quotes than `room`. */
typedef int cev_quotes(const uint8_t *text, uint32_t size, size_t readable, uint32_t *quote,
                       size_t room, cev_facts *facts);

/* Where JSON texts that are not one a line end: see cut.c. */
enum { CEV_CUT_END, CEV_CUT_MORE, CEV_CUT_DAMAGED, CEV_CUT_FULL };
typedef struct {
    size_t count, at, depth;
    int status;
} cev_cut_result;
cev_cut_result cev_cut(const uint8_t *data, size_t at, size_t stop, size_t depth, uint32_t *start,
                       uint32_t *end, size_t room);

/* The brackets open at a place in a text: a bit for each level, whether it is an array. */
enum { CEV_MOST_DEPTH = 1024 };
typedef struct {
    size_t depth;
    uint64_t is_array[CEV_MOST_DEPTH / 64];
} cev_nesting;
int cev_bracket(cev_nesting *nesting, const uint8_t *data, size_t at);

/* Find where a text ends that starts with a brace. Returns CEV_CUT_END where it does before `stop`,
   CEV_CUT_MORE, or CEV_CUT_DAMAGED for whatever it leaves to be looked at byte by byte. */
typedef int cev_text_end(const uint8_t *data, size_t start, size_t stop, size_t *end);

/* Write the content of a string, whose escapes are valid, without them. `readable` bytes may be read
   from `text` on, and there is room for `size` + CEV_SURPLUS bytes. Returns how many there are. */
enum { CEV_SURPLUS = 64 };
typedef size_t cev_unescape(const uint8_t *text, size_t size, size_t readable, uint8_t *out);

typedef struct {
    const char *name;
    cev_quotes *quotes;
    cev_text_end *text_end;
    cev_unescape *unescape;
    int (*works)(void);
} cev_variant;

extern const cev_variant cev_variants[]; /* best first; the last one has no name */
const cev_variant *cev_chosen(void);
int cev_choose(const char *name); /* returns 0 where this machine has no such variant */

int cev_is_utf8(const uint8_t *text, size_t size);
int cev_escapes(const uint8_t *text, size_t size); /* whether all escapes of a string are valid */
size_t cev_unescape_one(const uint8_t *text, size_t *at, uint8_t *out); /* moves on behind it */
int cev_id(const uint8_t *text, size_t size, int64_t *value);
int cev_digits(const uint8_t *text, size_t size, int64_t *value);
int cev_timestamp(const uint8_t *text, size_t size, int64_t *instant, int16_t *offset);

#endif
