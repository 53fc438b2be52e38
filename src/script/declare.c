#include "script/declare.h"

#include <lauxlib.h>

#include "base/duration.h"
#include "base/json.h"
#include "script/json_value.h"

enum kind { TEXT, DURATION, NUMBER, FLAG, TEXTS, LIMITS, VALUE, FUNCTION, DEED, DEEDS, EXAMPLES };

/* Functions and examples stay in the VM and have no JSON form; of a deed there is one that says what it is. */
struct key {
  const char *name;
  enum kind kind;
  const char *json_name;
};

static const struct key service_keys[] = {
  { "name", TEXT, "name" },
  { "title", TEXT, "title" },
  { "group", TEXT, "group" },
  { "every", DURATION, "every_ms" },
  { "timeout", DURATION, "timeout_ms" },
  { "retry_every", DURATION, "retry_every_ms" },
  { "rise", NUMBER, "rise" },
  { "fall", NUMBER, "fall" },
  { "critical", FLAG, "critical" },
  { "public", FLAG, "public" },
  { "depends_on", TEXTS, "depends_on" },
  { "flap", VALUE, "flap" },
  { "limits", LIMITS, "limits" },
  { "probe", FUNCTION, NULL },
  { "judge", FUNCTION, NULL },
  { "diagnose", DEED, NULL },
  { "restart", DEED, NULL },
  { "logs", DEED, NULL },
  { "actions", DEEDS, "actions" },
  { "examples", EXAMPLES, NULL },
  { NULL, TEXT, NULL },
};

static const struct key preflight_keys[] = {
  { "name", TEXT, "name" },
  { "title", TEXT, "title" },
  { "help", TEXT, "help" },
  { "required", FLAG, "required" },
  { "every", DURATION, "every_ms" },
  { "grace", DURATION, "grace_ms" },
  { "timeout", DURATION, "timeout_ms" },
  { "services", TEXTS, "services" },
  { "at_least", NUMBER, "at_least" },
  { "run", FUNCTION, NULL },
  { NULL, TEXT, NULL },
};

static const struct key channel_keys[] = {
  { "name", TEXT, "name" },   { "title", TEXT, "title" }, { "timeout", DURATION, "timeout_ms" },
  { "send", FUNCTION, NULL }, { NULL, TEXT, NULL },
};

static const struct key *const keys_of[ITEM_KINDS] = { service_keys, preflight_keys, channel_keys };

/** A number of seconds further from zero than this is no duration. */
#define MOST_SECONDS 1e9

/* Takes the value over; false when the name, which is the script's, is not UTF-8. */
static bool set_named(json_t *into, const char *name, json_t *value)
{
  return json_object_set_new(into, name, value) == 0;
}

static bool read_duration(lua_State *L, const char *key, json_t *json, const char *json_name, struct err *e)
{
  int64_t ms;
  if (lua_type(L, -1) == LUA_TNUMBER) {
    double seconds = lua_tonumber(L, -1);
    if (!(seconds > -MOST_SECONDS && seconds < MOST_SECONDS)) /* NaN is neither */
      return err_set(e, "%s: %g is no number of seconds; write a duration such as \"30s\"", key, seconds);
    ms = (int64_t)(seconds * 1000);
  } else if (lua_type(L, -1) != LUA_TSTRING) {
    return err_set(e, "%s: must be a duration such as \"30s\"", key);
  } else if (!duration_parse(lua_tostring(L, -1), &ms, e)) {
    return err_context(e, "%s", key);
  }
  json_set_int(json, json_name, ms);
  return true;
}

static bool read_number(lua_State *L, const char *key, json_t *json, const char *json_name, struct err *e)
{
  int whole;
  lua_Integer n = lua_tointegerx(L, -1, &whole);
  if (!whole || lua_type(L, -1) != LUA_TNUMBER)
    return err_set(e, "%s: must be a whole number", key);
  json_set_int(json, json_name, n);
  return true;
}

/* A list of texts; a single text is a list of one. */
static bool read_texts(lua_State *L, const char *key, json_t *json, const char *json_name, struct err *e)
{
  json_t *list = json_array();
  json_object_set_new(json, json_name, list);
  if (lua_type(L, -1) == LUA_TSTRING) {
    json_array_append_new(list, json_string_from(lua_tostring(L, -1), lua_rawlen(L, -1)));
    return true;
  }
  lua_Unsigned n = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;
  for (lua_Unsigned i = 1; i <= n; i++) {
    bool text = lua_rawgeti(L, -1, (lua_Integer)i) == LUA_TSTRING;
    if (text)
      json_array_append_new(list, json_string_from(lua_tostring(L, -1), lua_rawlen(L, -1)));
    lua_pop(L, 1);
    if (!text)
      return err_set(e, "%s: must be a list of texts", key);
  }
  return lua_istable(L, -1) || err_set(e, "%s: must be a text or a list of texts", key);
}

/* { status = comparison } of one measure, on top of the stack. */
static bool read_limit(lua_State *L, const char *measure, json_t *limits, struct err *e)
{
  if (!lua_istable(L, -1))
    return err_set(e, "limits: %s: must be a table such as { degraded = \"> 85\", down = \"> 95\" }", measure);
  json_t *by_status = json_object();
  if (!set_named(limits, measure, by_status))
    return err_set(e, "limits: the name of a measure is not UTF-8");
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING) {
      lua_pop(L, 2);
      return err_set(e, "limits: %s: write degraded = \"> 85\", with the comparison in quotes", measure);
    }
    json_set_text(by_status, lua_tostring(L, -2), lua_tostring(L, -1));
  }
  return true;
}

static bool read_limits(lua_State *L, json_t *json, struct err *e)
{
  if (!lua_istable(L, -1))
    return err_set(e, "limits: must be a table of measures, such as { used_pct = { degraded = \"> 85\" } }");
  json_t *limits = json_object();
  json_object_set_new(json, "limits", limits);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    bool named = lua_type(L, -2) == LUA_TSTRING;
    if (!named || !read_limit(L, lua_tostring(L, -2), limits, e)) {
      lua_pop(L, 2);
      return named ? false : err_set(e, "limits: each measure needs its name, as in used_pct = { degraded = \"> 85\" }");
    }
  }
  return true;
}

static void copy_text(lua_State *L, const char *field, json_t *json)
{
  lua_pushstring(L, field);
  if (lua_rawget(L, -2) == LUA_TSTRING)
    json_set_text(json, field, lua_tostring(L, -1));
  lua_pop(L, 1);
}

/* How long something may take, of a driver that says so: at most an hour. False: that is no duration. */
static bool read_span(lua_State *L, const char *field, json_t *json, const char *json_name)
{
  int64_t ms = 0;
  struct err e;
  lua_pushstring(L, field);
  int type = lua_rawget(L, -2);
  bool good = type == LUA_TNIL || (type == LUA_TSTRING && duration_parse(lua_tostring(L, -1), &ms, &e) && ms > 0 && ms <= 3600000);
  if (good && ms)
    json_set_int(json, json_name, ms);
  lua_pop(L, 1);
  return good;
}

/* A function, or a driver: a table whose `run` is one, such as systemd.unit "x" returns. It is on top of the stack; `into[name]` says what it is. */
static bool read_deed(lua_State *L, const char *name, json_t *into, struct err *e)
{
  bool good = lua_isfunction(L, -1);
  json_t *json = json_object();
  if (lua_istable(L, -1)) {
    lua_pushliteral(L, "run");
    good = lua_rawget(L, -2) == LUA_TFUNCTION;
    lua_pop(L, 1);
    copy_text(L, "driver", json);
    copy_text(L, "target", json);
    copy_text(L, "title", json);
    good = read_span(L, "timeout", json, "timeout_ms") && read_span(L, "watch", json, "watch_ms") && good;
    lua_pushliteral(L, "follows");
    if (lua_rawget(L, -2) == LUA_TBOOLEAN && lua_toboolean(L, -1))
      json_object_set_new(json, "follows", json_true());
    lua_pop(L, 1);
    lua_pushliteral(L, "confirm");
    lua_rawget(L, -2);
    if (lua_toboolean(L, -1))
      json_object_set_new(json, "confirm", json_true());
    lua_pop(L, 1);
  }
  if (!json_object_get(json, "driver"))
    json_set_text(json, "driver", "function");
  if (!set_named(into, name, json))
    return err_set(e, "actions: the name of one is not UTF-8");
  return good ||
         err_set(e,
                 "%s: must be a function, or a driver such as systemd.unit \"comfyui.service\" (its timeout and watch are at most \"1h\")",
                 name);
}

/* { ["free-vram"] = deed, ... } */
static bool read_deeds(lua_State *L, const char *key, json_t *json, const char *json_name, struct err *e)
{
  json_t *deeds = json_object();
  json_object_set_new(json, json_name, deeds);
  if (!lua_istable(L, -1))
    return err_set(e, "%s: must be a table such as { [\"free-vram\"] = function() ... end }", key);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    bool named = lua_type(L, -2) == LUA_TSTRING;
    if (!named || !read_deed(L, lua_tostring(L, -2), deeds, e)) {
      lua_pop(L, 2);
      return named ? false : err_set(e, "%s: each needs a name, as in { [\"free-vram\"] = function() ... end }", key);
    }
  }
  return true;
}

static json_t *object_at(json_t *json, const char *key)
{
  if (!json_object_get(json, key))
    json_object_set_new(json, key, json_object());
  return json_object_get(json, key);
}

/* Whatever can be written as JSON; core/declaration.c says what is right. */
static bool read_json(lua_State *L, const char *key, json_t *json, const char *json_name, struct err *e)
{
  json_t *value = json_value_at(L, -1, e);
  if (!value)
    return err_context(e, "%s", key);
  json_object_set_new(json, json_name, value);
  return true;
}

/* The value is on top of the stack. */
static bool read_value(lua_State *L, const struct key *key, json_t *json, struct err *e)
{
  switch (key->kind) {
  case TEXT:
    if (lua_type(L, -1) != LUA_TSTRING)
      return err_set(e, "%s: must be a text in quotes", key->name);
    json_set_text(json, key->json_name, lua_tostring(L, -1));
    return true;
  case DURATION: return read_duration(L, key->name, json, key->json_name, e);
  case NUMBER: return read_number(L, key->name, json, key->json_name, e);
  case FLAG:
    if (!lua_isboolean(L, -1))
      return err_set(e, "%s: must be true or false", key->name);
    json_object_set_new(json, key->json_name, json_boolean(lua_toboolean(L, -1)));
    return true;
  case TEXTS: return read_texts(L, key->name, json, key->json_name, e);
  case LIMITS: return read_limits(L, json, e);
  case VALUE: return read_json(L, key->name, json, key->json_name, e);
  case FUNCTION: return lua_isfunction(L, -1) || err_set(e, "%s: must be a function", key->name);
  case DEED: return read_deed(L, key->name, object_at(json, "can"), e);
  case DEEDS: return read_deeds(L, key->name, json, key->json_name, e);
  case EXAMPLES: return lua_istable(L, -1) || err_set(e, "examples: must be a list such as { { { used_pct = 97 }, \"down\" } }");
  }
  return false;
}

static const struct key *find_key(enum item_kind kind, const char *name)
{
  const struct key *key = keys_of[kind];
  while (key->name && strcmp(key->name, name) != 0)
    key++;
  return key->name ? key : NULL;
}

static bool has(lua_State *L, int index, const char *key)
{
  lua_pushstring(L, key);
  bool is_there = lua_rawget(L, index) != LUA_TNIL;
  lua_pop(L, 1);
  return is_there;
}

/* What makes it one of its kind. */
static bool check_essence(lua_State *L, int index, enum item_kind kind, struct err *e)
{
  switch (kind) {
  case ITEM_SERVICE: return has(L, index, "probe") || err_set(e, "a service needs a probe: probe = function() ... end");
  case ITEM_PREFLIGHT:
    if (has(L, index, "run") == has(L, index, "services"))
      return err_set(e, "a preflight needs either run = function() ... end or services = { \"name\", ... }");
    return true;
  case ITEM_CHANNEL: return has(L, index, "send") || err_set(e, "a channel needs send = function(message) ... end");
  }
  return false;
}

static bool read_all(lua_State *L, int index, enum item_kind kind, json_t *json, struct err *e)
{
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    const struct key *key = lua_type(L, -2) == LUA_TSTRING ? find_key(kind, lua_tostring(L, -2)) : NULL;
    if (!key && lua_type(L, -2) == LUA_TSTRING)
      err_set(e, "unknown key \"%s\"", lua_tostring(L, -2));
    else if (!key)
      err_set(e, "a value without a key");
    if (!key || !read_value(L, key, json, e)) {
      lua_pop(L, 2);
      return false;
    }
  }
  return check_essence(L, index, kind, e);
}

json_t *declare_read(lua_State *L, int index, enum item_kind kind, struct err *e)
{
  index = lua_absindex(L, index);
  json_t *json = json_object();
  if (read_all(L, index, kind, json, e))
    return json;
  char name[128];
  snprintf(name, sizeof name, "%s", json_text_of(json, "name", ""));
  lua_pushliteral(L, "name");
  if (lua_rawget(L, index) == LUA_TSTRING && !*name)
    snprintf(name, sizeof name, "%s", lua_tostring(L, -1));
  lua_settop(L, index);
  if (*name)
    err_context(e, "%s %s", item_kind_name(kind), name);
  json_decref(json);
  return NULL;
}
