// The hashes that a full verification of a ledger makes, in bare OpenSSL: as many messages of the same
// lengths, with one reused context and a fetched digest for each thread, one update a message.
//
//     cc -O2 hashes.c -lcrypto -lpthread -o hashes && ./hashes LEDGER THREADS
//
// Prints seconds of processor time and of wall time. It reads the lengths in the frames first, which
// is not timed, and checks nothing.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SEGMENT_HEADER = 512, FRAME_HEADER = 96, ENTRY = 96, DIRECTORY = 16, SALTS = 32 };

// The bytes hashed for payload and links of each entry: domain byte, salt, and the part.
typedef struct {
  uint32_t payload, links;
} lengths;

static lengths *entries;
static size_t entry_count, entry_room;
static int thread_count;
static EVP_MD *sha256;

static uint32_t big_endian(const uint8_t *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void *checked(void *memory) {
  if (memory == NULL || memory == MAP_FAILED) {
    perror("hashes");
    exit(74);
  }
  return memory;
}

static void read_segment(const char *path) {
  int file = open(path, O_RDONLY);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) checked(NULL);
  size_t size = (size_t)status.st_size;
  uint8_t *bytes = checked(mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0));
  size_t at = SEGMENT_HEADER;
  while (at + FRAME_HEADER <= size && memcmp(bytes + at, "\xFFPVRFRAM", 8) == 0) {
    size_t count = big_endian(bytes + at + 40);
    size_t parts = (size_t)big_endian(bytes + at + 48) + big_endian(bytes + at + 52);
    size_t end = at + FRAME_HEADER + (ENTRY + DIRECTORY + SALTS) * count + parts;
    if (end > size) break;
    for (size_t record = 0; record < count; record++) {
      const uint8_t *row = bytes + at + FRAME_HEADER + ENTRY * count + DIRECTORY * record;
      if (entry_count == entry_room) {
        entry_room = entry_room ? 2 * entry_room : 1 << 20;
        entries = checked(realloc(entries, entry_room * sizeof *entries));
      }
      entries[entry_count++] = (lengths){17 + big_endian(row), 17 + big_endian(row + 4)};
    }
    at = (end + 511) / 512 * 512;
  }
  munmap(bytes, size);
  close(file);
}

static void hash(EVP_MD_CTX *context, const void *message, size_t count, uint8_t *digest) {
  EVP_DigestInit_ex2(context, sha256, NULL);
  EVP_DigestUpdate(context, message, count);
  EVP_DigestFinal_ex(context, digest, NULL);
}

static void *work(void *number) {
  size_t thread = (size_t)number;
  size_t from = entry_count * thread / thread_count, to = entry_count * (thread + 1) / thread_count;
  size_t room = 1 << 18;
  for (size_t entry = from; entry < to; entry++) {
    size_t needed = (size_t)entries[entry].payload + entries[entry].links + 97;
    if (needed > room) room = needed;
  }
  uint8_t *buffer = checked(malloc(room));
  memset(buffer, (int)thread + 1, room);
  uint8_t digest[32];
  EVP_MD_CTX *context = checked(EVP_MD_CTX_new());
  size_t at = 0;
  for (size_t entry = from; entry < to; entry++) {
    size_t payload = entries[entry].payload, links = entries[entry].links;
    if (at + payload + links + 97 > room) at = 0;
    hash(context, buffer + at, 97, digest);  // the leaf
    at += 97;
    hash(context, buffer + at, payload, digest);
    at += payload;
    hash(context, buffer + at, links, digest);
    at += links;
    hash(context, buffer, 85, digest);         // the commitment to both
    if (entry) hash(context, buffer, 65, digest);  // a node of the tree
  }
  EVP_MD_CTX_free(context);
  free(buffer);
  return NULL;
}

static double seconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

int main(int count, char **arguments) {
  thread_count = count == 3 ? atoi(arguments[2]) : 0;
  if (thread_count < 1 || thread_count > 64) {
    fprintf(stderr, "usage: hashes LEDGER THREADS\n");
    return 64;
  }
  char path[4096];
  snprintf(path, sizeof path, "%s/log", arguments[1]);
  DIR *log = checked(opendir(path));
  for (struct dirent *item; (item = readdir(log));) {
    char segment[8192];
    if (!strstr(item->d_name, ".seg")) continue;
    snprintf(segment, sizeof segment, "%s/%s", path, item->d_name);
    read_segment(segment);
  }
  sha256 = checked(EVP_MD_fetch(NULL, "SHA256", NULL));
  double wall = seconds(CLOCK_MONOTONIC), processor = seconds(CLOCK_PROCESS_CPUTIME_ID);
  pthread_t threads[64];
  for (long thread = 1; thread < thread_count; thread++)
    pthread_create(&threads[thread], NULL, work, (void *)thread);
  work(NULL);
  for (int thread = 1; thread < thread_count; thread++) pthread_join(threads[thread], NULL);
  printf("%.4f %.4f\n", seconds(CLOCK_PROCESS_CPUTIME_ID) - processor,
         seconds(CLOCK_MONOTONIC) - wall);
  fprintf(stderr, "%zu entries\n", entry_count);
}
