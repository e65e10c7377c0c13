#ifndef PROVENDER_CPREFETCH_H
#define PROVENDER_CPREFETCH_H

/// Asks the processor to bring the cache line at an address near, for reading. Any address will do:
/// one that is not mapped is ignored.
static inline __attribute__((always_inline)) void provender_prefetch(const void *place) {
  __builtin_prefetch(place, 0, 3);
}

#endif
