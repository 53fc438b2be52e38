/* tls: certificates of servers.
 *
 *   tls.check(host, port?, options?) -> table    connects (port 443), shakes hands, and leaves
 *
 * Whether the certificate is to be trusted is a measure here, not a failure: valid (true or false) and error ("certificate has expired", "hostname
 * mismatch", "unable to get local issuer certificate": one below the authority is not sent; nil when it is valid). Further: days_left (until it
 * expires, below zero when it has; one digit), expires (RFC 3339), subject, issuer, names (the hosts that it is for, "a.example, b.example"),
 * self_signed, version ("TLSv1.3"), cipher, connect_ms, handshake_ms, chain (a list of what the server sends, its own certificate first: each with
 * subject, issuer, days_left), chain_days_left (the least of them).
 *
 * Options: timeout ("5s"), server_name (whose certificate is asked for and has to be sent; otherwise the host's), starttls ("smtp", "imap", "pop3" or
 * "postgres": TLS begins within that protocol), ca (file of certificates to trust instead of the system's), cert and key (files of one's own).
 * A server that is not there or does not speak TLS is an expected failure.
 *
 * Example:
 *   local site = tls.check "signalbox.example.org"
 *   return { days_left = site.days_left, valid = site.valid, why = site.error }
 */
#include <lauxlib.h>
#include <math.h>
#include <openssl/ssl.h>

#include "base/clock.h"
#include "base/mem.h"
#include "loop/certificate.h"
#include "modules/opts.h"
#include "modules/wire.h"

int luaopen_tls(lua_State *L);

#define TIMEOUT_MS 5000
#define CHAIN_CAP 10
#define HEARD_CAP 65536
#define DAY_US (86400 * (int64_t)1000000)

/** A protocol's way to TLS: what is waited for and what is said to it. */
struct step {
  const char *expect; /* how the line begins */
  const char *say;    /* NULL: now TLS */
};

static const struct step smtp_steps[] = { { "220 ", "EHLO signalbox\r\n" }, { "250 ", "STARTTLS\r\n" }, { "220 ", NULL } };
static const struct step imap_steps[] = { { "* OK", "a STARTTLS\r\n" }, { "a OK", NULL } };
static const struct step pop3_steps[] = { { "+OK", "STLS\r\n" }, { "+OK", NULL } };
/* PostgreSQL, 55.2.10: the request is 8 bytes, the answer one letter without an end of line. */
static const struct step postgres_steps[] = { { "S", NULL } };
static const char postgres_request[8] = { 0, 0, 0, 8, 0x04, (char)0xd2, 0x16, 0x2f };

struct look {
  struct wire wire;
  const struct step *step; /* NULL: TLS from the start, or all are done */
  size_t heard;            /* bytes before TLS */
  bool seen;
  int64_t connected_us, done_us;
  const char *fault;
  char version[16], cipher[64];
  struct certificate chain[CHAIN_CAP];
  size_t count;
};

static struct look *look_of(struct wire *w)
{
  return CONTAINER_OF(w, struct look, wire);
}

/* ---- what happens ---- */

static void tls_opened(struct wire *w)
{
  struct look *k = look_of(w);
  SSL *ssl = stream_ssl(w->stream);
  if (!ssl) {
    k->connected_us = clock_mono_us();
    if (!k->step)
      stream_start_tls(w->stream);
    else if (k->step == postgres_steps)
      wire_write(w, postgres_request, sizeof postgres_request);
    return;
  }
  k->done_us = clock_mono_us();
  k->fault = certificate_fault(ssl);
  k->count = certificate_chain(ssl, k->chain, CHAIN_CAP);
  snprintf(k->version, sizeof k->version, "%s", SSL_get_version(ssl));
  snprintf(k->cipher, sizeof k->cipher, "%s", SSL_get_cipher_name(ssl));
  k->seen = true;
}

static void take_line(struct look *k, const char *line)
{
  struct wire *w = &k->wire;
  bool more = strlen(line) > 3 && line[3] == '-';
  if (strncmp(line, k->step->expect, strlen(k->step->expect)) == 0) {
    const char *say = k->step->say;
    k->step = say ? k->step + 1 : NULL;
    if (say)
      wire_write(w, say, strlen(say));
    else
      stream_start_tls(w->stream);
  } else if (!more && line[0] != '*') {
    wire_fail(w, "the server does not begin TLS: it says %.100s", line);
  }
}

static void tls_took(struct wire *w)
{
  struct look *k = look_of(w);
  k->heard += w->in.len;
  if (k->heard > HEARD_CAP)
    wire_fail(w, "more than %d bytes came before TLS", HEARD_CAP);
  while (k->step && !w->ended && w->in.len) {
    const char *newline = memchr(w->in.data, '\n', w->in.len);
    size_t len = newline ? (size_t)(newline - w->in.data) : w->in.len;
    if (!newline && k->step != postgres_steps)
      return;
    char *line = mem_copy_bytes(w->in.data, len && w->in.data[len - 1] == '\r' ? len - 1 : len);
    buf_drop(&w->in, newline ? len + 1 : len);
    take_line(k, line);
    free(line);
  }
}

static void tls_done(struct wire *w)
{
  struct look *k = look_of(w);
  for (size_t i = 0; i < k->count; i++)
    certificate_done(&k->chain[i]);
}

static const struct wire_kind tls_kind = {
  .name = "tls",
  .type = "tls connection",
  .size = sizeof(struct look),
  .cap = HEARD_CAP,
  .opened = tls_opened,
  .took = tls_took,
  .done = tls_done,
};

/* ---- what is found ---- */

static void set_text(lua_State *L, const char *key, const char *text)
{
  lua_pushstring(L, text);
  lua_setfield(L, -2, key);
}

static void set_number(lua_State *L, const char *key, double number)
{
  lua_pushnumber(L, number);
  lua_setfield(L, -2, key);
}

static void set_flag(lua_State *L, const char *key, bool flag)
{
  lua_pushboolean(L, flag);
  lua_setfield(L, -2, key);
}

static double days_left(const struct certificate *c)
{
  return floor((double)(c->until_us - clock_wall_us()) / (double)DAY_US * 10) / 10;
}

static double push_chain(lua_State *L, const struct look *k)
{
  double least = HUGE_VAL;
  lua_createtable(L, (int)k->count, 0);
  for (size_t i = 0; i < k->count; i++) {
    const struct certificate *c = &k->chain[i];
    lua_createtable(L, 0, 3);
    set_text(L, "subject", c->subject);
    set_text(L, "issuer", c->issuer);
    set_number(L, "days_left", days_left(c));
    lua_rawseti(L, -2, (lua_Integer)i + 1);
    least = fmin(least, days_left(c));
  }
  return least;
}

static bool is_seen(struct wire *w)
{
  return look_of(w)->seen;
}

static int give_findings(lua_State *L, struct wire *w)
{
  const struct look *k = look_of(w);
  const struct certificate *own = &k->chain[0];
  char stamp[CLOCK_STAMP_SIZE];
  wire_close(w);
  if (!k->count)
    return op_raise(L, OP_DOWN, "tls: the server shows no certificate");
  lua_createtable(L, 0, 16);
  double least = push_chain(L, k);
  lua_setfield(L, -2, "chain");
  set_number(L, "chain_days_left", least);
  set_flag(L, "valid", !k->fault);
  if (k->fault)
    set_text(L, "error", k->fault);
  set_number(L, "days_left", days_left(own));
  set_text(L, "expires", clock_format(own->until_us, stamp));
  set_text(L, "subject", own->subject);
  set_text(L, "issuer", own->issuer);
  set_text(L, "names", own->names);
  set_flag(L, "self_signed", own->self_signed);
  set_text(L, "version", k->version);
  set_text(L, "cipher", k->cipher);
  set_number(L, "connect_ms", (double)(k->connected_us - w->began_us) / 1000.0);
  set_number(L, "handshake_ms", (double)(k->done_us - k->connected_us) / 1000.0);
  return 1;
}

static const struct step *read_starttls(lua_State *L, int index)
{
  static const struct {
    const char *name;
    const struct step *steps;
  } ways[] = { { "smtp", smtp_steps }, { "imap", imap_steps }, { "pop3", pop3_steps }, { "postgres", postgres_steps } };
  const char *name = opts_text(L, index, "starttls");
  if (!name)
    return NULL;
  for (size_t i = 0; i < ARRAY_LEN(ways); i++)
    if (strcmp(name, ways[i].name) == 0)
      return ways[i].steps;
  luaL_error(L, "starttls: must be \"smtp\", \"imap\", \"pop3\" or \"postgres\"");
  return NULL;
}

static int tls_check(lua_State *L)
{
  static const char *const known[] = { "timeout", "server_name", "starttls", "ca", "cert", "key" };
  char what[256];
  op_check_running(L);
  const char *host = luaL_checkstring(L, 1);
  int index = lua_istable(L, 2) ? 2 : 3;
  lua_Integer port = index == 2 ? 443 : luaL_optinteger(L, 2, 443);
  luaL_argcheck(L, port > 0 && port < 65536, 2, "a port from 1 to 65535 is needed");
  opts_check(L, index, "tls.check", known, ARRAY_LEN(known));
  struct stream_target target = {
    .host = host,
    .port = (int)port,
    .trust = opts_trust(L, index),
    .server_name = opts_text(L, index, "server_name"),
    .timeout_ms = op_opt_duration(L, index, "timeout", TIMEOUT_MS),
  };
  target.trust.no_verify = true; /* it is looked at afterwards */
  const struct step *step = read_starttls(L, index);
  struct wire *w = wire_open(L, &tls_kind, &target);
  look_of(w)->step = step;
  snprintf(what, sizeof what, "tls.check %.200s:%d", host, (int)port);
  return wire_wait(L, w, what, target.timeout_ms, is_seen, give_findings);
}

int luaopen_tls(lua_State *L)
{
  static const luaL_Reg functions[] = { { "check", tls_check }, { NULL, NULL } };
  static const luaL_Reg methods[] = { { NULL, NULL } };
  wire_define(L, &tls_kind, methods, NULL);
  luaL_newlib(L, functions);
  return 1;
}
