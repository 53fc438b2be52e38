/* systemd: units of this machine, over D-Bus.
 *
 *   systemd.status(unit, options?) -> table      load_state, active_state ("active", "failed" ...), sub_state ("running"), started_at (RFC 3339, nil
 *                                                when it is not active), up_s, memory_bytes, restarts (by systemd itself), pid, result, exit_status;
 *                                                what a unit does not have is nil
 *   systemd.unit(unit, options?) -> driver       restarts it: RestartUnit, its job's result, and whether the unit is still up after it has had
 *                                                time to settle; returns what status returns
 *
 * A unit's name without a suffix is a service's. Options: timeout (of status "5s", of a restart what is left of the run), bus (an address such as
 * "unix:path=/run/dbus/system_bus_socket"; default: DBUS_SYSTEM_BUS_ADDRESS, else the system's), settle ("2s"; for unit). An unknown unit and a restart
 * that did not help are expected failures; a bus that does not answer is no data.
 *
 * Example:
 *   service {
 *     name = "comfyui-unit",
 *     restart = systemd.unit "comfyui.service",
 *     probe = function()
 *       local unit = systemd.status "comfyui.service"
 *       return { active = unit.active_state, restarts = unit.restarts, up_since = unit.started_at }
 *     end,
 *     limits = { active = { down = "~= 'active'" }, restarts = { degraded = "> 5" } },
 *   }
 */
#include <lauxlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "loop/bus.h"
#include "loop/unit.h"
#include "modules/driver.h"
#include "modules/opts.h"
#include "script/op.h"

int luaopen_systemd(lua_State *L);

#define STATUS_TIMEOUT_MS 5000
#define SETTLE_MS 2000
/** What a restart leaves of the run's time, for its last look and its sentence. */
#define LAST_WORDS_MS 1500

struct asking {
  struct op op;
  struct unit_ask *ask;
  char *what;
  const struct unit_state *state; /* valid while its callback is on the stack, which is where finish runs */
  bool restarts;                  /* a restart that came to nothing has failed, whoever's fault it was */
  bool no_data;
  struct err why;
};

static void free_asking(struct asking *a)
{
  free(a->what);
  free(a);
}

static void cancel(struct op *op)
{
  struct asking *a = CONTAINER_OF(op, struct asking, op);
  unit_cancel(a->ask);
  free_asking(a);
}

static void set_text(lua_State *L, const char *key, const char *text)
{
  if (!*text)
    return;
  lua_pushstring(L, text);
  lua_setfield(L, -2, key);
}

static void set_number(lua_State *L, const char *key, int64_t number)
{
  if (number < 0)
    return;
  lua_pushinteger(L, number);
  lua_setfield(L, -2, key);
}

static int push_state(lua_State *L, const struct unit_state *s)
{
  char stamp[CLOCK_STAMP_SIZE];
  lua_createtable(L, 0, 10);
  set_text(L, "load_state", s->load);
  set_text(L, "active_state", s->active);
  set_text(L, "sub_state", s->sub);
  set_text(L, "result", s->result);
  set_number(L, "memory_bytes", s->memory_bytes);
  set_number(L, "restarts", s->restarts);
  set_number(L, "pid", s->main_pid ? s->main_pid : -1);
  set_number(L, "exit_status", s->exit_status);
  if (strcmp(s->active, "active") == 0 && s->active_since_us > 0) {
    set_text(L, "started_at", clock_format(s->active_since_us, stamp));
    lua_pushnumber(L, (double)(clock_wall_us() - s->active_since_us) / 1e6);
    lua_setfield(L, -2, "up_s");
  }
  return 1;
}

static int finish(lua_State *L, struct op *op)
{
  struct asking *a = CONTAINER_OF(op, struct asking, op);
  const struct unit_state *state = a->state;
  struct err why = a->why;
  bool no_data = a->no_data && !a->restarts;
  free_asking(a);
  if (!state)
    return op_raise(L, no_data ? OP_NO_DATA : OP_DOWN, "systemd: %s", why.text);
  return push_state(L, state);
}

static void on_state(void *arg, const struct unit_state *state, bool no_data, const struct err *why)
{
  struct asking *a = arg;
  a->state = state;
  a->no_data = no_data;
  if (why)
    a->why = *why;
  op_ready(&a->op);
}

static const char *check_options(lua_State *L, const char *function, bool settles)
{
  static const char *const known[] = { "timeout", "bus", "settle" };
  opts_check(L, 2, function, known, settles ? 3 : 2);
  const char *address = opts_text(L, 2, "bus");
  return address ? address : bus_system_address();
}

static struct asking *new_asking(const char *what, const char *name)
{
  struct asking *a = MEM_NEW(struct asking);
  a->op.finish = finish;
  a->op.cancel = cancel;
  a->op.what = a->what = mem_printf("%s %s", what, name);
  return a;
}

static int systemd_status(lua_State *L)
{
  struct err e;
  op_check_running(L);
  const char *name = driver_unit(L, 1), *address = check_options(L, "systemd.status", false);
  int64_t timeout_ms = op_opt_duration(L, 2, "timeout", STATUS_TIMEOUT_MS), left_ms = op_time_left_ms(L);
  struct asking *a = new_asking("systemd.status", name);
  a->ask = unit_status(op_env(L)->loop, address, name, timeout_ms < left_ms ? timeout_ms : left_ms, on_state, a, &e);
  if (!a->ask) {
    free_asking(a);
    return op_raise(L, OP_NO_DATA, "systemd: %s", e.text);
  }
  return op_wait(L, &a->op);
}

/* A driver's `run`: what systemd_unit was given are the upvalues. */
static int restart(lua_State *L)
{
  struct err e;
  op_check_running(L);
  lua_settop(L, 0);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  const char *name = lua_tostring(L, 1), *address = check_options(L, "systemd.unit", true);
  int64_t left_ms = op_time_left_ms(L), settle_ms = op_opt_duration(L, 2, "settle", SETTLE_MS);
  int64_t most_ms = left_ms > 2 * LAST_WORDS_MS ? left_ms - LAST_WORDS_MS : left_ms / 2;
  int64_t timeout_ms = op_opt_duration(L, 2, "timeout", most_ms);
  struct asking *a = new_asking("systemd restart", name);
  a->restarts = true;
  a->ask = unit_restart(op_env(L)->loop, address, name, timeout_ms < most_ms ? timeout_ms : most_ms, settle_ms, on_state, a, &e);
  if (!a->ask) {
    free_asking(a);
    return op_raise(L, OP_DOWN, "systemd: %s", e.text);
  }
  return op_wait(L, &a->op);
}

static int systemd_unit(lua_State *L)
{
  const char *name = driver_unit(L, 1);
  lua_settop(L, 2);
  check_options(L, "systemd.unit", true);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, restart, 2);
  driver_push(L, "systemd", name);
  return 1;
}

int luaopen_systemd(lua_State *L)
{
  static const luaL_Reg functions[] = { { "status", systemd_status }, { "unit", systemd_unit }, { NULL, NULL } };
  luaL_newlib(L, functions);
  return 1;
}
