/* A WebSocket client (RFC 6455) on the loop: our own handshake on a stream, frames by wslay. No extensions are offered, no Origin is sent.
 * Lives from websocket_open to websocket_close, which may be called at any moment; after it nobody is called. */
#pragma once

#include "loop/stream.h"

struct url;
struct websocket;

/** Longest message that is received, bytes. */
#define WEBSOCKET_MESSAGE_CAP (1024 * 1024)

struct websocket_target {
  const struct url *url;      /* scheme ws or wss */
  const char *const *headers; /* "Name: value" */
  size_t header_count;
  const char *subprotocol; /* NULL: none is asked for */
  struct trust trust;      /* with wss */
  int64_t timeout_ms;      /* until it is open */
};

struct websocket_events {
  void (*on_open)(void *arg);
  /** A whole text or binary message. */
  void (*on_message)(void *arg, const char *bytes, size_t len);
  void (*on_pong)(void *arg);
  /** The end, once: not opened, closed by the other side, or broken. no_data: our resolver's fault. */
  void (*on_end)(void *arg, bool no_data, const struct err *why);
};

struct websocket *websocket_open(uv_loop_t *loop, struct resolver *resolver, const struct websocket_target *target,
                                 const struct websocket_events *events, void *arg);
void websocket_send(struct websocket *w, const char *text, size_t len);
void websocket_ping(struct websocket *w);
/** Says good-bye if it was open. NULL is nothing. */
void websocket_close(struct websocket *w);
