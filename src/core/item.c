#include "core/item.h"

#include "base/duration.h"
#include "base/json.h"

#define DAY_MS INT64_C(86400000)

static const char *const names[ITEM_KINDS] = { "service", "preflight", "channel" };

enum value { NAME, TEXT, FLAG, MS, TEXTS, COUNT };

/* otherwise: of a flag 0 or 1, of a duration its default; least and most of a duration or a count. */
struct key {
  const char *name;
  enum value value;
  int64_t otherwise, least, most;
};

static const struct key preflight_keys[] = {
  { "name", NAME, 0, 0, 0 },
  { "title", TEXT, 0, 0, 0 },
  { "help", TEXT, 0, 0, 0 },
  { "required", FLAG, true, 0, 0 },
  { "every_ms", MS, 30000, 100, DAY_MS },
  { "grace_ms", MS, 60000, 0, DAY_MS },
  { "timeout_ms", MS, 10000, 10, 3600000 },
  { "services", TEXTS, 0, 0, 0 },
  { "at_least", COUNT, 0, 1, 1000 },
  { NULL, NAME, 0, 0, 0 },
};

static const struct key channel_keys[] = {
  { "name", NAME, 0, 0, 0 },
  { "title", TEXT, 0, 0, 0 },
  { "timeout_ms", MS, 10000, 10, 3600000 },
  { NULL, NAME, 0, 0, 0 },
};

static const struct key *const keys_of[ITEM_KINDS] = { [ITEM_PREFLIGHT] = preflight_keys, [ITEM_CHANNEL] = channel_keys };

const char *item_kind_name(enum item_kind kind)
{
  return names[kind];
}

bool item_kind_from_name(const char *name, enum item_kind *kind)
{
  for (size_t i = 0; name && i < ITEM_KINDS; i++) {
    if (strcmp(name, names[i]) == 0) {
      *kind = (enum item_kind)i;
      return true;
    }
  }
  return false;
}

enum item_verdict item_verdict_of(const json_t *answer, const char **why)
{
  const char *status = json_text_of(answer, "status", "");
  bool pending = strcmp(status, "pending") == 0;
  *why = NULL;
  if (!pending && !json_is_false(answer) && strcmp(status, "down") != 0)
    return ITEM_PASSED;
  *why = json_is_false(answer) ? "it returned false" : json_text_of(answer, "why", pending ? "it is not done yet" : "it failed");
  return pending ? ITEM_PENDING : ITEM_FAILED;
}

bool item_name_is_valid(const char *name)
{
  size_t n = strlen(name);
  return n >= 1 && n <= 63 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == n && !strchr("._-", name[0]);
}

static bool is_texts(const json_t *value)
{
  size_t i;
  json_t *text;
  bool good = json_is_array(value);
  json_array_foreach(value, i, text)
    good = good && json_is_string(text);
  return good;
}

/* Durations are shown without their "_ms", as the operator wrote them. */
static bool check_ms(const struct key *key, const json_t *value, struct err *e)
{
  char least[32], most[32];
  if (json_is_integer(value) && json_integer_value(value) >= key->least && json_integer_value(value) <= key->most)
    return true;
  return err_set(e, "%.*s: must be a duration from %s to %s", (int)strlen(key->name) - 3, key->name, duration_format(key->least, least),
                 duration_format(key->most, most));
}

static bool check(const struct key *key, const json_t *value, struct err *e)
{
  switch (key->value) {
  case NAME:
    return (json_is_string(value) && item_name_is_valid(json_string_value(value))) ||
           err_set(e, "name: use 1 to 63 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit");
  case TEXT: return json_is_string(value) || err_set(e, "%s: must be a text", key->name);
  case FLAG: return json_is_boolean(value) || err_set(e, "%s: must be true or false", key->name);
  case TEXTS: return is_texts(value) || err_set(e, "%s: must be a list of texts", key->name);
  case MS: return check_ms(key, value, e);
  case COUNT:
    return (json_is_integer(value) && json_integer_value(value) >= key->least && json_integer_value(value) <= key->most) ||
           err_set(e, "%s: must be a whole number from %d to %d", key->name, (int)key->least, (int)key->most);
  }
  return false;
}

static void fill_in(json_t *item, const struct key *key)
{
  if (json_object_get(item, key->name))
    return;
  if (key->value == FLAG)
    json_object_set_new(item, key->name, json_boolean(key->otherwise));
  else if (key->value == MS)
    json_set_int(item, key->name, key->otherwise);
  else if (strcmp(key->name, "title") == 0)
    json_object_set(item, key->name, json_object_get(item, "name"));
}

static const struct key *find(const struct key *keys, const char *name)
{
  while (keys->name && strcmp(keys->name, name) != 0)
    keys++;
  return keys->name ? keys : NULL;
}

static bool check_all(enum item_kind kind, const json_t *json, struct err *e)
{
  const char *name;
  json_t *value;
  json_object_foreach((json_t *)(uintptr_t)json, name, value) {
    const struct key *key = find(keys_of[kind], name);
    if (!key)
      return err_set(e, "unknown key \"%s\"", name);
    if (!check(key, value, e))
      return false;
  }
  return json_object_get(json, "name") || err_set(e, "it needs a name");
}

/* How many of which services have to be up. */
static bool check_services(const json_t *json, struct err *e)
{
  const json_t *services = json_object_get(json, "services");
  size_t least = (size_t)json_int_of(json, "at_least", 1);
  if (services && !json_array_size(services))
    return err_set(e, "services: must name at least one; a preflight without any would always pass");
  if (!services && json_object_get(json, "at_least"))
    return err_set(e, "at_least: goes with services = { \"name\", ... }");
  return least <= (services ? json_array_size(services) : least) ||
         err_set(e, "at_least: there are only %zu services in the list", json_array_size(services));
}

json_t *item_read(enum item_kind kind, const json_t *json, struct err *e)
{
  assert(keys_of[kind]);
  if (!check_all(kind, json, e) || !check_services(json, e)) {
    err_context(e, "%s %s", names[kind], json_text_of(json, "name", "?"));
    return NULL;
  }
  json_t *item = json_deep_copy(json);
  for (const struct key *key = keys_of[kind]; key->name; key++)
    fill_in(item, key);
  return item;
}
