#include "CSimdJSON.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace {

/// Which of 64 bytes are quotes, backslashes and brackets, one bit each.
struct block {
  uint64_t quotes;
  uint64_t backslashes;
  uint64_t opens;
  uint64_t closes;
};

#if defined(__SSE2__)

/// Brackets and braces differ in bit 5 alone: setting it folds `[` on `{` and `]` on `}`.
block classify(const uint8_t *bytes) {
  const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
  const __m128i open = _mm_set1_epi8('{'), close = _mm_set1_epi8('}'), fold = _mm_set1_epi8(0x20);
  block result = {0, 0, 0, 0};
  for (int part = 0; part < 4; part++) {
    const __m128i in = _mm_loadu_si128(reinterpret_cast<const __m128i *>(bytes + 16 * part));
    const __m128i folded = _mm_or_si128(in, fold);
    const auto bits = [part](__m128i equal) {
      return static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(equal))) << (16 * part);
    };
    result.quotes |= bits(_mm_cmpeq_epi8(in, quote));
    result.backslashes |= bits(_mm_cmpeq_epi8(in, backslash));
    result.opens |= bits(_mm_cmpeq_epi8(folded, open));
    result.closes |= bits(_mm_cmpeq_epi8(folded, close));
  }
  return result;
}

#else

block classify(const uint8_t *bytes) {
  block result = {0, 0, 0, 0};
  for (int index = 0; index < 64; index++) {
    const uint8_t byte = bytes[index];
    result.quotes |= static_cast<uint64_t>(byte == '"') << index;
    result.backslashes |= static_cast<uint64_t>(byte == '\\') << index;
    result.opens |= static_cast<uint64_t>((byte | 0x20) == '{') << index;
    result.closes |= static_cast<uint64_t>((byte | 0x20) == '}') << index;
  }
  return result;
}

#endif

/// The bits that a backslash escapes; `carry` passes from block to block.
uint64_t escaped_bits(uint64_t backslashes, uint64_t &carry) {
  uint64_t result = carry;
  carry = 0;
  backslashes &= ~result;
  while (backslashes != 0) {
    const int at = __builtin_ctzll(backslashes);
    if (at == 63) {
      carry = 1;
      break;
    }
    const uint64_t next = 1ULL << (at + 1);
    result |= next;
    backslashes &= ~(next | (next - 1));
  }
  return result;
}

/// Bit n of the result is the parity of bits 0...n.
uint64_t parity_prefix(uint64_t bits) {
  for (int shift = 1; shift < 64; shift <<= 1) {
    bits ^= bits << shift;
  }
  return bits;
}

} // namespace

size_t provender_json_skip(provender_json_scan *scan, int64_t floor, const uint8_t *bytes,
                           size_t length) {
  size_t position = 0;
  while (position < length) {
    uint8_t tail[64];
    const uint8_t *in = bytes + position;
    const size_t count = length - position < 64 ? length - position : 64;
    if (count < 64) {
      memset(tail, ' ', sizeof tail);
      memcpy(tail, in, count);
      in = tail;
    }
    const block found = classify(in);
    uint64_t escape = scan->escaped;
    const uint64_t escaped = escaped_bits(found.backslashes, escape);
    const uint64_t quotes = found.quotes & ~escaped;
    const uint64_t inside = parity_prefix(quotes) ^ scan->in_string;
    uint64_t brackets = (found.opens | found.closes) & ~inside;
    const int opened = __builtin_popcountll(found.opens & ~inside);
    const int closed = __builtin_popcountll(found.closes & ~inside);
    if (scan->depth - closed > floor) {
      // Even if every closing bracket came first, the floor would not be reached.
      scan->depth += opened - closed;
    } else {
      while (brackets != 0) {
        const int at = __builtin_ctzll(brackets);
        brackets &= brackets - 1;
        scan->depth += (found.opens >> at & 1) ? 1 : -1;
        if (scan->depth <= floor) {
          // Brackets stand outside strings, so nothing is escaped behind this one.
          scan->in_string = 0;
          scan->escaped = 0;
          return position + static_cast<size_t>(at) + 1;
        }
      }
    }
    // A partial block was filled up with blanks: an escape at its end has not been taken yet.
    scan->in_string = (inside >> (count - 1) & 1) ? ~0ULL : 0;
    scan->escaped = count == 64 ? escape : (escaped >> count) & 1;
    position += count;
  }
  return length;
}
