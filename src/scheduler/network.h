/* This machine's own network, as far as it bears on what its checks say: when something on another machine has not answered, a look around decides
 * whether that is the other's fault. What cannot be known then is no data, not an outage. Nothing is asked as long as other machines answer.
 * Lives as long as the scheduler. */
#pragma once

#include <jansson.h>

#include "scheduler/scheduler.h"

struct network;
struct outcome;

typedef void (*network_fn)(struct scheduler *s, struct service *service, const struct outcome *o);

/** fn takes each outcome that was held, as it is to be understood. */
struct network *network_new(struct scheduler *s, network_fn fn);
/** What is held is given up; the loop turns once more before network_free. */
void network_stop(struct network *n);
void network_free(struct network *n);

/** Addresses that are asked instead of the gateways (core/network.h); NULL: none. */
void network_set_references(struct network *n, const json_t *references);

/** A run has ended. True: its outcome is held (copied) until it is known whether our network is there, and goes to fn then; false: take it as it is. */
bool network_holds(struct network *n, struct service *service, const struct outcome *o);

/** Is it gone now? */
bool network_is_lost(const struct network *n);
/** {"lost_since", "why"}, or null while it is there; to be released. */
json_t *network_present(const struct network *n);
