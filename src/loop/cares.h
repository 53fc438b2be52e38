/* c-ares on the loop: the sockets and time-outs of a channel, for names of targets (resolve.h) and for questions to name servers (dns.h). */
#pragma once

#include <ares.h>
#include <uv.h>

#include "base/err.h"

struct cares;

/** A variable of the environment: the name servers to ask instead of those of /etc/resolv.conf, "10.0.0.53,127.0.0.1:8600". */
#define CARES_SERVERS_VARIABLE "SIGNALBOX_NAME_SERVERS"

/** A channel. servers: "192.0.2.1,192.0.2.2:5353", NULL: those of the environment, else of /etc/resolv.conf. Each is given timeout_ms for an answer, twice,
 * the second time longer. */
struct cares *cares_new(uv_loop_t *loop, const char *servers, int timeout_ms, struct err *e) MUST_CHECK;
/** Ends what is asked (with ARES_EDESTRUCTION); not from within a callback of c-ares. The loop has to turn once more. NULL is nothing. */
void cares_free(struct cares *c);

ares_channel cares_channel(struct cares *c);
/** To be called after every function of c-ares that asks. */
void cares_asked(struct cares *c);
