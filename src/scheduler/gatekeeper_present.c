#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "scheduler/gatekeeper_internal.h"

#define REASON_CAP 1000
/** Most checks that a reason names. */
#define REASON_CHECKS 4

/* What keeps an item from having passed. */
static const char *fault_of(const struct preflight *p)
{
  if (p->check.result == GATE_UNKNOWN && !p->error)
    return p->is_running ? "it is being checked for the first time" : "it has not been checked yet";
  return p->error ? p->error : "it has failed";
}

/* "ComfyUI: refused; Workers: no worker is online" */
static void list_faults(const struct gatekeeper *k, struct buf *text)
{
  int64_t now_ms = clock_mono_ms();
  size_t n = 0;
  for (const struct preflight *p = k->checklist.items; p; p = p->hh.next)
    if (gate_is_held_by(&k->gate, &p->check, now_ms) && n++ < REASON_CHECKS)
      buf_printf(text, "%s%s: %.200s", n > 1 ? "; " : "", p->title, fault_of(p));
  if (n > REASON_CHECKS)
    buf_printf(text, "; and %zu more", n - REASON_CHECKS);
}

static void list_overridden(const struct gatekeeper *k, struct buf *text)
{
  size_t n = 0;
  for (const struct preflight *p = k->checklist.items; p; p = p->hh.next)
    if (p->override.by && p->check.result != GATE_PASSED)
      buf_printf(text, "%s%s (by %s)", n++ ? ", " : " or is overridden: ", p->title, p->override.by);
}

/* What has failed while the gate stays open: "The disk: full". */
static void list_failing(const struct gatekeeper *k, struct buf *text)
{
  size_t n = 0;
  for (const struct preflight *p = k->checklist.items; p; p = p->hh.next)
    if (p->check.required && p->check.result == GATE_FAILED && !p->override.by && n++ < REASON_CHECKS)
      buf_printf(text, "%s%s: %.200s", n > 1 ? "; " : "ready within the grace of what fails: ", p->title, fault_of(p));
}

/* One sentence, to free(). */
char *gatekeeper_make_reason(const struct gatekeeper *k)
{
  struct buf text;
  buf_init(&text, REASON_CAP);
  if (!k->gate.open) {
    list_faults(k, &text);
    if (!text.len)
      buf_add_text(&text, k->begun ? "nothing is declared that could pass" : "the checks are being read");
  } else if (!k->gate.leased) {
    buf_printf(&text, "Postgres cannot be asked: %.800s", lease_error(k->lease));
  } else if (k->gate.latched) {
    buf_add_text(&text, "latched: it stays ready until the next start");
  } else {
    list_failing(k, &text);
    if (!text.len)
      buf_add_text(&text, "everything that is required has passed");
    list_overridden(k, &text);
  }
  return buf_take(&text);
}

/* ---- what is known ---- */

bool gatekeeper_is_ready(const struct gatekeeper *k)
{
  return k->ready;
}

json_t *gatekeeper_overridden(const struct gatekeeper *k)
{
  json_t *names = json_array();
  for (const struct preflight *p = k->checklist.items; p; p = p->hh.next)
    if (p->override.by)
      json_array_append_new(names, json_string(p->name));
  return names;
}

static json_t *holder(const char *name, const char *title, const char *error)
{
  json_t *json = json_object();
  json_set_text(json, "name", name);
  json_set_text(json, "title", title);
  json_set_text(json, "error", error);
  return json;
}

/* [{"name","title","error"}] of what holds it closed. */
json_t *gatekeeper_holders(const struct gatekeeper *k)
{
  json_t *list = json_array();
  int64_t now_ms = clock_mono_ms();
  for (const struct preflight *p = k->checklist.items; p; p = p->hh.next)
    if (gate_is_held_by(&k->gate, &p->check, now_ms))
      json_array_append_new(list, holder(p->name, p->title, fault_of(p)));
  if (!k->gate.leased)
    json_array_append_new(list, holder("postgres", "PostgreSQL", lease_error(k->lease)));
  return list;
}

json_t *gatekeeper_blocking(const struct gatekeeper *k)
{
  json_t *names = json_array(), *list = gatekeeper_holders(k), *one;
  size_t i;
  json_array_foreach(list, i, one)
    json_array_append(names, json_object_get(one, "name"));
  json_decref(list);
  return names;
}

json_t *gatekeeper_flag(const struct gatekeeper *k)
{
  int64_t left_ms = lease_left_ms(k->lease);
  json_t *json = json_object();
  json_object_set_new(json, "ready", json_boolean(k->ready));
  json_set_stamp(json, "since", k->since_us);
  json_set_text(json, "reason", k->reason);
  json_set_stamp(json, "valid_until", left_ms ? clock_wall_us() + left_ms * 1000 : 0);
  json_object_set_new(json, "overridden", gatekeeper_overridden(k));
  return json;
}

json_t *gatekeeper_present_check(const struct gatekeeper *k, const struct preflight *p)
{
  return preflight_present(p, &k->gate, clock_mono_ms());
}

json_t *gatekeeper_present_checks(const struct gatekeeper *k)
{
  json_t *list = json_array();
  for (const struct preflight *p = k->checklist.items; p; p = p->hh.next)
    json_array_append_new(list, gatekeeper_present_check(k, p));
  return list;
}

json_t *gatekeeper_present(const struct gatekeeper *k)
{
  json_t *json = json_object();
  bool all_passed = k->checklist.items != NULL;
  for (const struct preflight *p = k->checklist.items; p; p = p->hh.next)
    all_passed = all_passed && p->check.result == GATE_PASSED;
  json_object_set_new(json, "all_passed", json_boolean(all_passed));
  json_object_set_new(json, "ready", json_boolean(k->ready));
  json_object_set_new(json, "gate", gatekeeper_flag(k));
  json_object_set_new(json, "checks", gatekeeper_present_checks(k));
  json_object_set(json, "history", k->history);
  return json;
}
