/* time: what a script may know of the clocks.
 *
 *   time.now() -> number             seconds since 1970 UTC, with a fraction; may jump when the clock is set
 *   time.mono_ms() -> number         milliseconds on a clock that never jumps: for stretches of time
 *   time.format(seconds) -> text     an RFC 3339 stamp in UTC
 *   time.parse(text) -> number       seconds since 1970 of an RFC 3339 stamp, nil when it is none
 *   time.sleep(seconds)              lets others run meanwhile; for deeds that wait for something
 *
 * Example:
 *   local began = time.mono_ms()
 *   http.get(url):expect(200)
 *   return { both_ms = time.mono_ms() - began }
 */
#include <lauxlib.h>
#include <math.h>

#include "base/clock.h"
#include "base/mem.h"
#include "script/op.h"

int luaopen_time(lua_State *L);

static int time_now(lua_State *L)
{
  lua_pushnumber(L, (lua_Number)clock_wall_us() / 1e6);
  return 1;
}

static int time_mono_ms(lua_State *L)
{
  lua_pushnumber(L, (lua_Number)clock_mono_us() / 1e3);
  return 1;
}

static int time_format(lua_State *L)
{
  lua_Number seconds = luaL_checknumber(L, 1);
  char text[CLOCK_STAMP_SIZE];
  /* Years of four digits, as RFC 3339 has them. */
  luaL_argcheck(L, seconds >= -62135596800.0 && seconds < 253402300800.0, 1, "seconds since 1970 are needed, in a year from 1 to 9999");
  lua_pushstring(L, clock_format((int64_t)llround(seconds * 1e6), text));
  return 1;
}

static int time_parse(lua_State *L)
{
  int64_t us;
  if (clock_parse(luaL_checkstring(L, 1), &us))
    lua_pushnumber(L, (lua_Number)us / 1e6);
  else
    lua_pushnil(L);
  return 1;
}

struct sleep {
  struct op op;
  uv_timer_t timer;
};

static void free_sleep(uv_handle_t *timer)
{
  free(CONTAINER_OF(timer, struct sleep, timer));
}

static void end_sleep(struct op *op)
{
  uv_close((uv_handle_t *)&CONTAINER_OF(op, struct sleep, op)->timer, free_sleep);
}

static int finish_sleep(lua_State *L, struct op *op)
{
  (void)L;
  end_sleep(op);
  return 0;
}

static void on_awake(uv_timer_t *timer)
{
  op_ready(&CONTAINER_OF(timer, struct sleep, timer)->op);
}

static int time_sleep(lua_State *L)
{
  op_check_running(L);
  lua_Number seconds = luaL_checknumber(L, 1);
  luaL_argcheck(L, seconds >= 0 && seconds <= 3600, 1, "from 0 to 3600 seconds");
  struct sleep *s = MEM_NEW(struct sleep);
  s->op = (struct op){ .what = "time.sleep", .finish = finish_sleep, .cancel = end_sleep };
  uv_update_time(op_env(L)->loop); /* its time is that of the turn's beginning: never too short a sleep */
  uv_timer_init(op_env(L)->loop, &s->timer);
  uv_timer_start(&s->timer, on_awake, (uint64_t)llround(seconds * 1000), 0);
  return op_wait(L, &s->op);
}

int luaopen_time(lua_State *L)
{
  static const luaL_Reg functions[] = {
    { "now", time_now },     { "mono_ms", time_mono_ms }, { "format", time_format },
    { "parse", time_parse }, { "sleep", time_sleep },     { NULL, NULL },
  };
  luaL_newlib(L, functions);
  return 1;
}
