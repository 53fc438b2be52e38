#include "core/flap.h"

#include "base/duration.h"

#define MINUTE_MS INT64_C(60000)
#define DAY_MS INT64_C(86400000)

struct flap_rule flap_rule_default(void)
{
  return (struct flap_rule){ .changes = 6, .within_ms = 30 * MINUTE_MS };
}

static bool read_changes(const json_t *value, struct flap_rule *rule, struct err *e)
{
  json_int_t n = json_integer_value(value);
  if (!json_is_integer(value) || n < 3 || n > FLAP_CHANGES_MOST)
    return err_set(e, "flap: changes: must be a whole number from 3 to %d", FLAP_CHANGES_MOST);
  rule->changes = (unsigned)n;
  return true;
}

static bool read_within(const json_t *value, struct flap_rule *rule, struct err *e)
{
  if (!json_is_string(value))
    return err_set(e, "flap: within: must be a duration such as \"30m\"");
  if (!duration_parse(json_string_value(value), &rule->within_ms, e))
    return err_context(e, "flap: within");
  return (rule->within_ms > 0 && rule->within_ms <= 7 * DAY_MS) || err_set(e, "flap: within: must be a duration up to 7d");
}

bool flap_rule_read(const json_t *json, struct flap_rule *rule, struct err *e)
{
  struct flap_rule read = *rule;
  const char *key;
  json_t *value;
  if (json_is_false(json)) {
    rule->changes = 0;
    return true;
  }
  if (!json_is_object(json))
    return err_set(e, "flap: must be a table such as { changes = 6, within = \"30m\" }, or false");
  if (!read.changes)
    read = flap_rule_default();
  json_object_foreach((json_t *)(uintptr_t)json, key, value) {
    bool is_changes = strcmp(key, "changes") == 0;
    if (!is_changes && strcmp(key, "within") != 0)
      return err_set(e, "flap: there is no \"%s\" in it; there is \"changes\" and \"within\"", key);
    if (is_changes ? !read_changes(value, &read, e) : !read_within(value, &read, e))
      return false;
  }
  *rule = read;
  return true;
}

void flap_note(struct flap *f, enum status to, int64_t at_ms)
{
  enum status from = f->last;
  if (to == STATUS_NO_DATA || to == from)
    return;
  f->last = to;
  if (from == STATUS_NO_DATA)
    return;
  if (f->count == FLAP_CHANGES_MOST)
    memmove(f->at_ms, f->at_ms + 1, --f->count * sizeof f->at_ms[0]);
  f->at_ms[f->count++] = at_ms;
}

bool flap_is_on(const struct flap *f, const struct flap_rule *rule, bool was_on, int64_t now_ms)
{
  unsigned recent = 0;
  while (recent < f->count && now_ms - f->at_ms[f->count - 1 - recent] < rule->within_ms)
    recent++;
  return rule->changes && recent >= (was_on ? rule->changes / 2 + 1 : rule->changes);
}
