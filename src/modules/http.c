/* http: requests.
 *
 *   http.get(url, options?) -> response
 *   http.head(url, options?) -> response
 *   http.post(url, options?) -> response
 *   http.put(url, options?) -> response
 *   http.delete(url, options?) -> response
 *   http.request(method, url, options?) -> response
 *   response:expect(status) -> response    raises unless the status is that one, or one of a list { 200, 204 }
 *   response:json() -> value               raises when the body is not JSON
 *
 * Options: headers (table), body (text), json (a value: sent as JSON), timeout ("5s"; at most what is left of the run), follow (redirects, 5),
 * verify (true: check the certificate), ca (file of certificates to trust), cert and key (files of one's own certificate and its key, PEM),
 * basic ({ user, password }), bearer (token), max_body (bytes, 1 MiB, at most 16 MiB), unix (path of a socket to connect to). Credentials do not
 * follow a redirect to another origin.
 * A response has status, headers (by lower-case name), body, url (after redirects), ms, dns_ms, connect_ms, tls_ms, first_byte_ms.
 * A body that is longer than max_body is an expected failure; in a channel's send it is cut, since the message was delivered if the status says so.
 * A response of any status is returned; no response at all is an expected failure.
 *
 * Example:
 *   local stats = http.get("http://10.0.0.11:8188/system_stats", { timeout = "3s" }):expect(200):json()
 *   return { version = stats.system.comfyui_version }
 */
#include <lauxlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "loop/transfer.h"
#include "modules/opts.h"
#include "script/json_value.h"
#include "script/op.h"

int luaopen_http(lua_State *L);

#define RESPONSE_TYPE "http response"
#define HEADERS_CAP 64
#define BODY_CAP (1024 * 1024)
#define BODY_MOST (16 * 1024 * 1024)

struct request {
  struct op op;
  struct transfer *transfer;
  char *what;
  const struct transfer_response *response; /* valid while its callback is on the stack, which is where finish runs */
  bool no_data;
  struct err why;
};

static void free_request(struct request *r)
{
  free(r->what);
  free(r);
}

static void cancel(struct op *op)
{
  struct request *r = CONTAINER_OF(op, struct request, op);
  transfer_cancel(r->transfer);
  free_request(r);
}

static void set_number(lua_State *L, const char *key, double number)
{
  lua_pushnumber(L, number);
  lua_setfield(L, -2, key);
}

static void push_response(lua_State *L, const struct transfer_response *response, const char *what)
{
  lua_createtable(L, 0, 10);
  lua_pushinteger(L, response->status);
  lua_setfield(L, -2, "status");
  lua_pushlstring(L, response->body, response->body_len);
  lua_setfield(L, -2, "body");
  lua_pushstring(L, response->url);
  lua_setfield(L, -2, "url");
  lua_pushstring(L, what);
  lua_setfield(L, -2, "what");
  set_number(L, "ms", response->total_ms);
  set_number(L, "dns_ms", response->dns_ms);
  set_number(L, "connect_ms", response->connect_ms);
  set_number(L, "tls_ms", response->tls_ms);
  set_number(L, "first_byte_ms", response->first_byte_ms);
  lua_createtable(L, 0, (int)response->header_count);
  for (size_t i = 0; i < response->header_count; i++) {
    lua_pushstring(L, response->headers[i].value);
    lua_setfield(L, -2, response->headers[i].name);
  }
  lua_setfield(L, -2, "headers");
  luaL_setmetatable(L, RESPONSE_TYPE);
}

static int finish(lua_State *L, struct op *op)
{
  struct request *r = CONTAINER_OF(op, struct request, op);
  const struct transfer_response *response = r->response;
  struct err why = r->why;
  bool no_data = r->no_data;
  char what[256];
  snprintf(what, sizeof what, "%s", r->what);
  free_request(r);
  if (!response)
    return op_raise(L, no_data ? OP_NO_DATA : OP_DOWN, "%s: %s", what, why.text);
  push_response(L, response, what);
  return 1;
}

static void on_response(void *arg, const struct transfer_response *response, bool no_data, const struct err *why)
{
  struct request *r = arg;
  r->transfer = NULL;
  r->response = response;
  r->no_data = no_data;
  if (why)
    r->why = *why;
  op_ready(&r->op);
}

/* ---- what to ask ---- */

static void read_basic(lua_State *L, int index, struct transfer_request *request)
{
  if (!lua_istable(L, index) || lua_getfield(L, index, "basic") == LUA_TNIL)
    return;
  luaL_argcheck(L, lua_istable(L, -1) && lua_rawgeti(L, -1, 1) == LUA_TSTRING && lua_rawgeti(L, -2, 2) == LUA_TSTRING, index,
                "basic must be { user, password }");
  request->user = lua_tostring(L, -2);
  request->password = lua_tostring(L, -1);
}

static void read_body(lua_State *L, int index, struct transfer_request *request, const char **headers)
{
  request->body = opts_text(L, index, "body");
  if (request->body) {
    lua_getfield(L, index, "body");
    request->body_len = lua_rawlen(L, -1);
  }
  if (!lua_istable(L, index) || lua_getfield(L, index, "json") == LUA_TNIL)
    return;
  struct err e;
  struct json_box *box = json_value_box(L);
  box->value = json_value_at(L, -2, &e);
  if (!box->value)
    luaL_error(L, "http: json: %s", e.text);
  box->text = json_line(box->value);
  lua_pushstring(L, box->text);
  json_value_unbox(box);
  request->body = lua_tostring(L, -1);
  request->body_len = lua_rawlen(L, -1);
  headers[request->header_count++] = "Content-Type: application/json";
}

/* The address is shown in messages. */
static void check_no_credentials(lua_State *L, const char *url)
{
  const char *authority = strstr(url, "://");
  if (authority && memchr(authority + 3, '@', strcspn(authority + 3, "/?#")))
    luaL_error(L, "http: a user and a password do not belong into an address, which is shown: give them as basic = { user, password }");
}

/* Everything stays borrowed from the script's stack until transfer_start has copied it. */
static int ask(lua_State *L, const char *method, const char *url, int index)
{
  static const char *const known[] = { "headers", "body", "json", "timeout", "follow", OPTS_TRUST, "basic", "bearer", "max_body", "unix" };
  const char *headers[HEADERS_CAP + 2]; /* two of our own: content type and bearer */
  op_check_running(L);
  opts_check(L, index, "http", known, ARRAY_LEN(known));
  check_no_credentials(L, url);
  int64_t left_ms = op_time_left_ms(L), timeout_ms = op_opt_duration(L, index, "timeout", left_ms);
  struct transfer_request request = {
    .method = method,
    .url = url,
    .headers = headers,
    .unix_socket = opts_text(L, index, "unix"),
    .trust = opts_trust(L, index),
    .follow = (unsigned)opts_number(L, index, "follow", 5, 0, 10),
    .body_cap = (size_t)opts_number(L, index, "max_body", BODY_CAP, 0, BODY_MOST),
    .cut_body = op_is_send(L),
    .timeout_ms = timeout_ms < left_ms ? timeout_ms : left_ms,
  };
  request.header_count = opts_headers(L, index, headers, HEADERS_CAP);
  read_basic(L, index, &request);
  read_body(L, index, &request, headers);
  const char *bearer = opts_bearer(L, index);
  if (bearer)
    headers[request.header_count++] = bearer;

  struct request *r = MEM_NEW(struct request);
  r->op.finish = finish;
  r->op.cancel = cancel;
  r->op.what = r->what = mem_printf("http %s %.200s", method, url);
  r->op.remote = !request.unix_socket && op_is_remote_url(url);
  r->transfer = transfer_start(op_env(L)->transfers, &request, on_response, r);
  return op_wait(L, &r->op);
}

static int http_get(lua_State *L)
{
  return ask(L, "GET", luaL_checkstring(L, 1), 2);
}

static int http_head(lua_State *L)
{
  return ask(L, "HEAD", luaL_checkstring(L, 1), 2);
}

static int http_post(lua_State *L)
{
  return ask(L, "POST", luaL_checkstring(L, 1), 2);
}

static int http_put(lua_State *L)
{
  return ask(L, "PUT", luaL_checkstring(L, 1), 2);
}

static int http_delete(lua_State *L)
{
  return ask(L, "DELETE", luaL_checkstring(L, 1), 2);
}

static int http_request(lua_State *L)
{
  const char *method = luaL_checkstring(L, 1);
  luaL_argcheck(L, *method && strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(method), 1, "a method such as \"GET\" is needed");
  return ask(L, method, luaL_checkstring(L, 2), 3);
}

/* ---- the response ---- */

static const char *what_of(lua_State *L)
{
  lua_getfield(L, 1, "what");
  return luaL_optstring(L, -1, "http");
}

/* "200" or "200 or 204", of the argument. */
static bool is_expected(lua_State *L, lua_Integer status, char *list, size_t size)
{
  bool met = false;
  size_t n = 0;
  lua_Unsigned count = lua_istable(L, 2) ? lua_rawlen(L, 2) : 1;
  for (lua_Unsigned i = 1; i <= count; i++) {
    if (lua_istable(L, 2))
      lua_rawgeti(L, 2, (lua_Integer)i);
    else
      lua_pushvalue(L, 2);
    lua_Integer one = luaL_checkinteger(L, -1);
    lua_pop(L, 1);
    met = met || one == status;
    if (n < size)
      n += (size_t)snprintf(list + n, size - n, "%s%d", i > 1 ? " or " : "", (int)one);
  }
  return met;
}

static int response_expect(lua_State *L)
{
  char list[128] = "";
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_getfield(L, 1, "status");
  lua_Integer status = luaL_checkinteger(L, -1);
  if (!is_expected(L, status, list, sizeof list))
    return op_raise(L, OP_DOWN, "%s: answered %d, expected %s", what_of(L), (int)status, list);
  lua_settop(L, 1);
  return 1;
}

static int response_json(lua_State *L)
{
  struct err e;
  size_t len;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_getfield(L, 1, "body");
  const char *body = luaL_checklstring(L, -1, &len);
  struct json_box *box = json_value_box(L);
  box->value = json_read(body, len, &e);
  if (!box->value)
    return op_raise(L, OP_DOWN, "%s: the body is %s", what_of(L), e.text);
  json_value_push(L, box->value);
  json_value_unbox(box);
  return 1;
}

int luaopen_http(lua_State *L)
{
  static const luaL_Reg functions[] = {
    { "get", http_get },       { "head", http_head },       { "post", http_post }, { "put", http_put },
    { "delete", http_delete }, { "request", http_request }, { NULL, NULL },
  };
  static const luaL_Reg methods[] = { { "expect", response_expect }, { "json", response_json }, { NULL, NULL } };
  luaL_newmetatable(L, RESPONSE_TYPE);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushliteral(L, RESPONSE_TYPE);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
  luaL_newlib(L, functions);
  return 1;
}
