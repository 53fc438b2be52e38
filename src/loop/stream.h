/* A byte stream to a host and port on the loop, plain or under TLS (OpenSSL). Names go through the resolver; addresses are tried in turn.
 * Lives from stream_open to stream_close, which may be called at any moment; after it nobody is called. */
#pragma once

#include <uv.h>

#include "base/err.h"

struct resolver;
struct stream;

struct stream_target {
  const char *host;
  int port;
  bool tls;
  bool no_verify;      /* accept any certificate */
  const char *ca_file; /* certificates to trust instead of the system's; NULL: the system's */
  int64_t timeout_ms;  /* until it is open */
};

/** What the owner is told; arg is what stream_open was given. */
struct stream_events {
  /** Connected (and the handshake done); from now on stream_write works. */
  void (*on_open)(void *arg);
  /** Bytes have come. */
  void (*on_data)(void *arg, const char *bytes, size_t len);
  /** The end, once: it could not be opened, the other side closed (eof), or something broke. no_data: our resolver's fault. */
  void (*on_end)(void *arg, bool eof, bool no_data, const struct err *why);
};

/** Begins to connect; always answers later. */
struct stream *stream_open(uv_loop_t *loop, struct resolver *resolver, const struct stream_target *target,
                           const struct stream_events *events, void *arg);
/** Sends a copy of the bytes. */
void stream_write(struct stream *s, const void *bytes, size_t len);
/** NULL is nothing. */
void stream_close(struct stream *s);
