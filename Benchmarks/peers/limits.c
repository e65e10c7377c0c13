// What this machine can do at best: bandwidth and latency of memory, SHA-256 on one core, syncs of a
// small write. The figures that others are held against.
//
//     cc -O3 -march=native limits.c -lcrypto -lpthread -o limits && ./limits [DIRECTORY]
//
// DIRECTORY is where 4 KiB are written and synced again and again; default: the working directory.
#define _GNU_SOURCE
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void *region(size_t count, int is_huge) {
  size_t page = (size_t)2 << 20;
  char *base = mmap(NULL, count + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) {
    perror("limits");
    exit(74);
  }
  base = (char *)(((uintptr_t)base + page - 1) & ~(uintptr_t)(page - 1));
  madvise(base, count, is_huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  memset(base, 1, count);
  return base;
}

typedef struct {
  const uint64_t *words;
  size_t count;
  uint64_t sum;
} reading;

static void *read_all(void *argument) {
  reading *part = argument;
  uint64_t sum = 0;
  for (size_t place = 0; place < part->count; place++) sum += part->words[place];
  part->sum = sum;
  return NULL;
}

static void bandwidth(void) {
  size_t count = (size_t)1 << 26;
  uint64_t *words = region(count * 8, 1);
  for (int threads = 1; threads <= 2; threads++) {
    double best = 1e9;
    for (int round = 0; round < 5; round++) {
      pthread_t ids[2];
      reading parts[2];
      double start = now();
      for (int thread = 0; thread < threads; thread++) {
        size_t share = count / (size_t)threads;
        parts[thread] = (reading){words + (size_t)thread * share, share, 0};
        pthread_create(&ids[thread], NULL, read_all, &parts[thread]);
      }
      for (int thread = 0; thread < threads; thread++) pthread_join(ids[thread], NULL);
      double took = now() - start;
      if (took < best) best = took;
    }
    printf("memory read, %d thread%s: %.1f GB/s\n", threads, threads > 1 ? "s" : "",
           (double)count * 8 / best / 1e9);
  }
}

static uint64_t state = 88172645463325252u;

static uint64_t next(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

// Reads that wait for each other, round a random ring of all lines; and reads that do not.
static void latency(size_t bytes, int is_huge) {
  size_t lines = bytes / 64, steps = 2000000;
  char *base = region(bytes, is_huge);
  uint32_t *order = malloc(lines * sizeof *order);
  if (!order) exit(74);
  for (size_t line = 0; line < lines; line++) order[line] = (uint32_t)line;
  for (size_t line = lines - 1; line > 0; line--) {
    size_t other = next() % line;
    uint32_t kept = order[line];
    order[line] = order[other];
    order[other] = kept;
  }
  for (size_t line = 0; line < lines; line++)
    *(void **)(base + (size_t)order[line] * 64) = base + (size_t)order[(line + 1) % lines] * 64;
  void **at = (void **)base;
  double dependent = 1e9, independent = 1e9;
  volatile uint64_t sink = 0;
  for (int round = 0; round < 3; round++) {
    double start = now();
    for (size_t step = 0; step < steps; step++) at = *at;
    double took = (now() - start) / (double)steps * 1e9;
    sink += (uintptr_t)at;
    if (took < dependent) dependent = took;
    uint64_t sum = 0;
    start = now();
    for (size_t step = 0; step < steps; step++)
      sum += *(uint64_t *)(base + (size_t)order[step % lines] * 64);
    took = (now() - start) / (double)steps * 1e9;
    sink += sum;
    if (took < independent) independent = took;
  }
  printf("read at random within %zu MiB, pages of %s: %.1f ns after each other, %.2f ns beside\n",
         bytes >> 20, is_huge ? "2 MiB" : "4 KiB", dependent, independent);
  free(order);
}

static void hashing(void) {
  static uint8_t message[1 << 20];
  uint8_t digest[32];
  EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  size_t sizes[] = {65, 1 << 20};
  for (int size = 0; size < 2; size++) {
    size_t rounds = sizes[size] == 65 ? 2000000 : 500;
    double start = now();
    for (size_t round = 0; round < rounds; round++) {
      EVP_DigestInit_ex2(context, sha256, NULL);
      EVP_DigestUpdate(context, message, sizes[size]);
      EVP_DigestFinal_ex(context, digest, NULL);
    }
    double took = now() - start;
    printf("SHA-256 of %zu bytes on one core: %.0f ns, %.2f GB/s\n", sizes[size],
           took / (double)rounds * 1e9, (double)(rounds * sizes[size]) / took / 1e9);
  }
}

static void syncing(const char *directory) {
  char path[4096], block[4096];
  snprintf(path, sizeof path, "%s/limits-XXXXXX", directory);
  int file = mkstemp(path);
  if (file < 0) {
    perror(path);
    exit(74);
  }
  unlink(path);
  memset(block, 0, sizeof block);
  for (int place = 0; place < 1024; place++)
    if (pwrite(file, block, sizeof block, place * 4096L) != 4096) exit(74);
  fsync(file);
  int rounds = 2000;
  double start = now();
  for (int round = 0; round < rounds; round++) {
    memset(block, round, sizeof block);
    if (pwrite(file, block, sizeof block, round % 1024 * 4096L) != 4096) exit(74);
    if (fdatasync(file) != 0) exit(74);
  }
  printf("4 KiB written in place and fdatasync: %.0f a second\n", rounds / (now() - start));
  close(file);
}

int main(int count, char **arguments) {
  bandwidth();
  for (int is_huge = 1; is_huge >= 0; is_huge--) {
    latency((size_t)16 << 20, is_huge);
    latency((size_t)256 << 20, is_huge);
    latency((size_t)1 << 30, is_huge);
  }
  hashing();
  syncing(count > 1 ? arguments[1] : ".");
}
