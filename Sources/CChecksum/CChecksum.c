#include "CChecksum.h"
#include <string.h>

// The instruction needs a target attribute, which Swift has not, and the package must do without
// unsafe flags: hence a C function, which may carry one.

#if defined(__x86_64__)

#include <nmmintrin.h>
#include <wmmintrin.h>

#define WITH_INSTRUCTIONS __attribute__((target("sse4.2,pclmul")))

int provender_crc32c_has_instruction(void) {
  return __builtin_cpu_supports("sse4.2") != 0 && __builtin_cpu_supports("pclmul") != 0;
}

static inline uint64_t load(const uint8_t *place) {
  uint64_t word;
  memcpy(&word, place, sizeof word);
  return word;
}

/// Carries a register over zero bytes, given x^(8 bytes - 33) modulo the polynomial. The product of the
/// two has 63 bits; as a message after an empty register, the instruction reduces it.
WITH_INSTRUCTIONS static inline uint64_t skip(uint64_t crc, uint32_t power) {
  __m128i product =
      _mm_clmulepi64_si128(_mm_cvtsi64_si128((int64_t)crc), _mm_cvtsi32_si128((int)power), 0);
  return _mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(product));
}

/// Three lanes side by side, since the instruction takes three cycles and a new one may begin in each.
WITH_INSTRUCTIONS static inline uint64_t
lanes(uint64_t first, const uint8_t *place, size_t width, uint32_t one_lane, uint32_t two_lanes) {
  uint64_t second = 0, third = 0;
  for (const uint8_t *end = place + width; place < end; place += 8) {
    first = _mm_crc32_u64(first, load(place));
    second = _mm_crc32_u64(second, load(place + width));
    third = _mm_crc32_u64(third, load(place + 2 * width));
  }
  return skip(first, two_lanes) ^ skip(second, one_lane) ^ third;
}

WITH_INSTRUCTIONS uint32_t
provender_crc32c_update(uint32_t state, const void *bytes, size_t count) {
  const uint8_t *place = bytes;
  uint64_t crc = state;
  for (; count >= 3 * 192; count -= 3 * 192, place += 3 * 192)
    crc = lanes(crc, place, 192, 0xab7aff2a, 0xd270f1a2);
  for (; count >= 3 * 64; count -= 3 * 64, place += 3 * 64)
    crc = lanes(crc, place, 64, 0x9e4addf8, 0x0d3b6092);
  for (; count >= 8; count -= 8, place += 8) crc = _mm_crc32_u64(crc, load(place));
  for (; count > 0; count -= 1, place += 1) crc = _mm_crc32_u8((uint32_t)crc, *place);
  return (uint32_t)crc;
}

#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)

int provender_crc32c_has_instruction(void) { return 1; }

uint32_t provender_crc32c_update(uint32_t state, const void *bytes, size_t count) {
  const uint8_t *place = bytes;
  for (; count >= 8; count -= 8, place += 8) {
    uint64_t word;
    memcpy(&word, place, sizeof word);
    state = __builtin_arm_crc32cd(state, word);
  }
  for (; count > 0; count -= 1, place += 1)
    state = __builtin_arm_crc32cb(state, *place);
  return state;
}

#else

int provender_crc32c_has_instruction(void) { return 0; }

uint32_t provender_crc32c_update(uint32_t state, const void *bytes, size_t count) {
  (void)bytes;
  (void)count;
  return state;
}

#endif
