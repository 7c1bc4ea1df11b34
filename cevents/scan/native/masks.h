/* 64 bytes into masks of one bit a byte, in the ways that processors have: quotes.h and cut.h are
   compiled once with each. */

#ifndef CEV_MASKS_H
#define CEV_MASKS_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* Which of 64 bytes are quotes, backslashes; below 0x20; above 0x7f. */
typedef struct {
    uint64_t quote, backslash, control, high;
} cev_masks;

/* Which bytes have an odd number of backslashes before them. *carry: the first byte has. */
static inline uint64_t escaped(uint64_t backslash, uint64_t *carry) {
    const uint64_t even = 0x5555555555555555u;
    backslash &= ~*carry;
    uint64_t follows = backslash << 1 | *carry;
    uint64_t odd_starts = backslash & ~even & ~follows, sequences;
    *carry = __builtin_add_overflow(odd_starts, backslash, &sequences);
    return (even ^ sequences << 1) & follows;
}

static inline uint64_t prefix_xor(uint64_t bits) {
    for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
    return bits;
}

/* Write the places of *count* bits, counted from *at*: eight at a time without a branch. There is
   room for all 64; what is written too much is overwritten by the next ones. */
static inline void places(uint64_t bits, size_t count, uint32_t at, uint32_t *place) {
    for (size_t done = 0; done < count; done += 8)
        for (size_t i = 0; i < 8; i++) {
            place[done + i] = at + (uint32_t)__builtin_ctzll(bits | (uint64_t)1 << 63);
            bits &= bits - 1;
        }
}

static inline void masks_plain(const uint8_t *bytes, cev_masks *masks) {
    uint64_t quote = 0, backslash = 0, control = 0, high = 0;
    for (int i = 0; i < 64; i++) {
        uint64_t bit = (uint64_t)1 << i;
        quote |= bytes[i] == '"' ? bit : 0;
        backslash |= bytes[i] == '\\' ? bit : 0;
        control |= bytes[i] < 0x20 ? bit : 0;
        high |= bytes[i] >= 0x80 ? bit : 0;
    }
    *masks = (cev_masks){quote, backslash, control, high};
}

static inline uint64_t brackets_plain(const uint8_t *bytes) {
    uint64_t bracket = 0;
    for (int i = 0; i < 64; i++) {
        uint8_t lower = bytes[i] | 0x20; /* makes square brackets curly */
        bracket |= (uint64_t)(lower == '{' || lower == '}') << i;
    }
    return bracket;
}

#if defined(__x86_64__)

static inline void masks_sse2(const uint8_t *bytes, cev_masks *masks) {
    uint64_t quote = 0, backslash = 0, control = 0, high = 0;
    for (int i = 0; i < 64; i += 16) {
        __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i));
        __m128i low = _mm_cmpeq_epi8(_mm_max_epu8(b, _mm_set1_epi8(0x20)), b);
#define BITS(v) ((uint64_t)(uint32_t)_mm_movemask_epi8(v) << i)
        quote |= BITS(_mm_cmpeq_epi8(b, _mm_set1_epi8('"')));
        backslash |= BITS(_mm_cmpeq_epi8(b, _mm_set1_epi8('\\')));
        control |= (uint64_t)(0xffff & ~_mm_movemask_epi8(low)) << i;
        high |= BITS(b);
#undef BITS
    }
    *masks = (cev_masks){quote, backslash, control, high};
}

static inline uint64_t brackets_sse2(const uint8_t *bytes) {
    uint64_t bracket = 0;
    for (int i = 0; i < 64; i += 16) {
        __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i));
        b = _mm_or_si128(b, _mm_set1_epi8(0x20));
        b = _mm_or_si128(_mm_cmpeq_epi8(b, _mm_set1_epi8('{')),
                         _mm_cmpeq_epi8(b, _mm_set1_epi8('}')));
        bracket |= (uint64_t)(uint32_t)_mm_movemask_epi8(b) << i;
    }
    return bracket;
}

#define AVX2 __attribute__((target("avx2,pclmul,popcnt,bmi")))

AVX2 static inline uint64_t both(__m256i low, __m256i high) {
    return (uint32_t)_mm256_movemask_epi8(low) |
           (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

AVX2 static inline void masks_avx2(const uint8_t *bytes, cev_masks *masks) {
    const __m256i quote = _mm256_set1_epi8('"'), backslash = _mm256_set1_epi8('\\');
    const __m256i space = _mm256_set1_epi8(0x20);
    __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)bytes);
    __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + 32));
    masks->quote = both(_mm256_cmpeq_epi8(a, quote), _mm256_cmpeq_epi8(b, quote));
    masks->backslash = both(_mm256_cmpeq_epi8(a, backslash), _mm256_cmpeq_epi8(b, backslash));
    masks->control = ~both(_mm256_cmpeq_epi8(_mm256_max_epu8(a, space), a),
                           _mm256_cmpeq_epi8(_mm256_max_epu8(b, space), b));
    masks->high = both(a, b);
}

AVX2 static inline uint64_t brackets_avx2(const uint8_t *bytes) {
    const __m256i bit = _mm256_set1_epi8(0x20);
    const __m256i opening = _mm256_set1_epi8('{'), closing = _mm256_set1_epi8('}');
    __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)bytes);
    __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + 32));
    a = _mm256_or_si256(a, bit);
    b = _mm256_or_si256(b, bit);
    return both(_mm256_or_si256(_mm256_cmpeq_epi8(a, opening), _mm256_cmpeq_epi8(a, closing)),
                _mm256_or_si256(_mm256_cmpeq_epi8(b, opening), _mm256_cmpeq_epi8(b, closing)));
}

AVX2 static inline uint64_t prefix_xor_avx2(uint64_t bits) {
    __m128i ones = _mm_set1_epi8((char)0xff), value = _mm_set_epi64x(0, (long long)bits);
    return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(value, ones, 0));
}

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi2,pclmul,popcnt,bmi")))

AVX512 static inline void masks_avx512(const uint8_t *bytes, cev_masks *masks) {
    __m512i b = _mm512_loadu_si512(bytes);
    masks->quote = _mm512_cmpeq_epi8_mask(b, _mm512_set1_epi8('"'));
    masks->backslash = _mm512_cmpeq_epi8_mask(b, _mm512_set1_epi8('\\'));
    masks->control = _mm512_cmplt_epu8_mask(b, _mm512_set1_epi8(0x20));
    masks->high = _mm512_movepi8_mask(b);
}

AVX512 static inline uint64_t brackets_avx512(const uint8_t *bytes) {
    __m512i b = _mm512_or_si512(_mm512_loadu_si512(bytes), _mm512_set1_epi8(0x20));
    return _mm512_cmpeq_epi8_mask(b, _mm512_set1_epi8('{')) |
           _mm512_cmpeq_epi8_mask(b, _mm512_set1_epi8('}'));
}

/* VBMI2 packs the numbers of the bits that are set, and sixteen are written at a time. */
AVX512 static inline void places_avx512(uint64_t bits, size_t count, uint32_t at, uint32_t *place) {
    static const uint8_t numbers[64] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
        44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63,
    };
    __m512i from = _mm512_set1_epi32((int)at);
    __m512i packed = _mm512_maskz_compress_epi8(bits, _mm512_loadu_si512(numbers));
    for (size_t done = 0; done < count; done += 16) {
        __m512i some = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(packed));
        _mm512_storeu_si512(place + done, _mm512_add_epi32(some, from));
        packed = _mm512_alignr_epi64(packed, packed, 2);
    }
}

#elif defined(__aarch64__)

static inline uint64_t bits_neon(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d) {
    static const uint8_t powers[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t bit = vld1q_u8(powers);
    uint8x16_t ab = vpaddq_u8(vandq_u8(a, bit), vandq_u8(b, bit));
    uint8x16_t cd = vpaddq_u8(vandq_u8(c, bit), vandq_u8(d, bit));
    uint8x16_t all = vpaddq_u8(ab, cd);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(all, all)), 0);
}

static inline void masks_neon(const uint8_t *bytes, cev_masks *masks) {
    uint8x16_t a = vld1q_u8(bytes), b = vld1q_u8(bytes + 16);
    uint8x16_t c = vld1q_u8(bytes + 32), d = vld1q_u8(bytes + 48);
#define EACH(f, value) bits_neon(f(a, value), f(b, value), f(c, value), f(d, value))
    masks->quote = EACH(vceqq_u8, vdupq_n_u8('"'));
    masks->backslash = EACH(vceqq_u8, vdupq_n_u8('\\'));
    masks->control = EACH(vcltq_u8, vdupq_n_u8(0x20));
    masks->high = EACH(vcgeq_u8, vdupq_n_u8(0x80));
#undef EACH
}

static inline uint64_t brackets_neon(const uint8_t *bytes) {
    uint8x16_t bit = vdupq_n_u8(0x20), opening = vdupq_n_u8('{'), closing = vdupq_n_u8('}');
    uint8x16_t a = vorrq_u8(vld1q_u8(bytes), bit), b = vorrq_u8(vld1q_u8(bytes + 16), bit);
    uint8x16_t c = vorrq_u8(vld1q_u8(bytes + 32), bit), d = vorrq_u8(vld1q_u8(bytes + 48), bit);
#define EITHER(v) vorrq_u8(vceqq_u8(v, opening), vceqq_u8(v, closing))
    return bits_neon(EITHER(a), EITHER(b), EITHER(c), EITHER(d));
#undef EITHER
}

#endif

#endif
