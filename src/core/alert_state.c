#include "core/alert_state.h"

#include "base/json.h"
#include "base/mem.h"

static int64_t to_us(int64_t ms, struct moment now)
{
  return ms ? now.us - (now.ms - ms) * 1000 : 0;
}

/* A stamp of the future (the clock was set back meanwhile) is now. */
static int64_t to_ms(int64_t us, struct moment now)
{
  int64_t age_ms = (now.us - us) / 1000;
  return us ? now.ms - (age_ms > 0 ? age_ms : 0) : 0;
}

static void set_flag(json_t *json, const char *key, bool flag)
{
  if (flag)
    json_object_set_new(json, key, json_true());
}

static void set_nonzero(json_t *json, const char *key, int64_t value)
{
  if (value)
    json_set_int(json, key, value);
}

static void set_some(json_t *json, const char *key, const char *text)
{
  if (text)
    json_set_text(json, key, text);
}

static json_t *write_told(const struct alert *a, struct moment now)
{
  json_t *list = json_array();
  for (const struct alert_told *t = a->told; t; t = t->next) {
    json_t *json = json_object();
    json_set_text(json, "channel", t->target.channel);
    set_some(json, "url", t->target.url);
    set_some(json, "status", status_name(t->status));
    json_set_int(json, "at_us", to_us(t->ms, now));
    set_flag(json, "remind", t->remind);
    set_flag(json, "acked", t->acked);
    set_some(json, "reference", t->reference);
    json_array_append_new(list, json);
  }
  return list;
}

static void write_incident(json_t *json, const struct alert *a, struct moment now)
{
  json_set_text(json, "incident", a->incident);
  set_some(json, "before", status_name(a->before));
  set_some(json, "worst", status_name(a->worst));
  json_set_int(json, "began_us", a->began_us);
  json_set_int(json, "began_at_us", to_us(a->began_ms, now));
  set_nonzero(json, "ended_us", a->ended_us);
  set_flag(json, "would_be_told", a->would_be_told);
  set_flag(json, "was_told", a->was_told);
  set_nonzero(json, "noted", (int64_t)a->noted);
  json_object_set_new(json, "told", write_told(a, now));
  if (!a->ack.by)
    return;
  json_t *ack = json_object();
  json_set_text(ack, "by", a->ack.by);
  set_some(ack, "note", a->ack.note);
  json_set_int(ack, "at_us", a->ack.at_us);
  set_nonzero(ack, "until_us", a->ack.until_us);
  json_object_set_new(json, "ack", ack);
}

json_t *alert_state_write(const struct alert *a, struct moment now)
{
  if (!a->incident && !a->missed.count && a->status == STATUS_NO_DATA)
    return NULL;
  json_t *json = json_object();
  set_some(json, "status", status_name(a->status));
  set_some(json, "known", status_name(a->known));
  json_set_int(json, "since_us", a->since_us);
  set_nonzero(json, "unknown_us", to_us(a->unknown_ms, now));
  if (a->incident)
    write_incident(json, a, now);
  if (a->missed.count) {
    json_t *missed = json_object();
    json_set_int(missed, "count", a->missed.count);
    json_set_int(missed, "began_us", a->missed.began_us);
    json_set_int(missed, "ended_us", a->missed.ended_us);
    set_some(missed, "worst", status_name(a->missed.worst));
    json_object_set_new(json, "missed", missed);
  }
  return json;
}

/* STATUS_NO_DATA when it is not there. */
static enum status status_of(const json_t *json, const char *key)
{
  enum status status = STATUS_NO_DATA;
  return status_from_name(json_text_of(json, key, NULL), &status) ? status : STATUS_NO_DATA;
}

static void read_told(struct alert *a, const json_t *list, struct moment now)
{
  struct alert_told **last = &a->told;
  size_t i;
  const json_t *json;
  json_array_foreach(list, i, json) {
    const char *channel = json_text_of(json, "channel", NULL);
    if (!channel)
      continue;
    struct alert_told *t = MEM_NEW(struct alert_told);
    *t = (struct alert_told){
      .target = { .channel = mem_copy_text(channel), .url = mem_copy_text(json_text_of(json, "url", NULL)) },
      .status = status_of(json, "status"),
      .ms = to_ms(json_int_of(json, "at_us", now.us), now),
      .remind = json_bool_of(json, "remind", false),
      .acked = json_bool_of(json, "acked", false),
      .reference = mem_copy_text(json_text_of(json, "reference", NULL)),
    };
    *last = t;
    last = &t->next;
  }
}

static void read_incident(struct alert *a, const json_t *json, struct moment now)
{
  const json_t *ack = json_object_get(json, "ack");
  a->incident = mem_copy_text(json_text_of(json, "incident", NULL));
  a->before = status_of(json, "before");
  a->worst = status_of(json, "worst");
  a->began_us = json_int_of(json, "began_us", now.us);
  a->began_ms = to_ms(json_int_of(json, "began_at_us", now.us), now);
  a->ended_us = json_int_of(json, "ended_us", 0);
  a->would_be_told = json_bool_of(json, "would_be_told", false);
  a->was_told = json_bool_of(json, "was_told", false);
  a->noted = (uint64_t)json_int_of(json, "noted", 0);
  read_told(a, json_object_get(json, "told"), now);
  a->ack.by = mem_copy_text(json_text_of(ack, "by", NULL));
  a->ack.note = mem_copy_text(json_text_of(ack, "note", NULL));
  a->ack.at_us = json_int_of(ack, "at_us", 0);
  a->ack.until_us = json_int_of(ack, "until_us", 0);
}

void alert_state_read(struct alert *a, const json_t *json, struct moment now)
{
  const json_t *missed = json_object_get(json, "missed");
  alert_done(a);
  a->status = status_of(json, "status");
  a->known = status_of(json, "known");
  a->since_us = json_int_of(json, "since_us", 0);
  a->unknown_ms = to_ms(json_int_of(json, "unknown_us", 0), now);
  if (json_text_of(json, "incident", NULL))
    read_incident(a, json, now);
  a->missed = (struct alert_missed){
    .count = (unsigned)json_int_of(missed, "count", 0),
    .began_us = json_int_of(missed, "began_us", 0),
    .ended_us = json_int_of(missed, "ended_us", 0),
    .worst = status_of(missed, "worst"),
  };
}
