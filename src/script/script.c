#include "script/script.h"

#include <lauxlib.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/declaration.h"
#include "script/declare.h"
#include "script/json_value.h"
#include "script/watchdog.h"

/** Most services one file may declare: a loop gone wild must not fill the catalogue. */
#define SERVICES_CAP 20000
#define ITEMS_CAP 200
#define SECRET_CAP 16384

struct script_context *script_context_of(lua_State *L)
{
  return *(struct script_context **)lua_getextraspace(L);
}

/* limits = { measure = { status = comparison } }, already checked by declaration_read. */
static bool compile_limits(struct script_service *service, const json_t *limits, struct err *e)
{
  const char *measure, *word;
  json_t *by_status, *written;
  json_object_foreach((json_t *)(uintptr_t)limits, measure, by_status) {
    json_object_foreach(by_status, word, written) {
      enum status status;
      service->limits = mem_resize(service->limits, service->limit_count + 1, sizeof *service->limits);
      if (!status_from_name(word, &status) ||
          !limit_parse(&service->limits[service->limit_count], measure, status, json_string_value(written), e))
        return false;
      service->limit_count++;
    }
  }
  return true;
}

/* A reference to what stands under the key; the VM keeps it. No metamethod of the script's is called, as it could raise. */
static int take_value(lua_State *L, int table, const char *key)
{
  lua_pushstring(L, key);
  lua_rawget(L, table);
  if (!lua_isnil(L, -1))
    return luaL_ref(L, LUA_REGISTRYINDEX);
  lua_pop(L, 1);
  return LUA_NOREF;
}

/* A reference to the table that was declared, at index 1. */
static int take_table(lua_State *L)
{
  lua_pushvalue(L, 1);
  return luaL_ref(L, LUA_REGISTRYINDEX);
}

/* The line of the call that is declaring. */
static int line_of_call(lua_State *L)
{
  lua_Debug at;
  return lua_getstack(L, 1, &at) && lua_getinfo(L, "l", &at) ? at.currentline : 0;
}

static void free_service(struct script_service *service)
{
  declaration_free(service->declaration);
  for (size_t i = 0; i < service->limit_count; i++)
    limit_done(&service->limits[i]);
  free(service->limits);
  free(service);
}

static bool read_service(lua_State *L, struct script *s, struct script_service *service, struct err *e)
{
  if (HASH_COUNT(s->services) >= SERVICES_CAP)
    return err_set(e, "more than %d services in one file", SERVICES_CAP);
  json_t *json = declare_read(L, 1, ITEM_SERVICE, e);
  if (json)
    service->declaration = declaration_read(json, e);
  bool ok = service->declaration && compile_limits(service, json_object_get(json, "limits"), e);
  json_decref(json);
  if (ok && script_find(s, service->declaration->name))
    ok = err_set(e, "service %s: declared twice in this file", service->declaration->name);
  return ok;
}

/* Adds the service whose table is at index 1. */
static bool add_service(lua_State *L, struct script *s, struct err *e)
{
  struct script_service *service = MEM_NEW(struct script_service);
  if (!read_service(L, s, service, e)) {
    free_service(service);
    return false;
  }
  service->probe = take_value(L, 1, "probe");
  service->judge = take_value(L, 1, "judge");
  service->examples = take_value(L, 1, "examples");
  service->table = take_table(L);
  service->line = line_of_call(L);
  HASH_ADD_KEYPTR(hh, s->services, service->declaration->name, strlen(service->declaration->name), service);
  return true;
}

/* Adds the preflight or channel whose table is at index 1. */
static bool add_item(lua_State *L, struct script *s, enum item_kind kind, struct err *e)
{
  int table = take_table(L); /* first: it may raise */
  json_t *json = declare_read(L, 1, kind, e), *declaration = json ? item_read(kind, json, e) : NULL;
  struct script_target there;
  const char *name = json_text_of(declaration, "name", "");
  json_decref(json);
  bool ok = declaration != NULL;
  if (ok && script_find_target(s, kind, name, &there))
    ok = err_set(e, "%s %s: declared twice in this file", item_kind_name(kind), name);
  if (ok && HASH_COUNT(s->items[kind]) >= ITEMS_CAP)
    ok = err_set(e, "more than %d of one kind in one file", ITEMS_CAP);
  if (!ok) {
    json_decref(declaration);
    luaL_unref(L, LUA_REGISTRYINDEX, table);
    return false;
  }
  struct script_item *item = MEM_NEW(struct script_item);
  *item = (struct script_item){ .declaration = declaration, .table = table, .line = line_of_call(L) };
  HASH_ADD_KEYPTR(hh, s->items[kind], name, strlen(name), item);
  return true;
}

/* service { ... }, preflight { ... }, channel { ... }. The kind is the upvalue. */
static int declare_item(lua_State *L)
{
  struct script_context *context = script_context_of(L);
  enum item_kind kind = (enum item_kind)lua_tointeger(L, lua_upvalueindex(1));
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  if (context->run)
    return luaL_error(L, "%s { ... } stands at the top of the file, not inside a function that runs later", item_kind_name(kind));
  /* Two blocks: the error's text must not be held across the raise. */
  {
    struct err e;
    struct script *s = context->script;
    /* What is held here must not be lost when Lua has no memory: the engine's own work is never refused it. */
    s->vm.strict = false;
    bool ok = kind == ITEM_SERVICE ? add_service(L, s, &e) : add_item(L, s, kind, &e);
    s->vm.strict = true;
    if (ok)
      return 0;
    luaL_where(L, 1);
    lua_pushstring(L, e.text);
  }
  lua_concat(L, 2);
  return lua_error(L);
}

/* secret "name": the file's text without its last newline. */
static int read_secret(lua_State *L)
{
  const char *name = luaL_checkstring(L, 1);
  const char *dir = script_context_of(L)->script->env->secrets_dir;
  char path[512];
  struct err e;
  if (!*name || *name == '.' || strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != strlen(name))
    return luaL_error(L, "secret \"%s\": a name of letters, digits, '.', '_' and '-' is needed", name);
  if (!dir)
    return luaL_error(L, "secret \"%s\": there is no directory of secrets (the option --secrets)", name);
  snprintf(path, sizeof path, "%s/%s", dir, name);
  size_t len;
  char *text = file_read(path, SECRET_CAP, &len, &e);
  if (!text)
    return luaL_error(L, "secret \"%s\": %s", name, e.text);
  while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
    len--;
  bool pushed = lua_checkstack(L, 1);
  if (pushed)
    lua_pushlstring(L, text, len);
  free(text);
  return pushed;
}

/* env "NAME": a variable of the process's environment, nil when it is not set. */
static int read_environment(lua_State *L)
{
  lua_pushstring(L, getenv(luaL_checkstring(L, 1)));
  return 1;
}

/* A verdict of judge(): down("why"), degraded("why"), healthy(); or of a preflight: down("why"), pending("why"). The status is the upvalue. */
static int make_verdict(lua_State *L)
{
  const char *why = luaL_optstring(L, 1, NULL);
  lua_createtable(L, 0, 2);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_setfield(L, -2, "status");
  lua_pushstring(L, why);
  lua_setfield(L, -2, "why");
  return 1;
}

static void open_declarations(lua_State *L, const json_t *settings)
{
  for (enum status s = STATUS_HEALTHY; s <= STATUS_DOWN; s++) {
    lua_pushstring(L, status_name(s));
    lua_pushcclosure(L, make_verdict, 1);
    lua_setglobal(L, status_name(s));
  }
  lua_pushliteral(L, "pending");
  lua_pushcclosure(L, make_verdict, 1);
  lua_setglobal(L, "pending");
  for (enum item_kind kind = ITEM_SERVICE; kind < ITEM_KINDS; kind++) {
    lua_pushinteger(L, kind);
    lua_pushcclosure(L, declare_item, 1);
    lua_setglobal(L, item_kind_name(kind));
  }
  lua_pushcfunction(L, read_secret);
  lua_setglobal(L, "secret");
  if (settings)
    json_value_push(L, settings);
  else
    lua_newtable(L);
  lua_setglobal(L, "settings");
}

static struct script *new_script(struct script_env *env, const char *file)
{
  struct script *s = MEM_NEW(struct script);
  s->env = env;
  s->file = mem_copy_text(file);
  s->users = 1;
  s->context.script = s;
  vm_init(&s->vm);
  *(struct script_context **)lua_getextraspace(s->vm.L) = &s->context;
  return s;
}

/* Compiles and runs the chunk within the budget; `results` values are left on the stack. */
static bool execute(struct script *s, const char *source, int results, struct err *e)
{
  lua_State *L = s->vm.L;
  unsigned ticks = 0;
  char *chunk_name = mem_printf("@%s", s->file);
  s->vm.strict = true;
  watchdog_enter(L, s->file, NULL, NULL, &ticks);
  int code = luaL_loadbufferx(L, source, strlen(source), chunk_name, "t");
  if (code == LUA_OK)
    code = lua_pcall(L, 0, results, 0);
  bool spent = watchdog_leave();
  s->vm.strict = false;
  free(chunk_name);
  if (spent)
    return err_set(e, "%s: reading the file took more than %d ms of CPU", s->file, WATCHDOG_BUDGET_MS);
  if (code == LUA_OK)
    return true;
  if (code == LUA_ERRMEM)
    return err_set(e, "%s: reading the file took more than %d MiB of memory", s->file, VM_MEMORY_CAP >> 20);
  if (lua_type(L, -1) == LUA_TSTRING)
    return err_set(e, "%s", lua_tostring(L, -1));
  return err_set(e, "%s: a %s was raised while the file was read", s->file, luaL_typename(L, -1));
}

/* Remembers which globals there are, for script_globals. */
static void note_globals(struct script *s)
{
  lua_State *L = s->vm.L;
  lua_newtable(L);
  lua_pushglobaltable(L);
  for (lua_pushnil(L); lua_next(L, -2);) {
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_pushboolean(L, 1);
    lua_rawset(L, -5);
  }
  lua_pop(L, 1);
  s->globals_before = luaL_ref(L, LUA_REGISTRYINDEX);
}

json_t *script_globals(const struct script *s)
{
  lua_State *L = s->vm.L;
  json_t *names = json_array();
  int top = lua_gettop(L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, s->globals_before);
  lua_pushglobaltable(L);
  for (lua_pushnil(L); lua_next(L, -2);) {
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, top + 1) == LUA_TNIL && lua_type(L, -2) == LUA_TSTRING)
      json_array_append_new(names, json_string_from(lua_tostring(L, -2), lua_rawlen(L, -2)));
    lua_pop(L, 1);
  }
  lua_settop(L, top);
  return names;
}

struct script *script_load(struct script_env *env, void (*open_modules)(lua_State *), const char *file, const char *source,
                           const json_t *settings, struct err *e)
{
  struct script *s = new_script(env, file);
  open_modules(s->vm.L);
  open_declarations(s->vm.L, settings);
  note_globals(s);
  if (execute(s, source, 0, e))
    return s;
  script_let_go(s);
  return NULL;
}

json_t *script_read_settings(struct script_env *env, const char *source, struct err *e)
{
  struct script *s = new_script(env, "settings.lua");
  json_t *settings = NULL;
  lua_pushcfunction(s->vm.L, read_environment);
  lua_setglobal(s->vm.L, "env");
  if (execute(s, source, 1, e)) {
    if (lua_istable(s->vm.L, -1))
      settings = json_value_at(s->vm.L, -1, e);
    else
      err_set(e, "the file must return a table: return { ... }");
    if (!settings)
      err_context(e, "settings.lua");
  }
  script_let_go(s);
  return settings;
}

void script_hold(struct script *s)
{
  s->users++;
}

static void free_items(struct script_item **items)
{
  struct script_item *item, *next;
  HASH_ITER(hh, *items, item, next) {
    HASH_DEL(*items, item);
    json_decref(item->declaration);
    free(item);
  }
}

void script_let_go(struct script *s)
{
  if (!s || --s->users)
    return;
  vm_done(&s->vm);
  struct script_service *service, *next;
  HASH_ITER(hh, s->services, service, next) {
    HASH_DEL(s->services, service);
    free_service(service);
  }
  for (size_t i = 0; i < ITEM_KINDS; i++)
    free_items(&s->items[i]);
  free(s->file);
  free(s);
}

struct script_service *script_find(struct script *s, const char *service)
{
  struct script_service *found;
  HASH_FIND_STR(s->services, service, found);
  return found;
}

bool script_find_target(struct script *s, enum item_kind kind, const char *name, struct script_target *target)
{
  if (kind == ITEM_SERVICE) {
    const struct script_service *service = script_find(s, name);
    if (service)
      *target = (struct script_target){ .name = service->declaration->name, .table = service->table };
    return service != NULL;
  }
  struct script_item *item;
  HASH_FIND_STR(s->items[kind], name, item);
  if (item)
    *target = (struct script_target){ .name = json_text_of(item->declaration, "name", ""), .table = item->table };
  return item != NULL;
}

json_t *script_declarations(const struct script *s, enum item_kind kind)
{
  json_t *list = json_array();
  for (const struct script_item *item = s->items[kind]; item; item = item->hh.next)
    json_array_append(list, item->declaration);
  if (kind != ITEM_SERVICE)
    return list;
  for (const struct script_service *service = s->services; service; service = service->hh.next)
    json_array_append(list, service->declaration->json);
  return list;
}

void script_slim(struct script *s)
{
  lua_State *L = s->vm.L;
  for (struct script_service *service = s->services; service; service = service->hh.next) {
    json_t *json = service->declaration->json;
    luaL_unref(L, LUA_REGISTRYINDEX, service->examples);
    service->examples = LUA_NOREF;
    if (!json_object_get(json, "can") && !json_object_get(json, "actions")) {
      luaL_unref(L, LUA_REGISTRYINDEX, service->table);
      service->table = LUA_NOREF;
    }
    json_decref(json);
    service->declaration->json = NULL;
  }
}

bool script_has_judge(const struct script_service *service)
{
  return service->judge != LUA_NOREF;
}

/* The i-th example is { measures, "status" }; it is on top of the stack. */
static bool read_example(lua_State *L, json_t **measures, enum status *expected, struct err *e)
{
  if (!lua_istable(L, -1) || lua_rawgeti(L, -1, 1) != LUA_TTABLE || lua_rawgeti(L, -2, 2) != LUA_TSTRING)
    return err_set(e, "write { { used_pct = 97 }, \"down\" }");
  *expected = STATUS_NO_DATA;
  if (strcmp(lua_tostring(L, -1), "no-data") != 0 && !status_from_name(lua_tostring(L, -1), expected))
    return err_set(e, "\"%s\" is not healthy, degraded, down or no-data", lua_tostring(L, -1));
  *measures = json_value_at(L, -2, e);
  return *measures != NULL;
}

int script_example(struct script *s, const struct script_service *service, size_t i, json_t **measures, enum status *expected,
                   struct err *e)
{
  lua_State *L = s->vm.L;
  int top = lua_gettop(L), found = 0;
  if (service->examples == LUA_NOREF)
    return 0;
  lua_rawgeti(L, LUA_REGISTRYINDEX, service->examples);
  if (lua_rawgeti(L, -1, (lua_Integer)i + 1) != LUA_TNIL)
    found = read_example(L, measures, expected, e) || err_context(e, "service %s: example %zu", service->declaration->name, i + 1) ? 1 : -1;
  lua_settop(L, top);
  return found;
}
