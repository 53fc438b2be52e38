/* Who is asking: Basic credentials (RFC 7617) against the local users file. Worker life.
 * A pair that was right is remembered for a minute as a keyed digest, never as itself, so that the slow hash is not paid on every request; a
 * changed or removed user is no match for what is remembered. */
#pragma once

#include "api/request.h"

struct who;

struct who *who_new(const char *users_path);
/** NULL is nothing. */
void who_free(struct who *w);

/** Fills in q->user and q->role; nobody when there are no credentials or wrong ones. Logs refused ones. */
void who_is(struct who *w, struct request *q, int64_t mono_ms);
