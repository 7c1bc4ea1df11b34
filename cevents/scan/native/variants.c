/* What looks at 64 bytes at a time, compiled for each kind of processor, and the choice between
   them when the program runs. */

#include "core.h"
#include "masks.h"

#include <string.h>

#define TARGET
#define VARIANT(name) name##_plain
#define PREFIX_XOR prefix_xor
#define PLACES places
#include "variant.h"

static int always(void) { return 1; }

#if defined(__x86_64__)

#define TARGET
#define VARIANT(name) name##_sse2
#define PREFIX_XOR prefix_xor
#define PLACES places
#include "variant.h"

#define TARGET AVX2
#define VARIANT(name) name##_avx2
#define PREFIX_XOR prefix_xor_avx2
#define PLACES places
#include "variant.h"

static int has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
}

#define TARGET AVX512
#define VARIANT(name) name##_avx512
#define PREFIX_XOR prefix_xor_avx2
#define PLACES places_avx512
#include "variant.h"

static int has_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vbmi2") && has_avx2();
}

#elif defined(__aarch64__)

#define TARGET
#define VARIANT(name) name##_neon
#define PREFIX_XOR prefix_xor
#define PLACES places
#include "variant.h"

#endif

const cev_variant cev_variants[] = {
#if defined(__x86_64__)
    {"avx512", quotes_avx512, text_end_avx512, unescape_avx512, has_avx512},
    {"avx2", quotes_avx2, text_end_avx2, unescape_avx2, has_avx2},
    {"sse2", quotes_sse2, text_end_sse2, unescape_sse2, always},
#elif defined(__aarch64__)
    {"neon", quotes_neon, text_end_neon, unescape_neon, always},
#endif
    {"plain", quotes_plain, text_end_plain, unescape_plain, always},
    {NULL, NULL, NULL, NULL, NULL},
};

static const cev_variant *chosen;

const cev_variant *cev_chosen(void) {
    const cev_variant *variant = __atomic_load_n(&chosen, __ATOMIC_RELAXED);
    if (variant == NULL) {
        variant = cev_variants;
        while (!variant->works()) variant++;
        __atomic_store_n(&chosen, variant, __ATOMIC_RELAXED);
    }
    return variant;
}

int cev_choose(const char *name) {
    for (const cev_variant *variant = cev_variants; variant->name != NULL; variant++)
        if (strcmp(variant->name, name) == 0 && variant->works()) {
            __atomic_store_n(&chosen, variant, __ATOMIC_RELAXED);
            return 1;
        }
    return 0;
}
