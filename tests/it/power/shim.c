// Stands between a server and its disk (LD_PRELOAD). Two uses, both told by the environment:
//   DISK_FOLDER  the folder whose files are meant; those directly in it
//   DISK_LOG     a file to which every write, truncation, sync and change of names is added, in order, so that the disk can be
//                rebuilt as a power cut would leave it; then syncs are only noted, and take no time
//   DISK_FAULTS  a file of 32-bit numbers, by which a test has calls fail while the server runs: struct faults
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct faults {
    volatile int32_t error;      // errno of a call that fails
    volatile int32_t every;      // every so many writes and syncs, one fails; 0: none
    volatile int32_t log_syncs;  // so many of the next syncs of a write-ahead log fail
    volatile int32_t failed;     // how many have failed
};

static const char *folder, *log_path;
static dev_t device;
static int log_fd = -1;
static struct faults *faults;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char names[4096];  // the last listing that this process has noted

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
static int (*real_fsync)(int), (*real_fdatasync)(int), (*real_ftruncate)(int, off64_t), (*real_unlink)(const char *);

static void fail_loudly(const char *what) {
    fprintf(stderr, "shim: %s: %s\n", what, strerror(errno));
    abort();
}

__attribute__((constructor)) static void begin(void) {
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_unlink = dlsym(RTLD_NEXT, "unlink");
    folder = getenv("DISK_FOLDER");
    struct stat found;
    if (!folder || stat(folder, &found)) return;
    device = found.st_dev;
    log_path = getenv("DISK_LOG");
    if (log_path && (log_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) < 0) fail_loudly(log_path);
    const char *path = getenv("DISK_FAULTS");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd >= 0) {
        faults = mmap(NULL, sizeof *faults, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        close(fd);
        if (faults == MAP_FAILED) fail_loudly(path);
    }
}

// One record: what, of which file, where, and how many bytes follow.
struct __attribute__((packed)) record {
    char what;  // 'N'ames, 'W'rite, 'T'runcate, 'S'ync, sync that 'F'ailed, sync of the folder 'D'
    uint64_t inode, offset, length;
};

static void note(char what, uint64_t inode, uint64_t offset, const void *bytes, size_t length) {
    struct record record = {what, inode, offset, length};
    struct iovec parts[2] = {{&record, sizeof record}, {(void *)bytes, length}};
    if (writev(log_fd, parts, 2) != (ssize_t)(sizeof record + length)) fail_loudly(log_path);
}

// The names in the folder, "inode name\n" each, noted where they have changed. Some calls that change names never pass here.
static void note_names(void) {
    char now[sizeof names];
    size_t length = 0;
    DIR *entries = opendir(folder);
    if (!entries) return;
    for (struct dirent *entry; (entry = readdir(entries));) {
        struct stat found;
        size_t end = strlen(entry->d_name);
        if (end > 4 && !strcmp(entry->d_name + end - 4, "-shm")) continue;
        if (fstatat(dirfd(entries), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) || !S_ISREG(found.st_mode)) continue;
        length += snprintf(now + length, sizeof now - length, "%lu %s\n", (unsigned long)found.st_ino, entry->d_name);
        if (length >= sizeof now) fail_loudly("too many names");
    }
    closedir(entries);
    now[length] = 0;
    if (strcmp(now, names)) {
        strcpy(names, now);
        note('N', 0, 0, now, length);
    }
}

static void lock(void) {
    pthread_mutex_lock(&mutex);
    if (log_fd >= 0) {
        flock(log_fd, LOCK_EX);
        note_names();
    }
}

static void unlock(void) {
    if (log_fd >= 0) flock(log_fd, LOCK_UN);
    pthread_mutex_unlock(&mutex);
}

// Whether a descriptor is of a file directly in the folder ('f'), of a write-ahead log there ('l'), of the folder ('d'), or of
// nothing of interest (0).
static char kind(int fd, struct stat *found) {
    char link[64], path[4096];
    if (!folder || fstat(fd, found) || found->st_dev != device) return 0;
    if (!S_ISREG(found->st_mode) && !S_ISDIR(found->st_mode)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    size_t of_folder = strlen(folder);
    if (length < (ssize_t)of_folder || strncmp(path, folder, of_folder)) return 0;
    path[length] = 0;
    if (S_ISDIR(found->st_mode)) return path[of_folder] ? 0 : 'd';
    if (path[of_folder] != '/' || (length > 4 && !strcmp(path + length - 4, "-shm"))) return 0;
    return length > 4 && !strcmp(path + length - 4, "-wal") ? 'l' : 'f';
}

static int fails(char kind, int is_sync) {
    static int calls;
    if (!faults || kind == 'd') return 0;
    int every = faults->every;
    int now = every > 0 && __sync_add_and_fetch(&calls, 1) % every == 0;
    if (!now && is_sync && kind == 'l' && faults->log_syncs > 0) {
        __sync_fetch_and_sub(&faults->log_syncs, 1);
        now = 1;
    }
    if (now) {
        __sync_fetch_and_add(&faults->failed, 1);
        errno = faults->error;
    }
    return now;
}

static ssize_t put(int fd, const void *bytes, size_t length, off64_t offset, int is_placed) {
    struct stat found;
    char of = kind(fd, &found);
    if (!of) return is_placed ? real_pwrite(fd, bytes, length, offset) : real_write(fd, bytes, length);
    if (fails(of, 0)) return -1;
    lock();
    off64_t at = is_placed ? offset : lseek64(fd, 0, SEEK_CUR);
    ssize_t put = is_placed ? real_pwrite(fd, bytes, length, offset) : real_write(fd, bytes, length);
    int error = errno;
    if (put > 0 && log_fd >= 0) note('W', found.st_ino, at, bytes, put);
    unlock();
    errno = error;
    return put;
}

ssize_t write(int fd, const void *bytes, size_t length) { return put(fd, bytes, length, 0, 0); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return put(fd, bytes, length, offset, 1); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) { return put(fd, bytes, length, offset, 1); }

static int sync_(int fd, int (*real)(int)) {
    struct stat found;
    char of = kind(fd, &found);
    if (!of) return real(fd);
    int failed = fails(of, 1), error = errno;
    if (!failed && log_fd < 0) return real(fd);
    lock();
    if (log_fd >= 0) note(failed ? 'F' : of == 'd' ? 'D' : 'S', found.st_ino, 0, NULL, 0);
    unlock();
    errno = error;
    return failed ? -1 : 0;
}

int fsync(int fd) { return sync_(fd, real_fsync); }
int fdatasync(int fd) { return sync_(fd, real_fdatasync); }

int ftruncate64(int fd, off64_t length) {
    struct stat found;
    char of = kind(fd, &found);
    if (!of) return real_ftruncate(fd, length);
    if (fails(of, 0)) return -1;
    lock();
    int done = real_ftruncate(fd, length), error = errno;
    if (!done && log_fd >= 0) note('T', found.st_ino, length, NULL, 0);
    unlock();
    errno = error;
    return done;
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

// A name that is removed and made again at once has another file, perhaps under the same number.
int unlink(const char *path) {
    int is_ours = folder && log_fd >= 0 && !strncmp(path, folder, strlen(folder));
    if (!is_ours) return real_unlink(path);
    lock();
    int done = real_unlink(path), error = errno;
    note_names();
    unlock();
    errno = error;
    return done;
}
