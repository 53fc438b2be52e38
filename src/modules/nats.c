/* nats: NATS servers.
 *
 *   nats.connect(url, options?) -> conn         "nats://host[:4222]", "tls://host[:4222]"; goes over to TLS when the server demands it, too
 *   conn:ping() -> ms                           how long the answer took
 *   conn:subscribe(subject)                     messages of the subject (wildcards too) are kept from now on
 *   conn:publish(subject, text)                 returns when the server has it
 *   conn:receive(timeout?) -> subject, text     the next message
 *   conn:close()                                otherwise at the end of the run
 *   conn.connect_ms                             how long connecting took, log-in included
 *   conn.server, conn.version                   what the server calls itself
 *
 * Options: user and password, or token; timeout ("5s"; for connecting, and for each answer); for TLS verify (true: check the certificate), ca (file of
 * certificates to trust), cert and key (files of one's own). Messages are at most 1 MiB. Log-in by NKey or JWT is not there. An error that the server
 * answers, a connection that is refused, lost or silent is an expected failure.
 *
 * Example:
 *   local bus = nats.connect "nats://127.0.0.1:4222"
 *   bus:subscribe "health.signalbox"
 *   local began = time.mono_ms()
 *   bus:publish("health.signalbox", "there and back")
 *   return { delivered = select(2, bus:receive()) == "there and back", round_trip_ms = time.mono_ms() - began }
 */
#include <errno.h>
#include <lauxlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "modules/inbox.h"
#include "modules/opts.h"
#include "modules/wire.h"

int luaopen_nats(lua_State *L);

#define PAYLOAD_CAP (1024 * 1024)
#define LINE_CAP 65536
#define SUBJECT_CAP 255
#define TIMEOUT_MS 5000

struct nats {
  struct wire wire;
  json_t *login; /* user, pass or auth_token; NULL once it has been sent */
  bool demand_tls;
  bool informed;    /* INFO has come */
  bool greeted;     /* the first PONG has come */
  bool has_payload; /* a MSG line has been read, its payload is next */
  size_t payload;   /* bytes of it */
  char subject[SUBJECT_CAP + 1];
  struct inbox inbox;
  unsigned owed;       /* PONGs on their way */
  unsigned subscribed; /* the last number of a subscription */
  char fault[256];     /* an -ERR that did not end the connection; "": none */
  char server[64], version[32];
  int64_t timeout_ms, asked_us;
};

static struct nats *nats_of(struct wire *w)
{
  return CONTAINER_OF(w, struct nats, wire);
}

/* ---- what is said ---- */

static void say(struct nats *n, const char *text)
{
  wire_write(&n->wire, text, strlen(text));
}

/* Everything that was said before it has been dealt with when its PONG comes. */
static void say_ping(struct nats *n)
{
  say(n, "PING\r\n");
  n->owed++;
  n->asked_us = clock_mono_us();
}

static void say_connect(struct nats *n)
{
  json_t *hello = n->login;
  n->login = NULL;
  json_object_set_new(hello, "verbose", json_false());
  json_object_set_new(hello, "pedantic", json_false());
  json_object_set_new(hello, "tls_required", json_boolean(stream_ssl(n->wire.stream) != NULL));
  json_set_text(hello, "name", "signalbox");
  json_set_text(hello, "lang", "c");
  json_set_text(hello, "version", SIGNALBOX_VERSION);
  json_object_set_new(hello, "protocol", json_integer(0));
  char *line = json_line(hello);
  say(n, "CONNECT ");
  say(n, line);
  say(n, "\r\n");
  say_ping(n);
  free(line);
  json_decref(hello);
}

/* ---- what is heard: lines, and after MSG a payload ---- */

static void take_info(struct nats *n, const char *text)
{
  struct err e;
  json_t *info = json_read(text, strlen(text), &e);
  if (!json_is_object(info)) {
    wire_fail(&n->wire, "the server does not speak NATS: its INFO is no JSON object");
    json_decref(info);
    return;
  }
  const char *server = json_string_value(json_object_get(info, "server_name")),
             *version = json_string_value(json_object_get(info, "version"));
  snprintf(n->server, sizeof n->server, "%s", server ? server : "");
  snprintf(n->version, sizeof n->version, "%s", version ? version : "");
  bool required = json_is_true(json_object_get(info, "tls_required")), available = json_is_true(json_object_get(info, "tls_available"));
  json_decref(info);
  if (n->informed)
    return; /* news of the cluster */
  n->informed = true;
  if (n->demand_tls && !required && !available)
    wire_fail(&n->wire, "the server does not offer TLS");
  else if (n->demand_tls || required)
    stream_start_tls(n->wire.stream);
  else
    say_connect(n);
}

/* "subject sid [reply-to] bytes" */
static void take_message_line(struct nats *n, const char *rest)
{
  char subject[SUBJECT_CAP + 1], last[32] = "", a[SUBJECT_CAP + 1], b[SUBJECT_CAP + 1];
  int words = sscanf(rest, "%255s %255s %255s %31s", subject, a, b, last);
  const char *bytes = words == 4 ? last : b;
  char *end;
  errno = 0;
  long size = words >= 3 ? strtol(bytes, &end, 10) : -1;
  if (words < 3 || errno || *end || end == bytes || size < 0)
    wire_fail(&n->wire, "the server does not speak NATS: a message without a size");
  else if (size > PAYLOAD_CAP)
    wire_fail(&n->wire, "a message is larger than %d bytes", PAYLOAD_CAP);
  if (n->wire.ended)
    return;
  snprintf(n->subject, sizeof n->subject, "%s", subject);
  n->payload = (size_t)size;
  n->has_payload = true;
}

static void take_pong(struct nats *n)
{
  if (n->owed)
    n->owed--;
  n->greeted = true;
}

/* -ERR 'Authorization Violation': before the first PONG it is the end; later the server ends the connection itself where it has to. */
static void take_error(struct nats *n, const char *text)
{
  const char *start = text + strspn(text, " '");
  size_t len = strcspn(start, "'\r\n");
  if (n->greeted)
    snprintf(n->fault, sizeof n->fault, "%.*s", (int)len, start);
  else
    wire_fail(&n->wire, "%.*s", (int)len, start);
}

/* False when it is nothing that a server says. */
static bool take_line(struct nats *n, const char *line)
{
  if (strncasecmp(line, "INFO ", 5) == 0)
    take_info(n, line + 5);
  else if (!n->informed)
    return false;
  else if (strncasecmp(line, "MSG ", 4) == 0)
    take_message_line(n, line + 4);
  else if (strcasecmp(line, "PING") == 0)
    say(n, "PONG\r\n");
  else if (strcasecmp(line, "PONG") == 0)
    take_pong(n);
  else if (strncasecmp(line, "-ERR", 4) == 0)
    take_error(n, line + 4);
  else
    return strcasecmp(line, "+OK") == 0;
  return true;
}

/* One line or payload; false when it is not whole yet. */
static bool take_one(struct nats *n)
{
  struct wire *w = &n->wire;
  if (n->has_payload) {
    if (w->in.len < n->payload + 2)
      return false;
    if (memcmp(w->in.data + n->payload, "\r\n", 2) != 0)
      wire_fail(w, "the server does not speak NATS: a message is longer than its size");
    else if (!inbox_add(&n->inbox, n->subject, strlen(n->subject), w->in.data, n->payload))
      wire_fail(w, "more messages came than were received");
    buf_drop(&w->in, n->payload + 2);
    n->has_payload = false;
    return true;
  }
  const char *newline = w->in.len ? memchr(w->in.data, '\n', w->in.len) : NULL;
  if (!newline) {
    if (w->in.len > LINE_CAP)
      wire_fail(w, "the server does not speak NATS: a line is longer than %d bytes", LINE_CAP);
    return false;
  }
  size_t len = (size_t)(newline - w->in.data);
  char *line = mem_copy_bytes(w->in.data, len && newline[-1] == '\r' ? len - 1 : len);
  buf_drop(&w->in, len + 1);
  if (!take_line(n, line))
    wire_fail(w, "the server does not speak NATS: it says %.50s", line);
  free(line);
  return true;
}

static void nats_took(struct wire *w)
{
  while (!w->ended && take_one(nats_of(w)))
    ;
}

static void nats_opened(struct wire *w)
{
  if (stream_ssl(w->stream))
    say_connect(nats_of(w));
}

static void nats_done(struct wire *w)
{
  struct nats *n = nats_of(w);
  json_decref(n->login);
  inbox_done(&n->inbox);
}

static const struct wire_kind nats_kind = {
  .name = "nats",
  .type = "nats connection",
  .size = sizeof(struct nats),
  .cap = PAYLOAD_CAP + 2 * LINE_CAP,
  .opened = nats_opened,
  .took = nats_took,
  .done = nats_done,
};

/* ---- methods ---- */

static struct nats *check_nats(lua_State *L)
{
  op_check_running(L);
  return nats_of(wire_check(L, 1, &nats_kind));
}

/* No space and no line's end, which would be another command. */
static const char *check_subject(lua_State *L, int index)
{
  size_t len;
  const char *subject = luaL_checklstring(L, index, &len);
  luaL_argcheck(L, len && len <= SUBJECT_CAP && strlen(subject) == len && !strpbrk(subject, " \t\r\n"), index,
                "a subject such as \"health.signalbox\" is needed");
  return subject;
}

static bool is_answered(struct wire *w)
{
  return nats_of(w)->greeted && nats_of(w)->owed == 0;
}

/* Raises what the server has complained about since the last answer. */
static void check_fault(lua_State *L, struct nats *n)
{
  char fault[sizeof n->fault];
  memcpy(fault, n->fault, sizeof fault);
  n->fault[0] = '\0';
  if (fault[0])
    op_raise(L, OP_DOWN, "nats: %s", fault);
}

static int give_nothing(lua_State *L, struct wire *w)
{
  check_fault(L, nats_of(w));
  return 0;
}

static int give_ms(lua_State *L, struct wire *w)
{
  check_fault(L, nats_of(w));
  lua_pushnumber(L, (double)(clock_mono_us() - nats_of(w)->asked_us) / 1000.0);
  return 1;
}

static int conn_ping(lua_State *L)
{
  struct nats *n = check_nats(L);
  say_ping(n);
  return wire_wait(L, &n->wire, "nats ping", n->timeout_ms, is_answered, give_ms);
}

static int conn_subscribe(lua_State *L)
{
  char line[SUBJECT_CAP + 32];
  struct nats *n = check_nats(L);
  snprintf(line, sizeof line, "SUB %s %u\r\n", check_subject(L, 2), ++n->subscribed);
  say(n, line);
  say_ping(n);
  return wire_wait(L, &n->wire, "nats subscribe", n->timeout_ms, is_answered, give_nothing);
}

static int conn_publish(lua_State *L)
{
  char line[SUBJECT_CAP + 32];
  size_t len;
  struct nats *n = check_nats(L);
  const char *subject = check_subject(L, 2), *text = luaL_checklstring(L, 3, &len);
  luaL_argcheck(L, len <= PAYLOAD_CAP, 3, "more than 1 MiB");
  snprintf(line, sizeof line, "PUB %s %zu\r\n", subject, len);
  say(n, line);
  wire_write(&n->wire, text, len);
  say(n, "\r\n");
  say_ping(n);
  return wire_wait(L, &n->wire, "nats publish", n->timeout_ms, is_answered, give_nothing);
}

static bool has_message(struct wire *w)
{
  return nats_of(w)->inbox.first != NULL;
}

static int give_message(lua_State *L, struct wire *w)
{
  return inbox_push(L, &nats_of(w)->inbox);
}

static int conn_receive(lua_State *L)
{
  struct nats *n = check_nats(L);
  int64_t timeout_ms = opts_timeout(L, 2, n->timeout_ms);
  if (!n->subscribed)
    return luaL_error(L, "nats: subscribe to a subject before you receive");
  return wire_wait(L, &n->wire, "nats receive", timeout_ms, has_message, give_message);
}

/* ---- connecting ---- */

static bool is_greeted(struct wire *w)
{
  return nats_of(w)->greeted && !w->ended;
}

static json_t *make_login(const char *user, const char *password, const char *token)
{
  json_t *login = json_object();
  if (user) {
    json_set_text(login, "user", user);
    json_set_text(login, "pass", password ? password : "");
  }
  if (token)
    json_set_text(login, "auth_token", token);
  return login;
}

static int nats_connect(lua_State *L)
{
  static const char *const known[] = { "user", "password", "token", "timeout", OPTS_TRUST };
  struct wire_address at;
  char what[256];
  op_check_running(L);
  const char *url = luaL_checkstring(L, 1);
  opts_check(L, 2, "nats.connect", known, ARRAY_LEN(known));
  wire_address(L, url, "nats", "tls", 4222, &at);
  const char *user = opts_text(L, 2, "user"), *password = opts_text(L, 2, "password"), *token = opts_text(L, 2, "token");
  struct stream_target target = {
    .host = at.host,
    .port = at.port,
    .trust = opts_trust(L, 2),
    .timeout_ms = op_opt_duration(L, 2, "timeout", TIMEOUT_MS),
  };
  struct wire *w = wire_open(L, &nats_kind, &target);
  struct nats *n = nats_of(w);
  inbox_init(&n->inbox);
  n->login = make_login(user, password, token);
  n->demand_tls = at.tls;
  n->timeout_ms = target.timeout_ms;
  snprintf(what, sizeof what, "nats connect %.200s", url);
  return wire_wait(L, w, what, target.timeout_ms, is_greeted, wire_give_self);
}

static int conn_fields(lua_State *L)
{
  struct wire **ref = lua_touserdata(L, 1);
  const char *key = lua_tostring(L, 2);
  if (strcmp(key, "server") == 0)
    lua_pushstring(L, nats_of(*ref)->server);
  else if (strcmp(key, "version") == 0)
    lua_pushstring(L, nats_of(*ref)->version);
  return 1;
}

int luaopen_nats(lua_State *L)
{
  static const luaL_Reg functions[] = { { "connect", nats_connect }, { NULL, NULL } };
  static const luaL_Reg methods[] = {
    { "ping", conn_ping },       { "subscribe", conn_subscribe }, { "publish", conn_publish },
    { "receive", conn_receive }, { "close", wire_close_method },  { NULL, NULL },
  };
  wire_define(L, &nats_kind, methods, conn_fields);
  luaL_newlib(L, functions);
  return 1;
}
