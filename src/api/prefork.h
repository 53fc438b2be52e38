/* The parent of the API's workers: opens the socket, keeps n workers alive, and touches nothing else, so that it has nothing to crash of.
 * SIGTERM and SIGINT: workers finish the request that they have, then all end. SIGHUP: workers are replaced one after another; the
 * socket stays open meanwhile, so no client sees it. A worker that ends by itself is replaced, after a delay that grows while that goes on. */
#pragma once

#include "base/err.h"

/** Most workers. */
#define PREFORK_WORKERS_CAP 256

/** What a worker does with the listening socket (non-blocking), in its own process; SIGTERM is blocked there. Its return is the exit status. */
typedef int (*prefork_fn)(void *arg, int listen_fd);

/** Runs until told to stop. A socket file that a dead server left at path is replaced; one that answers is not. */
bool prefork_run(const char *socket_path, size_t workers, prefork_fn fn, void *arg, struct err *e) MUST_CHECK;
