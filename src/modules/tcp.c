/* tcp: byte streams, plain or under TLS.
 *
 *   tcp.connect(host, port, options?) -> conn   or "unix:/path/of/socket", which has no port: tcp.connect("unix:/run/app.sock", options?)
 *   tcp.ping(host, port, options?) -> ms        connects and closes; a socket's path does as well
 *   conn:send(bytes)
 *   conn:receive(n) -> bytes                    exactly n bytes
 *   conn:receive_line(cap?) -> text             up to a newline, without it (and without a CR before it)
 *   conn:receive_all(cap?) -> bytes             up to the end
 *   conn:close()                                otherwise at the end of the run
 *   conn.connect_ms                             how long connecting took
 *
 * Options: timeout ("5s", for connecting), tls (false); with it verify (true: check the certificate), ca (file of certificates to trust), cert and key
 * (files of one's own), server_name (whose certificate it has to be, otherwise the host's). At most 1 MiB is received at a time. A connection that
 * is refused, lost or silent is an expected failure.
 *
 * Example:
 *   local conn = tcp.connect("127.0.0.1", 6379)
 *   conn:send "PING\r\n"
 *   return { answer = conn:receive_line(), connect_ms = conn.connect_ms }
 */
#include <lauxlib.h>

#include "modules/opts.h"
#include "modules/wire.h"

int luaopen_tcp(lua_State *L);

#define UNIX_PREFIX "unix:"
#define RECEIVE_CAP (1024 * 1024)

struct conn {
  struct wire wire;
  size_t wanted; /* bytes: exactly, or at most */
};

static const struct wire_kind tcp_kind = { .name = "tcp", .type = "tcp connection", .size = sizeof(struct conn), .cap = RECEIVE_CAP };

static struct conn *conn_of(struct wire *w)
{
  return CONTAINER_OF(w, struct conn, wire);
}

/* ---- connecting ---- */

static bool is_open(struct wire *w)
{
  return w->open;
}

static int give_ms(lua_State *L, struct wire *w)
{
  wire_give_self(L, w);
  lua_pushnumber(L, w->connect_ms);
  wire_close(w);
  return 1;
}

static int connect_to(lua_State *L, wire_give_fn give)
{
  static const char *const known[] = { "timeout", "tls", "server_name", OPTS_TRUST };
  char what[256];
  op_check_running(L);
  const char *host = luaL_checkstring(L, 1);
  bool by_path = strncmp(host, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0;
  lua_Integer port = by_path ? 0 : luaL_checkinteger(L, 2);
  luaL_argcheck(L, by_path || (port > 0 && port < 65536), 2, "a port from 1 to 65535 is needed");
  int options = by_path ? 2 : 3;
  opts_check(L, options, "tcp", known, ARRAY_LEN(known));
  struct stream_target target = {
    .host = by_path ? "localhost" : host,
    .port = (int)port,
    .unix_socket = by_path ? host + strlen(UNIX_PREFIX) : NULL,
    .tls = opts_flag(L, options, "tls", false),
    .trust = opts_trust(L, options),
    .server_name = opts_text(L, options, "server_name"),
    .timeout_ms = op_opt_duration(L, options, "timeout", op_time_left_ms(L)),
  };
  if (by_path)
    snprintf(what, sizeof what, "tcp connect %.200s", host);
  else
    snprintf(what, sizeof what, "tcp connect %.200s:%d", host, (int)port);
  return wire_wait(L, wire_open(L, &tcp_kind, &target), what, 0, is_open, give);
}

static int tcp_connect(lua_State *L)
{
  return connect_to(L, wire_give_self);
}

static int tcp_ping(lua_State *L)
{
  return connect_to(L, give_ms);
}

/* ---- bytes ---- */

static int conn_send(lua_State *L)
{
  struct wire *w = wire_check(L, 1, &tcp_kind);
  size_t len;
  const char *bytes = luaL_checklstring(L, 2, &len);
  if (w->ended)
    return op_raise(L, w->no_data ? OP_NO_DATA : OP_DOWN, "tcp: %s", w->why.text);
  wire_write(w, bytes, len);
  return 0;
}

static int give_bytes(lua_State *L, struct wire *w, size_t answer, size_t taken)
{
  if (answer > conn_of(w)->wanted)
    return op_raise(L, OP_DOWN, "tcp receive: more than %zu bytes came", conn_of(w)->wanted);
  lua_pushlstring(L, buf_text(&w->in), answer);
  buf_drop(&w->in, taken);
  return 1;
}

static bool has_bytes(struct wire *w)
{
  return w->in.len >= conn_of(w)->wanted;
}

static int give_wanted(lua_State *L, struct wire *w)
{
  return give_bytes(L, w, conn_of(w)->wanted, conn_of(w)->wanted);
}

static bool has_line(struct wire *w)
{
  return w->in.len > conn_of(w)->wanted || (w->in.len && memchr(w->in.data, '\n', w->in.len));
}

static int give_line(lua_State *L, struct wire *w)
{
  const char *data = buf_text(&w->in), *newline = memchr(data, '\n', w->in.len);
  size_t len = newline ? (size_t)(newline - data) : w->in.len;
  return give_bytes(L, w, newline && len && data[len - 1] == '\r' ? len - 1 : len, newline ? len + 1 : len);
}

static bool has_all(struct wire *w)
{
  return w->eof || w->in.len > conn_of(w)->wanted;
}

static int give_all(lua_State *L, struct wire *w)
{
  return give_bytes(L, w, w->in.len, w->in.len);
}

static int receive(lua_State *L, lua_Integer wanted, wire_ready_fn ready, wire_give_fn give)
{
  luaL_argcheck(L, wanted >= 0 && wanted <= RECEIVE_CAP, 2, "a number of bytes up to 1048576 is needed");
  op_check_running(L);
  struct wire *w = wire_check(L, 1, &tcp_kind);
  conn_of(w)->wanted = (size_t)wanted;
  return wire_wait(L, w, "tcp receive", 0, ready, give);
}

static int conn_receive(lua_State *L)
{
  return receive(L, luaL_checkinteger(L, 2), has_bytes, give_wanted);
}

static int conn_receive_line(lua_State *L)
{
  return receive(L, luaL_optinteger(L, 2, RECEIVE_CAP), has_line, give_line);
}

static int conn_receive_all(lua_State *L)
{
  return receive(L, luaL_optinteger(L, 2, RECEIVE_CAP), has_all, give_all);
}

int luaopen_tcp(lua_State *L)
{
  static const luaL_Reg functions[] = { { "connect", tcp_connect }, { "ping", tcp_ping }, { NULL, NULL } };
  static const luaL_Reg methods[] = {
    { "send", conn_send },
    { "receive", conn_receive },
    { "receive_line", conn_receive_line },
    { "receive_all", conn_receive_all },
    { "close", wire_close_method },
    { NULL, NULL },
  };
  wire_define(L, &tcp_kind, methods, NULL);
  luaL_newlib(L, functions);
  return 1;
}
