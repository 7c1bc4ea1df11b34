/* What the kernels on columns share. */

#ifndef CEV_KERNELS_H
#define CEV_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* Have memory fetched that is read soon. */
#if defined(__GNUC__)
#define PREFETCH(address) __builtin_prefetch(address)
#else
#define PREFETCH(address) ((void)(address))
#endif

/* A value that is not there, or not known. */
#ifndef CEV_NONE
#define CEV_NONE INT64_MIN
#endif

/* The state of a text that was taken, and the kind of a string without escapes. */
enum { CEV_STATE_TAKEN = 1, CEV_KIND_STRING = 2 };

/* Texts in a block of bytes: text i is data[starts[i]] up to, but without, data[ends[i]]. */
typedef struct {
    const char *data;
    const uint32_t *starts, *ends;
    const uint8_t *state;
} cev_texts;

#endif
