/* One question to a name server (RFC 1035) on the loop, by c-ares, past every cache of ours: for checks of the name service itself. Names of targets
 * are resolve.h's. A query lives until its callback or its cancel. */
#pragma once

#include <uv.h>

#include "base/err.h"

struct dns_query;

/** One record. Texts are valid during the callback. */
struct dns_record {
  const char *name; /* whose it is: another one than was asked for behind an alias */
  uint32_t ttl_s;
  const char *text; /* A, AAAA: the address; CNAME, NS, PTR, MX, SRV: the host; TXT: the text */
  unsigned priority, weight, port;
};

enum dns_outcome {
  DNS_ANSWER,    /* there are records */
  DNS_NO_NAME,   /* the server says that there is no such name */
  DNS_NO_RECORD, /* the name is there, a record of this type is not */
  DNS_FAILED     /* no answer, or one that says nothing about the name */
};

struct dns_answer {
  enum dns_outcome outcome;
  const struct dns_record *records; /* of the type that was asked for */
  size_t count;
  double ms;
};

/** why is set unless DNS_ANSWER. */
typedef void (*dns_fn)(void *arg, const struct dns_answer *answer, const struct err *why);

/** The number of a type by its name ("MX"); -1 for one that is not known here. */
int dns_type(const char *name);

/** Begins; fn is called once, always later. servers as in cares_new. NULL with a sentence when they are none. */
struct dns_query *dns_ask(uv_loop_t *loop, const char *name, int type, const char *servers, int64_t timeout_ms, dns_fn fn, void *arg,
                          struct err *e) MUST_CHECK;
/** fn will not be called. */
void dns_cancel(struct dns_query *q);
