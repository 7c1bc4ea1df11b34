/* Included before every file of the compiled reader, so that what it leaves to the C library is
   counted by its bytes. */

#ifndef COUNTED_H
#define COUNTED_H

#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

extern uint64_t work_copied, work_scanned;

static inline void *counted_memcpy(void *to, const void *from, size_t size) {
    work_copied += size;
    return memcpy(to, from, size);
}

static inline void *counted_memmove(void *to, const void *from, size_t size) {
    work_copied += size;
    return memmove(to, from, size);
}

static inline void *counted_memset(void *to, int byte, size_t size) {
    work_copied += size;
    return memset(to, byte, size);
}

static inline void *counted_realloc(void *memory, size_t size) {
    work_copied += size;
    return realloc(memory, size);
}

static inline void *counted_memchr(const void *in, int byte, size_t size) {
    const char *found = memchr(in, byte, size);
    work_scanned += found ? (size_t)(found - (const char *)in) + 1 : size;
    return (void *)found;
}

static inline int counted_memcmp(const void *one, const void *other, size_t size) {
    work_scanned += size;
    return memcmp(one, other, size);
}

static inline void *counted_memmem(const void *in, size_t size, const void *what, size_t length) {
    const char *found = memmem(in, size, what, length);
    work_scanned += found ? (size_t)(found - (const char *)in) + length : size;
    return (void *)found;
}

#define memcpy counted_memcpy
#define memmove counted_memmove
#define memset counted_memset
#define realloc counted_realloc
#define memchr counted_memchr
#define memcmp counted_memcmp
#define memmem counted_memmem

#endif
