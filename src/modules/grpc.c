/* grpc: the health service of gRPC servers (grpc.health.v1).
 *
 *   grpc.health(url, service?, options?) -> table    asks whether the server, or one of its services, is serving
 *
 * A url is "http://host:port" (in the clear) or "https://host:port". Options: timeout ("5s"), verify (true: check the certificate), ca (file of
 * certificates to trust), cert and key (files of one's own), headers (table), bearer (token).
 * The table has status ("SERVING", "NOT_SERVING", "UNKNOWN", "SERVICE_UNKNOWN"), serving (true or false) and ms. Each call has a connection of its own.
 * An error of gRPC is an expected failure whose field `code` is gRPC's number for it: 5 for a service that the server does not know, 12 for a server
 * without a health service.
 *
 * Example:
 *   local worker = grpc.health("http://10.0.0.21:50051", "render.v1.Renderer")
 *   return { serving = worker.serving, status = worker.status, ms = worker.ms }
 */
#include <lauxlib.h>

#include "base/mem.h"
#include "loop/transfer.h"
#include "modules/opts.h"
#include "script/op.h"

int luaopen_grpc(lua_State *L);

#define PATH "/grpc.health.v1.Health/Check"
#define SERVICE_CAP 1000
#define HEADERS_CAP 32
#define ANSWER_CAP 65536
#define TIMEOUT_MS 5000
/** Before each message: whether it is compressed, one byte, and its length, four. */
#define FRAME 5

struct call {
  struct op op;
  struct transfer *transfer;
  char *what;
  const struct transfer_response *response; /* valid while its callback is on the stack, which is where finish runs */
  bool no_data;
  struct err why;
};

/* ---- the two messages (Protocol Buffers): HealthCheckRequest { string service = 1; }, HealthCheckResponse { enum status = 1; } ---- */

/* A frame with the request; how long it is. */
static size_t write_request(unsigned char frame[FRAME + 3 + SERVICE_CAP], const char *service, size_t len)
{
  size_t n = FRAME;
  if (len) {
    frame[n++] = 1 << 3 | 2; /* field 1, bytes */
    if (len > 127)
      frame[n++] = (unsigned char)(len | 0x80);
    frame[n++] = (unsigned char)(len > 127 ? len >> 7 : len);
    memcpy(frame + n, service, len);
    n += len;
  }
  frame[0] = 0;
  for (int i = 0; i < 4; i++)
    frame[1 + i] = (unsigned char)((n - FRAME) >> (24 - 8 * i));
  return n;
}

/* A number of up to 64 bits, seven a byte, the least first. */
static bool read_varint(const unsigned char **at, const unsigned char *end, uint64_t *number)
{
  *number = 0;
  for (unsigned shift = 0; *at < end && shift < 64; shift += 7) {
    unsigned char byte = *(*at)++;
    *number |= (uint64_t)(byte & 0x7f) << shift;
    if (!(byte & 0x80))
      return true;
  }
  return false;
}

static bool skip(const unsigned char **at, const unsigned char *end, unsigned wire_type)
{
  uint64_t n = 0;
  switch (wire_type) {
  case 0: return read_varint(at, end, &n);
  case 1: n = 8; break;
  case 5: n = 4; break;
  case 2:
    if (!read_varint(at, end, &n))
      return false;
    break;
  default: return false;
  }
  if (n > (uint64_t)(end - *at))
    return false;
  *at += n;
  return true;
}

/* The status of the one frame that is the answer; a field that is not sent is 0. */
static bool read_answer(const char *body, size_t len, uint64_t *status)
{
  const unsigned char *at = (const unsigned char *)body, *end = at + len;
  *status = 0;
  if (len < FRAME || at[0] != 0 || ((uint64_t)at[1] << 24 | (uint64_t)at[2] << 16 | (uint64_t)at[3] << 8 | at[4]) != len - FRAME)
    return false;
  for (at += FRAME; at < end;) {
    uint64_t tag;
    if (!read_varint(&at, end, &tag))
      return false;
    if (tag == (1 << 3 | 0) ? !read_varint(&at, end, status) : !skip(&at, end, tag & 7))
      return false;
  }
  return true;
}

/* ---- the end of a call ---- */

static void free_call(struct call *c)
{
  free(c->what);
  free(c);
}

static void cancel(struct op *op)
{
  struct call *c = CONTAINER_OF(op, struct call, op);
  transfer_cancel(c->transfer);
  free_call(c);
}

/* A header or a trailer; the last of that name. */
static const char *header(const struct transfer_response *r, const char *name)
{
  const char *value = NULL;
  for (size_t i = 0; i < r->header_count; i++)
    if (strcmp(r->headers[i].name, name) == 0)
      value = r->headers[i].value;
  return value;
}

static int give(lua_State *L, const struct transfer_response *r, const char *what)
{
  static const char *const names[] = { "UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN" };
  uint64_t status;
  const char *code = header(r, "grpc-status"), *message = header(r, "grpc-message");
  if (!code)
    return op_raise(L, OP_DOWN, "%s: answered %ld, and not by gRPC", what, r->status);
  if (strcmp(code, "0") != 0)
    return op_raise_code(L, OP_DOWN, (int)strtol(code, NULL, 10), "%s: error %.10s of gRPC: %.300s", what, code, message ? message : "");
  if (!read_answer(r->body, r->body_len, &status))
    return op_raise(L, OP_DOWN, "%s: the answer is no HealthCheckResponse", what);
  lua_createtable(L, 0, 3);
  lua_pushstring(L, status < ARRAY_LEN(names) ? names[status] : "UNKNOWN");
  lua_setfield(L, -2, "status");
  lua_pushboolean(L, status == 1);
  lua_setfield(L, -2, "serving");
  lua_pushnumber(L, r->total_ms);
  lua_setfield(L, -2, "ms");
  return 1;
}

static int finish(lua_State *L, struct op *op)
{
  struct call *c = CONTAINER_OF(op, struct call, op);
  const struct transfer_response *response = c->response;
  struct err why = c->why;
  bool no_data = c->no_data;
  char what[256];
  snprintf(what, sizeof what, "%s", c->what);
  free_call(c);
  if (!response)
    return op_raise(L, no_data ? OP_NO_DATA : OP_DOWN, "%s: %s", what, why.text);
  return give(L, response, what);
}

static void on_response(void *arg, const struct transfer_response *response, bool no_data, const struct err *why)
{
  struct call *c = arg;
  c->transfer = NULL;
  c->response = response;
  c->no_data = no_data;
  if (why)
    c->why = *why;
  op_ready(&c->op);
}

/* ---- its beginning ---- */

static int grpc_health(lua_State *L)
{
  static const char *const known[] = { "timeout", "headers", "bearer", OPTS_TRUST };
  const char *headers[HEADERS_CAP + 3];
  unsigned char frame[FRAME + 3 + SERVICE_CAP];
  size_t len = 0;
  op_check_running(L);
  const char *url = luaL_checkstring(L, 1);
  int index = lua_istable(L, 2) ? 2 : 3;
  const char *service = index == 2 ? "" : luaL_optlstring(L, 2, "", &len);
  luaL_argcheck(L, len <= SERVICE_CAP, 2, "the name of a service has at most 1000 bytes");
  luaL_argcheck(L, !strpbrk(url, "?#"), 1, "an address such as \"http://127.0.0.1:50051\" is needed");
  opts_check(L, index, "grpc.health", known, ARRAY_LEN(known));
  int64_t left_ms = op_time_left_ms(L), timeout_ms = op_opt_duration(L, index, "timeout", TIMEOUT_MS);
  size_t url_len = strlen(url);
  struct transfer_request request = {
    .method = "POST",
    .url = lua_pushfstring(L, "%s%s", url, &PATH[url_len && url[url_len - 1] == '/']),
    .headers = headers,
    .body = (const char *)frame,
    .body_len = write_request(frame, service, len),
    .trust = opts_trust(L, index),
    .http2 = true,
    .body_cap = ANSWER_CAP,
    .timeout_ms = timeout_ms < left_ms ? timeout_ms : left_ms,
  };
  const char *bearer = opts_bearer(L, index);
  request.header_count = opts_headers(L, index, headers, HEADERS_CAP);
  headers[request.header_count++] = "Content-Type: application/grpc";
  headers[request.header_count++] = "TE: trailers";
  if (bearer)
    headers[request.header_count++] = bearer;

  struct call *c = MEM_NEW(struct call);
  c->op.finish = finish;
  c->op.cancel = cancel;
  c->op.what = c->what = mem_printf("grpc.health %.200s", url);
  c->transfer = transfer_start(op_env(L)->transfers, &request, on_response, c);
  return op_wait(L, &c->op);
}

int luaopen_grpc(lua_State *L)
{
  static const luaL_Reg functions[] = { { "health", grpc_health }, { NULL, NULL } };
  luaL_newlib(L, functions);
  return 1;
}
