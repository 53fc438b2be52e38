/* Names to addresses on the loop, by c-ares, with a cache of our own that honours the records' time to live.
 * (Debian's libcurl would start a thread a name.) The resolver lives as long as its loop; a lookup until its callback or its cancel. */
#pragma once

#include <uv.h>

#include "base/err.h"

struct resolver;
struct lookup;

enum resolve_outcome {
  RESOLVE_OK,
  RESOLVE_NO_SUCH_NAME, /* the name service says that there is none: the target's fault */
  RESOLVE_BROKEN        /* no name service answered: nothing is known about the target */
};

/** addresses: n numeric IPv4 or IPv6 texts, valid during the call. why is set unless RESOLVE_OK. */
typedef void (*resolve_fn)(void *arg, enum resolve_outcome outcome, const char *const *addresses, size_t n, const struct err *why);

struct resolver *resolver_new(uv_loop_t *loop, struct err *e) MUST_CHECK;
/** Ends all lookups without calling them. Run the loop once more afterwards to let its handles close. */
void resolver_free(struct resolver *r);

/** Is it already a numeric address? Then no lookup is needed. */
bool resolve_is_address(const char *name);

/** Always answers later, from the loop, also out of the cache. */
struct lookup *resolver_lookup(struct resolver *r, const char *name, resolve_fn fn, void *arg);
/** The callback will not be called. */
void lookup_cancel(struct lookup *l);
