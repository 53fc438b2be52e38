#include "scheduler/card.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/jsontext.h"
#include "core/declaration.h"
#include "scheduler/alerts.h"
#include "scheduler/catalogue.h"

/** Longest card, bytes; one that is longer says nothing. */
#define CARD_CAP ((size_t)256 * 1024)

/* A probe may know better than the windows when its service was started: the measure up_since, a stamp or seconds since 1970. */
static int64_t up_since_us(const struct service *service)
{
  const json_t *own = json_object_get(service->measures, "up_since");
  int64_t us;
  if (json_is_number(own))
    return (int64_t)(json_number_value(own) * 1e6);
  if (json_is_string(own) && clock_parse(json_string_value(own), &us))
    return us;
  return service->up_us;
}

/* [{"service_name", "title", "status"}] of what it depends on directly; a name that nobody declares has neither title nor status. */
static void write_parents(struct buf *b, const struct scheduler *s, const struct service *service, int64_t mono_ms)
{
  size_t i;
  const json_t *name;
  jsontext_raw(b, "parents", "[");
  json_array_foreach(service->declaration->depends_on, i, name) {
    const struct service *parent = catalogue_find(s, json_string_value(name));
    bool declared = parent && parent->declaration;
    jsontext_separate(b);
    buf_add_text(b, "{");
    jsontext_text(b, "service_name", json_string_value(name));
    jsontext_text(b, "title", declared ? parent->declaration->title : NULL);
    jsontext_text(b, "status", declared && !service_is_stale(parent, mono_ms) ? status_name(parent->confirm.confirmed) : NULL);
    buf_add_text(b, "}");
  }
  buf_add_text(b, "]");
}

/* A script that keeps ending its runners is let run less and less often. */
static void write_quarantine(struct buf *b, const struct service *service)
{
  if (!service->rests_until_us) {
    jsontext_raw(b, "quarantine", "null");
    return;
  }
  jsontext_raw(b, "quarantine", "{");
  jsontext_text(b, "why", service->no_data_error);
  jsontext_int(b, "times", service->runners_ended);
  jsontext_stamp(b, "until", service->rests_until_us);
  buf_add_text(b, "}");
}

void card_write(struct buf *b, const struct scheduler *s, const struct service *service, int64_t mono_ms)
{
  const struct declaration *d = service->declaration;
  const struct confirm *c = &service->confirm;
  buf_add_text(b, "{");
  jsontext_text(b, "service_name", service->name);
  jsontext_text(b, "title", d->title);
  jsontext_text(b, "group", d->group);
  jsontext_text(b, "status", status_name(c->confirmed));
  jsontext_stamp(b, "since", c->since_us);
  jsontext_stamp(b, "up_since", service->up_us ? up_since_us(service) : 0);
  if (service->latency_ms >= 0)
    jsontext_int(b, "latency_ms", service->latency_ms);
  else
    jsontext_raw(b, "latency_ms", "null");
  jsontext_stamp(b, "checked_at", c->last_us);
  jsontext_bool(b, "stale", service_is_stale(service, mono_ms));
  jsontext_text(b, "error_message", service->no_data_error ? service->no_data_error : service->error);
  jsontext_bool(b, "critical", d->critical);
  jsontext_bool(b, "public", d->is_public);
  jsontext_raw(b, "can", d->can);
  jsontext_raw(b, "actions", d->actions);
  jsontext_stamp(b, "flapping_since", service->flapping);
  write_quarantine(b, service);
  write_parents(b, s, service, mono_ms);
  const struct service *down = catalogue_down_parent(s, service);
  jsontext_text(b, "down_parent", down ? down->name : NULL);
  alerts_present(s, service, b);
  buf_add_text(b, "}");
}

json_t *card_json(const struct scheduler *s, const struct service *service, int64_t mono_ms)
{
  struct buf b;
  struct err e;
  buf_init(&b, CARD_CAP);
  card_write(&b, s, service, mono_ms);
  json_t *json = json_read(buf_text(&b), b.len, &e);
  buf_done(&b);
  return json ? json : json_object();
}
