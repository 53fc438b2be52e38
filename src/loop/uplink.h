/* A look around: does this machine still have a network of its own? It asks the addresses that settings name for this by a TCP connection (taken or
 * refused, both are answers), and without such the default gateways of IPv4, by that and by a ping. Lives from uplink_look to its callback or
 * uplink_cancel. */
#pragma once

#include <uv.h>

#include "core/network.h"

/** Longest that a look takes, milliseconds; an answer ends it sooner. */
#define UPLINK_MS 1000

struct uplink;

typedef void (*uplink_fn)(void *arg, const struct network_evidence *seen);

/** references: a list of texts as network_reference_read takes them, or NULL. fn is called once, always later. */
struct uplink *uplink_look(uv_loop_t *loop, const json_t *references, uplink_fn fn, void *arg);
/** fn will not be called. */
void uplink_cancel(struct uplink *u);
