#include "scheduler/ledger.h"

#include <sys/random.h>

#include "base/json.h"
#include "core/alert_message.h"
#include "scheduler/events.h"
#include "scheduler/journal.h"

static int64_t note(struct scheduler *s, const char *kind, const char *subject, json_t *json, int64_t at_us)
{
  char *body = json_line(json);
  int64_t seq = journal_add(
      s->journal, &(struct entry){ .kind = ENTRY_NOTE, .note = kind, .service = subject, .body = body, .latency_ms = -1, .at_us = at_us });
  free(body);
  json_decref(json);
  return seq;
}

int64_t ledger_alert(struct scheduler *s, const struct ledger_alert *a, int64_t now_us)
{
  json_t *json = json_object();
  json_set_text(json, "id", a->id);
  json_set_text(json, "alert_id", a->alert_id);
  json_set_text(json, "message_id", a->message);
  json_set_text(json, "service_name", a->service);
  json_set_text(json, "channel", a->channel);
  json_set_text(json, "event", alert_event_name(a->event));
  json_set_text(json, "status", status_name(a->status));
  json_set_text(json, "state", a->state);
  json_set_text(json, "reason", a->reason);
  json_set_text(json, "summary", a->summary);
  json_set_stamp(json, "created_at", now_us);
  events_emit(s, "alert", a->service, json_incref(json));
  return note(s, "alert", a->service, json, now_us);
}

int64_t ledger_attempt(struct scheduler *s, const struct ledger_attempt *a)
{
  const struct delivery *d = a->delivery;
  json_t *json = json_object(), *one;
  size_t i;
  json_set_int(json, "attempt", a->attempt);
  json_set_int(json, "duration_ms", a->duration_ms);
  json_object_set_new(json, "status_code", d->status_code ? json_integer(d->status_code) : json_null());
  json_set_text(json, "error", d->error.text[0] ? d->error.text : NULL);
  json_set_text(json, "answer", d->answer[0] ? d->answer : NULL);
  json_set_text(json, "state", a->state);
  json_set_text(json, "reason", a->reason);
  json_set_stamp(json, "next_at", a->next_us);
  json_array_foreach(a->deliveries, i, one) {
    json_t *event = json_copy(one);
    json_set_text(event, "message_id", a->message);
    json_set_text(event, "channel", a->channel);
    json_set_text(event, "state", a->state);
    json_set_text(event, "reason", a->reason);
    json_set_text(event, "error", d->error.text[0] ? d->error.text : NULL);
    events_emit(s, "alert", json_text_of(one, "service_name", ""), event);
  }
  return note(s, "alert_attempt", a->message, json, a->began_us);
}

const char *ledger_key(int64_t now_us, char id[static 27])
{
  unsigned char chance[10];
  size_t got = 0;
  while (got < sizeof chance) {
    ssize_t n = getrandom(chance + got, sizeof chance - got, 0);
    if (n > 0)
      got += (size_t)n;
  }
  return alert_message_id(now_us, chance, id);
}
