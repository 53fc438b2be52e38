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

struct place {
  dev_t device;
  ino_t inode;
  off_t offset;
};

/* end: where the bytes end. */
static char *read_last(const char *path, size_t cap, size_t *len, struct place *end, struct err *e)
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
  const struct stat *last = fd >= 0 ? &s : &rotated_s;
  *end = (struct place){ .device = last->st_dev, .inode = last->st_ino, .offset = last->st_size };
  *len = n;
  return bytes;
}

char *tail_read(const char *path, size_t cap, size_t *len, struct err *e)
{
  struct place end;
  return read_last(path, cap, len, &end, e);
}

/* ---- going on behind a place ---- */

static bool read_place(const char *text, struct place *p)
{
  unsigned long long device, inode;
  long long offset;
  if (sscanf(text, "%llu:%llu:%lld", &device, &inode, &offset) != 3 || offset < 0)
    return false;
  *p = (struct place){ .device = (dev_t)device, .inode = (ino_t)inode, .offset = (off_t)offset };
  return true;
}

static void write_place(const struct place *p, char text[TAIL_PLACE_SIZE])
{
  snprintf(text, TAIL_PLACE_SIZE, "%llu:%llu:%lld", (unsigned long long)p->device, (unsigned long long)p->inode, (long long)p->offset);
}

static bool is_at(const struct place *p, const struct stat *s)
{
  return p->device == s->st_dev && p->inode == s->st_ino;
}

/* Up to the last line break; all of it when a line alone fills the room. */
static size_t whole_lines(const char *bytes, size_t len, size_t cap)
{
  const char *last = memrchr(bytes, '\n', len);
  return last ? (size_t)(last - bytes) + 1 : len == cap ? len : 0;
}

/* What stands behind the place in its file, at most the last cap bytes; moves the place behind the last whole line. */
static size_t read_on(int fd, off_t size, struct place *p, char *to, size_t cap, bool *gap)
{
  if (size < p->offset)
    p->offset = 0; /* it was truncated */
  size_t len = 0, most = size - p->offset > (off_t)cap ? cap : (size_t)(size - p->offset);
  *gap = *gap || size - p->offset > (off_t)cap;
  off_t from = size - (off_t)most;
  while (len < most) {
    ssize_t n = pread(fd, to + len, most - len, from + (off_t)len);
    if (n <= 0)
      break;
    len += (size_t)n;
  }
  len = whole_lines(to, len, cap);
  p->offset = from + (off_t)len;
  return len;
}

/* The file of the place by the name that a rotation has given it; -1: it is not there any more. */
static int open_at(const char *path, const struct place *p, struct stat *s)
{
  struct stat self = { 0 };
  int fd = open_rotated(path, &self, s);
  if (fd < 0 || is_at(p, s))
    return fd;
  close(fd);
  return -1;
}

/* The rest of the file of then. Its last line is whole now, even without a line break. */
static size_t read_rest(const char *path, struct place *p, char *to, size_t cap, bool *gap)
{
  struct stat s;
  int fd = open_at(path, p, &s);
  if (fd < 0) {
    *gap = true;
    return 0;
  }
  size_t len = read_on(fd, s.st_size, p, to, cap, gap);
  size_t left = (size_t)(s.st_size - p->offset);
  if (left && len + left < cap && pread(fd, to + len, left, p->offset) == (ssize_t)left) {
    len += left;
    to[len++] = '\n';
    p->offset = s.st_size;
  }
  close(fd);
  return len;
}

static char *begin_at_end(const char *path, size_t cap, size_t *len, char next[TAIL_PLACE_SIZE], struct err *e)
{
  struct place end;
  char *bytes = read_last(path, cap, len, &end, e);
  if (!bytes)
    return NULL;
  size_t whole = whole_lines(bytes, *len, cap), cut = *len - whole;
  if ((off_t)cut <= end.offset) {
    end.offset -= (off_t)cut;
    *len = whole;
  }
  write_place(&end, next);
  return bytes;
}

char *tail_after(const char *path, const char *place, size_t cap, size_t *len, char next[TAIL_PLACE_SIZE], bool *gap, struct err *e)
{
  struct place at;
  struct stat s;
  *gap = false;
  if (!read_place(place, &at))
    return begin_at_end(path, cap, len, next, e);
  int fd = open_file(path, &s, e);
  if (fd == UNREADABLE)
    return NULL;
  char *bytes = mem_new(2 * cap + 2, 1);
  *len = 0;
  if (fd < 0 || !is_at(&at, &s)) {
    *len = read_rest(path, &at, bytes, cap, gap);
    if (fd < 0 && *gap && !*len) { /* neither is there */
      free(bytes);
      return NULL;
    }
  }
  if (fd >= 0) {
    if (!is_at(&at, &s))
      at = (struct place){ .device = s.st_dev, .inode = s.st_ino };
    *len += read_on(fd, s.st_size, &at, bytes + *len, cap, gap);
    close(fd);
  }
  write_place(&at, next);
  return bytes;
}
