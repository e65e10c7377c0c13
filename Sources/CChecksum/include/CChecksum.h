#ifndef PROVENDER_CCHECKSUM_H
#define PROVENDER_CCHECKSUM_H
#include <stddef.h>
#include <stdint.h>

/// Whether this processor has an instruction for CRC-32C.
int provender_crc32c_has_instruction(void);

/// Carries a CRC-32C register (inverted, as the algorithm keeps it) over some bytes.
/// Only where provender_crc32c_has_instruction() is not 0.
uint32_t provender_crc32c_update(uint32_t state, const void *bytes, size_t count);

#endif
