#include "script/declare.h"

#include <lauxlib.h>

#include "base/duration.h"
#include "base/json.h"

enum kind { TEXT, DURATION, NUMBER, FLAG, TEXTS, LIMITS, FUNCTION, EXAMPLES };

/* The keys of `service { ... }`. Functions and examples stay in the VM and have no JSON form. */
static const struct key {
  const char *name;
  enum kind kind;
  const char *json_name;
} keys[] = {
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
  { "limits", LIMITS, "limits" },
  { "probe", FUNCTION, NULL },
  { "judge", FUNCTION, NULL },
  { "examples", EXAMPLES, NULL },
};

static bool read_duration(lua_State *L, const char *key, json_t *json, const char *json_name, struct err *e)
{
  int64_t ms;
  if (lua_type(L, -1) == LUA_TNUMBER) {
    ms = (int64_t)(lua_tonumber(L, -1) * 1000);
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
  json_object_set_new(limits, measure, by_status);
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
  case FUNCTION: return lua_isfunction(L, -1) || err_set(e, "%s: must be a function", key->name);
  case EXAMPLES: return lua_istable(L, -1) || err_set(e, "examples: must be a list such as { { { used_pct = 97 }, \"down\" } }");
  }
  return false;
}

static const struct key *find_key(const char *name)
{
  for (size_t i = 0; i < ARRAY_LEN(keys); i++)
    if (strcmp(keys[i].name, name) == 0)
      return &keys[i];
  return NULL;
}

static bool read_all(lua_State *L, int index, json_t *json, struct err *e)
{
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    const struct key *key = lua_type(L, -2) == LUA_TSTRING ? find_key(lua_tostring(L, -2)) : NULL;
    if (!key && lua_type(L, -2) == LUA_TSTRING)
      err_set(e, "unknown key \"%s\"", lua_tostring(L, -2));
    else if (!key)
      err_set(e, "a value without a key");
    if (!key || !read_value(L, key, json, e)) {
      lua_pop(L, 2);
      return false;
    }
  }
  if (lua_getfield(L, index, "probe") == LUA_TNIL)
    err_set(e, "a service needs a probe: probe = function() ... end");
  bool has_probe = !lua_isnil(L, -1);
  lua_pop(L, 1);
  return has_probe;
}

json_t *declare_read(lua_State *L, int index, struct err *e)
{
  index = lua_absindex(L, index);
  json_t *json = json_object();
  if (read_all(L, index, json, e))
    return json;
  char name[128];
  snprintf(name, sizeof name, "%s", json_text_of(json, "name", ""));
  if (!*name && lua_getfield(L, index, "name") == LUA_TSTRING)
    snprintf(name, sizeof name, "%s", lua_tostring(L, -1));
  lua_settop(L, index);
  if (*name)
    err_context(e, "service %s", name);
  json_decref(json);
  return NULL;
}
