#include "base/tickets.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

/** Longest file, bytes. */
#define FILE_CAP ((size_t)512)

static char *path_of(const char *directory, const char *secret)
{
  char name[DIGEST_SIZE];
  return mem_printf("%s/%s", directory, digest_sha256(secret, strlen(secret), name));
}

/* ---- a file's line ---- */

static const char *format_end(int64_t us, char text[CLOCK_STAMP_SIZE])
{
  return us == TICKET_NEVER ? "never" : clock_format(us, text);
}

static bool parse_end(const char *text, int64_t *us)
{
  *us = TICKET_NEVER;
  return strcmp(text, "never") == 0 || clock_parse(text, us);
}

static bool parse_line(const char *line, struct ticket *t)
{
  char role[16], created[CLOCK_STAMP_SIZE], expires[CLOCK_STAMP_SIZE];
  return sscanf(line, "%64s %15s %31s %31s", t->owner, role, created, expires) == 4 && role_from_name(role, &t->role) &&
         clock_parse(created, &t->created_us) && parse_end(expires, &t->expires_us);
}

static enum ticket_outcome read_file(const char *path, struct ticket *t, struct err *e)
{
  struct stat st;
  if (stat(path, &st) != 0) {
    if (errno == ENOENT)
      return TICKET_UNKNOWN;
    err_set(e, "%s: %s", path, strerror(errno));
    return TICKET_UNREAD;
  }
  char *line = file_read(path, FILE_CAP, NULL, e);
  if (!line) /* it may have been ended just now */
    return access(path, F_OK) != 0 && errno == ENOENT ? TICKET_UNKNOWN : TICKET_UNREAD;
  bool ok = parse_line(line, t);
  free(line);
  if (!ok) {
    err_set(e, "%s: not a line `owner role created expires`", path);
    return TICKET_UNREAD;
  }
  t->used_us = (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000;
  return TICKET_FOUND;
}

static void set_used(const char *path, int64_t us)
{
  struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 } };
  (void)!utimensat(AT_FDCWD, path, times, 0);
}

/* ---- one ---- */

bool tickets_issue(const char *directory, const struct ticket *t, char secret[DIGEST_SIZE], struct err *e)
{
  char created[CLOCK_STAMP_SIZE], expires[CLOCK_STAMP_SIZE];
  if (!file_make_directory(directory, e))
    return false;
  char *path = path_of(directory, digest_random(secret));
  char *line =
      mem_printf("%s %s %s %s\n", t->owner, role_name(t->role), clock_format(t->created_us, created), format_end(t->expires_us, expires));
  bool ok = file_replace(path, line, strlen(line), 0600, e) && file_hand_over(path, directory, e);
  if (ok)
    set_used(path, t->used_us);
  free(line);
  free(path);
  return ok;
}

enum ticket_outcome tickets_find(const char *directory, const char *secret, struct ticket *t, struct err *e)
{
  if (!digest_is_valid(secret))
    return TICKET_UNKNOWN;
  char *path = path_of(directory, secret);
  enum ticket_outcome outcome = read_file(path, t, e);
  free(path);
  return outcome;
}

void tickets_note_use(const char *directory, const char *secret, int64_t at_us)
{
  char *path = path_of(directory, secret);
  set_used(path, at_us);
  free(path);
}

static bool remove_file(const char *path, struct err *e)
{
  return unlink(path) == 0 || errno == ENOENT || err_set(e, "%s: %s", path, strerror(errno));
}

bool tickets_end(const char *directory, const char *secret, struct err *e)
{
  char *path = path_of(directory, secret);
  bool ok = remove_file(path, e);
  free(path);
  return ok;
}

/* ---- all ---- */

bool tickets_each(const char *directory, tickets_fn fn, void *arg, struct err *e)
{
  DIR *d = opendir(directory);
  if (!d)
    return errno == ENOENT || err_set(e, "%s: %s", directory, strerror(errno));
  bool ok = true;
  const struct dirent *entry;
  while ((entry = readdir(d))) {
    if (!digest_is_valid(entry->d_name))
      continue;
    struct ticket t;
    char *path = mem_printf("%s/%s", directory, entry->d_name);
    enum ticket_outcome outcome = read_file(path, &t, e);
    if (outcome == TICKET_UNREAD || (outcome == TICKET_FOUND && !fn(arg, &t) && !remove_file(path, e)))
      ok = false;
    free(path);
  }
  closedir(d);
  return ok;
}
