/* redis: Redis, Valkey and others that speak its protocol.
 *
 *   redis.connect(url, options?) -> conn        "redis://host[:port][/database]", "rediss://..." (TLS), "unix:/path/of/socket"
 *   conn:command(name, ...) -> value            any command; arguments are texts and numbers
 *   conn:ping() -> ms                           how long the answer took
 *   conn:info(section?) -> table                what INFO says, numbers as numbers
 *   conn:publish(channel, text) -> receivers
 *   conn:subscribe(channel)                     messages of the channel are kept from now on; such a connection takes no other commands
 *   conn:receive(timeout?) -> channel, text     the next message
 *   conn:close()                                otherwise at the end of the run
 *   conn.connect_ms                             how long connecting took, log-in included
 *
 * Options: user, password, timeout ("5s"; for connecting, and for each answer), and for TLS verify (true: check the certificate), ca (file of
 * certificates to trust), cert and key (files of one's own). Answers are texts, whole numbers, lists, and nil for nothing (false within a list). At
 * most 1 MiB an answer. An error that the server answers, a connection that is refused, lost or silent is an expected failure.
 *
 * Example:
 *   local cache = redis.connect("redis://127.0.0.1:6379", { password = secret "redis" })
 *   local info = cache:info()
 *   return { ping_ms = cache:ping(), clients = info.connected_clients, memory_bytes = info.used_memory, role = info.role }
 */
#include <hiredis/hiredis.h>
#include <lauxlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "modules/inbox.h"
#include "modules/opts.h"
#include "modules/wire.h"

int luaopen_redis(lua_State *L);

#define REPLY_CAP (1024 * 1024)
#define ELEMENTS_CAP 100000
#define ARGUMENTS_CAP 64
#define TIMEOUT_MS 5000
#define GREETING_CAP 8192
#define UNIX_PREFIX "unix:"

struct redis {
  struct wire wire;
  redisReader *reader;
  redisReply *reply; /* the last one; NULL: none yet */
  unsigned owed;     /* replies on their way */
  size_t fed;        /* bytes since the last whole reply */
  bool subscribed;
  struct inbox inbox;
  struct buf greeting; /* log-in and database, sent once it is open */
  int64_t timeout_ms, asked_us;
  char verb[32]; /* what was asked last, for messages */
};

static struct redis *redis_of(struct wire *w)
{
  return CONTAINER_OF(w, struct redis, wire);
}

/* ---- replies ---- */

static redisReplyObjectFunctions reply_functions;
static void *(*create_array)(const redisReadTask *, int);

/* hiredis makes room for as many as the server says will come. */
static void *create_bounded_array(const redisReadTask *task, int elements)
{
  return elements > ELEMENTS_CAP ? NULL : create_array(task, elements);
}

static redisReader *new_reader(void)
{
  redisReader *reader = redisReaderCreate();
  if (!create_array) {
    reply_functions = *reader->fn;
    create_array = reply_functions.createArray;
    reply_functions.createArray = create_bounded_array;
  }
  reader->fn = &reply_functions;
  return reader;
}

static bool is_message(const redisReply *r)
{
  return r->type == REDIS_REPLY_ARRAY && r->elements == 3 && r->element[0]->type == REDIS_REPLY_STRING &&
         strcmp(r->element[0]->str, "message") == 0 && r->element[1]->type == REDIS_REPLY_STRING &&
         r->element[2]->type == REDIS_REPLY_STRING;
}

static void take_reply(struct redis *r, redisReply *reply)
{
  if (r->subscribed && is_message(reply)) {
    const redisReply *channel = reply->element[1], *text = reply->element[2];
    if (!inbox_add(&r->inbox, channel->str, channel->len, text->str, text->len))
      wire_fail(&r->wire, "more messages came than were received");
    freeReplyObject(reply);
    return;
  }
  if (r->reply)
    freeReplyObject(r->reply);
  r->reply = reply;
  if (r->owed)
    r->owed--;
  if (!r->wire.connect_ms && reply->type == REDIS_REPLY_ERROR)
    wire_fail(&r->wire, "%s", reply->str);
}

static void redis_took(struct wire *w)
{
  struct redis *r = redis_of(w);
  void *reply = NULL;
  redisReaderFeed(r->reader, w->in.data, w->in.len);
  r->fed += w->in.len;
  buf_clear(&w->in);
  while (!w->ended && redisReaderGetReply(r->reader, &reply) == REDIS_OK && reply) {
    take_reply(r, reply);
    r->fed = r->reader->len - r->reader->pos;
  }
  if (r->reader->err)
    wire_fail(w, "the answer is not one of Redis: %s", r->reader->errstr);
  else if (r->fed > REPLY_CAP)
    wire_fail(w, "the answer is larger than %d bytes", REPLY_CAP);
}

static void redis_opened(struct wire *w)
{
  struct redis *r = redis_of(w);
  wire_write(w, r->greeting.data, r->greeting.len);
  buf_done(&r->greeting);
}

static void redis_done(struct wire *w)
{
  struct redis *r = redis_of(w);
  buf_done(&r->greeting);
  if (r->reply)
    freeReplyObject(r->reply);
  redisReaderFree(r->reader);
  inbox_done(&r->inbox);
}

static const struct wire_kind redis_kind = {
  .name = "redis",
  .type = "redis connection",
  .size = sizeof(struct redis),
  .cap = REPLY_CAP,
  .opened = redis_opened,
  .took = redis_took,
  .done = redis_done,
};

/* Of a bounded depth: hiredis refuses more than seven lists in each other. */
static void push_reply(lua_State *L, const redisReply *r)
{
  luaL_checkstack(L, 3, "a reply of lists in lists");
  switch (r->type) {
  case REDIS_REPLY_INTEGER: lua_pushinteger(L, r->integer); break;
  case REDIS_REPLY_NIL: lua_pushboolean(L, false); break;
  case REDIS_REPLY_ARRAY:
    lua_createtable(L, (int)r->elements, 0);
    for (size_t i = 0; i < r->elements; i++) {
      push_reply(L, r->element[i]);
      lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    break;
  default: lua_pushlstring(L, r->str, r->len); break;
  }
}

/* ---- asking ---- */

/* Any number of replies that came too late for an earlier call go before the one that is waited for. */
static bool is_answered(struct wire *w)
{
  return w->open && redis_of(w)->owed == 0;
}

/* Adds the command to a text and the reply to those that are on their way. */
static void write_command(struct redis *r, struct buf *to, int n, const char **arguments, const size_t *lengths)
{
  char *command = NULL;
  int len = redisFormatCommandArgv(&command, n, arguments, lengths);
  buf_add(to, command, len > 0 ? (size_t)len : 0);
  redisFreeCommand(command);
  r->owed++;
}

static void ask(struct redis *r, int n, const char **arguments, const size_t *lengths)
{
  struct buf command;
  buf_init(&command, 2 * REPLY_CAP);
  write_command(r, &command, n, arguments, lengths);
  wire_write(&r->wire, command.data, command.len);
  buf_done(&command);
  snprintf(r->verb, sizeof r->verb, "%.*s", (int)lengths[0], arguments[0]);
  r->asked_us = clock_mono_us();
}

static int wait_for_answer(lua_State *L, struct redis *r, wire_give_fn give)
{
  char what[64];
  snprintf(what, sizeof what, "redis %s", r->verb);
  return wire_wait(L, &r->wire, what, r->timeout_ms, is_answered, give);
}

static struct redis *check_redis(lua_State *L)
{
  op_check_running(L);
  return redis_of(wire_check(L, 1, &redis_kind));
}

/* Raises when the answer is an error. */
static const redisReply *check_answer(lua_State *L, struct redis *r)
{
  if (r->reply->type == REDIS_REPLY_ERROR)
    op_raise(L, OP_DOWN, "redis %s: %s", r->verb, r->reply->str);
  return r->reply;
}

static int give_value(lua_State *L, struct wire *w)
{
  const redisReply *reply = check_answer(L, redis_of(w));
  if (reply->type == REDIS_REPLY_NIL)
    lua_pushnil(L);
  else
    push_reply(L, reply);
  return 1;
}

static int conn_command(lua_State *L)
{
  const char *arguments[ARGUMENTS_CAP];
  size_t lengths[ARGUMENTS_CAP], all = 0;
  struct redis *r = check_redis(L);
  int n = lua_gettop(L) - 1;
  if (n < 1 || n > ARGUMENTS_CAP)
    return luaL_argerror(L, 2, "a command and up to 63 arguments are needed");
  for (int i = 0; i < n; i++) {
    arguments[i] = luaL_checklstring(L, i + 2, &lengths[i]);
    all += lengths[i];
  }
  luaL_argcheck(L, all <= REPLY_CAP, 2, "more than 1 MiB");
  ask(r, n, arguments, lengths);
  return wait_for_answer(L, r, give_value);
}

static int give_ms(lua_State *L, struct wire *w)
{
  const redisReply *reply = check_answer(L, redis_of(w));
  if (reply->type != REDIS_REPLY_STATUS || strcmp(reply->str, "PONG") != 0)
    return op_raise(L, OP_DOWN, "redis PING: the answer is not PONG");
  lua_pushnumber(L, (double)(clock_mono_us() - redis_of(w)->asked_us) / 1000.0);
  return 1;
}

static int conn_ping(lua_State *L)
{
  struct redis *r = check_redis(L);
  ask(r, 1, (const char *[]){ "PING" }, (size_t[]){ 4 });
  return wait_for_answer(L, r, give_ms);
}

/* Lines "key:value"; others are headings. */
static int give_info(lua_State *L, struct wire *w)
{
  const redisReply *reply = check_answer(L, redis_of(w));
  if (reply->type != REDIS_REPLY_STRING)
    return op_raise(L, OP_DOWN, "redis INFO: the answer is no text");
  lua_newtable(L);
  for (const char *line = reply->str; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
    size_t len = strcspn(line, "\r\n");
    const char *colon = memchr(line, ':', len);
    if (!colon || *line == '#')
      continue;
    lua_pushlstring(L, line, (size_t)(colon - line));
    lua_pushlstring(L, colon + 1, len - (size_t)(colon + 1 - line));
    if (lua_stringtonumber(L, lua_tostring(L, -1)))
      lua_remove(L, -2);
    lua_rawset(L, -3);
  }
  return 1;
}

static int conn_info(lua_State *L)
{
  size_t len;
  struct redis *r = check_redis(L);
  const char *section = luaL_optlstring(L, 2, "default", &len);
  ask(r, 2, (const char *[]){ "INFO", section }, (size_t[]){ 4, len });
  return wait_for_answer(L, r, give_info);
}

/* ---- channels ---- */

static int conn_publish(lua_State *L)
{
  size_t channel_len, len;
  struct redis *r = check_redis(L);
  const char *channel = luaL_checklstring(L, 2, &channel_len), *text = luaL_checklstring(L, 3, &len);
  luaL_argcheck(L, len <= REPLY_CAP, 3, "more than 1 MiB");
  ask(r, 3, (const char *[]){ "PUBLISH", channel, text }, (size_t[]){ 7, channel_len, len });
  return wait_for_answer(L, r, give_value);
}

static int give_nothing(lua_State *L, struct wire *w)
{
  check_answer(L, redis_of(w));
  return 0;
}

static int conn_subscribe(lua_State *L)
{
  size_t len;
  struct redis *r = check_redis(L);
  const char *channel = luaL_checklstring(L, 2, &len);
  r->subscribed = true;
  ask(r, 2, (const char *[]){ "SUBSCRIBE", channel }, (size_t[]){ 9, len });
  return wait_for_answer(L, r, give_nothing);
}

static bool has_message(struct wire *w)
{
  return redis_of(w)->inbox.first != NULL;
}

static int give_message(lua_State *L, struct wire *w)
{
  return inbox_push(L, &redis_of(w)->inbox);
}

static int conn_receive(lua_State *L)
{
  struct redis *r = check_redis(L);
  int64_t timeout_ms = opts_timeout(L, 2, r->timeout_ms);
  if (!r->subscribed)
    return luaL_error(L, "redis: subscribe to a channel before you receive");
  return wire_wait(L, &r->wire, "redis receive", timeout_ms, has_message, give_message);
}

/* ---- connecting ---- */

static void prepare_greeting(struct redis *r, const char *user, const char *password, const char *database)
{
  const char *name = user ? user : password;
  if (password)
    write_command(r, &r->greeting, user ? 3 : 2, (const char *[]){ "AUTH", name, password },
                  (size_t[]){ 4, strlen(name), strlen(password) });
  if (*database)
    write_command(r, &r->greeting, 2, (const char *[]){ "SELECT", database }, (size_t[]){ 6, strlen(database) });
}

static bool is_greeted(struct wire *w)
{
  return is_answered(w) && !w->ended;
}

static int redis_connect(lua_State *L)
{
  static const char *const known[] = { "user", "password", "timeout", OPTS_TRUST };
  struct wire_address at = { 0 };
  char what[256];
  op_check_running(L);
  const char *url = luaL_checkstring(L, 1);
  opts_check(L, 2, "redis.connect", known, ARRAY_LEN(known));
  const char *user = opts_text(L, 2, "user"), *password = opts_text(L, 2, "password");
  bool unix_socket = strncmp(url, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0;
  if (!unix_socket)
    wire_address(L, url, "redis", "rediss", 6379, &at);
  luaL_argcheck(L, strspn(at.path, "0123456789") == strlen(at.path), 1, "what follows the slash is the number of a database");
  luaL_argcheck(L, !user || password, 2, "user: and which password?");
  luaL_argcheck(L, (user ? strlen(user) : 0) + (password ? strlen(password) : 0) < GREETING_CAP / 2, 2, "user and password are too long");
  struct stream_target target = {
    .host = at.host,
    .port = at.port,
    .unix_socket = unix_socket ? url + strlen(UNIX_PREFIX) : NULL,
    .tls = at.tls,
    .trust = opts_trust(L, 2),
    .timeout_ms = op_opt_duration(L, 2, "timeout", TIMEOUT_MS),
  };
  struct wire *w = wire_open(L, &redis_kind, &target);
  struct redis *r = redis_of(w);
  r->reader = new_reader();
  inbox_init(&r->inbox);
  r->timeout_ms = target.timeout_ms;
  buf_init(&r->greeting, GREETING_CAP);
  prepare_greeting(r, user, password, at.path);
  snprintf(what, sizeof what, "redis connect %.200s", url);
  return wire_wait(L, w, what, target.timeout_ms, is_greeted, wire_give_self);
}

int luaopen_redis(lua_State *L)
{
  static const luaL_Reg functions[] = { { "connect", redis_connect }, { NULL, NULL } };
  static const luaL_Reg methods[] = {
    { "command", conn_command },     { "ping", conn_ping },       { "info", conn_info },          { "publish", conn_publish },
    { "subscribe", conn_subscribe }, { "receive", conn_receive }, { "close", wire_close_method }, { NULL, NULL },
  };
  wire_define(L, &redis_kind, methods, NULL);
  luaL_newlib(L, functions);
  return 1;
}
