// Durable inserts into SQLite, and the bare disk, in C, so that no language's bindings are measured.
//
//   append_sqlite sqlite FILE BATCH SECONDS [THREADS]   WAL, synchronous=FULL, one transaction a batch
//   append_sqlite disk FILE BATCH SECONDS               BATCH * 300 bytes and fdatasync, into written space
//
// Prints payloads of 300 bytes made durable, each second. Threads share one connection, which is the
// fastest that SQLite offers to several callers.
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { payload_size = 300, payload_count = 1000 };

static unsigned char payloads[payload_count][payload_size];
static int batch;
static double end;
static sqlite3 *database;
static sqlite3_stmt *begin, *insert, *commit;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long total;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

static void check(int result, const char *what) {
  if (result == SQLITE_OK || result == SQLITE_DONE || result == SQLITE_ROW) return;
  fprintf(stderr, "%s: %s\n", what, sqlite3_errmsg(database));
  exit(74);
}

static void run(sqlite3_stmt *statement) {
  check(sqlite3_step(statement), "step");
  check(sqlite3_reset(statement), "reset");
}

static void append(int place) {
  if (batch > 1) run(begin);
  for (int i = 0; i < batch; i++) {
    check(sqlite3_bind_blob(insert, 1, payloads[(place + i) % payload_count], payload_size, SQLITE_STATIC), "bind");
    run(insert);
  }
  if (batch > 1) run(commit);
}

static void *work(void *argument) {
  int place = (int)(intptr_t)argument;
  while (now() < end) {
    pthread_mutex_lock(&mutex);
    append(place);
    total += batch;
    pthread_mutex_unlock(&mutex);
    place = (place + batch) % payload_count;
  }
  return NULL;
}

static void prepare(const char *text, sqlite3_stmt **statement) {
  check(sqlite3_prepare_v3(database, text, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL), text);
}

static double sqlite(const char *path, double seconds, int threads) {
  check(sqlite3_open(path, &database), "open");
  check(sqlite3_exec(database, "pragma journal_mode=wal; pragma synchronous=full; create table notes(id integer primary key, payload blob)", NULL, NULL, NULL), "create");
  prepare("begin immediate", &begin);
  prepare("insert into notes(payload) values(?)", &insert);
  prepare("commit", &commit);
  append(0);
  double start = now();
  end = start + seconds;
  pthread_t others[64];
  for (int i = 1; i < threads; i++) pthread_create(&others[i], NULL, work, (void *)(intptr_t)i);
  work(NULL);
  for (int i = 1; i < threads; i++) pthread_join(others[i], NULL);
  return total / (now() - start);
}

static double disk(const char *path, double seconds) {
  int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  size_t size = (size_t)batch * payload_size, space = 256 << 20;
  char *bytes = calloc(1, space);
  if (file < 0 || !bytes || pwrite(file, bytes, space, 0) != (ssize_t)space || fdatasync(file)) exit(74);
  for (size_t i = 0; i < size; i++) bytes[i] = ((unsigned char *)payloads)[i % sizeof payloads];
  double start = now();
  long count = 0;
  for (size_t place = 0; now() - start < seconds; count++) {
    // Frames start at multiples of 512 bytes.
    if (place + size > space) place = 0;
    if (pwrite(file, bytes, size, place) != (ssize_t)size || fdatasync(file)) exit(74);
    place += (size + 511) / 512 * 512;
  }
  return count * batch / (now() - start);
}

int main(int count, char **words) {
  if (count < 5) {
    fprintf(stderr, "usage: append_sqlite sqlite|disk FILE BATCH SECONDS [THREADS]\n");
    return 64;
  }
  uint64_t state = 7;
  for (size_t i = 0; i < sizeof payloads; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    ((unsigned char *)payloads)[i] = state >> 56;
  }
  batch = atoi(words[3]);
  int threads = count > 5 ? atoi(words[5]) : 1;
  if (batch < 1 || threads < 1 || threads > 64) return 64;
  int is_disk = strcmp(words[1], "disk") == 0;
  printf("%.0f\n", is_disk ? disk(words[2], atof(words[4])) : sqlite(words[2], atof(words[4]), threads));
}
