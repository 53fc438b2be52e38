#include "loop/mount_digest.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"

#define PIECE ((size_t)1 << 20)

/* What makes a file the same file with the same content. The time of the last change of its inode (ctime) cannot be set back as that of its content can. */
struct identity {
  dev_t device;
  ino_t inode;
  off_t size;
  struct timespec modified, changed;
};

struct file {
  struct identity identity;
  struct digest *digest; /* not NULL: being read */
  off_t read;
  char sum[DIGEST_SIZE]; /* all of it was read; else "" */
  uint64_t used;         /* the larger the later; 0: free */
};

static struct file files[MOUNT_DIGEST_FILES];
static uint64_t uses;

static bool same_time(struct timespec a, struct timespec b)
{
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_same(const struct identity *a, const struct identity *b)
{
  return a->device == b->device && a->inode == b->inode && a->size == b->size && same_time(a->modified, b->modified) &&
         same_time(a->changed, b->changed);
}

static bool identify(int fd, struct identity *id, struct err *e)
{
  struct stat s;
  if (fstat(fd, &s) != 0)
    return err_set(e, "%s", strerror(errno));
  if (!S_ISREG(s.st_mode))
    return err_set(e, "is no ordinary file");
  *id = (struct identity){ .device = s.st_dev, .inode = s.st_ino, .size = s.st_size, .modified = s.st_mtim, .changed = s.st_ctim };
  return true;
}

/* The one that is remembered, or a new one in the place of the one that was not asked for for the longest time. */
static struct file *file_of(const struct identity *id)
{
  struct file *f = files;
  for (size_t i = 0; i < ARRAY_LEN(files); i++) {
    if (files[i].used && is_same(&files[i].identity, id)) {
      files[i].used = ++uses;
      return &files[i];
    }
    if (files[i].used < f->used)
      f = &files[i];
  }
  digest_free(f->digest);
  *f = (struct file){ .identity = *id, .digest = digest_new(), .used = ++uses };
  return f;
}

static void forget(struct file *f)
{
  digest_free(f->digest);
  *f = (struct file){ 0 };
}

/* A file that is written to while it is read has another identity afterwards: what was read of it is worth nothing. */
static bool read_slice(int fd, struct file *f, struct err *e)
{
  static char piece[PIECE];
  int64_t began_ms = clock_mono_ms();
  while (f->read < f->identity.size && clock_mono_ms() - began_ms < MOUNT_DIGEST_SLICE_MS) {
    ssize_t n = pread(fd, piece, sizeof piece, f->read);
    if (n < 0)
      return err_set(e, "reading: %s", strerror(errno));
    if (n == 0)
      break;
    digest_add(f->digest, piece, (size_t)n);
    f->read += n;
  }
  struct identity now = { 0 };
  return identify(fd, &now, e) && (is_same(&now, &f->identity) || err_set(e, "is being written to"));
}

static bool digest_file(int fd, json_t *answer, struct err *e)
{
  struct identity id = { 0 };
  if (!identify(fd, &id, e))
    return false;
  struct file *f = file_of(&id);
  if (f->digest && !read_slice(fd, f, e)) {
    forget(f);
    return false;
  }
  if (f->digest && f->read == f->identity.size) {
    digest_end(f->digest, f->sum);
    f->digest = NULL;
  }
  json_set_int(answer, "size", f->identity.size);
  json_set_int(answer, "read", f->read);
  if (!f->digest)
    json_set_text(answer, "sum", f->sum);
  return true;
}

bool mount_digest(const char *path, json_t *answer, struct err *e)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  bool ok = fd >= 0 ? digest_file(fd, answer, e) : err_set(e, "%s", strerror(errno));
  if (fd >= 0)
    close(fd);
  return ok || err_context(e, "%s", path);
}
