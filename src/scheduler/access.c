#include "scheduler/access.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/repeats.h"
#include "scheduler/audit.h"
#include "scheduler/control.h"

/** How often it is looked whose minute is over, milliseconds. */
#define LOOK_MS 1000

/* What the API may tell. Of what somebody did himself he is the actor; of what was refused it is Signalbox, and the user is whom it was tried as. */
static const struct {
  const char *what;
  bool refused;
} kinds[REPEATS_KINDS] = {
  { "login", false }, { "logout", false }, { "login_refused", true }, { "token_refused", true }, { "session_refused", true },
};

struct access {
  struct scheduler *scheduler;
  uv_timer_t timer;
  struct repeats repeats;
};

static bool is_known(const char *what, bool *refused)
{
  for (size_t i = 0; i < ARRAY_LEN(kinds) && kinds[i].what; i++) {
    *refused = kinds[i].refused;
    if (strcmp(kinds[i].what, what) == 0)
      return true;
  }
  return false;
}

static void tell(struct access *a, const struct repeat *one)
{
  bool refused = false;
  is_known(one->kind, &refused);
  json_t *parameters = json_object();
  if (one->count > 1)
    json_set_int(parameters, "count", (int64_t)one->count);
  if (one->others)
    json_set_text(parameters, "addresses", "many");
  audit_note(a->scheduler, &(struct audit){
                               .actor = refused || !*one->whom ? NULL : one->whom,
                               .source = *one->from ? one->from : NULL,
                               .action = one->kind,
                               .subject = refused && *one->whom ? one->whom : NULL,
                               .parameters = parameters,
                               .outcome = refused ? "refused" : "ok",
                           });
  json_decref(parameters);
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
  bool refused;
  if (!a || !is_known(what, &refused)) {
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
