// Bad luck on command, loaded into a process by LD_PRELOAD: syncs and writes that fail with EIO, and a wall clock that is off.
// What goes wrong stands in the file that SLUICE_SHIM names, which a test writes while the process runs (shim.ts).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct control {
  // Seconds that the wall clock is ahead.
  _Atomic int64_t clock;
  // Whether syncs fail, and writes to regular files.
  _Atomic int32_t syncs_fail;
  _Atomic int32_t writes_fail;
  // How many calls have failed.
  _Atomic int32_t failed;
  // Whether a sync that fails loses what it should have made safe, and how often one did.
  _Atomic int32_t discard;
  _Atomic int32_t discarded;
};

static struct control *control;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("SLUICE_SHIM");
  int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *map = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (map != MAP_FAILED) control = map;
}

#define REAL(name) \
  static typeof(name) *real; \
  if (!real) real = (typeof(name) *)dlsym(RTLD_NEXT, #name)

static int fail(void) {
  atomic_fetch_add(&control->failed, 1);
  errno = EIO;
  return -1;
}

// Up to where files were when they were synced last. What was written after that is gone when a sync fails: so a disk may
// have it after a power cut, and so nobody can take it for safe. (What was written over is not looked at.)
enum { MOST_FILES = 256 };
static struct { dev_t dev; ino_t ino; off_t size; } synced[MOST_FILES];
static int files;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void note_sync(int fd, int succeeded) {
  struct stat about;
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) return;
  pthread_mutex_lock(&lock);
  int n = 0;
  while (n < files && (synced[n].dev != about.st_dev || synced[n].ino != about.st_ino)) n++;
  if (succeeded && n < MOST_FILES) {
    if (n == files) files++;
    synced[n].dev = about.st_dev;
    synced[n].ino = about.st_ino;
    synced[n].size = about.st_size;
  } else if (!succeeded && n < files && synced[n].size < about.st_size && ftruncate(fd, synced[n].size) == 0) {
    atomic_fetch_add(&control->discarded, 1);
  }
  pthread_mutex_unlock(&lock);
}

static int sync_with(int (*real)(int), int fd) {
  if (!control) return real(fd);
  if (control->syncs_fail) {
    if (control->discard) note_sync(fd, 0);
    return fail();
  }
  int result = real(fd);
  if (result == 0) note_sync(fd, 1);
  return result;
}

int fsync(int fd) {
  REAL(fsync);
  return sync_with(real, fd);
}

int fdatasync(int fd) {
  REAL(fdatasync);
  return sync_with(real, fd);
}

// Sockets and pipes are no disk.
static int write_fails(int fd) {
  struct stat about;
  return control && control->writes_fail && fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
}

ssize_t write(int fd, const void *bytes, size_t count) {
  REAL(write);
  return write_fails(fd) ? fail() : real(fd, bytes, count);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
  REAL(pwrite64);
  return write_fails(fd) ? fail() : real(fd, bytes, count, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(writev);
  return write_fails(fd) ? fail() : real(fd, parts, count);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  REAL(clock_gettime);
  int result = real(clock, now);
  if (control && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += control->clock;
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  REAL(gettimeofday);
  int result = real(now, zone);
  if (control) now->tv_sec += control->clock;
  return result;
}

time_t time(time_t *into) {
  REAL(time);
  time_t now = real(NULL) + (control ? control->clock : 0);
  if (into) *into = now;
  return now;
}
