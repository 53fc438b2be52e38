#include "scheduler/access.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/access_row.h"
#include "scheduler/audit.h"
#include "scheduler/control.h"

/** How often it is looked whose minute is over, milliseconds. */
#define LOOK_MS 1000

struct access {
  struct scheduler *scheduler;
  uv_timer_t timer;
  struct repeats repeats;
};

static void tell(struct access *a, const struct repeat *one)
{
  json_t *row = access_row(one);
  struct audit audit = { 0 };
  audit_read(&audit, row);
  audit_note(a->scheduler, &audit);
  json_decref(row);
}

static void tell_due(struct access *a, int64_t now_ms)
{
  struct repeat one;
  while (repeats_due(&a->repeats, now_ms, &one))
    tell(a, &one);
}

static void on_timer(uv_timer_t *timer)
{
  struct access *a = timer->data;
  tell_due(a, clock_mono_ms());
  if (!a->repeats.count)
    uv_timer_stop(timer);
}

struct access *access_new(struct scheduler *s)
{
  struct access *a = MEM_NEW(struct access);
  a->scheduler = s;
  uv_timer_init(s->loop, &a->timer);
  a->timer.data = a;
  return a;
}

void access_stop(struct access *a)
{
  if (!a)
    return;
  tell_due(a, INT64_MAX);
  uv_close((uv_handle_t *)&a->timer, NULL);
}

void access_free(struct access *a)
{
  free(a);
}

static void op_access(struct scheduler *s, struct asking *asking, const json_t *request)
{
  struct access *a = s->access;
  const char *what = json_text_of(request, "what", "");
  struct repeat one;
  if (!a || !access_is_known(what)) {
    asking_refuse(asking, "bad_request", "\"what\" is none of those that are audited");
    return;
  }
  if (repeats_add(&a->repeats, what, json_text_of(request, "user", ""), json_text_of(request, "from", ""), clock_mono_ms(), &one))
    tell(a, &one);
  if (!uv_is_active((uv_handle_t *)&a->timer))
    uv_timer_start(&a->timer, on_timer, LOOK_MS, LOOK_MS);
  asking_answer(asking, NULL);
}

const struct control_op access_ops[] = { { "access", op_access }, { NULL, NULL } };
