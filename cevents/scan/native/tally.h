/* Events counted by conversation: events, distinct messages and authors, first and last, replies.

   The queue delivers in any order and more than once, so all that is kept is a count of distinct
   things, a minimum or a maximum, and what is known merges in any grouping.

   Memory: 104 bytes a conversation and some 15 for each entry of the three hash tables (one entry a
   conversation, one a message of it, one an author of it). */

#ifndef CEV_TALLY_H
#define CEV_TALLY_H

#include "kernels.h"

/* What is known of a conversation. STARTED is when its first message was sent, STARTER the author,
   ANSWERED when anybody else's first message was sent. */
enum {
    CEV_ACCOUNT,
    CEV_CONVERSATION,
    CEV_EVENTS,
    CEV_SENT,
    CEV_MESSAGES,
    CEV_AUTHORS,
    CEV_FORWARDED,
    CEV_CREATED,
    CEV_FIRST,
    CEV_LAST,
    CEV_STARTED,
    CEV_STARTER,
    CEV_ANSWERED,
    CEV_TALLY_FIELDS
};

typedef struct {
    int64_t of[CEV_TALLY_FIELDS];
} cev_talk;

/* An entry of a table, 12 bytes. In a table it is a hash of 64 bits, from which the id can be told
   again; outside of one it is the id itself. */
typedef struct {
    uint32_t low, high, owner;
} cev_slot;

typedef struct {
    cev_slot *slots;
    uint32_t homes, end, used;
} cev_segment;

enum { CEV_SEGMENTS = 16 };

typedef struct {
    cev_segment segments[CEV_SEGMENTS];
} cev_table;

typedef struct {
    uint8_t message, created, forwarded; /* the numbers of the three events */
    uint64_t keys[8];
    cev_talk *talks;
    size_t count, room;
    cev_table index, messages, authors;
} cev_tally;

/* Events in columns. Message, author and sent are read of messages only. */
typedef struct {
    const uint8_t *state, *event;
    const int64_t *account, *conversation, *message, *author, *time, *sent;
} cev_events;

/* A tally outside of its tables: what is known of conversations, and pairs of an id and the
   conversation it is of. */
typedef struct {
    const cev_talk *talks;
    const cev_slot *messages, *authors;
    size_t count, message_count, author_count;
} cev_saved;

enum { CEV_TALLY_OK = 0, CEV_TALLY_NO_MEMORY = -1, CEV_TALLY_WRONG = -2 };

void cev_tally_init(cev_tally *tally, uint8_t message, uint8_t created, uint8_t forwarded,
                    uint64_t seed);
void cev_tally_free(cev_tally *tally);

/* Each adds; after CEV_TALLY_NO_MEMORY, a part may be missing, and all is fit to be freed. */
int cev_tally_add(cev_tally *tally, size_t n, const cev_events *events);
/* *odd* are the numbers that the other one's ids from -2 down get here. */
int cev_tally_merge(cev_tally *tally, const cev_tally *other, const int64_t *odd, size_t odd_count);
int cev_tally_load(cev_tally *tally, const cev_saved *saved);

size_t cev_table_used(const cev_table *table);

/* Write the pairs of one of the tally's tables, cev_table_used() of them. */
void cev_tally_save(const cev_tally *tally, const cev_table *table, cev_slot *pairs);

#endif
