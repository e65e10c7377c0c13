#ifndef PROVENDER_COPENSSL_SHA256_H
#define PROVENDER_COPENSSL_SHA256_H
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// The most bytes by which a message grows into whole blocks (FIPS 180-4 section 5.1.1).
#define PROVENDER_SHA256_PADDING 72

// SHA-256 by the functions that libcrypto has for it alone. EVP allocates and frees a state for every
// message, which takes as long as hashing one block. OpenSSL 3.0 deprecates these functions in its
// favour, so that a libcrypto may be without them: then, and where the process must use a FIPS
// provider, provender_sha256_is_direct() is 0 and none of the others may be called.

#ifndef OPENSSL_NO_DEPRECATED_3_0

typedef SHA256_CTX provender_sha256;
typedef uint32_t provender_words __attribute__((vector_size(16)));

static inline int provender_sha256_is_direct(void) {
  return EVP_default_properties_is_fips_enabled(NULL) == 0;
}

static inline int provender_sha256_start(provender_sha256 *state) { return SHA256_Init(state); }

static inline int provender_sha256_absorb(
    provender_sha256 *state, const void *bytes, size_t count) {
  return SHA256_Update(state, bytes, count);
}

static inline int provender_sha256_squeeze(provender_sha256 *state, void *digest) {
  return SHA256_Final((unsigned char *)digest, state);
}

/// The digest of a message that carries its padding (FIPS 180-4 section 5.1.1): whole blocks, of which
/// libcrypto keeps none back, so that the state after them is the digest.
static inline int provender_sha256_blocks(const void *blocks, size_t count, void *digest) {
  SHA256_CTX state;
  if (SHA256_Init(&state) != 1 || SHA256_Update(&state, blocks, count) != 1) return 0;
  // Four words a step: whoever reads the digest at once does not wait for smaller stores.
  for (size_t half = 0; half < 2; half += 1) {
    provender_words words;
    memcpy(&words, state.h + 4 * half, sizeof words);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    words = words >> 24 | (words >> 8 & 0xff00) | (words & 0xff00) << 8 | words << 24;
#endif
    memcpy((unsigned char *)digest + sizeof words * half, &words, sizeof words);
  }
  return 1;
}

/// The digest of a message behind which PROVENDER_SHA256_PADDING bytes may be written: they are lent
/// to the padding and put back.
static inline int provender_sha256_lending(unsigned char *message, size_t count, void *digest) {
  unsigned char lent[PROVENDER_SHA256_PADDING];
  unsigned char *padding = message + count;
  memcpy(lent, padding, sizeof lent);
  memset(padding, 0, sizeof lent);
  padding[0] = 0x80;
  size_t padded = (count + PROVENDER_SHA256_PADDING) / 64 * 64;
  uint64_t bits = 8 * (uint64_t)count;
  for (int byte = 1; byte <= 8; byte += 1, bits >>= 8) message[padded - byte] = (unsigned char)bits;
  int result = provender_sha256_blocks(message, padded, digest);
  memcpy(padding, lent, sizeof lent);
  return result;
}

#else

typedef struct {
  unsigned char unused;
} provender_sha256;

static inline int provender_sha256_is_direct(void) { return 0; }

static inline int provender_sha256_start(provender_sha256 *state) {
  (void)state;
  return 0;
}

static inline int provender_sha256_absorb(
    provender_sha256 *state, const void *bytes, size_t count) {
  (void)state, (void)bytes, (void)count;
  return 0;
}

static inline int provender_sha256_squeeze(provender_sha256 *state, void *digest) {
  (void)state, (void)digest;
  return 0;
}

static inline int provender_sha256_blocks(const void *blocks, size_t count, void *digest) {
  (void)blocks, (void)count, (void)digest;
  return 0;
}

static inline int provender_sha256_lending(unsigned char *message, size_t count, void *digest) {
  (void)message, (void)count, (void)digest;
  return 0;
}

#endif
#endif
