#include "scheduler/service.h"

#include "base/json.h"
#include "base/mem.h"
#include "core/declaration.h"
#include "core/vouch.h"

struct service *service_new(const char *name)
{
  struct service *s = MEM_NEW(struct service);
  s->name = mem_copy_text(name);
  s->latency_ms = -1;
  return s;
}

void service_free(struct service *s)
{
  if (!s)
    return;
  declaration_free(s->declaration);
  free(s->name);
  free(s->file);
  free(s->error);
  free(s->no_data_error);
  json_decref(s->measures);
  free(s);
}

/* Its stamps are kept as wall time: the monotonic clock begins anew with the machine. */
static json_t *write_flap(const struct flap *f, int64_t mono_ms, int64_t wall_us)
{
  json_t *json = json_object(), *changes = json_array();
  json_set_text(json, "last", status_name(f->last));
  for (unsigned i = 0; i < f->count; i++)
    json_array_append_new(changes, json_integer(wall_us - (mono_ms - f->at_ms[i]) * 1000));
  json_object_set_new(json, "changes", changes);
  return json;
}

/* Kept by a version that knew nothing of it: nothing is remembered. */
static void read_flap(struct flap *f, const json_t *json, int64_t mono_ms, int64_t wall_us)
{
  const json_t *changes = json_object_get(json, "changes");
  *f = (struct flap){ 0 };
  if (!status_from_name(json_text_of(json, "last", NULL), &f->last))
    return;
  for (size_t i = 0; i < json_array_size(changes) && i < FLAP_CHANGES_MOST; i++) {
    int64_t age_ms = (wall_us - json_integer_value(json_array_get(changes, i))) / 1000;
    f->at_ms[f->count++] = mono_ms - (age_ms > 0 ? age_ms : 0);
  }
}

char *service_write_state(const struct service *s, int64_t mono_ms, int64_t wall_us)
{
  json_t *json = json_object(), *streaks = json_array();
  json_set_text(json, "confirmed", status_name(s->confirm.confirmed));
  json_set_int(json, "since_us", s->confirm.since_us);
  json_set_int(json, "last_us", s->confirm.last_us);
  for (size_t i = 0; i < STATUS_COUNT; i++) {
    json_array_append_new(streaks, json_integer(s->confirm.streak[i]));
    json_array_append_new(streaks, json_integer(s->confirm.streak_us[i]));
  }
  json_object_set_new(json, "streaks", streaks);
  json_set_int(json, "every_ms", s->every_ms);
  json_set_int(json, "up_us", s->up_us);
  json_set_int(json, "latency_ms", s->latency_ms);
  json_set_text(json, "error", s->error);
  json_set_text(json, "no_data_error", s->no_data_error);
  json_object_set_new(json, "flap", write_flap(&s->flap, mono_ms, wall_us));
  json_set_int(json, "flapping_us", s->flapping);
  json_set_int(json, "runners_ended", s->runners_ended);
  if (s->measures)
    json_object_set(json, "measures", s->measures);
  char *line = json_line(json);
  json_decref(json);
  return line;
}

static bool read_confirm(struct confirm *c, const json_t *json)
{
  const char *word = json_text_of(json, "confirmed", NULL);
  const json_t *streaks = json_object_get(json, "streaks");
  if ((word && !status_from_name(word, &c->confirmed)) || json_array_size(streaks) != (size_t)2 * STATUS_COUNT)
    return false;
  c->since_us = json_int_of(json, "since_us", 0);
  c->last_us = json_int_of(json, "last_us", 0);
  for (size_t i = 0; i < STATUS_COUNT; i++) {
    c->streak[i] = (unsigned)json_integer_value(json_array_get(streaks, 2 * i));
    c->streak_us[i] = json_integer_value(json_array_get(streaks, 2 * i + 1));
  }
  return true;
}

bool service_read_state(struct service *s, const char *text, int64_t mono_ms, int64_t wall_us, struct err *e)
{
  struct confirm confirm = { 0 };
  json_t *json = json_read(text, strlen(text), e);
  if (!json)
    return false;
  bool ok = read_confirm(&confirm, json) || err_set(e, "the kept state of %s makes no sense", s->name);
  if (ok) {
    s->confirm = confirm;
    s->every_ms = json_int_of(json, "every_ms", 30000);
    s->up_us = json_int_of(json, "up_us", 0);
    s->latency_ms = json_int_of(json, "latency_ms", -1);
    s->error = mem_copy_text(json_text_of(json, "error", NULL));
    s->no_data_error = mem_copy_text(json_text_of(json, "no_data_error", NULL));
    s->measures = json_incref(json_object_get(json, "measures"));
    read_flap(&s->flap, json_object_get(json, "flap"), mono_ms, wall_us);
    s->flapping = json_int_of(json, "flapping_us", 0);
    s->runners_ended = (unsigned)json_int_of(json, "runners_ended", 0);
    /* The time that the scheduler was not there counts: what has grown stale meanwhile is stale. */
    int64_t age_ms = (wall_us - confirm.last_us) / 1000;
    s->result_mono_ms = mono_ms - (age_ms > 0 ? age_ms : 0);
  }
  json_decref(json);
  return ok;
}

const struct flap_rule *service_flap_rule(const struct service *s, const struct flap_rule *of_settings)
{
  return s->declaration && s->declaration->own_flap ? &s->declaration->flap : of_settings;
}

bool service_is_stale(const struct service *s, int64_t mono_ms)
{
  return !s->confirm.last_us || vouch_is_over(s->every_ms, mono_ms - s->result_mono_ms);
}

bool service_declares(const struct service *service, const char *group, const char *deed)
{
  return service && service->declaration && json_object_get(json_object_get(service->declaration->json, group), deed);
}
