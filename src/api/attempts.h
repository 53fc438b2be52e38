/* Wrong passwords, counted by address and by name in memory that all workers share: after a few, the next attempt has to wait, longer and longer.
 * Nobody is kept out for good, and no worker sleeps for it: an attempt that comes too early is refused before the slow hash is computed.
 *
 * A name's waits stay below ten seconds, so that a stranger who guesses at it cannot keep its owner out; an address is left with two attempts a minute. IPv6 addresses count by /64.
 * While many attempts fail from wherever, one worker at a time computes hashes, so that guessing does not take all of them.
 *
 * Made before the workers are forked, and lives until the program ends. Names and addresses are kept as keyed digests. */
#pragma once

#include "base/base.h"

struct attempts;

struct attempts *attempts_new(void);
/** NULL is nothing. */
void attempts_free(struct attempts *a);

/** How long this attempt would have to wait, milliseconds; 0: it may be made. */
int64_t attempts_wait_ms(struct attempts *a, const char *address, const char *name, int64_t mono_ms);
/** It was made and failed, whether there is such a name or not. */
void attempts_failed(struct attempts *a, const char *address, const char *name, int64_t mono_ms);
/** It was made and succeeded: the name starts anew. The address does not, or whoever has one password could guess at others' between his own log-ins. */
void attempts_right(struct attempts *a, const char *name);

/** May a hash be computed now? False while many fail and another worker is computing one. True must be followed by attempts_leave. */
bool attempts_enter(struct attempts *a, int64_t mono_ms) MUST_CHECK;
void attempts_leave(struct attempts *a);
