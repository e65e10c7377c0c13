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

size_t provender_select_portable(
    const uint32_t *numbers, size_t count, const uint64_t *words, uint32_t floor,
    uint32_t *selected) {
  size_t found = 0;
  for (size_t place = 0; place < count; place++) {
    uint32_t number = numbers[place];
    if (number < floor) continue;
    selected[found] = number;
    found += words[number / 64] >> (number % 64) & 1;
  }
  return found;
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

/// Sixteen numbers at a time; bits are looked up where one of the sixteen is not below the floor.
__attribute__((target("avx512f,popcnt"))) static size_t select_by_vectors(
    const uint32_t *numbers, size_t count, const uint64_t *words, uint32_t floor,
    uint32_t *selected) {
  const __m512i lowest = _mm512_set1_epi32((int)floor);
  const __m512i one = _mm512_set1_epi32(1);
  uint32_t *place = selected;
  for (size_t first = 0; first < count; first += 16) {
    size_t left = count - first;
    __mmask16 mask = left < 16 ? (__mmask16)((1u << left) - 1) : (__mmask16)0xFFFF;
    __m512i here = _mm512_maskz_loadu_epi32(mask, numbers + first);
    mask = _mm512_mask_cmpge_epu32_mask(mask, here, lowest);
    if (!mask) continue;
    __m512i bits = _mm512_mask_i32gather_epi32(
        _mm512_setzero_si512(), mask, _mm512_srli_epi32(here, 5), words, 4);
    __m512i bit = _mm512_sllv_epi32(one, _mm512_and_si512(here, _mm512_set1_epi32(31)));
    mask = _mm512_mask_test_epi32_mask(mask, bits, bit);
    _mm512_storeu_si512(place, _mm512_maskz_compress_epi32(mask, here));
    place += __builtin_popcount(mask);
  }
  return (size_t)(place - selected);
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

size_t provender_select(
    const uint32_t *numbers, size_t count, const uint64_t *words, uint32_t floor,
    uint32_t *selected) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("popcnt")) {
    return select_by_vectors(numbers, count, words, floor, selected);
  }
#endif
  return provender_select_portable(numbers, count, words, floor, selected);
}
