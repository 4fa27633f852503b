/* Faults at file-system calls, for LD_PRELOAD.

   Counts the calls that change something in one of the folders of crash_below(), and lets the one that crash_arm()
   names fail, or end the process. A program that is not told through these functions is told by the environment:
   CRASH_BELOW (folders, separated by colons), CRASH_AT, CRASH_FAULT, CRASH_LOG, CRASH_COUNTER (a file of eight bytes
   that holds the count for all processes of a run). */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { KILL = -1, TORN = -2, KILL_ALL = -3 };

static char below[4 * PATH_MAX];
static long at;    /* the call that goes wrong, from 1; 0 for none */
static int fault;  /* KILL, TORN, KILL_ALL or an errno; ENOSPC stays, as a full disk does */
static int log_to = -1;
static long own_count;
static long *count = &own_count;

void crash_below(const char *folders) { snprintf(below, sizeof below, "%s", folders); }

void crash_log(const char *file) {
    log_to = syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

void crash_arm(long call, int what) {
    own_count = 0;
    at = call;
    fault = what;
}

long crash_count(void) { return *count; }

__attribute__((constructor)) static void told_by_environment(void) {
    const char *folders = getenv("CRASH_BELOW"), *file = getenv("CRASH_LOG"), *shared = getenv("CRASH_COUNTER");
    if (folders) crash_below(folders);
    if (file) crash_log(file);
    if (getenv("CRASH_AT")) crash_arm(atol(getenv("CRASH_AT")), atoi(getenv("CRASH_FAULT")));
    if (shared) {
        int handle = syscall(SYS_openat, AT_FDCWD, shared, O_RDWR | O_CLOEXEC, 0);
        void *page = mmap(NULL, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, handle, 0);
        if (page == MAP_FAILED) abort();
        syscall(SYS_close, handle);
        count = page;
    }
}

static int is_below(const char *path) {
    for (const char *start = below; *start;) {
        const char *end = strchrnul(start, ':');
        size_t length = end - start;
        if (length && !strncmp(path, start, length) && (path[length] == '/' || !path[length])) return 1;
        start = *end ? end + 1 : end;
    }
    return 0;
}

static int open_below(int handle) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_below(path);
}

static int path_below(int folder, const char *path) {
    if (*path == '/') return is_below(path);
    if (folder != AT_FDCWD) return open_below(folder);
    char here[PATH_MAX];
    return getcwd(here, sizeof here) != NULL && is_below(here);
}

enum { GOES_ON = 0, HALF = 1, FAILS = -1 };
enum { NO_ROOM_NEEDED, ROOM, WRITES };

/* Counts a call and says what becomes of it: HALF is for writes only, errno is set where it FAILS. */
static int hit(const char *kind, int needs) {
    long number = __atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
    int now = at && (number == at || (fault == ENOSPC && number > at && needs));
    if (log_to >= 0) {
        char line[64];
        int length = snprintf(line, sizeof line, "%s%s\n", number == at ? "! " : "", kind);
        syscall(SYS_write, log_to, line, length);
    }
    if (!now) return GOES_ON;
    if (number == at && needs == WRITES && (fault == TORN || fault == ENOSPC)) return HALF;
    if (fault == KILL || fault == TORN) syscall(SYS_kill, getpid(), SIGKILL);
    if (fault == KILL_ALL) syscall(SYS_kill, 0, SIGKILL);
    errno = fault;
    return FAILS;
}

/* What is left to say when half is written: the process ends there, or the disk is full. */
static ssize_t half(ssize_t written) {
    if (fault == TORN) syscall(SYS_kill, getpid(), SIGKILL);
    if (written > 0) return written;
    errno = fault;
    return -1;
}

#define REAL(name) static __typeof__(name) *real; if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

#define OPEN(name, parameters, folder, path, ...)                                                   \
    int name parameters {                                                                           \
        mode_t mode = 0;                                                                            \
        if (flags & (O_CREAT | __O_TMPFILE)) {                                                      \
            va_list more;                                                                           \
            va_start(more, flags);                                                                  \
            mode = va_arg(more, mode_t);                                                            \
            va_end(more);                                                                           \
        }                                                                                           \
        REAL(name);                                                                                 \
        if ((flags & O_ACCMODE) != O_RDONLY && path_below(folder, path) &&                          \
            hit("open", flags & O_CREAT ? ROOM : NO_ROOM_NEEDED))                                   \
            return -1;                                                                              \
        return real(__VA_ARGS__, flags, mode);                                                      \
    }
OPEN(open, (const char *path, int flags, ...), AT_FDCWD, path, path)
OPEN(open64, (const char *path, int flags, ...), AT_FDCWD, path, path)
OPEN(openat, (int folder, const char *path, int flags, ...), folder, path, folder, path)
OPEN(openat64, (int folder, const char *path, int flags, ...), folder, path, folder, path)

int creat(const char *path, mode_t mode) { return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return open64(path, O_WRONLY | O_CREAT | O_TRUNC, mode); }

#define WRITE(name, offset_type)                                                                    \
    ssize_t name(int handle, const void *data, size_t size, offset_type offset) {                   \
        REAL(name);                                                                                 \
        int becomes = open_below(handle) ? hit("write", WRITES) : GOES_ON;                          \
        if (becomes == FAILS) return -1;                                                            \
        if (becomes == HALF) return half(size > 1 ? real(handle, data, size / 2, offset) : 0);      \
        return real(handle, data, size, offset);                                                    \
    }
WRITE(pwrite, off_t)
WRITE(pwrite64, off64_t)

ssize_t write(int handle, const void *data, size_t size) {
    REAL(write);
    int becomes = open_below(handle) ? hit("write", WRITES) : GOES_ON;
    if (becomes == FAILS) return -1;
    if (becomes == HALF) return half(size > 1 ? real(handle, data, size / 2) : 0);
    return real(handle, data, size);
}

ssize_t writev(int handle, const struct iovec *parts, int many) {
    REAL(writev);
    int becomes = open_below(handle) ? hit("write", WRITES) : GOES_ON;
    if (becomes == FAILS) return -1;
    if (becomes == HALF) return half(many > 1 ? real(handle, parts, many / 2) : 0);
    return real(handle, parts, many);
}

/* A call that changes something else than a file's content. */
#define CALL(name, kind, parameters, where, needs, ...)                                             \
    int name parameters {                                                                           \
        REAL(name);                                                                                 \
        if ((where) && hit(kind, needs)) return -1;                                                 \
        return real(__VA_ARGS__);                                                                   \
    }
CALL(fsync, "fsync", (int handle), open_below(handle), NO_ROOM_NEEDED, handle)
CALL(fdatasync, "fsync", (int handle), open_below(handle), NO_ROOM_NEEDED, handle)
CALL(ftruncate, "ftruncate", (int handle, off_t size), open_below(handle), NO_ROOM_NEEDED, handle, size)
CALL(ftruncate64, "ftruncate", (int handle, off64_t size), open_below(handle), NO_ROOM_NEEDED, handle, size)
CALL(rename, "rename", (const char *from, const char *to),
     path_below(AT_FDCWD, from) || path_below(AT_FDCWD, to), NO_ROOM_NEEDED, from, to)
CALL(renameat, "rename", (int old, const char *from, int folder, const char *to),
     path_below(old, from) || path_below(folder, to), NO_ROOM_NEEDED, old, from, folder, to)
CALL(link, "link", (const char *from, const char *to), path_below(AT_FDCWD, to), ROOM, from, to)
CALL(linkat, "link", (int old, const char *from, int folder, const char *to, int flags),
     path_below(folder, to), ROOM, old, from, folder, to, flags)
CALL(unlink, "unlink", (const char *path), path_below(AT_FDCWD, path), NO_ROOM_NEEDED, path)
CALL(unlinkat, "unlink", (int folder, const char *path, int flags),
     path_below(folder, path), NO_ROOM_NEEDED, folder, path, flags)
CALL(rmdir, "rmdir", (const char *path), path_below(AT_FDCWD, path), NO_ROOM_NEEDED, path)
CALL(mkdir, "mkdir", (const char *path, mode_t mode), path_below(AT_FDCWD, path), ROOM, path, mode)
CALL(mkdirat, "mkdir", (int folder, const char *path, mode_t mode),
     path_below(folder, path), ROOM, folder, path, mode)
CALL(chmod, "chmod", (const char *path, mode_t mode),
     path_below(AT_FDCWD, path), NO_ROOM_NEEDED, path, mode)
CALL(fchmodat, "chmod", (int folder, const char *path, mode_t mode, int flags),
     path_below(folder, path), NO_ROOM_NEEDED, folder, path, mode, flags)
CALL(utimensat, "utime", (int folder, const char *path, const struct timespec times[2], int flags),
     path_below(folder, path), NO_ROOM_NEEDED, folder, path, times, flags)
