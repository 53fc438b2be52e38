/* ssh: commands on other machines, by a key, to hosts that are known.
 *
 *   ssh.run(host, argv, options) -> result        code, signal (a name such as "KILL"; nil unless one ended it), stdout, stderr, ms, truncated
 *   ssh.command(host, argv, options) -> driver    for `restart`: an exit code other than 0 is an expected failure; returns code, output and ms. For `logs`:
 *                                                 the last lines of what it prints; an argument "{lines}" is how many are asked for
 *
 * Options: user and key (both needed; key is the name of a secret, or the text itself: a private key without a passphrase), port (22), known_hosts (a file; default: the
 * file known_hosts of the secrets directory, and /etc/ssh/ssh_known_hosts), timeout ("20s"), max_output (bytes, 64 KiB, at most 1 MiB).
 * The server's key has to be among the known ones (ssh-keyscan HOST shows it; compare before you add it). Each argument is quoted for the remote user's
 * shell, which has to be a POSIX one. No agent, no password and no ssh_config is used. On the other side, permit that key the one command that it is for
 * (command="..." in authorized_keys). A host that does not answer, does not accept the key or is not known is an expected failure.
 *
 * Example:
 *   service {
 *     name = "comfyui-gpu-1",
 *     restart = ssh.command("gpu-1", { "sudo", "systemctl", "restart", "comfyui" }, { user = "signalbox", key = "gpu-1-key" }),
 *     probe = function() tcp.ping("gpu-1", 8188) end,
 *   }
 */
#include <lauxlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "loop/remote.h"
#include "modules/driver.h"
#include "modules/opts.h"
#include "modules/program.h"

int luaopen_ssh(lua_State *L);

#define TIMEOUT_MS 20000
#define OUTPUT_CAP 65536
#define OUTPUT_MOST (1024 * 1024)
#define COMMAND_CAP 32768
#define ARGUMENTS_CAP 256
#define KNOWN_HOSTS "/etc/ssh/ssh_known_hosts"

/* Where things lie on the stack of a function that is at it; ASKED is the argument of a driver's `run`. */
enum { ASKED = 1, HOST, ARGV, OPTIONS };

struct session {
  struct op op;
  struct remote *remote;
  char *what;
  int64_t began_us;
  program_fn fn;
  const struct remote_result *result; /* valid while its callback is on the stack, which is where finish runs */
  bool no_data;
  struct err why;
};

static void free_session(struct session *s)
{
  free(s->what);
  free(s);
}

static void cancel(struct op *op)
{
  struct session *s = CONTAINER_OF(op, struct session, op);
  remote_cancel(s->remote);
  free_session(s);
}

static int finish(lua_State *L, struct op *op)
{
  struct session *s = CONTAINER_OF(op, struct session, op);
  const struct remote_result *r = s->result;
  struct err why = s->why;
  bool no_data = s->no_data;
  program_fn fn = s->fn;
  char what[256];
  double ms = (double)(clock_mono_us() - s->began_us) / 1000.0;
  snprintf(what, sizeof what, "%s", s->what);
  free_session(s);
  if (!r)
    return op_raise(L, no_data ? OP_NO_DATA : OP_DOWN, "ssh: %s", why.text);
  const struct child_result as_child = { .code = r->signal ? -1 : r->code,
                                         .truncated = r->truncated,
                                         .out = r->out,
                                         .errors = r->errors,
                                         .out_len = r->out_len,
                                         .errors_len = r->errors_len };
  lua_pushstring(L, r->signal); /* for whoever asks: on top of the arguments */
  return fn(L, &(struct program_end){ .what = what, .result = &as_child, .ms = ms });
}

static void on_result(void *arg, const struct remote_result *result, bool no_data, const struct err *why)
{
  struct session *s = arg;
  s->result = result;
  s->no_data = no_data;
  if (why)
    s->why = *why;
  op_ready(&s->op);
}

static int push_result(lua_State *L, const struct program_end *end)
{
  int signal = lua_gettop(L);
  program_push(L, end);
  lua_pushvalue(L, signal);
  lua_setfield(L, -2, "signal");
  return 1;
}

static int push_command(lua_State *L, const struct program_end *end)
{
  if (!lua_isnil(L, -1))
    return op_raise(L, OP_DOWN, "%s: ended by signal %s", end->what, lua_tostring(L, -1));
  return program_push_command(L, end, ASKED);
}

/* ---- what to run ---- */

static void check(lua_State *L, const char *function, int host)
{
  static const char *const known[] = { "user", "key", "port", "known_hosts", "timeout", "max_output" };
  const char *name = luaL_checkstring(L, host);
  luaL_argcheck(L, *name && *name != '-' && !strpbrk(name, " \t\r\n/@"), host, "a host's name or address is needed; the user is an option");
  luaL_checktype(L, host + 1, LUA_TTABLE);
  lua_Unsigned n = lua_rawlen(L, host + 1);
  luaL_argcheck(L, n > 0 && n <= ARGUMENTS_CAP, host + 1, "a list of the program and its arguments is needed");
  for (lua_Unsigned i = 1; i <= n; i++) {
    luaL_argcheck(L, lua_rawgeti(L, host + 1, (lua_Integer)i) == LUA_TSTRING, host + 1, "arguments must be texts");
    lua_pop(L, 1);
  }
  opts_check(L, host + 2, function, known, ARRAY_LEN(known));
  if (!opts_text(L, host + 2, "user") || !opts_text(L, host + 2, "key"))
    luaL_error(L, "%s: the options user and key are needed", function);
}

/* The command for the remote shell; the text is pushed. */
static const char *push_quoted(lua_State *L)
{
  char room[COMMAND_CAP];
  size_t len = 0;
  lua_Unsigned n = lua_rawlen(L, ARGV);
  for (lua_Unsigned i = 1; i <= n; i++) {
    struct buf one;
    lua_rawgeti(L, ARGV, (lua_Integer)i);
    buf_init(&one, sizeof room);
    if (i > 1)
      buf_add_text(&one, " ");
    remote_quote(&one, lua_tostring(L, -1));
    bool fits = !one.full && len + one.len < sizeof room;
    if (fits)
      memcpy(room + len, buf_text(&one), one.len);
    len += one.len;
    buf_done(&one);
    lua_pop(L, 1);
    if (!fits)
      luaL_error(L, "ssh: the command is longer than %d bytes", COMMAND_CAP);
  }
  return lua_pushlstring(L, room, len);
}

/* The private key's text, which stays on the script's stack: the option itself, or the secret that it names, read now. */
static const char *push_key(lua_State *L)
{
  const char *key = opts_text(L, OPTIONS, "key");
  if (strncmp(key, "-----", 5) == 0)
    return key;
  lua_getglobal(L, "secret");
  lua_pushstring(L, key);
  lua_call(L, 1, 1);
  return lua_tostring(L, -1);
}

/* From HOST, ARGV and OPTIONS. The first known hosts are the installation's own. */
static int start(lua_State *L, const char *function, program_fn fn)
{
  struct err e;
  op_check_running(L);
  check(L, function, HOST);
  int64_t left_ms = op_time_left_ms(L), most_ms = left_ms > 40 ? left_ms - 20 : left_ms;
  int64_t timeout_ms = op_opt_duration(L, OPTIONS, "timeout", TIMEOUT_MS);
  const char *known_hosts = opts_text(L, OPTIONS, "known_hosts"), *secrets = op_env(L)->secrets_dir;
  struct remote_command command = {
    .host = lua_tostring(L, HOST),
    .user = opts_text(L, OPTIONS, "user"),
    .key = push_key(L),
    .port = (unsigned)opts_number(L, OPTIONS, "port", 22, 1, 65535),
    .known_hosts = known_hosts ? known_hosts : KNOWN_HOSTS,
    .output_cap = (size_t)opts_number(L, OPTIONS, "max_output", OUTPUT_CAP, 0, OUTPUT_MOST),
    .timeout_ms = timeout_ms < most_ms ? timeout_ms : most_ms,
  };
  if (!known_hosts && secrets) {
    command.known_hosts = lua_pushfstring(L, "%s/known_hosts", secrets);
    command.more_hosts = KNOWN_HOSTS;
  }
  command.command = push_quoted(L);
  struct session *s = MEM_NEW(struct session);
  s->op.finish = finish;
  s->op.cancel = cancel;
  s->op.what = s->what = mem_printf("%s %s %.200s", function, command.host, command.command);
  s->began_us = clock_mono_us();
  s->fn = fn;
  s->remote = remote_start(op_env(L)->loop, op_env(L)->resolver, &command, on_result, s, &e);
  if (!s->remote) {
    free_session(s);
    return luaL_error(L, "ssh: %s", e.text);
  }
  return op_wait(L, &s->op);
}

static int ssh_run(lua_State *L)
{
  lua_settop(L, 3);
  lua_pushnil(L);
  lua_insert(L, ASKED);
  return start(L, "ssh.run", push_result);
}

/* A driver's `run`. Upvalues: host, argv, options. */
static int run_command(lua_State *L)
{
  lua_settop(L, ASKED);
  lua_pushvalue(L, lua_upvalueindex(1));
  driver_push_argv(L, lua_upvalueindex(2), ASKED);
  lua_pushvalue(L, lua_upvalueindex(3));
  return start(L, "ssh.command", push_command);
}

static int ssh_command(lua_State *L)
{
  lua_settop(L, 3);
  check(L, "ssh.command", 1);
  const char *host = lua_tostring(L, 1);
  lua_pushvalue(L, 1); /* stays, so that the text does */
  lua_insert(L, 1);
  lua_pushcclosure(L, run_command, 3);
  driver_push(L, "ssh", host);
  return 1;
}

int luaopen_ssh(lua_State *L)
{
  static const luaL_Reg functions[] = { { "run", ssh_run }, { "command", ssh_command }, { NULL, NULL } };
  luaL_newlib(L, functions);
  return 1;
}
