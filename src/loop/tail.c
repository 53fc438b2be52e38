#include "loop/tail.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define MISSING (-1)
#define UNREADABLE (-2)

/* Opened without waiting for whoever may be at the other end of a pipe; MISSING or UNREADABLE with a sentence. */
static int open_file(const char *path, struct stat *s, struct err *e)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), failure = errno;
  if (fd < 0) {
    err_set(e, "%s: %s", path, strerror(failure));
    return failure == ENOENT ? MISSING : UNREADABLE;
  }
  if (fstat(fd, s) == 0 && S_ISREG(s->st_mode))
    return fd;
  close(fd);
  err_set(e, "%s: is no ordinary file", path);
  return UNREADABLE;
}

/* The last bytes of it into to, which has room for cap. A file that is truncated meanwhile gives what is left. */
static size_t read_end(int fd, off_t size, char *to, size_t cap)
{
  off_t from = size > (off_t)cap ? size - (off_t)cap : 0;
  size_t len = 0;
  while (len < cap) {
    ssize_t n = pread(fd, to + len, cap - len, from + (off_t)len);
    if (n <= 0)
      break;
    len += (size_t)n;
  }
  return len;
}

/* ".1", "-20261124", ".2026-11-24": what a rotation adds, and no compression behind it. */
static bool is_rotated(const char *name, const char *base, size_t base_len)
{
  const char *rest = name + base_len;
  return strncmp(name, base, base_len) == 0 && (*rest == '.' || *rest == '-') && rest[1] && strspn(rest, "0123456789.-") == strlen(rest);
}

static bool is_newer(const struct stat *a, const struct stat *b)
{
  return a->st_mtim.tv_sec != b->st_mtim.tv_sec ? a->st_mtim.tv_sec > b->st_mtim.tv_sec : a->st_mtim.tv_nsec > b->st_mtim.tv_nsec;
}

/* The newest rotated one beside it that is not the file itself, open; -1 when there is none. */
static int open_rotated(const char *path, const struct stat *self, struct stat *s)
{
  const char *slash = strrchr(path, '/'), *base = slash + 1;
  char *dir = mem_copy_bytes(path, slash == path ? 1 : (size_t)(slash - path));
  DIR *entries = opendir(dir);
  const struct dirent *entry;
  int best = -1;
  while (entries && (entry = readdir(entries))) {
    struct stat one;
    struct err e;
    if (!is_rotated(entry->d_name, base, strlen(base)))
      continue;
    char *name = mem_printf("%s/%s", dir, entry->d_name);
    int fd = open_file(name, &one, &e);
    free(name);
    bool same = fd >= 0 && one.st_ino == self->st_ino && one.st_dev == self->st_dev;
    if (fd >= 0 && !same && (best < 0 || is_newer(&one, s))) {
      if (best >= 0)
        close(best);
      best = fd;
      *s = one;
    } else if (fd >= 0) {
      close(fd);
    }
  }
  if (entries)
    closedir(entries);
  free(dir);
  return best;
}

char *tail_read(const char *path, size_t cap, size_t *len, struct err *e)
{
  struct stat s = { 0 }, rotated_s = { 0 };
  int fd = open_file(path, &s, e);
  if (fd == UNREADABLE)
    return NULL;
  char *bytes = mem_new(cap + 1, 1);
  size_t n = fd >= 0 ? read_end(fd, s.st_size, bytes, cap) : 0;
  int rotated = n < cap ? open_rotated(path, &s, &rotated_s) : -1;
  if (rotated >= 0) {
    char *both = mem_new(cap + 1, 1);
    size_t before = read_end(rotated, rotated_s.st_size, both, cap - n);
    memcpy(both + before, bytes, n);
    free(bytes);
    bytes = both;
    n += before;
    close(rotated);
  }
  if (fd >= 0)
    close(fd);
  if (fd < 0 && rotated < 0) {
    free(bytes);
    return NULL;
  }
  *len = n;
  return bytes;
}
