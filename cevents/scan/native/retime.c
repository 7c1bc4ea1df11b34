#include "retime.h"

#include <string.h>

static const int64_t SECOND = 1000000;
static const int64_t MINUTE = 60 * 1000000;

/* Minutes from 1970 to the year 1, and to the year 10000. */
static const int64_t FIRST_MINUTE = INT64_C(-719162) * 1440;
static const int64_t END_MINUTE = INT64_C(2932897) * 1440;

enum { KEPT = 17 }; /* length of "YYYY-MM-DDTHH:MM:"; what follows is kept */

static int64_t floored(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Where the offset of a timestamp begins, 0 if the text is none of the plain form. */
static size_t offset_in(const char *text, size_t length)
{
    static const char form[] = "0000-00-00T00:00:00";
    size_t at = sizeof form - 1;
    if (length <= at)
        return 0;
    for (size_t i = 0; i < at; i++)
        if (form[i] == '0' ? !is_digit(text[i])
                           : text[i] != form[i] && !(form[i] == 'T' && text[i] == 't'))
            return 0;
    if (text[at] == '.') {
        size_t digits = ++at;
        while (at < length && is_digit(text[at]))
            at++;
        if (at == digits)
            return 0;
    }
    const char *zone = text + at;
    if (length - at == 1)
        return *zone == 'Z' || *zone == 'z' ? at : 0;
    if (length - at != 6 || (*zone != '+' && *zone != '-'))
        return 0;
    return is_digit(zone[1]) && is_digit(zone[2]) && zone[3] == ':' && is_digit(zone[4])
                   && is_digit(zone[5])
               ? at
               : 0;
}

static char *two_digits(char *out, int number)
{
    *out++ = (char)('0' + number / 10);
    *out++ = (char)('0' + number % 10);
    return out;
}

/* Write "YYYY-MM-DDTHH:MM:" of a minute since 1970 (the calendar as in Howard Hinnant's
   "chrono-Compatible Low-Level Date Algorithms": years begin in March, so leap days end them). */
static char *write_minute(char *out, int64_t minute)
{
    int64_t since = floored(minute, 1440);
    int of_day = (int)(minute - since * 1440);
    int days = (int)since + 719468;
    int era = days / 146097, of_era = days % 146097;
    int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int of_year = of_era - (365 * year + year / 4 - year / 100);
    int march = (5 * of_year + 2) / 153;
    int day = of_year - (153 * march + 2) / 5 + 1, month = march < 10 ? march + 3 : march - 9;
    year += era * 400 + (month <= 2);
    out = two_digits(out, year / 100);
    out = two_digits(out, year % 100);
    *out++ = '-';
    out = two_digits(out, month);
    *out++ = '-';
    out = two_digits(out, day);
    *out++ = 'T';
    out = two_digits(out, of_day / 60);
    *out++ = ':';
    out = two_digits(out, of_day % 60);
    *out++ = ':';
    return out;
}

/* The stretch of a zone that an instant is in, zone->count if in none. *hint* is tried first: the
   events of a dump are of few stretches. */
static size_t stretch_of(const cev_zone *zone, int64_t instant, size_t hint)
{
    size_t low = 0, high = zone->count;
    if (hint < high && zone->starts[hint] <= instant
        && (hint + 1 == high || instant < zone->starts[hint + 1]))
        return hint;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->starts[middle] <= instant)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? low - 1 : zone->count;
}

static char *write_offset(char *out, int offset, int in_utc)
{
    if (in_utc) {
        *out++ = 'Z';
        return out;
    }
    *out++ = offset < 0 ? '-' : '+';
    offset = offset < 0 ? -offset : offset;
    out = two_digits(out, offset / 60);
    *out++ = ':';
    return two_digits(out, offset % 60);
}

/* The minute since 1970 that clocks show in a stretch of a zone; END_MINUTE if no calendar has it,
   or the offset is none. */
static int64_t minute_in(const cev_zone *zone, size_t stretch, int64_t instant)
{
    int offset = zone->offsets[stretch];
    int64_t minute = floored(instant, MINUTE) + offset;
    return minute < FIRST_MINUTE || offset <= -1440 || offset >= 1440 ? END_MINUTE : minute;
}

char *cev_fraction(char *out, int micros)
{
    *out++ = '.';
    for (int scale = 100000; micros; scale /= 10) {
        *out++ = (char)('0' + micros / scale);
        micros %= scale;
    }
    return out;
}

size_t cev_show(const cev_zone *zone, int64_t instant, size_t *hint, char *out)
{
    size_t stretch = stretch_of(zone, instant, *hint);
    int64_t minute = stretch == zone->count ? END_MINUTE : minute_in(zone, stretch, instant);
    if (minute >= END_MINUTE)
        return 0;
    *hint = stretch;
    char *to = write_minute(out, minute);
    int64_t of_minute = instant - floored(instant, MINUTE) * MINUTE;
    to = two_digits(to, (int)(of_minute / SECOND));
    if (of_minute % SECOND)
        to = cev_fraction(to, (int)(of_minute % SECOND));
    return (size_t)(write_offset(to, zone->offsets[stretch], zone->in_utc) - out);
}

/* Write a timestamp in a zone. Returns NULL if it is left to the caller. */
static char *write_stamp(char *out, const char *text, size_t length, int64_t instant,
                         const cev_zone *zone, size_t *hint)
{
    size_t offset_at = offset_in(text, length), stretch = stretch_of(zone, instant, *hint);
    if (!offset_at || stretch == zone->count)
        return NULL;
    *hint = stretch;
    int64_t seconds = floored(instant, SECOND);
    int64_t minute = minute_in(zone, stretch, instant);
    if (minute >= END_MINUTE)
        return NULL;
    /* The seconds of the text are kept, so they must be the instant's: a leap second is not. */
    if (seconds - floored(seconds, 60) * 60 != 10 * (text[KEPT] - '0') + (text[KEPT + 1] - '0'))
        return NULL;
    out = write_minute(out, minute);
    memcpy(out, text + KEPT, offset_at - KEPT);
    out += offset_at - KEPT;
    return write_offset(out, zone->offsets[stretch], zone->in_utc);
}

/* Set *order* to the columns of which a row has an instant, as they stand in its text. Returns
   their number, or SIZE_MAX if the row is left to the caller. */
static size_t stamps_of(const cev_retiming *job, size_t row, unsigned char *order)
{
    size_t count = 0, end = job->texts.starts[row];
    for (size_t i = 0; i < job->stamp_count; i++) {
        const cev_stamps *stamps = &job->stamps[i];
        if (stamps->value[row] == CEV_NONE)
            continue;
        if (stamps->kind[row] != CEV_KIND_STRING)
            return SIZE_MAX;
        size_t at = count++;
        for (; at && job->stamps[order[at - 1]].start[row] > stamps->start[row]; at--)
            order[at] = order[at - 1];
        order[at] = (unsigned char)i;
    }
    for (size_t i = 0; i < count; i++) { /* each behind the one before it, and in the text */
        const cev_stamps *stamps = &job->stamps[order[i]];
        if (stamps->start[row] < end)
            return SIZE_MAX;
        end = (size_t)stamps->start[row] + stamps->length[row];
    }
    return end > job->texts.ends[row] ? SIZE_MAX : count;
}

/* Write one text. Returns NULL if it is left to the caller. */
static char *write_text(const cev_retiming *job, size_t row, char *out, size_t *hint)
{
    unsigned char order[CEV_STAMPS_MOST];
    const char *data = job->texts.data;
    size_t at = job->texts.starts[row], end = job->texts.ends[row];
    size_t zone = job->zone_of ? job->zone_of[row] : 0, count = stamps_of(job, row, order);
    if (count == SIZE_MAX || zone >= job->zone_count)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const cev_stamps *stamps = &job->stamps[order[i]];
        size_t start = stamps->start[row], length = stamps->length[row];
        memcpy(out, data + at, start - at);
        out = write_stamp(out + (start - at), data + start, length, stamps->value[row],
                          &job->zones[zone], hint);
        if (!out)
            return NULL;
        at = start + length;
    }
    memcpy(out, data + at, end - at);
    out += end - at;
    *out++ = '\n';
    return out;
}

size_t cev_retime(const cev_retiming *job, size_t first, size_t last, char *out, size_t *written)
{
    char *to = out;
    size_t row = first, hint = 0;
    for (; row < last; row++) {
        if (job->texts.state[row] != CEV_STATE_TAKEN)
            continue;
        char *after = write_text(job, row, to, &hint);
        if (!after)
            break;
        to = after;
    }
    *written = (size_t)(to - out);
    return row;
}
