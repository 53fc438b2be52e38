#include "core/message.h"

#include "base/json.h"
#include "base/jsontext.h"

static const char *const lists[ITEM_KINDS] = { "services", "preflights", "channels" };

/* Runs and their results are most of what is said, and are written as text; the rest by trees. */
static void begin_text(struct buf *b, const char *op)
{
  buf_init(b, SIZE_MAX); /* whoever reads it caps it */
  buf_add_text(b, "{");
  jsontext_text(b, "op", op);
}

static char *end_text(struct buf *b)
{
  buf_add_text(b, "}");
  return buf_take(b);
}

static json_t *begin(const char *op)
{
  json_t *json = json_object();
  json_set_text(json, "op", op);
  return json;
}

static char *end(json_t *json)
{
  char *line = json_line(json);
  json_decref(json);
  return line;
}

/* Borrowed values are shared by reference for the moment of writing; jansson counts references also behind const. */
static void set_shared(json_t *json, const char *key, const json_t *value)
{
  json_object_set_new(json, key, value ? json_incref((json_t *)(uintptr_t)value) : json_null());
}

static const json_t *object_or_null(const json_t *json, const char *key)
{
  const json_t *value = json_object_get(json, key);
  return json_is_object(value) ? value : NULL;
}

static const json_t *value_or_null(const json_t *json, const char *key)
{
  const json_t *value = json_object_get(json, key);
  return json_is_null(value) ? NULL : value;
}

char *message_write_load(const struct message_load *m)
{
  json_t *json = begin("load");
  json_set_text(json, "file", m->file);
  json_set_text(json, "version", m->version);
  json_set_text(json, "source", m->source);
  set_shared(json, "settings", m->settings);
  return end(json);
}

char *message_write_drop(const char *file)
{
  json_t *json = begin("drop");
  json_set_text(json, "file", file);
  return end(json);
}

char *message_write_run(const struct message_run *m)
{
  struct buf b;
  begin_text(&b, "run");
  jsontext_int(&b, "id", (int64_t)m->id);
  jsontext_text(&b, "file", m->file);
  jsontext_text(&b, "service", m->service);
  if (m->kind != ITEM_SERVICE)
    jsontext_text(&b, "kind", item_kind_name(m->kind));
  if (strcmp(m->what, MESSAGE_PROBE) != 0)
    jsontext_text(&b, "what", m->what);
  if (m->argument)
    jsontext_value(&b, "argument", m->argument);
  jsontext_int(&b, "timeout_ms", m->timeout_ms);
  jsontext_int(&b, "due_us", m->due_us);
  return end_text(&b);
}

char *message_write_loaded(const struct message_loaded *m)
{
  json_t *json = begin("loaded");
  json_set_text(json, "file", m->file);
  json_set_text(json, "version", m->version);
  json_set_text(json, "error", m->error);
  for (size_t i = 0; i < ITEM_KINDS; i++)
    set_shared(json, lists[i], m->items[i]);
  set_shared(json, "settings", m->settings);
  return end(json);
}

char *message_write_result(const struct message_result *m)
{
  struct buf b;
  begin_text(&b, "result");
  jsontext_int(&b, "id", (int64_t)m->id);
  jsontext_text(&b, "status", status_name(m->status));
  jsontext_int(&b, "latency_ms", m->latency_ms);
  jsontext_text(&b, "error", m->error);
  jsontext_value(&b, "measures", m->measures);
  jsontext_int(&b, "late_us", m->late_us);
  jsontext_value(&b, "answer", m->answer);
  if (m->reached)
    jsontext_bool(&b, "reached", true);
  if (m->unreached)
    jsontext_bool(&b, "unreached", true);
  return end_text(&b);
}

static bool need_text(const json_t *json, const char *key, const char **text, struct err *e)
{
  *text = json_text_of(json, key, NULL);
  return *text || err_set(e, "message without a text \"%s\"", key);
}

bool message_read_load(const json_t *json, struct message_load *m, struct err *e)
{
  *m = (struct message_load){ .settings = object_or_null(json, "settings") };
  return need_text(json, "file", &m->file, e) && need_text(json, "version", &m->version, e) && need_text(json, "source", &m->source, e);
}

bool message_read_run(const json_t *json, struct message_run *m, struct err *e)
{
  *m = (struct message_run){
    .kind = ITEM_SERVICE,
    .what = json_text_of(json, "what", MESSAGE_PROBE),
    .id = (uint64_t)json_int_of(json, "id", 0),
    .timeout_ms = json_int_of(json, "timeout_ms", 0),
    .due_us = json_int_of(json, "due_us", 0),
  };
  if (!m->id || m->timeout_ms <= 0)
    return err_set(e, "message without \"id\" or \"timeout_ms\"");
  const char *kind = json_text_of(json, "kind", NULL);
  if (kind && !item_kind_from_name(kind, &m->kind))
    return err_set(e, "message with an unknown \"kind\"");
  m->argument = value_or_null(json, "argument");
  return need_text(json, "file", &m->file, e) && need_text(json, "service", &m->service, e);
}

bool message_read_loaded(const json_t *json, struct message_loaded *m, struct err *e)
{
  *m = (struct message_loaded){
    .error = json_text_of(json, "error", NULL),
    .settings = object_or_null(json, "settings"),
  };
  for (size_t i = 0; i < ITEM_KINDS; i++) {
    const json_t *list = json_object_get(json, lists[i]);
    m->items[i] = json_is_array(list) ? list : NULL;
  }
  return need_text(json, "file", &m->file, e) && need_text(json, "version", &m->version, e);
}

char *message_write_progress(uint64_t id, const char *text)
{
  json_t *json = begin("progress");
  json_set_int(json, "id", (int64_t)id);
  json_set_text(json, "text", text);
  return end(json);
}

bool message_read_result(const json_t *json, struct message_result *m, struct err *e)
{
  *m = (struct message_result){
    .id = (uint64_t)json_int_of(json, "id", 0),
    .latency_ms = json_int_of(json, "latency_ms", -1),
    .error = json_text_of(json, "error", NULL),
    .measures = object_or_null(json, "measures"),
    .late_us = json_int_of(json, "late_us", 0),
    .reached = json_bool_of(json, "reached", false),
    .unreached = json_bool_of(json, "unreached", false),
    .answer = value_or_null(json, "answer"),
  };
  const char *word = json_text_of(json, "status", NULL);
  if (word && !status_from_name(word, &m->status))
    return err_set(e, "result with the unknown status \"%s\"", word);
  return m->id || err_set(e, "result without \"id\"");
}
