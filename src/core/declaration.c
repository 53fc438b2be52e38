#include "core/declaration.h"

#include "base/duration.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/item.h"
#include "core/limit.h"

/* Words that stand where a service's name stands in a route. */
static const char *const route_words[] = { "actions",      "alerts",     "audit",  "incidents",         "maintenance", "checks",
                                           "openapi.json", "sparklines", "stream", "startup-checklist", "uptime" };

bool declaration_name_is_valid(const char *name, struct err *e)
{
  if (!item_name_is_valid(name))
    return err_set(e, "\"%s\" cannot be a service's name: use 1 to 63 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit",
                   name);
  for (size_t i = 0; i < ARRAY_LEN(route_words); i++)
    if (strcmp(name, route_words[i]) == 0)
      return err_set(e, "\"%s\" cannot be a service's name: /admin/health/%s is a route of the API", name, name);
  return true;
}

static bool read_text(const json_t *json, const char *key, const char *otherwise, char **text, struct err *e)
{
  const json_t *value = json_object_get(json, key);
  if (value && !json_is_string(value))
    return err_set(e, "%s: must be a text", key);
  *text = mem_copy_text(value ? json_string_value(value) : otherwise);
  return true;
}

static bool read_number(const json_t *json, const char *key, int64_t otherwise, int64_t least, int64_t most, int64_t *number, struct err *e)
{
  const json_t *value = json_object_get(json, key);
  *number = value ? json_integer_value(value) : otherwise;
  if (value && (!json_is_integer(value) || *number < least || *number > most))
    return err_set(e, "%s: must be a whole number from %" PRId64 " to %" PRId64, key, least, most);
  return true;
}

/* Keys are shown without their "_ms", as the operator wrote them. */
static bool read_duration(const json_t *json, const char *key, int64_t otherwise, int64_t least, int64_t most, int64_t *ms, struct err *e)
{
  if (read_number(json, key, otherwise, least, most, ms, e))
    return true;
  char low[32], high[32];
  return err_set(e, "%.*s: must be a duration from %s to %s", (int)strlen(key) - 3, key, duration_format(least, low),
                 duration_format(most, high));
}

static bool read_flag(const json_t *json, const char *key, bool *flag, struct err *e)
{
  const json_t *value = json_object_get(json, key);
  if (value && !json_is_boolean(value))
    return err_set(e, "%s: must be true or false", key);
  *flag = json_is_true(value);
  return true;
}

static bool check_texts(const json_t *json, const char *key, struct err *e)
{
  const json_t *list = json_object_get(json, key);
  bool good = !list || json_is_array(list);
  size_t i;
  json_t *item;
  json_array_foreach(list, i, item)
    good = good && json_is_string(item);
  return good || err_set(e, "%s: must be a list of texts", key);
}

static bool read_flap(struct declaration *d, const json_t *json, struct err *e)
{
  const json_t *flap = json_object_get(json, "flap");
  d->own_flap = flap != NULL;
  d->flap = flap_rule_default();
  return !flap || flap_rule_read(flap, &d->flap, e);
}

static bool check_limits(const json_t *json, struct err *e)
{
  json_t *limits = json_object_get(json, "limits"), *by_status, *written;
  const char *measure, *status_word;
  if (limits && !json_is_object(limits))
    return err_set(e, "limits: must be a table of measures, such as { used_pct = { degraded = \"> 85\" } }");
  json_object_foreach(limits, measure, by_status) {
    if (!json_is_object(by_status))
      return err_set(e, "limits: %s: must be a table such as { degraded = \"> 85\", down = \"> 95\" }", measure);
    json_object_foreach(by_status, status_word, written) {
      enum status status;
      if (!status_from_name(status_word, &status) || status == STATUS_HEALTHY)
        return err_set(e, "limits: %s: \"%s\" is not \"degraded\" or \"down\"", measure, status_word);
      struct limit l;
      if (!json_is_string(written))
        return err_set(e, "limits: %s: %s: must be a comparison in quotes, such as \"> 85\"", measure, status_word);
      if (!limit_parse(&l, measure, status, json_string_value(written), e))
        return false;
      limit_done(&l);
    }
  }
  return true;
}

/* What can be done to the service besides probing it: {"restart": {"driver", "target"}, ...}. */
static bool check_deeds(const json_t *json, const char *key, struct err *e)
{
  json_t *deeds = json_object_get(json, key), *deed;
  const char *name;
  bool good = !deeds || json_is_object(deeds);
  json_object_foreach(deeds, name, deed)
    good = good && json_is_object(deed) && item_name_is_valid(name);
  return good || err_set(e, "%s: must be a table of functions or drivers, named with a-z, 0-9 and '-'", key);
}

static bool check_keys(const json_t *json, struct err *e)
{
  static const char *const known[] = { "name",           "title", "group",  "every_ms", "timeout_ms",
                                       "retry_every_ms", "rise",  "fall",   "critical", "public",
                                       "depends_on",     "flap",  "limits", "can",      "actions" };
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)json, key, value) {
    bool found = false;
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
      found = found || strcmp(key, known[i]) == 0;
    if (!found)
      return err_set(e, "unknown key \"%s\"", key);
  }
  return true;
}

static bool read_all(struct declaration *d, const json_t *json, struct err *e)
{
  int64_t rise, fall;
  if (!json_is_object(json) || !json_is_string(json_object_get(json, "name")))
    return err_set(e, "a service needs a name");
  if (!declaration_name_is_valid(json_text_of(json, "name", ""), e) || !check_keys(json, e))
    return false;
  bool ok = read_text(json, "name", NULL, &d->name, e) && read_text(json, "title", d->name, &d->title, e) &&
            read_text(json, "group", NULL, &d->group, e) && read_duration(json, "every_ms", 30000, 100, 86400000, &d->every_ms, e) &&
            read_duration(json, "timeout_ms", 10000, 10, 3600000, &d->timeout_ms, e) &&
            read_duration(json, "retry_every_ms", 5000, 100, 86400000, &d->retry_every_ms, e) &&
            read_number(json, "rise", 1, 1, 100, &rise, e) && read_number(json, "fall", 2, 1, 100, &fall, e) &&
            read_flag(json, "critical", &d->critical, e) && read_flag(json, "public", &d->is_public, e) &&
            check_texts(json, "depends_on", e) && read_flap(d, json, e) && check_limits(json, e) && check_deeds(json, "can", e) &&
            check_deeds(json, "actions", e);
  if (!ok)
    return err_context(e, "service %s", json_text_of(json, "name", "?"));
  d->rise = (unsigned)rise;
  d->fall = (unsigned)fall;
  if (d->retry_every_ms > d->every_ms)
    d->retry_every_ms = d->every_ms;
  return true;
}

static char *deeds_text(const json_t *json, const char *key)
{
  const json_t *deeds = json_object_get(json, key);
  return json_object_size(deeds) ? json_line(deeds) : mem_copy_text("{}");
}

struct declaration *declaration_read(const json_t *json, struct err *e)
{
  struct declaration *d = MEM_NEW(struct declaration);
  if (!read_all(d, json, e)) {
    declaration_free(d);
    return NULL;
  }
  /* The whole of it, with what was left out filled in, so that nobody else needs the defaults. */
  d->json = json_deep_copy(json);
  json_set_text(d->json, "title", d->title);
  json_set_int(d->json, "every_ms", d->every_ms);
  json_set_int(d->json, "timeout_ms", d->timeout_ms);
  json_set_int(d->json, "retry_every_ms", d->retry_every_ms);
  json_set_int(d->json, "rise", d->rise);
  json_set_int(d->json, "fall", d->fall);
  json_object_set_new(d->json, "critical", json_boolean(d->critical));
  json_object_set_new(d->json, "public", json_boolean(d->is_public));
  d->depends_on = json_object_get(d->json, "depends_on");
  d->can = deeds_text(d->json, "can");
  d->actions = deeds_text(d->json, "actions");
  return d;
}

void declaration_free(struct declaration *d)
{
  if (!d)
    return;
  free(d->name);
  free(d->title);
  free(d->group);
  free(d->can);
  free(d->actions);
  json_decref(d->json);
  free(d);
}
