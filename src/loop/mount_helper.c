#include "loop/mount_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "loop/mount_digest.h"
#include "loop/tail.h"

#define WRITE_TEST_BYTES 4096

static bool ask_usage(const char *path, const json_t *request, json_t *answer, struct err *e)
{
  struct statvfs s;
  (void)request;
  if (statvfs(path, &s) != 0)
    return err_set(e, "%s: %s", path, strerror(errno));
  double block = (double)s.f_frsize;
  double used = (double)(s.f_blocks - s.f_bfree), usable = used + (double)s.f_bavail; /* as df counts: without what root keeps back */
  double inodes_used = (double)(s.f_files - s.f_ffree);
  json_object_set_new(answer, "total_bytes", json_integer((json_int_t)(block * (double)s.f_blocks)));
  json_object_set_new(answer, "free_bytes", json_integer((json_int_t)(block * (double)s.f_bavail)));
  json_object_set_new(answer, "used_pct", json_real(usable > 0 ? 100 * used / usable : 0));
  json_object_set_new(answer, "inodes_total", json_integer((json_int_t)s.f_files));
  json_object_set_new(answer, "inodes_free", json_integer((json_int_t)s.f_favail));
  json_object_set_new(answer, "inodes_used_pct", json_real(s.f_files ? 100 * inodes_used / (double)s.f_files : 0));
  json_object_set_new(answer, "read_only", json_boolean(s.f_flag & ST_RDONLY));
  return true;
}

static bool write_and_read(int fd, struct err *e)
{
  char written[WRITE_TEST_BYTES], back[WRITE_TEST_BYTES];
  for (size_t i = 0; i < sizeof written; i++)
    written[i] = (char)(i * 31);
  ssize_t n = write(fd, written, sizeof written);
  if (n < 0)
    return err_set(e, "writing: %s", strerror(errno));
  if (n != (ssize_t)sizeof written)
    return err_set(e, "writing: only %zd of %d bytes were taken", n, WRITE_TEST_BYTES);
  if (fsync(fd) != 0)
    return err_set(e, "syncing: %s", strerror(errno));
  if (pread(fd, back, sizeof back, 0) != (ssize_t)sizeof back)
    return err_set(e, "reading back: %s", strerror(errno));
  return memcmp(written, back, sizeof back) == 0 || err_set(e, "what was read back is not what was written");
}

static bool ask_write_test(const char *path, const json_t *request, json_t *answer, struct err *e)
{
  (void)request;
  int64_t began_us = clock_mono_us();
  char *name = mem_printf("%s/.signalbox-write-test-%d-%" PRId64, path, (int)getpid(), began_us);
  int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  bool ok = fd >= 0 || err_set(e, "creating a file: %s", strerror(errno));
  if (fd >= 0) {
    ok = write_and_read(fd, e);
    close(fd);
    if (unlink(name) != 0 && ok)
      ok = err_set(e, "removing a file: %s", strerror(errno));
  }
  free(name);
  json_object_set_new(answer, "ms", json_real((double)(clock_mono_us() - began_us) / 1000.0));
  return ok || err_context(e, "%s", path);
}

static bool ask_exists(const char *path, const json_t *request, json_t *answer, struct err *e)
{
  struct stat s;
  (void)request;
  bool there = stat(path, &s) == 0;
  if (!there && errno != ENOENT && errno != ENOTDIR)
    return err_set(e, "%s: %s", path, strerror(errno));
  json_object_set_new(answer, "exists", json_boolean(there));
  if (there)
    json_object_set_new(answer, "size", json_integer(s.st_size));
  return true;
}

static bool ask_read(const char *path, const json_t *request, json_t *answer, struct err *e)
{
  size_t len;
  char *text = file_read(path, (size_t)json_int_of(request, "cap", 0), &len, e);
  if (!text)
    return false;
  json_object_set_new(answer, "text", json_string_from(text, len));
  free(text);
  return true;
}

static bool ask_tail(const char *path, const json_t *request, json_t *answer, struct err *e)
{
  size_t len, cap = (size_t)json_int_of(request, "cap", 0);
  const char *after = json_text_of(request, "after", NULL);
  char next[TAIL_PLACE_SIZE] = "";
  bool gap = false;
  char *text = after ? tail_after(path, after, cap, &len, next, &gap, e) : tail_read(path, cap, &len, e);
  if (!text)
    return false;
  json_object_set_new(answer, "text", json_string_from(text, len));
  json_set_text(answer, "next", next);
  json_object_set_new(answer, "gap", json_boolean(gap));
  free(text);
  return true;
}

static bool ask_sha256(const char *path, const json_t *request, json_t *answer, struct err *e)
{
  (void)request;
  return mount_digest(path, answer, e);
}

static const struct {
  const char *name;
  bool (*fn)(const char *path, const json_t *request, json_t *answer, struct err *e);
} questions[] = {
  { "usage", ask_usage }, { "write_test", ask_write_test }, { "exists", ask_exists }, { "size", ask_exists }, { "read", ask_read },
  { "tail", ask_tail },   { "sha256", ask_sha256 },
};

static char *answer_line(const char *line)
{
  struct err e = { "the request is not understood" };
  json_t *request = json_read(line, strlen(line), &e), *answer = json_object();
  const char *op = json_text_of(request, "op", ""), *path = json_text_of(request, "path", "");
  bool ok = false;
  for (size_t i = 0; i < ARRAY_LEN(questions); i++)
    if (strcmp(op, questions[i].name) == 0)
      ok = questions[i].fn(path, request, answer, &e);
  if (!ok)
    json_set_text(answer, "error", e.text);
  char *text = json_line(answer);
  json_decref(request);
  json_decref(answer);
  return text;
}

_Noreturn void mount_helper(int socket)
{
  FILE *in = fdopen(socket, "r+");
  char *line = NULL;
  size_t room = 0;
  while (in && getline(&line, &room, in) > 0) {
    char *answer = answer_line(line);
    if (dprintf(socket, "%s\n", answer) < 0)
      break;
    free(answer);
  }
  _exit(0);
}
