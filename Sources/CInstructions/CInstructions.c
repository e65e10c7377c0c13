#include "CInstructions.h"

size_t provender_numbers_portable(
    const uint64_t *words, size_t first, size_t end, uint32_t *numbers) {
  size_t count = 0;
  for (size_t word = first; word < end; word++) {
    for (uint64_t bits = words[word]; bits; bits &= bits - 1) {
      numbers[count++] = (uint32_t)(word * 64) | (uint32_t)__builtin_ctzll(bits);
    }
  }
  return count;
}

#if defined(__x86_64__)

#include <immintrin.h>

/// Sixteen numbers at a time, of which those whose bit is set are moved together.
__attribute__((target("avx512f,popcnt"))) static size_t
numbers_by_vectors(const uint64_t *words, size_t first, size_t end, uint32_t *numbers) {
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i sixteen = _mm512_set1_epi32(16);
  uint32_t *place = numbers;
  for (size_t word = first; word < end; word++) {
    uint64_t bits = words[word];
    if (!bits) continue;
    __m512i here = _mm512_add_epi32(lanes, _mm512_set1_epi32((int)(word * 64)));
    for (int quarter = 0; quarter < 4; quarter++) {
      __mmask16 mask = (__mmask16)(bits >> (16 * quarter));
      _mm512_storeu_si512(place, _mm512_maskz_compress_epi32(mask, here));
      place += __builtin_popcount(mask);
      here = _mm512_add_epi32(here, sixteen);
    }
  }
  return (size_t)(place - numbers);
}

#endif

size_t provender_numbers(const uint64_t *words, size_t first, size_t end, uint32_t *numbers) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("popcnt")) {
    return numbers_by_vectors(words, first, end, numbers);
  }
#endif
  return provender_numbers_portable(words, first, end, numbers);
}
