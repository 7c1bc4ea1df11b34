#if defined(__linux__)
#define _GNU_SOURCE /* mremap */
#endif

#include "tally.h"

#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

enum {
    SLACK = 16, /* slots behind the last home, for what finds its home taken */
    BATCH = 64, /* events between a fetch from memory and the use of what was fetched */
    FEW = 16,   /* homes of a new segment */
};

static const uint32_t NOBODY = UINT32_MAX; /* the owner of an empty slot */

/* --- memory ---

   Large pieces get pages of their own where these can be moved without a copy: on the heap, the
   many that grow in turn would leave holes, a fifth of it all. */

#if defined(__linux__)
static const size_t LARGE = 128 * 1024;
#endif

static void release(void *memory, size_t bytes)
{
#if defined(__linux__)
    if (bytes >= LARGE) {
        munmap(memory, bytes);
        return;
    }
#endif
    (void)bytes;
    free(memory);
}

/* realloc() to more bytes than before. */
static void *grown(void *memory, size_t before, size_t bytes)
{
#if defined(__linux__)
    if (bytes >= LARGE) {
        void *pages = before >= LARGE ? mremap(memory, before, bytes, MREMAP_MAYMOVE)
                                      : mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pages == MAP_FAILED)
            return NULL;
        if (before && before < LARGE) {
            memcpy(pages, memory, before);
            free(memory);
        }
        return pages;
    }
#endif
    (void)before;
    return realloc(memory, bytes);
}

/* --- hashes ---

   Ids come from the dump, so whoever writes to it could choose them to meet in one slot. Hence the
   seed. Four Feistel rounds of multiply-and-shift: two of them already make the upper half of any
   two ids differ as if by chance (Dietzfelbinger 1996), and all of it can be undone, so that a
   table need not keep the id beside its hash. */

static uint32_t half(const uint64_t *key, uint32_t x)
{
    return (uint32_t)((key[0] * x + key[1]) >> 32);
}

static uint64_t shuffle(const uint64_t *keys, uint64_t x)
{
    uint32_t left = (uint32_t)(x >> 32), right = (uint32_t)x;
    left ^= half(keys, right);
    right ^= half(keys + 2, left);
    left ^= half(keys + 4, right);
    right ^= half(keys + 6, left);
    return (uint64_t)right << 32 | left;
}

static uint64_t unshuffle(const uint64_t *keys, uint64_t hash)
{
    uint32_t left = (uint32_t)hash, right = (uint32_t)(hash >> 32);
    right ^= half(keys + 6, left);
    left ^= half(keys + 4, right);
    right ^= half(keys + 2, left);
    left ^= half(keys, right);
    return (uint64_t)left << 32 | right;
}

/* The hash of two numbers. With the same first one, different second ones have different hashes. */
static uint64_t hash_of(const uint64_t *keys, uint64_t first, uint64_t second)
{
    return shuffle(keys, shuffle(keys, first) + second);
}

static uint64_t next_key(uint64_t *state) /* splitmix64 */
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* --- tables ---

   The upper bits of a hash choose a segment; within it, slots are in the order of their hashes, each
   at its home, which grows with the hash, or as little behind it as those before it allow (ordered
   linear probing). So a search ends at the first higher hash, some three slots on, even where nine
   homes in ten are taken; and a segment grows where it lies, in two passes, with no second copy. */

static uint64_t hash_at(const cev_slot *slot)
{
    return (uint64_t)slot->high << 32 | slot->low;
}

static size_t home_of(uint64_t hash, uint32_t homes)
{
    return (size_t)((hash << 4 >> 32) * homes >> 32);
}

static cev_segment *segment_of(cev_table *table, uint64_t hash)
{
    return &table->segments[hash >> 60];
}

static void fetch(cev_table *table, uint64_t hash)
{
    const cev_segment *segment = segment_of(table, hash);
    if (segment->end) {
        const cev_slot *home = segment->slots + home_of(hash, segment->homes);
        PREFETCH(home);
        PREFETCH(home + 5); /* most that are not in one line of the cache are in the next */
    }
}

/* Where a hash is or, if it is not there, where it goes. */
static size_t find(const cev_segment *segment, uint64_t hash)
{
    size_t at = home_of(hash, segment->homes);
    while (at < segment->end && segment->slots[at].owner != NOBODY
           && hash_at(&segment->slots[at]) < hash)
        at++;
    return at;
}

static int is_at(const cev_segment *segment, size_t at, uint64_t hash)
{
    return at < segment->end && segment->slots[at].owner != NOBODY
           && hash_at(&segment->slots[at]) == hash;
}

/* Move each slot from *packed* to the end to its home, or right behind the one before. Returns
   0 where the slack is too small for that; all are still there and in order then. */
static int spread(cev_segment *segment, size_t packed)
{
    cev_slot *slots = segment->slots;
    size_t free_from = 0, from = packed;
    for (; from < segment->end; from++) {
        size_t home = home_of(hash_at(&slots[from]), segment->homes);
        if (home > from) /* then what follows would not all find room before the end */
            break;
        for (; free_from < home; free_from++)
            slots[free_from].owner = NOBODY;
        slots[free_from++] = slots[from];
    }
    for (; free_from < from; free_from++)
        slots[free_from].owner = NOBODY;
    return from == segment->end;
}

/* Give a segment *homes* homes or, if these don't suffice, more; never fewer than it has. */
static int widen(cev_segment *segment, uint64_t homes)
{
    for (;; homes += homes / 4) {
        size_t old_end = segment->end, packed;
        if (homes > UINT32_MAX - SLACK || homes + SLACK > SIZE_MAX / sizeof(cev_slot))
            return CEV_TALLY_NO_MEMORY;
        size_t end = (size_t)homes + SLACK;
        cev_slot *slots = grown(segment->slots, old_end * sizeof *slots, end * sizeof *slots);
        if (!slots)
            return CEV_TALLY_NO_MEMORY;
        segment->slots = slots;
        segment->homes = (uint32_t)homes;
        segment->end = (uint32_t)end;
        packed = end;
        for (size_t at = old_end; at-- > 0;)
            if (slots[at].owner != NOBODY)
                slots[--packed] = slots[at];
        if (spread(segment, packed))
            return CEV_TALLY_OK;
    }
}

/* The number of homes that a segment has next. Segments begin with different numbers, so that they
   don't all grow at once: a table is then four fifths full at any time. */
static uint64_t next_homes(const cev_table *table, const cev_segment *segment)
{
    uint64_t homes = segment->homes;
    size_t number = (size_t)(segment - table->segments);
    return homes ? homes + homes / 4 : FEW + number % 4;
}

/* Insert a hash that is not there with this owner at the place that find() gave. */
static int insert(cev_table *table, cev_segment *segment, size_t at, uint64_t hash, uint32_t owner)
{
    for (;;) {
        size_t gap = at;
        if (segment->used < segment->homes - segment->homes / 10) {
            while (gap < segment->end && segment->slots[gap].owner != NOBODY)
                gap++;
            if (gap < segment->end) {
                cev_slot *slot = segment->slots + at;
                memmove(slot + 1, slot, (gap - at) * sizeof *slot);
                *slot = (cev_slot){(uint32_t)hash, (uint32_t)(hash >> 32), owner};
                segment->used++;
                return CEV_TALLY_OK;
            }
        }
        if (widen(segment, next_homes(table, segment)) < 0)
            return CEV_TALLY_NO_MEMORY;
        at = find(segment, hash);
    }
}

/* Add a hash with an owner. Returns 1 if it is new, 0 if it was there, less if memory is out. */
static int add_pair(cev_table *table, uint64_t hash, uint32_t owner)
{
    cev_segment *segment = segment_of(table, hash);
    size_t first = find(segment, hash);
    for (size_t at = first; is_at(segment, at, hash); at++)
        if (segment->slots[at].owner == owner)
            return 0;
    return insert(table, segment, first, hash, owner) < 0 ? CEV_TALLY_NO_MEMORY : 1;
}

static void free_table(cev_table *table)
{
    for (size_t i = 0; i < CEV_SEGMENTS; i++)
        release(table->segments[i].slots, table->segments[i].end * sizeof(cev_slot));
    memset(table, 0, sizeof *table);
}

size_t cev_table_used(const cev_table *table)
{
    size_t used = 0;
    for (size_t i = 0; i < CEV_SEGMENTS; i++)
        used += table->segments[i].used;
    return used;
}

/* --- conversations --- */

void cev_tally_init(cev_tally *tally, uint8_t message, uint8_t created, uint8_t forwarded,
                    uint64_t seed)
{
    memset(tally, 0, sizeof *tally);
    tally->message = message;
    tally->created = created;
    tally->forwarded = forwarded;
    /* No two tallies have the same keys: what is read from one in the order of its hashes would
       else fill another from the beginning, each at the end of an ever longer row. */
    seed ^= (uint64_t)(uintptr_t)tally << 16;
    for (size_t i = 0; i < 8; i++)
        tally->keys[i] = next_key(&seed);
}

void cev_tally_free(cev_tally *tally)
{
    release(tally->talks, tally->room * sizeof *tally->talks);
    tally->talks = NULL;
    tally->count = tally->room = 0;
    free_table(&tally->index);
    free_table(&tally->messages);
    free_table(&tally->authors);
}

static int new_talk(cev_tally *tally, int64_t account, int64_t conversation)
{
    if (tally->count == tally->room) {
        size_t room = tally->room + tally->room / 8 + 16;
        if (room >= NOBODY || room > SIZE_MAX / sizeof(cev_talk))
            return CEV_TALLY_NO_MEMORY;
        cev_talk *talks =
            grown(tally->talks, tally->room * sizeof *talks, room * sizeof *talks);
        if (!talks)
            return CEV_TALLY_NO_MEMORY;
        tally->talks = talks;
        tally->room = room;
    }
    cev_talk *talk = &tally->talks[tally->count++];
    memset(talk, 0, sizeof *talk);
    talk->of[CEV_ACCOUNT] = account;
    talk->of[CEV_CONVERSATION] = conversation;
    for (size_t i = CEV_CREATED; i < CEV_TALLY_FIELDS; i++)
        talk->of[i] = CEV_NONE;
    return CEV_TALLY_OK;
}

/* Set *owner* to the index of a conversation, new or not. */
static int find_talk(cev_tally *tally, uint64_t hash, int64_t account, int64_t conversation,
                     uint32_t *owner)
{
    cev_segment *segment = segment_of(&tally->index, hash);
    size_t first = find(segment, hash);
    for (size_t at = first; is_at(segment, at, hash); at++) {
        *owner = segment->slots[at].owner;
        /* The same hash and account: then it is the same conversation. */
        if (tally->talks[*owner].of[CEV_ACCOUNT] == account)
            return CEV_TALLY_OK;
    }
    *owner = (uint32_t)tally->count;
    if (new_talk(tally, account, conversation) < 0)
        return CEV_TALLY_NO_MEMORY;
    if (insert(&tally->index, segment, first, hash, *owner) < 0) {
        tally->count--;
        return CEV_TALLY_NO_MEMORY;
    }
    return CEV_TALLY_OK;
}

/* A number that sorts an instant; one that is not known comes last. */
static uint64_t order(int64_t instant)
{
    return (uint64_t)instant + INT64_MAX;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return order(a) < order(b) ? a : b;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Add what is known of replies from elsewhere. Of several who wrote at the first instant, the
   lowest is the starter, which depends on no order. */
static void add_reply(cev_talk *talk, int64_t started, int64_t starter, int64_t answered)
{
    int64_t *of = talk->of;
    int is_mine = order(of[CEV_STARTED]) < order(started)
                  || (of[CEV_STARTED] == started && of[CEV_STARTER] <= starter);
    int64_t second = is_mine ? started : of[CEV_STARTED];
    int64_t second_answered = is_mine ? answered : of[CEV_ANSWERED];
    int64_t first_answered = is_mine ? of[CEV_ANSWERED] : answered;
    /* The second message is an answer, unless it is by the same author: then take its answer. */
    int64_t answer = of[CEV_STARTER] == starter ? second_answered : second;
    if (!is_mine) {
        of[CEV_STARTED] = started;
        of[CEV_STARTER] = starter;
    }
    of[CEV_ANSWERED] = earlier(first_answered, answer);
}

/* An event on its way. */
typedef struct {
    size_t row;
    uint64_t talk, message, author; /* hashes */
    uint32_t owner;
    int is_message;
} pending;

static int count_event(cev_tally *tally, const cev_events *events, const pending *event)
{
    int64_t *of = tally->talks[event->owner].of;
    int64_t time = events->time[event->row];
    of[CEV_EVENTS]++;
    of[CEV_FIRST] = earlier(of[CEV_FIRST], time);
    of[CEV_LAST] = later(of[CEV_LAST], time);
    if (!event->is_message) {
        if (events->event[event->row] == tally->created)
            of[CEV_CREATED] = earlier(of[CEV_CREATED], time);
        else
            of[CEV_FORWARDED]++;
        return CEV_TALLY_OK;
    }
    of[CEV_SENT]++;
    int is_new = add_pair(&tally->messages, event->message, event->owner);
    int is_author_new = add_pair(&tally->authors, event->author, event->owner);
    if (is_new < 0 || is_author_new < 0)
        return CEV_TALLY_NO_MEMORY;
    of[CEV_MESSAGES] += is_new;
    of[CEV_AUTHORS] += is_author_new;
    int64_t sent = events->sent[event->row];
    if (sent != CEV_NONE)
        add_reply(&tally->talks[event->owner], sent, events->author[event->row], CEV_NONE);
    return CEV_TALLY_OK;
}

/* Add some events whose slots in the index were fetched. Each loop asks for the memory that
   the next one reads: waiting for it one by one would be most of the time. */
static int add_batch(cev_tally *tally, const cev_events *events, pending *batch, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const cev_segment *segment = segment_of(&tally->index, batch[i].talk);
        size_t at = find(segment, batch[i].talk);
        if (is_at(segment, at, batch[i].talk)) {
            const char *talk = (const char *)&tally->talks[segment->slots[at].owner];
            PREFETCH(talk);
            PREFETCH(talk + sizeof(cev_talk) - 1);
        }
    }
    for (size_t i = 0; i < count; i++) {
        size_t row = batch[i].row;
        if (find_talk(tally, batch[i].talk, events->account[row], events->conversation[row],
                      &batch[i].owner) < 0)
            return CEV_TALLY_NO_MEMORY;
        if (!batch[i].is_message)
            continue;
        uint64_t owner = shuffle(tally->keys, batch[i].owner);
        batch[i].message = shuffle(tally->keys, owner + (uint64_t)events->message[row]);
        batch[i].author = shuffle(tally->keys, owner + (uint64_t)events->author[row]);
        fetch(&tally->messages, batch[i].message);
        fetch(&tally->authors, batch[i].author);
    }
    for (size_t i = 0; i < count; i++)
        if (count_event(tally, events, &batch[i]) < 0)
            return CEV_TALLY_NO_MEMORY;
    return CEV_TALLY_OK;
}

int cev_tally_add(cev_tally *tally, size_t n, const cev_events *events)
{
    pending batch[BATCH];
    for (size_t row = 0; row < n;) {
        size_t count = 0;
        for (; row < n && count < BATCH; row++) {
            uint8_t event = events->event[row];
            if (events->state[row] != CEV_STATE_TAKEN
                || (event != tally->message && event != tally->created
                    && event != tally->forwarded))
                continue;
            uint64_t hash = hash_of(tally->keys, (uint64_t)events->account[row],
                                    (uint64_t)events->conversation[row]);
            fetch(&tally->index, hash);
            batch[count++] = (pending){
                .row = row, .talk = hash, .is_message = event == tally->message};
        }
        if (add_batch(tally, events, batch, count) < 0)
            return CEV_TALLY_NO_MEMORY;
    }
    return CEV_TALLY_OK;
}

/* --- merging --- */

/* The numbers here of the ids that another tally has numbered from -2 down. */
typedef struct {
    const int64_t *numbers;
    size_t count;
} odd_ids;

static int64_t renumbered(const odd_ids *odd, int64_t id)
{
    return id < -1 && (uint64_t)(-2 - id) < odd->count ? odd->numbers[-2 - id] : id;
}

/* Add conversations, except for their distinct messages and authors, and set *moved* to their
   indexes. */
static int add_talks(cev_tally *tally, const cev_talk *talks, size_t count, uint32_t *moved,
                     const odd_ids *odd)
{
    for (size_t i = 0; i < count; i++) {
        const int64_t *from = talks[i].of;
        int64_t account = renumbered(odd, from[CEV_ACCOUNT]);
        int64_t conversation = renumbered(odd, from[CEV_CONVERSATION]);
        uint64_t hash = hash_of(tally->keys, (uint64_t)account, (uint64_t)conversation);
        if (find_talk(tally, hash, account, conversation, &moved[i]) < 0)
            return CEV_TALLY_NO_MEMORY;
        cev_talk *talk = &tally->talks[moved[i]];
        talk->of[CEV_EVENTS] += from[CEV_EVENTS];
        talk->of[CEV_SENT] += from[CEV_SENT];
        talk->of[CEV_FORWARDED] += from[CEV_FORWARDED];
        talk->of[CEV_CREATED] = earlier(talk->of[CEV_CREATED], from[CEV_CREATED]);
        talk->of[CEV_FIRST] = earlier(talk->of[CEV_FIRST], from[CEV_FIRST]);
        talk->of[CEV_LAST] = later(talk->of[CEV_LAST], from[CEV_LAST]);
        add_reply(talk, from[CEV_STARTED], renumbered(odd, from[CEV_STARTER]),
                  from[CEV_ANSWERED]);
    }
    return CEV_TALLY_OK;
}

/* Add ids to *table*, and count in *field* which are new. */
static int add_ids(cev_tally *tally, cev_table *table, int field, const cev_slot *pairs,
                   size_t count, const uint32_t *moved)
{
    uint64_t hashes[BATCH];
    while (count) {
        size_t some = count < BATCH ? count : BATCH;
        for (size_t i = 0; i < some; i++) {
            hashes[i] = hash_of(tally->keys, moved[pairs[i].owner], hash_at(&pairs[i]));
            fetch(table, hashes[i]);
        }
        for (size_t i = 0; i < some; i++) {
            uint32_t owner = moved[pairs[i].owner];
            int is_new = add_pair(table, hashes[i], owner);
            if (is_new < 0)
                return CEV_TALLY_NO_MEMORY;
            tally->talks[owner].of[field] += is_new;
        }
        pairs += some;
        count -= some;
    }
    return CEV_TALLY_OK;
}

/* The pair that a slot of the tally's tables stands for. */
static cev_slot pair_of(const cev_tally *tally, const cev_slot *slot, const odd_ids *odd)
{
    uint64_t id = unshuffle(tally->keys, hash_at(slot)) - shuffle(tally->keys, slot->owner);
    id = (uint64_t)renumbered(odd, (int64_t)id);
    return (cev_slot){(uint32_t)id, (uint32_t)(id >> 32), slot->owner};
}

static int merge_ids(cev_tally *tally, cev_table *table, int field, const cev_tally *other,
                     const cev_table *from, const uint32_t *moved, const odd_ids *odd)
{
    cev_slot pairs[BATCH];
    size_t count = 0;
    for (size_t i = 0; i < CEV_SEGMENTS; i++) {
        const cev_segment *segment = &from->segments[i];
        for (size_t at = 0; at < segment->end; at++) {
            if (segment->slots[at].owner == NOBODY)
                continue;
            pairs[count++] = pair_of(other, &segment->slots[at], odd);
            if (count == BATCH) {
                if (add_ids(tally, table, field, pairs, count, moved) < 0)
                    return CEV_TALLY_NO_MEMORY;
                count = 0;
            }
        }
    }
    return add_ids(tally, table, field, pairs, count, moved);
}

int cev_tally_merge(cev_tally *tally, const cev_tally *other, const int64_t *odd, size_t odd_count)
{
    odd_ids ids = {odd, odd_count};
    uint32_t *moved = calloc(other->count + 1, sizeof *moved);
    int result = moved ? add_talks(tally, other->talks, other->count, moved, &ids)
                       : CEV_TALLY_NO_MEMORY;
    if (result == CEV_TALLY_OK)
        result = merge_ids(tally, &tally->messages, CEV_MESSAGES, other, &other->messages, moved,
                           &ids);
    if (result == CEV_TALLY_OK)
        result = merge_ids(tally, &tally->authors, CEV_AUTHORS, other, &other->authors, moved,
                           &ids);
    free(moved);
    return result;
}

static const odd_ids no_odd_ids;

void cev_tally_save(const cev_tally *tally, const cev_table *table, cev_slot *pairs)
{
    for (size_t i = 0; i < CEV_SEGMENTS; i++) {
        const cev_segment *segment = &table->segments[i];
        for (size_t at = 0; at < segment->end; at++)
            if (segment->slots[at].owner != NOBODY)
                *pairs++ = pair_of(tally, &segment->slots[at], &no_odd_ids);
    }
}

/* Make room for ids that come in the order of their hashes, as they do where a tally of another
   process had the same keys by chance. */
static int reserve(cev_table *table, size_t count)
{
    uint64_t homes = FEW + count / CEV_SEGMENTS + count / CEV_SEGMENTS / 4;
    for (size_t i = 0; i < CEV_SEGMENTS; i++)
        if (count && table->segments[i].homes < homes && widen(&table->segments[i], homes) < 0)
            return CEV_TALLY_NO_MEMORY;
    return CEV_TALLY_OK;
}

static int load_ids(cev_tally *tally, cev_table *table, int field, const cev_slot *pairs,
                    size_t count, const uint32_t *moved)
{
    if (reserve(table, count) < 0)
        return CEV_TALLY_NO_MEMORY;
    return add_ids(tally, table, field, pairs, count, moved);
}

int cev_tally_load(cev_tally *tally, const cev_saved *saved)
{
    for (size_t i = 0; i < saved->message_count; i++)
        if (saved->messages[i].owner >= saved->count)
            return CEV_TALLY_WRONG;
    for (size_t i = 0; i < saved->author_count; i++)
        if (saved->authors[i].owner >= saved->count)
            return CEV_TALLY_WRONG;
    uint32_t *moved = calloc(saved->count + 1, sizeof *moved);
    int result = moved ? add_talks(tally, saved->talks, saved->count, moved, &no_odd_ids)
                       : CEV_TALLY_NO_MEMORY;
    if (result == CEV_TALLY_OK)
        result = load_ids(tally, &tally->messages, CEV_MESSAGES, saved->messages,
                          saved->message_count, moved);
    if (result == CEV_TALLY_OK)
        result = load_ids(tally, &tally->authors, CEV_AUTHORS, saved->authors,
                          saved->author_count, moved);
    free(moved);
    return result;
}
