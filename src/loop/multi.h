/* libcurl's multi interface on the loop: sockets and timers, for HTTP (transfer.h) and mail (mail.h). How it is driven here was measured: libcurl
 * walks all hosts of a multi handle at every close, so there are 32 of them, by host; it has no DNS cache of its own (names are looked up by the
 * resolver and handed over as CURLOPT_CONNECT_TO), and one certificate store.
 * One for the process; outlives every job. */
#pragma once

#include <curl/curl.h>
#include <uv.h>

#include "base/err.h"

struct multi;
struct multis;
struct trust;
struct url;

/** One use of an easy handle, part of the caller's own struct. The handle stays the caller's. */
struct multi_job {
  CURL *easy;
  void (*done)(struct multi_job *job, CURLcode code); /* once, never from within multi_begin; the job has to be ended then, too */
  struct multi *multi;                                /* NULL: not begun, or ended */
  char error[CURL_ERROR_SIZE];                        /* what libcurl says */
};

struct multis *multis_new(uv_loop_t *loop, struct err *e) MUST_CHECK;
/** All jobs have ended. The loop has to turn once more. NULL is nothing. */
void multis_free(struct multis *ms);

uv_loop_t *multis_loop(struct multis *ms);

/** Begins; easy and done are set, and the handle's CURLOPT_PRIVATE and CURLOPT_ERRORBUFFER are the job's. */
void multi_begin(struct multis *ms, struct multi_job *job, const char *host);
/** done will not be called (any more). A job that is not begun is nothing. */
void multi_end(struct multi_job *job);

/** The sentence of a job that is done with another code than CURLE_OK. True when this machine is at fault, not the target: nothing is known then. */
bool multi_failure(struct multi_job *job, CURLcode code, const struct url *target, int64_t timeout_ms, struct err *why);

/** The one way to host and port: a list for CURLOPT_CONNECT_TO, the caller's to free. address is numeric. */
struct curl_slist *multi_connect_to(const char *host, int port, const char *address);

/** What the handle's TLS believes and shows. */
void multi_trust(CURL *easy, const struct trust *trust);
