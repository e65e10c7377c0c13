#ifndef PROVENDER_CPREFETCH_H
#define PROVENDER_CPREFETCH_H
#include <stdint.h>

// Two instructions that Swift has no word for, or does not use without unsafe flags.

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

#endif
