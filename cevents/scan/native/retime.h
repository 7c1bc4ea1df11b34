/* Timestamps exchanged in their lines: the same instants in another zone, all else as it was. */

#ifndef CEV_RETIME_H
#define CEV_RETIME_H

#include "kernels.h"

/* A zone: its offset, in minutes east of UTC, from each of some instants on. */
typedef struct {
    const int64_t *starts;
    const int16_t *offsets;
    size_t count;
    int in_utc; /* written as Z */
} cev_zone;

/* A column of timestamps: the span in the data, the kind, and the instant in microseconds or
   CEV_NONE, which leaves it as it is. */
typedef struct {
    const uint32_t *start, *length;
    const uint8_t *kind;
    const int64_t *value;
} cev_stamps;

enum {
    CEV_STAMPS_MOST = 64, /* columns at once */
    CEV_STAMP_GROWTH = 5  /* bytes that a timestamp may grow by: Z becomes +HH:MM */
};

typedef struct {
    cev_texts texts;
    const cev_stamps *stamps;
    size_t stamp_count;
    const cev_zone *zones;
    size_t zone_count;
    const uint16_t *zone_of; /* the zone of each row; NULL: the first zone */
} cev_retiming;

/* Write the taken texts from row *first* up to *last*, each with a line feed. Stops before a row
   that it does not do, and returns that. *out* has room for the texts, a line feed for each, and
   CEV_STAMP_GROWTH bytes for each timestamp; *written* is how much of it was used. */
size_t cev_retime(const cev_retiming *job, size_t first, size_t last, char *out, size_t *written);

/* Write a point and microseconds, which are not 0, without zeros at the end. Returns the end. */
char *cev_fraction(char *out, int micros);

enum { CEV_SHOWN_MOST = 32 }; /* bytes of an instant as it is shown */

/* Write an instant as it reads in a zone. Returns its length; 0 if no calendar has it there. *hint*
   is the stretch of the last one, 0 to begin with. */
size_t cev_show(const cev_zone *zone, int64_t instant, size_t *hint, char *out);

#endif
