/* smtp: mail servers, and mail.
 *
 *   smtp.check(url, options?) -> table     connects, says EHLO, goes over to TLS, logs in when a user is given, and leaves
 *   smtp.send(mail) -> table               sends a mail; code, ms
 *
 * A url is "smtp://host:port" or "smtps://host:port" (TLS from the start); without a port 25 or 465. A path in it is the name that the server is
 * greeted with, otherwise this machine's. Options of both: tls ("required", "offered": by STARTTLS when the server has it, or "never"; default
 * "required", for a check without a user "offered"), user, password, timeout ("10s"), verify (true: check the certificate), ca (file of certificates to
 * trust), cert and key (files of one's own).
 * A check returns banner, banner_ms, starttls (is it offered), tls (is it used), auth (the mechanisms that are offered, "PLAIN LOGIN"),
 * size_most (bytes, nil when it does not say), ms.
 * A mail has, beside options, url, from ("Name <someone@host>"), to (an address or a list of at most 50), subject, text, html (one or both), id
 * (for the Message-ID: the same for the same news, so that a second copy is recognised), headers.
 *
 * What the server refuses is an expected failure whose field `code` is its answer: 4xx for the moment, 5xx for ever.
 *
 * Example:
 *   local server = smtp.check("smtp://mail.example.org:587", { tls = "required" })
 *   return { banner_ms = server.banner_ms, can_log_in = server.auth ~= "" }
 */
#include <lauxlib.h>

#include "base/mem.h"
#include "loop/mail.h"
#include "modules/opts.h"
#include "script/op.h"

int luaopen_smtp(lua_State *L);

#define RECEIVERS_CAP 50
#define HEADERS_CAP 32
#define BODY_CAP (1024 * 1024)
#define TIMEOUT_MS 10000

struct visit {
  struct op op;
  struct mail *mail;
  char *what;
  bool sending;
  const struct mail_answer *answer; /* valid while its callback is on the stack, which is where finish runs */
  bool failed, no_data;
  struct err why;
};

static void free_visit(struct visit *v)
{
  free(v->what);
  free(v);
}

static void cancel(struct op *op)
{
  struct visit *v = CONTAINER_OF(op, struct visit, op);
  mail_cancel(v->mail);
  free_visit(v);
}

static void set_number(lua_State *L, const char *key, double number)
{
  lua_pushnumber(L, number);
  lua_setfield(L, -2, key);
}

static void set_text(lua_State *L, const char *key, const char *text)
{
  lua_pushstring(L, text);
  lua_setfield(L, -2, key);
}

static void set_flag(lua_State *L, const char *key, bool flag)
{
  lua_pushboolean(L, flag);
  lua_setfield(L, -2, key);
}

static int push_findings(lua_State *L, const struct mail_answer *answer)
{
  lua_createtable(L, 0, 8);
  set_text(L, "banner", answer->banner);
  set_number(L, "banner_ms", answer->banner_ms);
  set_flag(L, "starttls", answer->offers_tls);
  set_flag(L, "tls", answer->over_tls);
  set_text(L, "auth", answer->auth);
  if (answer->size_most > 0) {
    lua_pushinteger(L, answer->size_most);
    lua_setfield(L, -2, "size_most");
  }
  set_number(L, "ms", answer->total_ms);
  return 1;
}

static int push_receipt(lua_State *L, const struct mail_answer *answer)
{
  lua_createtable(L, 0, 2);
  lua_pushinteger(L, answer->code);
  lua_setfield(L, -2, "code");
  set_number(L, "ms", answer->total_ms);
  return 1;
}

static int finish(lua_State *L, struct op *op)
{
  struct visit *v = CONTAINER_OF(op, struct visit, op);
  const struct mail_answer *answer = v->answer;
  struct err why = v->why;
  bool failed = v->failed, no_data = v->no_data, sending = v->sending;
  char what[256];
  snprintf(what, sizeof what, "%s", v->what);
  free_visit(v);
  if (failed)
    return op_raise_code(L, no_data ? OP_NO_DATA : OP_DOWN, answer->code, "%s: %s", what, why.text);
  return sending ? push_receipt(L, answer) : push_findings(L, answer);
}

static void on_answer(void *arg, const struct mail_answer *answer, bool no_data, const struct err *why)
{
  struct visit *v = arg;
  v->answer = answer;
  v->failed = why != NULL;
  v->no_data = no_data;
  if (why)
    v->why = *why;
  op_ready(&v->op);
}

/* ---- what to do ---- */

static enum mail_tls read_tls(lua_State *L, int index, bool otherwise_required, const char *user)
{
  const char *word = opts_text(L, index, "tls");
  if (!word)
    return otherwise_required ? MAIL_TLS_REQUIRED : MAIL_TLS_OFFERED;
  if (strcmp(word, "required") == 0)
    return MAIL_TLS_REQUIRED;
  if (strcmp(word, "never") == 0)
    return MAIL_TLS_NEVER;
  if (strcmp(word, "offered") != 0)
    luaL_error(L, "tls: must be \"required\", \"offered\" or \"never\"");
  if (user)
    luaL_error(L, "tls: \"offered\" with a user would send the password in the clear when somebody on the way takes the offer out");
  return MAIL_TLS_OFFERED;
}

static void read_request(lua_State *L, int index, bool sending, struct mail_request *r)
{
  int64_t left_ms = op_time_left_ms(L), timeout_ms = op_opt_duration(L, index, "timeout", TIMEOUT_MS);
  r->user = opts_text(L, index, "user");
  r->password = opts_text(L, index, "password");
  r->tls = read_tls(L, index, sending || r->user, r->user);
  r->trust = opts_trust(L, index);
  r->timeout_ms = timeout_ms < left_ms ? timeout_ms : left_ms;
}

static int visit(lua_State *L, const struct mail_request *request)
{
  struct err e;
  struct visit *v = MEM_NEW(struct visit);
  v->op.finish = finish;
  v->op.cancel = cancel;
  v->op.what = v->what = mem_printf("smtp %.200s", request->url);
  v->op.remote = op_is_remote_url(request->url);
  v->sending = request->message != NULL;
  v->mail = mail_start(op_env(L)->multis, op_env(L)->resolver, request, on_answer, v, &e);
  if (v->mail)
    return op_wait(L, &v->op);
  free_visit(v);
  return luaL_error(L, "smtp: %s", e.text);
}

static int smtp_check(lua_State *L)
{
  static const char *const known[] = { "tls", "user", "password", OPTS_TRUST, "timeout" };
  op_check_running(L);
  struct mail_request request = { .url = luaL_checkstring(L, 1) };
  opts_check(L, 2, "smtp.check", known, ARRAY_LEN(known));
  read_request(L, 2, false, &request);
  return visit(L, &request);
}

/* The addresses of t.to stay on the script's stack. */
static size_t read_receivers(lua_State *L, const char **to)
{
  const char *one = lua_getfield(L, 1, "to") == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
  if (one) {
    to[0] = one;
    return 1;
  }
  luaL_argcheck(L, lua_istable(L, -1), 1, "to must be an address or a list of them");
  int list = lua_gettop(L);
  size_t n = lua_rawlen(L, list);
  luaL_argcheck(L, n >= 1 && n <= RECEIVERS_CAP, 1, "to must hold from 1 to 50 addresses");
  luaL_checkstack(L, (int)n + 4, "too many addresses");
  for (size_t i = 0; i < n; i++) {
    luaL_argcheck(L, lua_rawgeti(L, list, (lua_Integer)i + 1) == LUA_TSTRING, 1, "to must hold texts");
    to[i] = lua_tostring(L, -1);
  }
  return n;
}

static const char *needed(lua_State *L, const char *key)
{
  const char *text = opts_text(L, 1, key);
  if (!text)
    luaL_error(L, "smtp.send: %s is needed", key);
  return text;
}

static int smtp_send(lua_State *L)
{
  static const char *const known[] = { "url", "from",    "to",   "subject",  "text",     "html",   "id",
                                       "tls", "headers", "user", "password", OPTS_TRUST, "timeout" };
  const char *to[RECEIVERS_CAP], *headers[HEADERS_CAP];
  op_check_running(L);
  luaL_checktype(L, 1, LUA_TTABLE);
  opts_check(L, 1, "smtp.send", known, ARRAY_LEN(known));
  struct mail_message message = {
    .from = needed(L, "from"),
    .subject = needed(L, "subject"),
    .text = opts_text(L, 1, "text"),
    .html = opts_text(L, 1, "html"),
    .id = opts_text(L, 1, "id"),
    .to = to,
    .headers = headers,
  };
  struct mail_request request = { .url = needed(L, "url"), .message = &message };
  read_request(L, 1, true, &request);
  if (!message.text && !message.html)
    luaL_error(L, "smtp.send: text or html is needed");
  if ((message.text && strlen(message.text) > BODY_CAP) || (message.html && strlen(message.html) > BODY_CAP))
    luaL_error(L, "smtp.send: more than %d bytes", BODY_CAP);
  message.to_count = read_receivers(L, to);
  message.header_count = opts_headers(L, 1, headers, HEADERS_CAP);
  return visit(L, &request);
}

int luaopen_smtp(lua_State *L)
{
  static const luaL_Reg functions[] = { { "check", smtp_check }, { "send", smtp_send }, { NULL, NULL } };
  luaL_newlib(L, functions);
  return 1;
}
