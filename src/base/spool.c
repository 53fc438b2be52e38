#include "base/spool.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

#define SUFFIX ".row"
/** Longest row, bytes. */
#define ROW_CAP ((size_t)4096)
/** How long something may be under way before nobody waits for it any more, seconds. */
#define UNDER_WAY_S 60

struct spool_row {
  char *directory, *hidden, *shown;
};

static void row_free(struct spool_row *r)
{
  free(r->directory);
  free(r->hidden);
  free(r->shown);
  free(r);
}

struct spool_row *spool_note(const char *directory, const json_t *row, struct err *e)
{
  static unsigned count;
  char *name = mem_printf("%016" PRId64 "-%d-%u" SUFFIX, clock_wall_us(), (int)getpid(), count++), *text = json_line(row);
  struct spool_row *r = MEM_NEW(struct spool_row);
  r->directory = mem_copy_text(directory);
  r->hidden = mem_printf("%s/.%s", directory, name);
  r->shown = mem_printf("%s/%s", directory, name);
  bool ok = file_make_directory(directory, e) && file_replace(r->hidden, text, strlen(text), 0600, e) &&
            file_hand_over(r->hidden, directory, e) && file_sync_directory(directory, e);
  free(name);
  free(text);
  if (ok)
    return r;
  unlink(r->hidden);
  row_free(r);
  return NULL;
}

bool spool_end(struct spool_row *r, bool done, struct err *e)
{
  bool ok = (done ? rename(r->hidden, r->shown) : unlink(r->hidden)) == 0 || err_set(e, "%s: %s", r->hidden, strerror(errno));
  ok = ok && file_sync_directory(r->directory, e);
  row_free(r);
  return ok;
}

static int is_row(const struct dirent *entry)
{
  size_t len = strlen(entry->d_name);
  return len > strlen(SUFFIX) && strcmp(entry->d_name + len - strlen(SUFFIX), SUFFIX) == 0;
}

/* By the time at the beginning of the name. */
static int by_time(const struct dirent **a, const struct dirent **b)
{
  return strcmp((*a)->d_name + ((*a)->d_name[0] == '.'), (*b)->d_name + ((*b)->d_name[0] == '.'));
}

static bool is_under_way(const char *path)
{
  struct stat st;
  return stat(path, &st) != 0 || clock_wall_us() / 1000000 - st.st_mtim.tv_sec < UNDER_WAY_S;
}

static bool tell(const char *path, bool hidden, spool_fn fn, void *arg, struct err *e)
{
  if (hidden && is_under_way(path))
    return true;
  size_t len;
  char *text = file_read(path, ROW_CAP, &len, e);
  json_t *row = text ? json_read(text, len, e) : NULL;
  if (row)
    fn(arg, path, row, !hidden);
  else if (text)
    err_context(e, "%s", path);
  json_decref(row);
  free(text);
  return row;
}

bool spool_each(const char *directory, spool_fn fn, void *arg, struct err *e)
{
  struct dirent **found;
  int n = scandir(directory, &found, is_row, by_time);
  if (n < 0)
    return errno == ENOENT || err_set(e, "%s: %s", directory, strerror(errno));
  bool ok = true;
  for (int i = 0; i < n; i++) {
    struct err why;
    char *path = mem_printf("%s/%s", directory, found[i]->d_name);
    if (!tell(path, found[i]->d_name[0] == '.', fn, arg, &why)) {
      *e = why;
      ok = false;
    }
    free(path);
    free(found[i]);
  }
  free(found);
  return ok;
}
