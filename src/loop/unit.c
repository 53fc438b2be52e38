#include "loop/unit.h"

#include "base/mem.h"
#include "loop/bus.h"

#define SYSTEMD "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER SYSTEMD ".Manager"

/** For the last look, when the time for the job is over. */
#define LAST_LOOK_MS 1000

enum phase {
  ASKING,      /* for the state, which is all */
  WORKING,     /* systemd is at the job */
  JOB_DONE,    /* looking for the first time */
  SETTLING,    /* waiting */
  SETTLED,     /* looking for the second time */
  JOB_FAILED,  /* looking why */
  OUT_OF_TIME, /* looking how far it came */
};

struct unit_ask {
  struct bus *bus;
  uv_timer_t timer;
  enum phase phase;
  char name[256];
  int64_t timeout_ms, settle_ms;
  char *job;           /* its path, "" until it is known */
  char *gone;          /* a job of this unit that was over before we knew which one is ours; NULL: none */
  char job_result[32]; /* "done", "failed" ... */
  char gone_result[32];
  unsigned waiting_for; /* properties that have not been answered */
  struct unit_state state;
  int64_t first_active_since_us; /* as first seen */
  unit_fn fn;
  void *arg;
};

/* ---- the end ---- */

static void on_timer_closed(uv_handle_t *timer)
{
  struct unit_ask *a = CONTAINER_OF(timer, struct unit_ask, timer);
  free(a->job);
  free(a->gone);
  free(a);
}

void unit_cancel(struct unit_ask *a)
{
  bus_close(a->bus);
  uv_close((uv_handle_t *)&a->timer, on_timer_closed);
}

static void tell(struct unit_ask *a, const struct unit_state *state, bool no_data, const struct err *why)
{
  bus_close(a->bus);
  a->bus = NULL;
  a->fn(a->arg, state, no_data, why);
  uv_close((uv_handle_t *)&a->timer, on_timer_closed);
}

static void fail(struct unit_ask *a, bool no_data, const char *format, ...) PRINTF_LIKE(3, 4);
static void fail(struct unit_ask *a, bool no_data, const char *format, ...)
{
  struct err e;
  va_list args;
  va_start(args, format);
  vsnprintf(e.text, sizeof e.text, format, args);
  va_end(args);
  tell(a, NULL, no_data, &e);
}

/* ---- looking ---- */

/* "failed (exit-code, status 1)", "deactivating (stop-sigterm)". */
static const char *describe(const struct unit_state *s, char *text, size_t size)
{
  if (strcmp(s->result, "exit-code") == 0)
    snprintf(text, size, "%s (%s, exit status %" PRId64 ")", s->active, s->result, s->exit_status);
  else if (s->result[0] && strcmp(s->result, "success") != 0)
    snprintf(text, size, "%s (%s)", s->active, s->result);
  else
    snprintf(text, size, "%s (%s)", s->active, s->sub);
  return text;
}

static bool is_up(const struct unit_state *s)
{
  if (strcmp(s->active, "active") == 0 || strcmp(s->active, "reloading") == 0)
    return true;
  /* A oneshot has done its work and is gone. */
  return strcmp(s->type, "oneshot") == 0 && strcmp(s->active, "inactive") == 0 && strcmp(s->result, "success") == 0;
}

static void on_settled(uv_timer_t *timer);

/* The job is done: is the unit up, and was it all the time? */
static void judge_up(struct unit_ask *a)
{
  char text[128];
  struct unit_state *s = &a->state;
  bool again = a->phase == SETTLED && s->active_since_us != a->first_active_since_us;
  if (!is_up(s)) {
    fail(a, false, "%s was started and has ended since: %s", a->name, describe(s, text, sizeof text));
  } else if (again) {
    fail(a, false, "%s was started, has ended since and was started again by systemd: %s", a->name, describe(s, text, sizeof text));
  } else if (a->phase == SETTLED) {
    tell(a, s, false, NULL);
  } else {
    a->first_active_since_us = s->active_since_us;
    a->phase = SETTLING;
    uv_timer_start(&a->timer, on_settled, (uint64_t)a->settle_ms, 0);
  }
}

static void tell_out_of_time(struct unit_ask *a)
{
  char text[128];
  const struct unit_state *s = &a->state;
  double waited_s = (double)a->timeout_ms / 1000;
  describe(s, text, sizeof text);
  if (strcmp(s->active, "deactivating") != 0)
    fail(a, false, "%s: the restart is not through after %.3g s: %s; the job goes on", a->name, waited_s, text);
  else if (s->stop_timeout_us < 0)
    fail(a, false, "%s: still %s after %.3g s: it does not heed SIGTERM, and nothing limits its time to stop", a->name, text, waited_s);
  else
    fail(a, false, "%s: still %s after %.3g s: it does not heed SIGTERM; systemd gives it %.3g s before it is killed, and the job goes on",
         a->name, text, waited_s, (double)s->stop_timeout_us / 1e6);
}

static void looked(struct unit_ask *a)
{
  char text[128];
  struct unit_state *s = &a->state;
  if (strcmp(s->load, "not-found") == 0) {
    fail(a, false, "%s: systemd knows no such unit", a->name);
    return;
  }
  switch (a->phase) {
  case ASKING: tell(a, s, false, NULL); return;
  case JOB_DONE:
  case SETTLED: judge_up(a); return;
  case JOB_FAILED:
    fail(a, false, "%s: the job to restart it was not done but %s: %s", a->name, a->job_result, describe(s, text, sizeof text));
    return;
  case OUT_OF_TIME: tell_out_of_time(a); return;
  case WORKING:
  case SETTLING: return;
  }
}

/* The properties looked at. Those of services are not there for other units. */
static const struct property {
  const char *interface, *name, *type; /* type as in D-Bus: s, t, u, i */
  size_t offset, size;
} properties[] = {
#define TEXT(interface, name, field)                                                                        \
  {                                                                                                         \
    SYSTEMD interface, name, "s", offsetof(struct unit_state, field), sizeof((struct unit_state *)0)->field \
  }
#define NUMBER(interface, name, type, field)                             \
  {                                                                      \
    SYSTEMD interface, name, type, offsetof(struct unit_state, field), 0 \
  }
  TEXT(".Unit", "LoadState", load),
  TEXT(".Unit", "ActiveState", active),
  TEXT(".Unit", "SubState", sub),
  NUMBER(".Unit", "ActiveEnterTimestamp", "t", active_since_us),
  TEXT(".Service", "Type", type),
  TEXT(".Service", "Result", result),
  NUMBER(".Service", "NRestarts", "u", restarts),
  NUMBER(".Service", "MemoryCurrent", "t", memory_bytes),
  NUMBER(".Service", "MainPID", "u", main_pid),
  NUMBER(".Service", "ExecMainStatus", "i", exit_status),
  NUMBER(".Service", "TimeoutStopUSec", "t", stop_timeout_us),
#undef TEXT
#undef NUMBER
};

/* Which property an answer is for, and whose. */
struct look {
  struct unit_ask *ask;
  const struct property *property;
};

static void take(struct unit_ask *a, const struct property *p, sd_bus_message *m)
{
  union {
    const char *s;
    uint64_t t;
    uint32_t u;
    int32_t i;
  } value = { 0 };
  char *field = (char *)&a->state + p->offset;
  if (sd_bus_message_read(m, "v", p->type, &value) < 0)
    return;
  int64_t number = -1;
  switch (*p->type) {
  case 's': snprintf(field, p->size, "%s", value.s); return;
  case 't': number = value.t == UINT64_MAX ? -1 : (int64_t)value.t; break; /* "infinity", or not counted */
  case 'u': number = value.u; break;
  case 'i': number = value.i; break;
  }
  memcpy(field, &number, sizeof number);
}

static int on_property(sd_bus_message *m, void *arg, sd_bus_error *error)
{
  struct look *l = arg;
  struct unit_ask *a = l->ask;
  (void)error;
  const sd_bus_error *failure = sd_bus_message_get_error(m);
  if (failure && strcmp(l->property->interface, SYSTEMD ".Unit") == 0) {
    fail(a, true, "%s: systemd does not tell its state: %s", a->name, failure->message ? failure->message : failure->name);
    return 0;
  }
  if (!failure)
    take(a, l->property, m);
  if (--a->waiting_for == 0)
    looked(a);
  return 0;
}

/* Asks for all properties at once. */
static int look(struct unit_ask *a)
{
  char *path = NULL;
  a->state = (struct unit_state){ .memory_bytes = -1, .restarts = -1, .main_pid = -1, .exit_status = -1, .stop_timeout_us = -1 };
  a->waiting_for = ARRAY_LEN(properties);
  int failure = sd_bus_path_encode(MANAGER_PATH "/unit", a->name, &path);
  for (size_t i = 0; i < ARRAY_LEN(properties) && failure >= 0; i++) {
    const struct property *p = &properties[i];
    struct look *l = MEM_NEW(struct look);
    sd_bus_slot *slot = NULL;
    *l = (struct look){ a, p };
    failure = sd_bus_call_method_async(bus_of(a->bus), &slot, SYSTEMD, path, "org.freedesktop.DBus.Properties", "Get", on_property, l, "ss",
                                       p->interface, p->name);
    if (failure < 0) {
      free(l);
      break;
    }
    sd_bus_slot_set_destroy_callback(slot, free);
    sd_bus_slot_set_floating(slot, true);
    sd_bus_slot_unref(slot);
  }
  free(path);
  if (failure >= 0)
    bus_pump(a->bus);
  return failure;
}

static void look_or_fail(struct unit_ask *a, enum phase phase)
{
  a->phase = phase;
  int failure = look(a);
  if (failure < 0)
    fail(a, true, "%s: the bus: %s", a->name, strerror(-failure));
}

static void on_no_answer(uv_timer_t *timer)
{
  struct unit_ask *a = CONTAINER_OF(timer, struct unit_ask, timer);
  fail(a, true, "%s: systemd does not answer on its bus", a->name);
}

static void on_settled(uv_timer_t *timer)
{
  struct unit_ask *a = CONTAINER_OF(timer, struct unit_ask, timer);
  uv_timer_start(timer, on_no_answer, LAST_LOOK_MS, 0);
  look_or_fail(a, SETTLED);
}

/* ---- restarting ---- */

/* The job takes longer than we may: how far is it? */
static void on_deadline(uv_timer_t *timer)
{
  struct unit_ask *a = CONTAINER_OF(timer, struct unit_ask, timer);
  bool was_looking = a->phase != WORKING || !*a->job;
  uv_timer_start(timer, on_no_answer, LAST_LOOK_MS, 0);
  if (was_looking)
    on_no_answer(timer);
  else
    look_or_fail(a, OUT_OF_TIME);
}

static void job_over(struct unit_ask *a, const char *result)
{
  snprintf(a->job_result, sizeof a->job_result, "%s", result);
  look_or_fail(a, strcmp(result, "done") == 0 ? JOB_DONE : JOB_FAILED);
}

/* JobRemoved(u id, o job, s unit, s result) */
static int on_job_removed(sd_bus_message *m, void *arg, sd_bus_error *error)
{
  struct unit_ask *a = arg;
  uint32_t id;
  const char *job, *unit, *result;
  (void)error;
  if (a->phase != WORKING || sd_bus_message_read(m, "uoss", &id, &job, &unit, &result) < 0)
    return 0;
  if (strcmp(job, a->job) == 0) {
    job_over(a, result);
  } else if (!*a->job && strcmp(unit, a->name) == 0) {
    free(a->gone);
    a->gone = mem_copy_text(job);
    snprintf(a->gone_result, sizeof a->gone_result, "%s", result);
  }
  return 0;
}

static void tell_refusal(struct unit_ask *a, const sd_bus_error *failure)
{
  const char *message = failure->message ? failure->message : failure->name;
  if (sd_bus_error_has_names(failure, SYSTEMD ".NoSuchUnit"))
    fail(a, false, "%s: systemd knows no such unit", a->name);
  else if (sd_bus_error_has_names(failure, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, SD_BUS_ERROR_ACCESS_DENIED))
    fail(a, false, "%s: this user may not restart it (%s): a polkit rule has to allow it, see the recipes", a->name, message);
  else
    fail(a, false, "%s: %s", a->name, message);
}

static int on_restart_answer(sd_bus_message *m, void *arg, sd_bus_error *error)
{
  struct unit_ask *a = arg;
  const char *job;
  (void)error;
  const sd_bus_error *failure = sd_bus_message_get_error(m);
  if (failure) {
    tell_refusal(a, failure);
  } else if (sd_bus_message_read(m, "o", &job) < 0) {
    fail(a, true, "%s: systemd's answer is not understood", a->name);
  } else {
    free(a->job);
    a->job = mem_copy_text(job);
    if (a->gone && strcmp(a->gone, job) == 0)
      job_over(a, a->gone_result);
  }
  return 0;
}

/* In this order on one connection: nothing can be missed. systemd tells of jobs only those who subscribed. */
static int begin_restart(struct unit_ask *a)
{
  sd_bus *bus = bus_of(a->bus);
  int failure = sd_bus_match_signal_async(bus, NULL, SYSTEMD, MANAGER_PATH, MANAGER, "JobRemoved", on_job_removed, NULL, a);
  if (failure >= 0)
    failure = sd_bus_call_method_async(bus, NULL, SYSTEMD, MANAGER_PATH, MANAGER, "Subscribe", NULL, NULL, NULL);
  if (failure >= 0)
    failure =
        sd_bus_call_method_async(bus, NULL, SYSTEMD, MANAGER_PATH, MANAGER, "RestartUnit", on_restart_answer, a, "ss", a->name, "replace");
  if (failure >= 0)
    bus_pump(a->bus);
  return failure;
}

/* ---- beginning ---- */

static struct unit_ask *new_ask(uv_loop_t *loop, const char *address, const char *name, unit_fn fn, void *arg, struct err *e)
{
  struct bus *bus = bus_open(loop, address, e);
  if (!bus)
    return NULL;
  struct unit_ask *a = MEM_NEW(struct unit_ask);
  *a = (struct unit_ask){ .bus = bus, .fn = fn, .arg = arg, .job = mem_copy_text("") };
  snprintf(a->name, sizeof a->name, "%s", name);
  uv_timer_init(loop, &a->timer);
  return a;
}

static struct unit_ask *begun(struct unit_ask *a, int failure, int64_t timeout_ms, uv_timer_cb at_end, struct err *e)
{
  if (failure < 0) {
    unit_cancel(a);
    err_set(e, "the bus: %s", strerror(-failure));
    return NULL;
  }
  a->timeout_ms = timeout_ms;
  sd_bus_set_method_call_timeout(bus_of(a->bus), (uint64_t)(timeout_ms + LAST_LOOK_MS) * 1000);
  uv_timer_start(&a->timer, at_end, (uint64_t)timeout_ms, 0);
  return a;
}

struct unit_ask *unit_status(uv_loop_t *loop, const char *address, const char *name, int64_t timeout_ms, unit_fn fn, void *arg,
                             struct err *e)
{
  struct unit_ask *a = new_ask(loop, address, name, fn, arg, e);
  if (!a)
    return NULL;
  a->phase = ASKING;
  return begun(a, look(a), timeout_ms, on_no_answer, e);
}

struct unit_ask *unit_restart(uv_loop_t *loop, const char *address, const char *name, int64_t timeout_ms, int64_t settle_ms, unit_fn fn,
                              void *arg, struct err *e)
{
  struct unit_ask *a = new_ask(loop, address, name, fn, arg, e);
  if (!a)
    return NULL;
  a->phase = WORKING;
  a->settle_ms = settle_ms;
  return begun(a, begin_restart(a), timeout_ms, on_deadline, e);
}

bool unit_name_is_valid(const char *name)
{
  static const char *const suffixes[] = { ".service", ".socket", ".target", ".timer",     ".mount", ".path",
                                          ".slice",   ".scope",  ".swap",   ".automount", ".device" };
  const char *dot = strrchr(name, '.');
  size_t len = strlen(name);
  if (!dot || dot == name || len > 255 || strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@") != len)
    return false;
  for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
    if (strcmp(dot, suffixes[i]) == 0)
      return true;
  return false;
}
