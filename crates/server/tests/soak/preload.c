/* A disk that fails and a clock that jumps, for one process: loaded before the C library by LD_PRELOAD. What it does is read
   from a file of numbers that the test maps beside it (preload.rs has the same list). Files below one folder alone are met. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { CALLS, FIRST, LAST, ERROR, KINDS, ROOM, OFFSET, HITS, AFTER, WORDS };
enum { WRITE = 1, SYNC = 2, TRUNCATE = 4, RENAME = 8 };
/* What becomes of what was written and not synchronised: it stays, or is lost at a failed synchronisation, as from a kernel
   that has given the pages up, or everything is, and the process with it, as at a power failure. */
enum { KEPT, LOST, POWER_FAILURE };

static _Atomic uint64_t *control;
static char folder[4096];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* What stood where something was written since the last synchronisation. */
struct undo {
    struct undo *before;
    int fd;
    dev_t device;
    ino_t inode;
    off_t offset, size;
    size_t length;
    char old[];
};
static struct undo *written;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_rename)(const char *, const char *);
static int (*real_clock_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
    real_rename = dlsym(RTLD_NEXT, "rename");
    real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    const char *file = getenv("ROSTER_SOAK_CONTROL"), *below = getenv("ROSTER_SOAK_FOLDER");
    if (!file || !below) return;
    snprintf(folder, sizeof folder, "%s/", below);
    int fd = open(file, O_RDWR | O_CLOEXEC);
    if (fd < 0) abort();
    void *map = mmap(NULL, WORDS * sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) abort();
    close(fd);
    control = map;
}

static int is_met(int fd) {
    char link[64], path[4096];
    if (!control) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strncmp(path, folder, strlen(folder)) == 0;
}

static void put_back(struct undo *undo) {
    real_pwrite(undo->fd, undo->old, undo->length, undo->offset);
    real_ftruncate(undo->fd, undo->size);
}

/* Of one file, or of all: what is not on disk is forgotten (or, where it is by now, what stood there before is). */
static void settle(int fd, int all, int lose) {
    struct stat about;
    if (!all && fstat(fd, &about)) return;
    pthread_mutex_lock(&lock);
    for (struct undo **place = &written; *place;) {
        struct undo *undo = *place;
        if (!all && (undo->device != about.st_dev || undo->inode != about.st_ino)) {
            place = &undo->before;
            continue;
        }
        if (lose) put_back(undo);
        *place = undo->before;
        close(undo->fd);
        free(undo);
    }
    pthread_mutex_unlock(&lock);
}

static void remember(int fd, size_t length, off_t offset) {
    struct stat about;
    if (control[AFTER] == KEPT || fstat(fd, &about)) return;
    struct undo *undo = malloc(sizeof *undo + length);
    if (!undo) abort();
    ssize_t old = pread(fd, undo->old, length, offset);
    undo->length = old < 0 ? 0 : (size_t)old;
    undo->fd = fcntl(fd, F_DUPFD_CLOEXEC, 512);
    undo->device = about.st_dev;
    undo->inode = about.st_ino;
    undo->offset = offset;
    undo->size = about.st_size;
    pthread_mutex_lock(&lock);
    undo->before = written;
    written = undo;
    pthread_mutex_unlock(&lock);
}

/* Whether this call is one that fails. */
static int fails(unsigned kind) {
    if (!(control[KINDS] & kind)) return 0;
    uint64_t call = atomic_fetch_add(&control[CALLS], 1) + 1;
    if (call < control[FIRST] || call > control[LAST]) return 0;
    atomic_fetch_add(&control[HITS], 1);
    if (control[AFTER] == POWER_FAILURE) {
        settle(-1, 1, 1);
        _exit(137);
    }
    errno = (int)control[ERROR];
    return 1;
}

/* How many of these bytes there is room for. */
static size_t room(int fd, size_t length, off_t offset) {
    struct stat about;
    if (control[ROOM] == UINT64_MAX || fstat(fd, &about)) return length;
    off_t more = offset + (off_t)length - about.st_size;
    if (more <= 0) return length;
    uint64_t left = control[ROOM];
    uint64_t taken = (uint64_t)more < left ? (uint64_t)more : left;
    atomic_fetch_sub(&control[ROOM], taken);
    return length - ((size_t)more - (size_t)taken);
}

static ssize_t put(int fd, const void *bytes, size_t length, off_t offset, int moves) {
    if (fails(WRITE)) return -1;
    size_t fits = room(fd, length, offset);
    if (!fits && length) {
        errno = ENOSPC;
        return -1;
    }
    remember(fd, fits, offset);
    return moves ? real_write(fd, bytes, fits) : real_pwrite(fd, bytes, fits, offset);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    if (!is_met(fd)) return real_write(fd, bytes, length);
    return put(fd, bytes, length, lseek(fd, 0, SEEK_CUR), 1);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    return is_met(fd) ? put(fd, bytes, length, offset, 0) : real_pwrite(fd, bytes, length, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t offset) { return pwrite(fd, bytes, length, offset); }

static int synchronise(int fd, int (*real)(int)) {
    if (!is_met(fd)) return real(fd);
    if (fails(SYNC)) {
        int error = errno;
        if (control[AFTER] == LOST) settle(fd, 0, 1);
        errno = error;
        return -1;
    }
    int outcome = real(fd);
    if (outcome == 0) settle(fd, 0, 0);
    return outcome;
}

int fsync(int fd) { return synchronise(fd, real_fsync); }
int fdatasync(int fd) { return synchronise(fd, real_fdatasync); }

int ftruncate(int fd, off_t length) {
    if (is_met(fd) && fails(TRUNCATE)) return -1;
    return real_ftruncate(fd, length);
}

int ftruncate64(int fd, off_t length) { return ftruncate(fd, length); }

int rename(const char *from, const char *to) {
    if (control && strncmp(to, folder, strlen(folder)) == 0 && fails(RENAME)) return -1;
    return real_rename(from, to);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    if (!real_clock_gettime) real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    int outcome = real_clock_gettime(clock, time);
    if (outcome || !control || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return outcome;
    int64_t micros = time->tv_sec * INT64_C(1000000) + time->tv_nsec / 1000 + (int64_t)control[OFFSET];
    time->tv_sec = micros / 1000000;
    time->tv_nsec = micros % 1000000 * 1000 + time->tv_nsec % 1000;
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    struct timespec now;
    int outcome = clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return outcome;
}

time_t time(time_t *place) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (place) *place = now.tv_sec;
    return now.tv_sec;
}
