#include "scheduler/spooled.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/spool.h"
#include "scheduler/audit.h"

/** How often it is looked, milliseconds. */
#define LOOK_MS 2000

/* A row that is in the journal, and whose file is still there. */
struct taken {
  char *path;
  int64_t seq;
  struct taken *next;
};

struct spooled {
  struct scheduler *scheduler;
  char *directory;
  uv_timer_t timer;
  uv_work_t work;
  bool is_looking, is_stopping;
  int64_t durable_seq;
  struct taken *taken; /* of the work while it is_looking */
  int64_t removable_seq;
  json_t *found;             /* by the work: [{"path", "row", "done"}] */
  struct err why, complaint; /* of the work, empty: nothing went wrong; the last one that was logged */
};

/* ---- on a thread: the directory's disk may be slow ---- */

static void remove_durable(struct spooled *p)
{
  for (struct taken **at = &p->taken; *at;) {
    struct taken *t = *at;
    if (t->seq > p->removable_seq || (unlink(t->path) != 0 && errno != ENOENT)) {
      at = &t->next;
      continue;
    }
    *at = t->next;
    free(t->path);
    free(t);
  }
}

static bool is_taken(const struct spooled *p, const char *path)
{
  for (const struct taken *t = p->taken; t; t = t->next)
    if (strcmp(t->path, path) == 0)
      return true;
  return false;
}

static void on_row(void *arg, const char *path, const json_t *row, bool done)
{
  struct spooled *p = arg;
  if (is_taken(p, path))
    return;
  json_t *one = json_object();
  json_set_text(one, "path", path);
  json_object_set_new(one, "row", json_deep_copy(row));
  json_object_set_new(one, "done", json_boolean(done));
  json_array_append_new(p->found, one);
}

static void look(uv_work_t *work)
{
  struct spooled *p = work->data;
  remove_durable(p);
  if (spool_each(p->directory, on_row, p, &p->why))
    p->why.text[0] = '\0';
}

/* ---- on the loop ---- */

static void take(struct spooled *p, const json_t *one)
{
  const json_t *row = json_object_get(one, "row");
  struct audit a = { 0 };
  audit_read(&a, row);
  if (!json_is_true(json_object_get(one, "done")))
    a.outcome = NULL;
  else if (!a.outcome)
    a.outcome = "ok";
  if (!clock_parse(json_text_of(row, "at", ""), &a.at_us))
    a.at_us = 0;
  struct taken *t = MEM_NEW(struct taken);
  t->path = mem_copy_text(json_text_of(one, "path", ""));
  t->seq = audit_note(p->scheduler, &a);
  t->next = p->taken;
  p->taken = t;
}

static void after_look(uv_work_t *work, int status)
{
  (void)status;
  struct spooled *p = work->data;
  size_t i;
  json_t *one;
  p->is_looking = false;
  if (!p->is_stopping) {
    json_array_foreach(p->found, i, one)
      take(p, one);
    if (p->why.text[0] && strcmp(p->why.text, p->complaint.text) != 0)
      log_warn("audit_spool", "why=%s", LOG_QUOTE(p->why.text));
    p->complaint = p->why;
  }
  json_decref(p->found);
  p->found = NULL;
}

static void on_timer(uv_timer_t *timer)
{
  struct spooled *p = timer->data;
  if (p->is_looking)
    return;
  p->is_looking = true;
  p->removable_seq = p->durable_seq;
  p->found = json_array();
  uv_queue_work(p->scheduler->loop, &p->work, look, after_look);
}

struct spooled *spooled_new(struct scheduler *s, const char *directory)
{
  struct spooled *p = MEM_NEW(struct spooled);
  p->scheduler = s;
  p->directory = mem_copy_text(directory);
  p->work.data = p;
  uv_timer_init(s->loop, &p->timer);
  p->timer.data = p;
  uv_timer_start(&p->timer, on_timer, 0, LOOK_MS);
  return p;
}

void spooled_durable(struct spooled *p, int64_t seq)
{
  if (p)
    p->durable_seq = seq;
}

void spooled_stop(struct spooled *p)
{
  if (!p)
    return;
  p->is_stopping = true;
  uv_close((uv_handle_t *)&p->timer, NULL);
}

void spooled_free(struct spooled *p)
{
  if (!p)
    return;
  while (p->taken) {
    struct taken *t = p->taken;
    p->taken = t->next;
    free(t->path);
    free(t);
  }
  free(p->directory);
  free(p);
}
