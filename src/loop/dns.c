#include "loop/dns.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <resolv.h>

#include "base/clock.h"
#include "base/mem.h"
#include "loop/cares.h"

#define RECORDS_CAP 200

static const struct {
  const char *name;
  ns_type type;
} types[] = {
  { "A", ns_t_a },   { "AAAA", ns_t_aaaa }, { "CNAME", ns_t_cname }, { "MX", ns_t_mx },
  { "NS", ns_t_ns }, { "PTR", ns_t_ptr },   { "SRV", ns_t_srv },     { "TXT", ns_t_txt },
};

struct dns_query {
  dns_fn fn;
  void *arg;
  struct cares *cares;
  uv_timer_t timer; /* the whole time; then, c-ares' callback being over, the answer */
  char *name;
  int type;
  int64_t timeout_ms, began_us;
  bool answered;
  struct dns_answer answer;
  struct dns_record records[RECORDS_CAP];
  struct err why;
};

int dns_type(const char *name)
{
  for (size_t i = 0; i < ARRAY_LEN(types); i++)
    if (strcasecmp(types[i].name, name) == 0)
      return types[i].type;
  return -1;
}

static const char *type_name(int type)
{
  for (size_t i = 0; i < ARRAY_LEN(types); i++)
    if (types[i].type == (ns_type)type)
      return types[i].name;
  return "?";
}

/* ---- what came: glibc's reader of DNS messages checks every length ---- */

/* A name within a record, which may point to elsewhere in the message; NULL when it is broken. */
static char *read_host(const ns_msg *message, const ns_rr *rr, size_t offset)
{
  char host[NS_MAXDNAME];
  if (ns_rr_rdlen(*rr) <= offset ||
      ns_name_uncompress(ns_msg_base(*message), ns_msg_end(*message), ns_rr_rdata(*rr) + offset, host, sizeof host) < 0)
    return NULL;
  return mem_copy_text(host);
}

/* The parts of a TXT record, each up to 255 bytes, are one text (RFC 7208, 3.3, and as everybody reads them). */
static char *read_texts(const ns_rr *rr)
{
  const unsigned char *at = ns_rr_rdata(*rr), *end = at + ns_rr_rdlen(*rr);
  char *text = mem_new((size_t)(end - at) + 1, 1);
  size_t n = 0;
  while (at < end) {
    size_t len = *at++;
    if (len > (size_t)(end - at))
      break;
    memcpy(text + n, at, len);
    n += len;
    at += len;
  }
  return text;
}

static char *read_address(const ns_rr *rr, int family, size_t len)
{
  char text[INET6_ADDRSTRLEN];
  if (ns_rr_rdlen(*rr) != len || !inet_ntop(family, ns_rr_rdata(*rr), text, sizeof text))
    return NULL;
  return mem_copy_text(text);
}

static bool read_record(const ns_msg *message, const ns_rr *rr, struct dns_record *r)
{
  const unsigned char *data = ns_rr_rdata(*rr);
  size_t len = ns_rr_rdlen(*rr);
  *r = (struct dns_record){ .ttl_s = ns_rr_ttl(*rr) };
  switch ((int)ns_rr_type(*rr)) {
  case ns_t_a: r->text = read_address(rr, AF_INET, 4); break;
  case ns_t_aaaa: r->text = read_address(rr, AF_INET6, 16); break;
  case ns_t_txt: r->text = read_texts(rr); break;
  case ns_t_mx:
    r->priority = len >= 2 ? ns_get16(data) : 0;
    r->text = read_host(message, rr, 2);
    break;
  case ns_t_srv:
    if (len >= 6) {
      r->priority = ns_get16(data);
      r->weight = ns_get16(data + 2);
      r->port = ns_get16(data + 4);
    }
    r->text = read_host(message, rr, 6);
    break;
  default: r->text = read_host(message, rr, 0);
  }
  if (r->text)
    r->name = mem_copy_text(ns_rr_name(*rr));
  return r->text != NULL;
}

/* False when it is no sound message. */
static bool read_records(struct dns_query *q, const unsigned char *bytes, int len)
{
  ns_msg message;
  ns_rr rr;
  if (ns_initparse(bytes, len, &message) < 0)
    return false;
  for (int i = 0; i < ns_msg_count(message, ns_s_an) && q->answer.count < RECORDS_CAP; i++) {
    if (ns_parserr(&message, ns_s_an, i, &rr) < 0)
      return false;
    if (ns_rr_type(rr) != (ns_type)q->type || ns_rr_class(rr) != ns_c_in)
      continue;
    if (!read_record(&message, &rr, &q->records[q->answer.count]))
      return false;
    q->answer.count++;
  }
  return true;
}

static bool judge(struct dns_query *q, enum dns_outcome outcome)
{
  q->answer.outcome = outcome;
  return outcome == DNS_ANSWER;
}

static void take(struct dns_query *q, int status, const unsigned char *bytes, int len)
{
  const char *type = type_name(q->type);
  if (status == ARES_ENOTFOUND) {
    judge(q, DNS_NO_NAME);
    err_set(&q->why, "there is no name \"%s\"", q->name);
  } else if (status != ARES_SUCCESS && status != ARES_ENODATA) {
    judge(q, DNS_FAILED);
    err_set(&q->why, "no answer for \"%s\": %s", q->name, ares_strerror(status));
  } else if (status == ARES_SUCCESS && !read_records(q, bytes, len)) {
    judge(q, DNS_FAILED);
    err_set(&q->why, "the answer for \"%s\" is broken", q->name);
  } else if (!judge(q, q->answer.count ? DNS_ANSWER : DNS_NO_RECORD)) {
    err_set(&q->why, "\"%s\" has no record of type %s", q->name, type);
  }
}

/* ---- the question ---- */

static void free_query(uv_handle_t *timer)
{
  free(CONTAINER_OF(timer, struct dns_query, timer));
}

static void release(struct dns_query *q)
{
  cares_free(q->cares);
  for (size_t i = 0; i < q->answer.count; i++) {
    free((char *)q->records[i].name);
    free((char *)q->records[i].text);
  }
  free(q->name);
  uv_close((uv_handle_t *)&q->timer, free_query);
}

static void on_timer(uv_timer_t *timer)
{
  struct dns_query *q = CONTAINER_OF(timer, struct dns_query, timer);
  if (!q->answered) {
    judge(q, DNS_FAILED);
    err_set(&q->why, "no answer for \"%s\" within %.3g s", q->name, (double)q->timeout_ms / 1000);
    q->answer.ms = (double)(clock_mono_us() - q->began_us) / 1000.0;
  }
  q->answered = true;
  q->answer.records = q->records;
  q->fn(q->arg, &q->answer, &q->why);
  release(q);
}

static void on_answer(void *arg, int status, int timeouts, unsigned char *bytes, int len)
{
  struct dns_query *q = arg;
  (void)timeouts;
  if (status == ARES_EDESTRUCTION || status == ARES_ECANCELLED)
    return;
  q->answered = true;
  q->answer.ms = (double)(clock_mono_us() - q->began_us) / 1000.0;
  take(q, status, bytes, len);
  uv_timer_start(&q->timer, on_timer, 0, 0); /* the channel cannot be destroyed from here */
}

struct dns_query *dns_ask(uv_loop_t *loop, const char *name, int type, const char *servers, int64_t timeout_ms, dns_fn fn, void *arg,
                          struct err *e)
{
  /* Two tries, the second twice as long. */
  struct cares *cares = cares_new(loop, servers, timeout_ms < 300 ? 100 : (int)(timeout_ms / 3), e);
  if (!cares)
    return NULL;
  struct dns_query *q = MEM_NEW(struct dns_query);
  q->fn = fn;
  q->arg = arg;
  q->cares = cares;
  q->name = mem_copy_text(name);
  q->type = type;
  q->timeout_ms = timeout_ms;
  q->began_us = clock_mono_us();
  uv_timer_init(loop, &q->timer);
  uv_timer_start(&q->timer, on_timer, (uint64_t)timeout_ms, 0);
  ares_query(cares_channel(cares), name, ns_c_in, type, on_answer, q);
  cares_asked(cares);
  return q;
}

void dns_cancel(struct dns_query *q)
{
  release(q);
}
