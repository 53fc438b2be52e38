/* ICMP echo on the loop, without privileges: the kernel's datagram sockets for ICMP (net.ipv4.ping_group_range has to hold our group; root may always).
 * Lives from ping_start to its callback or ping_cancel. */
#pragma once

#include <uv.h>

#include "base/err.h"

struct ping;

struct ping_result {
  unsigned sent, received;
  double min_ms, avg_ms, max_ms; /* of those received */
};

/** result is NULL when nothing could be sent; then why has the sentence. */
typedef void (*ping_fn)(void *arg, const struct ping_result *result, const struct err *why);

/** Sends `count` echo requests to a numeric address, interval_ms apart, and waits wait_ms for the answers to the last. fn is called once, always later. */
struct ping *ping_start(uv_loop_t *loop, const char *address, unsigned count, int64_t interval_ms, int64_t wait_ms, ping_fn fn, void *arg);
/** fn will not be called. */
void ping_cancel(struct ping *p);
