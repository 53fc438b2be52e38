#include "scheduler/watch.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/mem.h"

/** Several events of one saving are one change; but who writes all the time is not waited for, milliseconds. */
#define SETTLE_MS 100
#define SETTLE_MOST_MS 1000
#define LOOK_MS 1000

struct folder {
  struct watch *watch;
  char *path;
  uv_fs_event_t event;
  ino_t inode;    /* that the event is of; 0: none */
  uint64_t print; /* of what was in it when last looked at */
};

struct watch {
  watch_fn fn;
  void *arg;
  uv_timer_t settle_timer, look_timer;
  uint64_t first_event_ms; /* of those that are settling */
  size_t open;             /* handles that have yet to close */
  size_t count;
  struct folder folders[];
};

bool watch_is_script(const char *name)
{
  size_t n = strlen(name);
  return n > 4 && name[0] != '.' && strcmp(name + n - 4, ".lua") == 0;
}

/* FNV-1a (Fowler, Noll, Vo). */
static void mix(uint64_t *print, const void *bytes, size_t n)
{
  const unsigned char *p = bytes;
  for (size_t i = 0; i < n; i++)
    *print = (*print ^ p[i]) * 1099511628211u;
}

/* A number that is another one when a script came, went or was written; their order does not matter. */
static uint64_t take_print(DIR *dir)
{
  uint64_t sum = 1;
  for (struct dirent *entry; (entry = readdir(dir));) {
    struct stat s = { 0 };
    uint64_t one = 14695981039346656037u;
    if (!watch_is_script(entry->d_name))
      continue;
    /* A link that leads nowhere counts by its name. */
    if (fstatat(dirfd(dir), entry->d_name, &s, 0) != 0)
      s = (struct stat){ 0 };
    mix(&one, entry->d_name, strlen(entry->d_name));
    mix(&one, &s.st_ino, sizeof s.st_ino);
    mix(&one, &s.st_size, sizeof s.st_size);
    mix(&one, &s.st_mtim, sizeof s.st_mtim);
    sum += one;
  }
  return sum;
}

static void on_event(uv_fs_event_t *event, const char *name, int events, int status);

/* Sees to it that the folder that is there now is the one whose events come. True when what is in it has changed. */
static bool look(struct folder *f)
{
  DIR *dir = opendir(f->path);
  struct stat s = { 0 };
  uint64_t print = 0;
  if (dir && fstat(dirfd(dir), &s) == 0)
    print = take_print(dir);
  if (s.st_ino != f->inode) {
    uv_fs_event_stop(&f->event);
    f->inode = dir && uv_fs_event_start(&f->event, on_event, f->path, 0) == 0 ? s.st_ino : 0;
  }
  if (dir)
    closedir(dir);
  bool changed = print != f->print;
  f->print = print;
  return changed;
}

static bool look_at_all(struct watch *w)
{
  bool changed = false;
  for (size_t i = 0; i < w->count; i++)
    changed = look(&w->folders[i]) || changed;
  return changed;
}

static void on_settled(uv_timer_t *timer)
{
  struct watch *w = timer->data;
  w->first_event_ms = 0;
  (void)look_at_all(w); /* whatever it is, it is about to be read */
  w->fn(w->arg);
}

static void on_event(uv_fs_event_t *event, const char *name, int events, int status)
{
  struct watch *w = ((struct folder *)event->data)->watch;
  (void)events;
  if (status != 0 || (name && !watch_is_script(name)))
    return;
  uint64_t now_ms = uv_now(event->loop);
  if (!w->first_event_ms)
    w->first_event_ms = now_ms;
  if (now_ms - w->first_event_ms < SETTLE_MOST_MS)
    uv_timer_start(&w->settle_timer, on_settled, SETTLE_MS, 0);
}

static void on_look(uv_timer_t *timer)
{
  struct watch *w = timer->data;
  if (!w->first_event_ms && look_at_all(w))
    w->fn(w->arg);
}

struct watch *watch_new(uv_loop_t *loop, const char *const *paths, size_t n, watch_fn fn, void *arg)
{
  struct watch *w = mem_new(1, sizeof *w + n * sizeof w->folders[0]);
  w->fn = fn;
  w->arg = arg;
  w->count = n;
  uv_timer_init(loop, &w->settle_timer);
  uv_timer_init(loop, &w->look_timer);
  w->settle_timer.data = w->look_timer.data = w;
  for (size_t i = 0; i < n; i++) {
    struct folder *f = &w->folders[i];
    f->watch = w;
    f->path = mem_copy_text(paths[i]);
    uv_fs_event_init(loop, &f->event);
    f->event.data = f;
  }
  (void)look_at_all(w);
  uv_timer_start(&w->look_timer, on_look, LOOK_MS, LOOK_MS);
  w->open = 2 + n;
  return w;
}

static void release(struct watch *w)
{
  if (--w->open)
    return;
  for (size_t i = 0; i < w->count; i++)
    free(w->folders[i].path);
  free(w);
}

static void on_timer_closed(uv_handle_t *timer)
{
  release(timer->data);
}

static void on_event_closed(uv_handle_t *event)
{
  release(((struct folder *)event->data)->watch);
}

void watch_free(struct watch *w)
{
  if (!w)
    return;
  uv_close((uv_handle_t *)&w->settle_timer, on_timer_closed);
  uv_close((uv_handle_t *)&w->look_timer, on_timer_closed);
  for (size_t i = 0; i < w->count; i++)
    uv_close((uv_handle_t *)&w->folders[i].event, on_event_closed);
}
