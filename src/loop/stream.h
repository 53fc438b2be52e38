/* A byte stream on the loop, to a host and port or a unix socket, plain or under TLS (OpenSSL), from the start or later on. Names go through the
 * resolver; addresses are tried in turn. Lives from stream_open to stream_close, which may be called at any moment; after it nobody is called. */
#pragma once

#include <uv.h>

#include "base/err.h"
#include "loop/trust.h"

struct resolver;
struct ssl_st;
struct stream;

struct stream_target {
  const char *host;
  int port;
  const char *unix_socket; /* connect there whatever host and port; NULL: by them */
  bool tls;                /* from the start */
  struct trust trust;      /* under TLS */
  const char *server_name; /* what its certificate has to be for, and is asked for; NULL: the host */
  int64_t timeout_ms;      /* until it is open; for stream_start_tls again */
};

/** What the owner is told; arg is what stream_open was given. */
struct stream_events {
  /** Connected (and the handshake done); from now on stream_write works. Again after stream_start_tls. */
  void (*on_open)(void *arg);
  /** Bytes have come. */
  void (*on_data)(void *arg, const char *bytes, size_t len);
  /** The end, once: it could not be opened, the other side closed (eof), or something broke. no_data: our resolver's or this machine's fault. */
  void (*on_end)(void *arg, bool eof, bool no_data, const struct err *why);
};

/** Begins to connect; always answers later. */
struct stream *stream_open(uv_loop_t *loop, struct resolver *resolver, const struct stream_target *target,
                           const struct stream_events *events, void *arg);
/** Sends a copy of the bytes. */
void stream_write(struct stream *s, const void *bytes, size_t len);
/** Goes over to TLS on an open stream that is plain, as STARTTLS and the like want it; on_open or on_end tells how it went. What has come before is
 * not TLS's. */
void stream_start_tls(struct stream *s);
/** The TLS connection (an SSL) of a stream that is open; NULL when it is plain. */
struct ssl_st *stream_ssl(struct stream *s);
/** NULL is nothing. */
void stream_close(struct stream *s);
