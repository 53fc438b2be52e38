/* HTTP requests on the loop, by libcurl's multi interface: thousands at a time, none of them blocking, none of them a thread.
 *
 * Names go through the resolver, redirects through our own code (each hop is looked up anew), every response has a cap, and easy handles are
 * pooled. One for the process; a transfer lives until its callback or its cancel. */
#pragma once

#include <uv.h>

#include "base/err.h"
#include "loop/trust.h"

struct multis;
struct resolver;
struct transfer;
struct transfers;

struct transfer_header {
  char *name; /* lower case */
  char *value;
};

/** What to ask. Everything is copied. Zero is a sensible default where not said otherwise. */
struct transfer_request {
  const char *method, *url;   /* both needed */
  const char *const *headers; /* "Name: value" */
  size_t header_count;
  const char *body; /* NULL: none */
  size_t body_len;
  const char *user, *password; /* Basic, when user is set */
  const char *unix_socket;     /* connect there whatever the URL's host; NULL: by the URL */
  struct trust trust;          /* with https */
  bool http2;                  /* HTTP/2 without asking, also in the clear (RFC 9113, 3.3), on a connection of its own: as gRPC wants it */
  unsigned follow;             /* most redirects */
  size_t body_cap;             /* needed: most bytes of body, after decompression */
  bool cut_body;               /* a longer one is cut, instead of being no response */
  int64_t timeout_ms;          /* needed: over all hops */
};

/** What came. Valid during the callback. Milliseconds are of the last hop but total_ms, which is over all. */
struct transfer_response {
  long status;
  const char *url; /* after redirects */
  const struct transfer_header *headers;
  size_t header_count;
  const char *body; /* NUL-terminated, may hold NULs */
  size_t body_len;
  double dns_ms, connect_ms, tls_ms, first_byte_ms, total_ms;
};

/** response is NULL when there is none; then why has the sentence, and no_data says that it is our resolver's fault, not the target's. */
typedef void (*transfer_fn)(void *arg, const struct transfer_response *response, bool no_data, const struct err *why);

/** Both outlive it. */
struct transfers *transfers_new(struct multis *multis, struct resolver *resolver);
/** Ends all transfers without calling them; the loop has to turn once more. NULL is nothing. */
void transfers_free(struct transfers *ts);

/** Begins; fn is called once, always later. */
struct transfer *transfer_start(struct transfers *ts, const struct transfer_request *request, transfer_fn fn, void *arg);
/** fn will not be called. */
void transfer_cancel(struct transfer *t);
