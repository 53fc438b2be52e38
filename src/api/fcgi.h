/* The FastCGI side of a worker, and the only file that sees libfcgi: a request's parameters become a struct request, a struct response
 * goes out, until a signal says stop. */
#pragma once

#include "api/request.h"
#include "api/response.h"

/** Answers one request; the response is empty with status 200 when it is called. */
typedef void (*fcgi_fn)(void *arg, struct request *q, struct response *r);

/** Serves requests from the listening socket (which must not block) one after another, until SIGTERM has come and no request is in flight.
 * SIGTERM must be blocked: it is let in while waiting for the next connection only, so that it neither cuts a request short nor
 * gets lost in the moment before the wait. */
void fcgi_serve(int listen_fd, fcgi_fn fn, void *arg);
