#include "modules/driver.h"

#include <lauxlib.h>

#include "base/mem.h"
#include "core/logtext.h"
#include "loop/unit.h"
#include "script/json_value.h"
#include "script/op.h"

#define RULES_CAP 32

void driver_push(lua_State *L, const char *driver, const char *target)
{
  lua_createtable(L, 0, 3);
  lua_insert(L, -2);
  lua_setfield(L, -2, "run");
  lua_pushstring(L, driver);
  lua_setfield(L, -2, "driver");
  lua_pushstring(L, target);
  lua_setfield(L, -2, "target");
}

void driver_can_follow(lua_State *L)
{
  lua_pushboolean(L, true);
  lua_setfield(L, -2, "follows");
}

/* A place in the middle of a private key begins with this. */
#define IN_KEY "key "

const char *driver_after(lua_State *L, int index, bool *in_key)
{
  *in_key = false;
  if (!lua_istable(L, index) || lua_getfield(L, index, "after") != LUA_TSTRING)
    return NULL;
  const char *after = lua_tostring(L, -1);
  *in_key = strncmp(after, IN_KEY, strlen(IN_KEY)) == 0;
  return *in_key ? after + strlen(IN_KEY) : after;
}

static size_t count_lines(const char *bytes, size_t len)
{
  size_t n = 0;
  for (const char *p = bytes, *end = bytes + len; (p = memchr(p, '\n', (size_t)(end - p))); p++)
    n++;
  return n;
}

int driver_push_more(lua_State *L, const char *bytes, size_t len, int lines, bool in_key, const char *cursor, bool gap)
{
  bool stays_in_key = logtext_ends_in_key(bytes, len, in_key), more = gap || count_lines(bytes, len) > (size_t)lines;
  lua_createtable(L, 0, 3);
  lua_pushboolean(L, more);
  lua_setfield(L, -2, "gap");
  lua_pushfstring(L, "%s%s", stays_in_key && *cursor ? IN_KEY : "", cursor);
  lua_setfield(L, -2, "cursor");
  if (in_key && len) { /* behind a mark it is known for what it is */
    char *marked = lua_newuserdatauv(L, len + sizeof LOGTEXT_KEY_MARK, 0);
    memcpy(marked, LOGTEXT_KEY_MARK "\n", sizeof LOGTEXT_KEY_MARK);
    memcpy(marked + sizeof LOGTEXT_KEY_MARK, bytes, len);
    driver_push_log(L, marked, len + sizeof LOGTEXT_KEY_MARK, lines + 1);
    lua_remove(L, -2);
  } else {
    driver_push_log(L, bytes, len, lines);
  }
  lua_setfield(L, -2, "text");
  return 1;
}

int driver_lines(lua_State *L, int index)
{
  lua_Integer lines = DRIVER_LINES;
  if (lua_istable(L, index)) {
    lua_getfield(L, index, "lines");
    lines = luaL_optinteger(L, -1, DRIVER_LINES);
    lua_pop(L, 1);
  } else {
    lines = luaL_optinteger(L, index, DRIVER_LINES);
  }
  return lines < 1 ? 1 : lines > DRIVER_LINES_MOST ? DRIVER_LINES_MOST : (int)lines;
}

void driver_push_argv(lua_State *L, int list, int asked)
{
  lua_Integer n = (lua_Integer)lua_rawlen(L, list);
  lua_createtable(L, (int)n, 0);
  for (lua_Integer i = 1; i <= n; i++) {
    if (lua_rawgeti(L, list, i) == LUA_TSTRING && strcmp(lua_tostring(L, -1), "{lines}") == 0) {
      lua_pop(L, 1);
      lua_pushfstring(L, "%d", driver_lines(L, asked));
    }
    lua_rawseti(L, -2, i);
  }
}

const char *driver_unit(lua_State *L, int index)
{
  const char *name = luaL_checkstring(L, index);
  if (!strchr(name, '.')) {
    lua_pushfstring(L, "%s.service", name);
    lua_replace(L, index);
    name = lua_tostring(L, index);
  }
  luaL_argcheck(L, unit_name_is_valid(name), index, "a unit's name such as \"comfyui.service\" is needed");
  return name;
}

/* settings.logs.mask: a list of rules, which stays on the script's stack. */
static size_t read_rules(lua_State *L, const char **rules)
{
  struct err e;
  if (lua_getglobal(L, "settings") != LUA_TTABLE || lua_getfield(L, -1, "logs") != LUA_TTABLE || lua_getfield(L, -1, "mask") == LUA_TNIL)
    return 0;
  if (!lua_istable(L, -1))
    luaL_error(L, "settings.logs.mask: must be a list of rules");
  lua_Unsigned n = lua_rawlen(L, -1);
  if (n > RULES_CAP)
    luaL_error(L, "settings.logs.mask: at most %d rules", RULES_CAP);
  for (lua_Unsigned i = 0; i < n; i++) {
    rules[i] = lua_rawgeti(L, -1, (lua_Integer)i + 1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    lua_pop(L, 1);
    if (!logtext_rule_is_valid(rules[i], &e))
      luaL_error(L, "settings.logs.mask: rule %d: %s", (int)i + 1, e.text);
  }
  return n;
}

int driver_push_log(lua_State *L, const char *bytes, size_t len, int lines)
{
  const char *rules[RULES_CAP];
  int top = lua_gettop(L);
  luaL_checkstack(L, 8, NULL);
  size_t n = read_rules(L, rules);
  struct json_box *box = json_value_box(L);
  box->text = logtext_clean(bytes, len, (unsigned)lines, DRIVER_LOG_CAP, rules, n);
  lua_pushstring(L, box->text);
  json_value_unbox(box);
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
  return 1;
}

/* ---- sleeping ---- */

struct pause {
  struct op op;
  uv_timer_t timer;
};

static void free_pause(uv_handle_t *timer)
{
  free(CONTAINER_OF(timer, struct pause, timer));
}

static void cancel_pause(struct op *op)
{
  struct pause *p = CONTAINER_OF(op, struct pause, op);
  uv_close((uv_handle_t *)&p->timer, free_pause);
}

static int finish_pause(lua_State *L, struct op *op)
{
  (void)L;
  cancel_pause(op);
  return 0;
}

static void on_pause_over(uv_timer_t *timer)
{
  op_ready(&CONTAINER_OF(timer, struct pause, timer)->op);
}

int driver_pause(lua_State *L)
{
  lua_Integer ms = luaL_checkinteger(L, 1);
  op_check_running(L);
  struct pause *p = MEM_NEW(struct pause);
  p->op = (struct op){ .what = "pause", .finish = finish_pause, .cancel = cancel_pause };
  uv_timer_init(op_env(L)->loop, &p->timer);
  uv_timer_start(&p->timer, on_pause_over, ms > 0 ? (uint64_t)ms : 0, 0);
  return op_wait(L, &p->op);
}
