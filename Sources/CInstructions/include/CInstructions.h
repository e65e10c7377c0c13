#ifndef PROVENDER_CINSTRUCTIONS_H
#define PROVENDER_CINSTRUCTIONS_H
#include <stddef.h>
#include <stdint.h>

// Instructions that Swift has no word for, or does not use without unsafe flags.

/// Asks the processor to bring the cache line at an address near, for reading. Any address will do:
/// one that is not mapped is ignored.
static inline __attribute__((always_inline)) void provender_prefetch(const void *place) {
  __builtin_prefetch(place, 0, 3);
}

/// How many bits are set, by the processor's own instruction where there is one.
static inline __attribute__((always_inline)) intptr_t provender_bit_count(uint64_t word) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("popcnt")) {
    uint64_t count;
    __asm__("popcnt %1, %0" : "=r"(count) : "r"(word) : "cc");
    return (intptr_t)count;
  }
#endif
  return (intptr_t)__builtin_popcountll(word);
}

/// Writes the numbers of the bits that are set in words `first` to before `end`, in ascending order, by
/// vectors of 512 bits where the processor has them. Up to 16 numbers after the last may be overwritten.
/// Returns how many there are.
size_t provender_numbers(const uint64_t *words, size_t first, size_t end, uint32_t *numbers);

/// As `provender_numbers`, without vectors.
size_t provender_numbers_portable(
    const uint64_t *words, size_t first, size_t end, uint32_t *numbers);

/// Writes those of some numbers whose bit is set in `words`, in their order, by vectors of 512 bits where
/// the processor has them. No bit of a number below `floor` may be set; numbers are below 2^31. Up to 16
/// numbers after the last may be overwritten. Returns how many there are.
size_t provender_select(
    const uint32_t *numbers, size_t count, const uint64_t *words, uint32_t floor,
    uint32_t *selected);

/// As `provender_select`, without vectors.
size_t provender_select_portable(
    const uint32_t *numbers, size_t count, const uint64_t *words, uint32_t floor,
    uint32_t *selected);

#endif
