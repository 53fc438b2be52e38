#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

char *file_read(const char *path, size_t cap, size_t *len, struct err *e)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    err_set(e, "%s: %s", path, strerror(errno));
    return NULL;
  }
  struct buf text;
  buf_init(&text, cap);
  char chunk[16384];
  ssize_t n;
  while ((n = read(fd, chunk, sizeof chunk)) > 0 && buf_add(&text, chunk, (size_t)n))
    ;
  int failure = n < 0 ? errno : 0;
  close(fd);
  if (failure || text.full) {
    buf_done(&text);
    if (failure)
      err_set(e, "%s: %s", path, strerror(failure));
    else
      err_set(e, "%s: larger than %zu bytes", path, cap);
    return NULL;
  }
  if (len)
    *len = text.len;
  return buf_take(&text);
}

static bool write_all(int fd, const char *bytes, size_t len)
{
  while (len) {
    ssize_t n = write(fd, bytes, len);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return false;
    bytes += n;
    len -= (size_t)n;
  }
  return true;
}

bool file_replace(const char *path, const void *bytes, size_t len, unsigned mode, struct err *e)
{
  char *temporary = mem_printf("%s.XXXXXX", path);
  int fd = mkostemp(temporary, O_CLOEXEC);
  bool ok = fd >= 0 && write_all(fd, bytes, len) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
  if (ok)
    ok = rename(temporary, path) == 0;
  if (!ok) {
    err_set(e, "%s: cannot be written: %s", path, strerror(errno));
    if (fd >= 0)
      unlink(temporary);
  }
  if (fd >= 0)
    close(fd);
  free(temporary);
  return ok;
}

char *file_directory_of(const char *path)
{
  const char *slash = strrchr(path, '/');
  return slash ? mem_copy_bytes(path, slash == path ? 1 : (size_t)(slash - path)) : mem_copy_text(".");
}

bool file_hand_over(const char *path, const char *directory, struct err *e)
{
  struct stat st;
  return geteuid() != 0 || (stat(directory, &st) == 0 && chown(path, st.st_uid, st.st_gid) == 0) ||
         err_set(e, "%s: its owner could not be set: %s", path, strerror(errno));
}

bool file_make_directory(const char *directory, struct err *e)
{
  if (mkdir(directory, 0700) != 0)
    return errno == EEXIST || err_set(e, "%s: %s", directory, strerror(errno));
  char *around = mem_printf("%s/..", directory);
  bool ok = file_hand_over(directory, around, e);
  free(around);
  return ok;
}

bool file_sync_directory(const char *directory, struct err *e)
{
  int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool ok = (fd >= 0 && fsync(fd) == 0) || err_set(e, "%s: %s", directory, strerror(errno));
  if (fd >= 0)
    close(fd);
  return ok;
}
