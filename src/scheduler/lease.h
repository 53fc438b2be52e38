/* The lease: the flag as the platform reads it, in Postgres, renewed every few seconds over a connection of its own, so that nothing else that is
 * written there makes it wait. Whoever asks Postgres finds the flag down LEASE_MS after the last renewal, whatever became of the scheduler.
 *
 * A renewal says until when it holds by the server's own clock, as reckoned when it is sent, and has a number: one that hangs on its way and arrives late
 * neither vouches for anything nor undoes a later one. It is no longer held when it has run out, or as soon as Postgres cannot be reached at all.
 * Lives as long as the scheduler. */
#pragma once

#include <uv.h>

#include "base/err.h"

#define LEASE_MS 15000
#define LEASE_RENEW_MS 3000

struct lease;
struct resolver;

/** Starts connecting. holder: who we are, over restarts. fn(arg) is called, later, whenever it begins or ceases to be held. */
struct lease *lease_new(uv_loop_t *loop, struct resolver *resolver, const char *conninfo, const char *holder, void (*fn)(void *arg),
                        void *arg);
/** NULL is nothing. What was renewed last holds until it runs out. */
void lease_free(struct lease *l);

/** What to renew from now on: the flag {"ready","since","reason","blocking","overridden"} and the checklist (columns of startup_checks), as JSON texts,
 * which are copied. A new flag is sent at once, a new checklist with it or with the next renewal. */
void lease_say(struct lease *l, const char *flag, const char *checks);

bool lease_is_held(const struct lease *l);
/** How long it still holds without another renewal, milliseconds; 0 when it is not held. */
int64_t lease_left_ms(const struct lease *l);
/** Why it is not held; "" while it is. */
const char *lease_error(const struct lease *l);
