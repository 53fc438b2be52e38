#include "scheduler/preflight.h"

#include "base/json.h"
#include "base/mem.h"

struct preflight *preflight_new(const char *name)
{
  struct preflight *p = MEM_NEW(struct preflight);
  p->name = mem_copy_text(name);
  p->title = mem_copy_text(name);
  p->latency_ms = -1;
  return p;
}

void preflight_free(struct preflight *p)
{
  preflight_lift(p);
  free(p->name);
  free(p->title);
  free(p->help);
  free(p->file);
  free(p->error);
  json_decref(p->declaration);
  free(p);
}

bool preflight_is_run(const struct preflight *p)
{
  return p->declaration && !json_object_get(p->declaration, "services");
}

void preflight_take(struct preflight *p, enum gate_result result, const char *error, int64_t latency_ms, int64_t wall_us, int64_t mono_ms)
{
  gate_check_take(&p->check, result, mono_ms);
  if (p->check.result != GATE_FAILED)
    p->failing_us = 0;
  else if (!p->failing_us)
    p->failing_us = wall_us;
  char *copy = mem_copy_text(error);
  free(p->error);
  p->error = copy;
  p->checked_us = wall_us;
  p->taken_ms = mono_ms;
  p->latency_ms = latency_ms;
}

void preflight_override(struct preflight *p, const char *by, const char *reason, int64_t wall_us, int64_t mono_ms, int64_t left_ms)
{
  struct preflight_override o = {
    .by = mem_copy_text(by), .reason = mem_copy_text(reason), .at_us = wall_us, .expires_us = wall_us + left_ms * 1000
  };
  preflight_lift(p);
  p->override = o;
  p->check.override_ms = mono_ms + left_ms;
}

void preflight_lift(struct preflight *p)
{
  free(p->override.by);
  free(p->override.reason);
  p->override = (struct preflight_override){ 0 };
  p->check.override_ms = 0;
}

void preflight_clock_set(struct preflight *p, int64_t by_us)
{
  int64_t *const stamps[] = { &p->checked_us, &p->failing_us, &p->since_us, &p->override.at_us, &p->override.expires_us };
  for (size_t i = 0; i < ARRAY_LEN(stamps); i++)
    if (*stamps[i])
      *stamps[i] += by_us;
}

static json_t *present_override(const struct preflight_override *o)
{
  if (!o->by)
    return json_null();
  json_t *json = json_object();
  json_set_text(json, "by", o->by);
  json_set_text(json, "reason", o->reason);
  json_set_stamp(json, "at", o->at_us);
  json_set_stamp(json, "expires_at", o->expires_us);
  return json;
}

json_t *preflight_present(const struct preflight *p, const struct gate *g, int64_t mono_ms)
{
  json_t *json = json_object();
  json_set_text(json, "name", p->name);
  json_set_text(json, "title", p->title);
  json_set_text(json, "help", p->help);
  json_object_set_new(json, "required", json_boolean(p->check.required));
  json_object_set_new(json, "passed", json_boolean(p->check.result == GATE_PASSED));
  json_set_text(json, "state", gate_state_name(p->state));
  json_set_text(json, "error", p->error);
  json_set_stamp(json, "since", p->since_us);
  json_set_stamp(json, "checked_at", p->checked_us);
  json_set_stamp(json, "failing_since", p->failing_us);
  json_set_int(json, "grace_ms", p->check.grace_ms);
  json_object_set_new(json, "latency_ms", p->latency_ms >= 0 ? json_integer(p->latency_ms) : json_null());
  json_object_set_new(json, "blocking", json_boolean(gate_is_held_by(g, &p->check, mono_ms)));
  json_object_set_new(json, "running", json_boolean(p->is_running));
  json_object_set_new(json, "override", present_override(&p->override));
  return json;
}

/* ---- in the journal ---- */

static const char *const results[] = { [GATE_UNKNOWN] = "unknown", [GATE_PASSED] = "passed", [GATE_FAILED] = "failed" };

char *preflight_write_state(const struct preflight *p)
{
  const struct preflight_override *o = &p->override;
  json_t *json = json_object();
  json_set_text(json, "title", p->title);
  json_set_text(json, "file", p->file);
  json_object_set_new(json, "service", json_boolean(!p->declaration));
  json_object_set_new(json, "required", json_boolean(p->check.required));
  json_set_int(json, "grace_ms", p->check.grace_ms);
  json_set_text(json, "result", results[p->check.result]);
  json_set_text(json, "error", p->error);
  json_set_int(json, "checked_us", p->checked_us);
  json_set_int(json, "failing_us", p->failing_us);
  json_set_int(json, "latency_ms", p->latency_ms);
  json_set_int(json, "since_us", p->since_us);
  json_set_text(json, "state", gate_state_name(p->state));
  if (o->by)
    json_object_set_new(json, "override",
                        json_pack("{s:s, s:s, s:I, s:I}", "by", o->by, "reason", o->reason, "at_us", (json_int_t)o->at_us, "expires_us",
                                  (json_int_t)o->expires_us));
  char *line = json_line(json);
  json_decref(json);
  return line;
}

static bool result_from_name(const char *name, enum gate_result *result)
{
  for (size_t i = 0; name && i < ARRAY_LEN(results); i++) {
    if (strcmp(name, results[i]) == 0) {
      *result = (enum gate_result)i;
      return true;
    }
  }
  return false;
}

/* What is left of it by the wall clock, but never more than was given: the clock may have been set back meanwhile. */
static void read_override(struct preflight *p, const json_t *json, int64_t wall_us, int64_t mono_ms)
{
  const char *by = json_text_of(json, "by", NULL), *reason = json_text_of(json, "reason", "");
  int64_t at_us = json_int_of(json, "at_us", 0), expires_us = json_int_of(json, "expires_us", 0);
  int64_t left_us = expires_us - wall_us;
  if (left_us > expires_us - at_us)
    left_us = expires_us - at_us;
  if (!by || left_us <= 0)
    return;
  preflight_override(p, by, reason, wall_us, mono_ms, left_us / 1000);
  p->override.at_us = at_us;
}

static int64_t since_ms(int64_t us, int64_t wall_us, int64_t mono_ms)
{
  return mono_ms - (us < wall_us ? (wall_us - us) / 1000 : 0);
}

bool preflight_read_state(struct preflight *p, const char *text, bool go_on, int64_t wall_us, int64_t mono_ms, struct err *e)
{
  enum gate_result result = GATE_UNKNOWN;
  json_t *json = json_read(text, strlen(text), e);
  if (!json)
    return false;
  bool ok = (result_from_name(json_text_of(json, "result", NULL), &result) && json_text_of(json, "file", NULL)) ||
            err_set(e, "the kept state of %s makes no sense", p->name);
  if (ok) {
    free(p->title);
    p->title = mem_copy_text(json_text_of(json, "title", p->name));
    p->file = mem_copy_text(json_text_of(json, "file", ""));
    p->check.required = json_bool_of(json, "required", true);
    p->check.grace_ms = json_int_of(json, "grace_ms", 0);
    p->since_us = wall_us;
    read_override(p, json_object_get(json, "override"), wall_us, mono_ms);
  }
  if (ok && go_on) {
    p->check.result = result;
    p->error = mem_copy_text(json_text_of(json, "error", NULL));
    p->checked_us = json_int_of(json, "checked_us", 0);
    p->failing_us = json_int_of(json, "failing_us", 0);
    p->latency_ms = json_int_of(json, "latency_ms", -1);
    p->since_us = json_int_of(json, "since_us", wall_us);
    p->state = gate_check_state(&p->check, mono_ms);
    p->check.failing_ms = since_ms(p->failing_us, wall_us, mono_ms);
    p->taken_ms = since_ms(p->checked_us, wall_us, mono_ms);
  }
  json_decref(json);
  return ok;
}
