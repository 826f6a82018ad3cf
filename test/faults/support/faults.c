/*
 * Faults of disk and clock for one process, by LD_PRELOAD. Files directly in HERALD_FAULT_DIR are watched; what goes
 * wrong is read from a control block that the test maps too (HERALD_FAULT_CONTROL, written by shim.ts).
 *
 * Power loss: with HERALD_FAULT_SHADOW, every file has a copy there that holds what fsync or fdatasync has brought to the
 * disk, and nothing else. To lose power is to kill the process and to go on with the copies.
 *
 * Every real call is made by syscall(2), so nothing has to be looked up and nothing can call itself.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* The layout is that of `Control` in shim.ts. */
struct control {
  uint32_t syncs_fail;      /* every fsync fails with EIO */
  uint32_t sync_delay_ms;   /* every fsync takes this much longer */
  uint64_t disk_bytes;      /* all files together hold at most this much; 0 is no bound */
  int64_t clock_ahead_ms;   /* the wall clock is ahead by this much */
  uint64_t syncs;           /* counts the fsyncs */
};

struct range {
  int64_t from, to;
  struct range *next;
};

struct file {
  char name[NAME_MAX + 1];
  struct range *dirty;
  struct file *next;
};

enum { max_fds = 65536 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct file *files;
static struct file *by_fd[max_fds];
static char folder[PATH_MAX];
static char shadow[PATH_MAX];
static volatile struct control *control;
static const struct control no_faults;

static int raw_open(const char *path, int flags, mode_t mode) {
  return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("HERALD_FAULT_CONTROL");
  const char *watched = getenv("HERALD_FAULT_DIR");
  const char *copies = getenv("HERALD_FAULT_SHADOW");
  if (watched) snprintf(folder, sizeof folder, "%s/", watched);
  if (copies) snprintf(shadow, sizeof shadow, "%s/", copies);
  if (!path) return;
  int fd = raw_open(path, O_RDWR, 0);
  if (fd < 0) return;
  void *block = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  syscall(SYS_close, fd);
  if (block != MAP_FAILED) control = block;
}

static const volatile struct control *faults(void) {
  return control ? control : &no_faults;
}

/* The name of a watched file; NULL for any other path. */
static const char *watched_name(const char *path) {
  size_t length = strlen(folder);
  if (length == 0 || strncmp(path, folder, length) != 0) return NULL;
  const char *name = path + length;
  return *name == 0 || strchr(name, '/') ? NULL : name;
}

static struct file *file_named(const char *name) {
  for (struct file *file = files; file; file = file->next)
    if (strcmp(file->name, name) == 0) return file;
  struct file *file = calloc(1, sizeof *file);
  snprintf(file->name, sizeof file->name, "%s", name);
  file->next = files;
  files = file;
  return file;
}

static struct file *file_of(int fd) {
  return fd >= 0 && fd < max_fds ? by_fd[fd] : NULL;
}

static void mark_dirty(struct file *file, int64_t from, int64_t to) {
  if (!*shadow || from >= to) return;
  pthread_mutex_lock(&lock);
  if (file->dirty && file->dirty->to == from) file->dirty->to = to;
  else {
    struct range *range = malloc(sizeof *range);
    *range = (struct range){from, to, file->dirty};
    file->dirty = range;
  }
  pthread_mutex_unlock(&lock);
}

static int64_t size_of(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 ? status.st_size : 0;
}

static void copy_range(int from, int to, const struct range *range) {
  static char buffer[1 << 16];
  for (int64_t at = range->from; at < range->to;) {
    int64_t left = range->to - at;
    ssize_t got = pread(from, buffer, left < (int64_t)sizeof buffer ? (size_t)left : sizeof buffer, at);
    if (got <= 0) return;
    syscall(SYS_pwrite64, to, buffer, (size_t)got, at);
    at += got;
  }
}

/* Brings what was written since the last time into the copy. */
static void sync_shadow(struct file *file) {
  char real[2 * PATH_MAX], copy[2 * PATH_MAX];
  if (!*shadow) return;
  snprintf(real, sizeof real, "%s%s", folder, file->name);
  snprintf(copy, sizeof copy, "%s%s", shadow, file->name);
  pthread_mutex_lock(&lock);
  int from = raw_open(real, O_RDONLY, 0), to = raw_open(copy, O_RDWR | O_CREAT, 0600);
  while (file->dirty) {
    struct range *range = file->dirty;
    copy_range(from, to, range);
    file->dirty = range->next;
    free(range);
  }
  syscall(SYS_ftruncate, to, size_of(from));
  syscall(SYS_close, from);
  syscall(SYS_close, to);
  pthread_mutex_unlock(&lock);
}

static int64_t bytes_in_folder(void) {
  int64_t bytes = 0;
  DIR *all = opendir(folder);
  if (!all) return 0;
  for (struct dirent *entry; (entry = readdir(all));) {
    struct stat status;
    if (fstatat(dirfd(all), entry->d_name, &status, 0) == 0 && S_ISREG(status.st_mode)) bytes += status.st_size;
  }
  closedir(all);
  return bytes;
}

/* Whether a file may become this long. */
static int has_room(int fd, int64_t end) {
  uint64_t limit = faults()->disk_bytes;
  int64_t growth = end - size_of(fd);
  return limit == 0 || growth <= 0 || bytes_in_folder() + growth <= (int64_t)limit;
}

static int opened(const char *path, int flags, int fd) {
  char full[PATH_MAX];
  if (fd < 0 || fd >= max_fds) return fd;
  const char *name = realpath(path, full) ? watched_name(full) : NULL;
  pthread_mutex_lock(&lock);
  by_fd[fd] = name ? file_named(name) : NULL;
  pthread_mutex_unlock(&lock);
  if (by_fd[fd] && (flags & O_TRUNC)) mark_dirty(by_fd[fd], 0, INT64_MAX);
  return fd;
}

static mode_t mode_of(int flags, va_list rest) {
  return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

#define OPEN(name)                                        \
  int name(const char *path, int flags, ...) {            \
    va_list rest;                                         \
    va_start(rest, flags);                                \
    mode_t mode = mode_of(flags, rest);                   \
    va_end(rest);                                         \
    return opened(path, flags, raw_open(path, flags, mode)); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                  \
  int name(int at, const char *path, int flags, ...) {                                \
    va_list rest;                                                                     \
    va_start(rest, flags);                                                            \
    mode_t mode = mode_of(flags, rest);                                               \
    va_end(rest);                                                                     \
    return opened(path, flags, (int)syscall(SYS_openat, at, path, flags, mode));      \
  }
OPENAT(openat)
OPENAT(openat64)

int close(int fd) {
  if (fd >= 0 && fd < max_fds) by_fd[fd] = NULL;
  return (int)syscall(SYS_close, fd);
}

static ssize_t write_at(int fd, const void *bytes, size_t length, int64_t offset) {
  struct file *file = file_of(fd);
  if (file && !has_room(fd, offset + (int64_t)length)) {
    errno = ENOSPC;
    return -1;
  }
  ssize_t written = syscall(SYS_pwrite64, fd, bytes, length, offset);
  if (file && written > 0) mark_dirty(file, offset, offset + written);
  return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  return write_at(fd, bytes, length, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  return write_at(fd, bytes, length, offset);
}

ssize_t write(int fd, const void *bytes, size_t length) {
  struct file *file = file_of(fd);
  if (!file) return syscall(SYS_write, fd, bytes, length);
  int64_t offset = fcntl(fd, F_GETFL) & O_APPEND ? size_of(fd) : lseek(fd, 0, SEEK_CUR);
  if (!has_room(fd, offset + (int64_t)length)) {
    errno = ENOSPC;
    return -1;
  }
  ssize_t written = syscall(SYS_write, fd, bytes, length);
  if (written > 0) mark_dirty(file, offset, offset + written);
  return written;
}

static int cut(int fd, int64_t length) {
  struct file *file = file_of(fd);
  int64_t before = file ? size_of(fd) : 0;
  if (file && !has_room(fd, length)) {
    errno = ENOSPC;
    return -1;
  }
  int result = (int)syscall(SYS_ftruncate, fd, length);
  if (file && result == 0) mark_dirty(file, length < before ? length : before, length < before ? before : length);
  return result;
}

int ftruncate(int fd, off_t length) {
  return cut(fd, length);
}

int ftruncate64(int fd, off64_t length) {
  return cut(fd, length);
}

static int sync_with(long number, int fd) {
  struct file *file = file_of(fd);
  if (!file) return (int)syscall(number, fd);
  const volatile struct control *now = faults();
  if (now->sync_delay_ms) {
    struct timespec pause = {now->sync_delay_ms / 1000, now->sync_delay_ms % 1000 * 1000000L};
    nanosleep(&pause, NULL);
  }
  if (now->syncs_fail) {
    errno = EIO;
    return -1;
  }
  int result = (int)syscall(number, fd);
  if (control) __atomic_add_fetch(&control->syncs, 1, __ATOMIC_SEQ_CST);
  if (result == 0) sync_shadow(file);
  return result;
}

int fsync(int fd) {
  return sync_with(SYS_fsync, fd);
}

int fdatasync(int fd) {
  return sync_with(SYS_fdatasync, fd);
}

int unlink(const char *path) {
  char full[PATH_MAX], copy[2 * PATH_MAX];
  const char *name = realpath(path, full) ? watched_name(full) : NULL;
  if (name && *shadow) {
    snprintf(copy, sizeof copy, "%s%s", shadow, name);
    syscall(SYS_unlinkat, AT_FDCWD, copy, 0);
  }
  return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

static void add_millis(int64_t *seconds, long *nanos) {
  int64_t ahead = faults()->clock_ahead_ms;
  int64_t total = (*seconds) * 1000000000LL + *nanos + ahead * 1000000LL;
  *seconds = total / 1000000000LL;
  *nanos = (long)(total % 1000000000LL);
}

int clock_gettime(clockid_t which, struct timespec *answer) {
  int result = (int)syscall(SYS_clock_gettime, which, answer);
  if (result == 0 && which == CLOCK_REALTIME) {
    int64_t seconds = answer->tv_sec;
    add_millis(&seconds, &answer->tv_nsec);
    answer->tv_sec = (time_t)seconds;
  }
  return result;
}

int gettimeofday(struct timeval *restrict answer, void *restrict zone) {
  struct timespec now;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &now);
  answer->tv_sec = now.tv_sec;
  answer->tv_usec = now.tv_nsec / 1000;
  return 0;
}
