#include "CChecksum.h"
#include <string.h>

// The instruction needs a target attribute, which Swift has not, and the package must do without
// unsafe flags: hence a C function, which may carry one.

#if defined(__x86_64__)

int provender_crc32c_has_instruction(void) { return __builtin_cpu_supports("sse4.2") != 0; }

__attribute__((target("sse4.2"))) uint32_t
provender_crc32c_update(uint32_t state, const void *bytes, size_t count) {
  const uint8_t *place = bytes;
  uint64_t crc = state;
  for (; count >= 8; count -= 8, place += 8) {
    uint64_t word;
    memcpy(&word, place, sizeof word);
    crc = __builtin_ia32_crc32di(crc, word);
  }
  for (; count > 0; count -= 1, place += 1)
    crc = __builtin_ia32_crc32qi((uint32_t)crc, *place);
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
