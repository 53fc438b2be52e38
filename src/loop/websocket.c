#include "loop/websocket.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <wslay/wslay.h>

#include "base/buf.h"
#include "base/mem.h"
#include "loop/url.h"

#define HEAD_CAP 16384
/** RFC 6455, 1.3. */
#define ACCEPT_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

struct websocket {
  struct websocket_events events;
  void *arg;
  struct stream *stream;
  wslay_event_context_ptr frames; /* NULL: the handshake is going on */
  struct buf request;             /* of the handshake */
  struct buf in;                  /* its answer, later bytes that wslay has not taken */
  char accept[32];                /* what the server must answer */
  char *address;
  uv_timer_t timer; /* until it is open */
  uv_loop_t *loop;
  int64_t timeout_ms;
  bool ended, closed;
  unsigned busy; /* in a callback of the stream: not freed before it is over */
  bool timer_closed;
};

static void maybe_free(struct websocket *w)
{
  if (!w->closed || w->busy || !w->timer_closed)
    return;
  wslay_event_context_free(w->frames);
  buf_done(&w->request);
  buf_done(&w->in);
  free(w->address);
  free(w);
}

static void end(struct websocket *w, bool no_data, const char *format, ...) PRINTF_LIKE(3, 4);
static void end(struct websocket *w, bool no_data, const char *format, ...)
{
  struct err why;
  va_list args;
  if (w->ended || w->closed)
    return;
  w->ended = true;
  uv_timer_stop(&w->timer);
  va_start(args, format);
  vsnprintf(why.text, sizeof why.text, format, args);
  va_end(args);
  w->events.on_end(w->arg, no_data, &why);
}

/* ---- frames: wslay asks for bytes and gives bytes ---- */

static ssize_t on_wslay_recv(wslay_event_context_ptr frames, uint8_t *room, size_t size, int flags, void *arg)
{
  struct websocket *w = arg;
  (void)flags;
  if (!w->in.len) {
    wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
    return -1;
  }
  size_t n = w->in.len < size ? w->in.len : size;
  memcpy(room, w->in.data, n);
  buf_drop(&w->in, n);
  return (ssize_t)n;
}

static ssize_t on_wslay_send(wslay_event_context_ptr frames, const uint8_t *bytes, size_t len, int flags, void *arg)
{
  struct websocket *w = arg;
  (void)frames;
  (void)flags;
  stream_write(w->stream, bytes, len);
  return (ssize_t)len;
}

static int on_wslay_mask(wslay_event_context_ptr frames, uint8_t *mask, size_t len, void *arg)
{
  (void)frames;
  (void)arg;
  return RAND_bytes(mask, (int)len) == 1 ? 0 : -1;
}

static void on_wslay_message(wslay_event_context_ptr frames, const struct wslay_event_on_msg_recv_arg *m, void *arg)
{
  struct websocket *w = arg;
  (void)frames;
  if (w->closed || w->ended)
    return;
  switch (m->opcode) {
  case WSLAY_TEXT_FRAME:
  case WSLAY_BINARY_FRAME: w->events.on_message(w->arg, (const char *)m->msg, m->msg_length); break;
  case WSLAY_PONG: w->events.on_pong(w->arg); break;
  case WSLAY_CONNECTION_CLOSE:
    end(w, false, "%s: closed by the server with code %d%s%.*s", w->address, (int)m->status_code, m->msg_length > 2 ? ": " : "",
        m->msg_length > 2 ? (int)(m->msg_length - 2) : 0, m->msg_length > 2 ? (const char *)m->msg + 2 : "");
    break;
  }
}

static void exchange(struct websocket *w)
{
  if (wslay_event_recv(w->frames) != 0)
    end(w, false, "%s: what came is no WebSocket frame", w->address);
  if (!w->closed && !w->ended)
    wslay_event_send(w->frames);
}

/* ---- the handshake ---- */

/* The value of a header in the answer's head, its length in *len; NULL when it is not there. */
static const char *header_of(const char *head, const char *name, size_t *len)
{
  size_t n = strlen(name);
  for (const char *line = strstr(head, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
    const char *p = line + 2;
    if (strncasecmp(p, name, n) != 0 || p[n] != ':')
      continue;
    p += n + 1;
    p += strspn(p, " \t");
    *len = strcspn(p, "\r\n");
    while (*len && isspace((unsigned char)p[*len - 1]))
      (*len)--;
    return p;
  }
  return NULL;
}

static bool check_answer(struct websocket *w, const char *head, struct err *e)
{
  int code = 0;
  size_t len;
  if (sscanf(head, "HTTP/1.1 %3d", &code) != 1)
    return err_set(e, "%s: the answer is no HTTP/1.1", w->address);
  if (code != 101)
    return err_set(e, "%s: answered %d, expected 101 (Switching Protocols)", w->address, code);
  const char *accept = header_of(head, "Sec-WebSocket-Accept", &len);
  if (!accept || len != strlen(w->accept) || memcmp(accept, w->accept, len) != 0)
    return err_set(e, "%s: the server does not speak WebSocket (Sec-WebSocket-Accept is %s)", w->address, accept ? "wrong" : "missing");
  return true;
}

static void take_answer(struct websocket *w)
{
  static const struct wslay_event_callbacks callbacks = {
    .recv_callback = on_wslay_recv,
    .send_callback = on_wslay_send,
    .genmask_callback = on_wslay_mask,
    .on_msg_recv_callback = on_wslay_message,
  };
  char *head_end = strstr(buf_text(&w->in), "\r\n\r\n");
  struct err e;
  if (!head_end) {
    if (w->in.len >= HEAD_CAP)
      end(w, false, "%s: the answer's head is longer than %d bytes", w->address, HEAD_CAP);
    return;
  }
  head_end[2] = '\0';
  if (!check_answer(w, w->in.data, &e)) {
    end(w, false, "%s", e.text);
    return;
  }
  buf_drop(&w->in, (size_t)(head_end - w->in.data) + 4);
  wslay_event_context_client_init(&w->frames, &callbacks, w);
  wslay_event_config_set_max_recv_msg_length(w->frames, WEBSOCKET_MESSAGE_CAP);
  uv_timer_stop(&w->timer);
  w->events.on_open(w->arg);
  if (!w->closed)
    exchange(w);
}

static void on_stream_open(void *arg)
{
  struct websocket *w = arg;
  stream_write(w->stream, w->request.data, w->request.len);
}

static void on_stream_data(void *arg, const char *bytes, size_t len)
{
  struct websocket *w = arg;
  w->busy++;
  if (!buf_add(&w->in, bytes, len))
    end(w, false, "%s: too much came at once", w->address);
  else if (w->frames)
    exchange(w);
  else
    take_answer(w);
  w->busy--;
  maybe_free(w);
}

static void on_stream_end(void *arg, bool eof, bool no_data, const struct err *why)
{
  struct websocket *w = arg;
  (void)eof;
  w->busy++;
  end(w, no_data, "%s", why->text);
  w->busy--;
  maybe_free(w);
}

static void on_late(uv_timer_t *timer)
{
  struct websocket *w = timer->data;
  end(w, false, "%s: timed out after %.3g s before it was open", w->address, (double)w->timeout_ms / 1000);
}

/* The key that we send and what the server has to make of it. */
static void make_key(struct websocket *w, char key[32])
{
  unsigned char random[16], sum[SHA_DIGEST_LENGTH];
  char both[128];
  RAND_bytes(random, sizeof random);
  EVP_EncodeBlock((unsigned char *)key, random, sizeof random);
  int n = snprintf(both, sizeof both, "%s%s", key, ACCEPT_GUID);
  SHA1((const unsigned char *)both, (size_t)n, sum);
  EVP_EncodeBlock((unsigned char *)w->accept, sum, sizeof sum);
}

static void write_request(struct websocket *w, const struct websocket_target *t)
{
  char key[32];
  bool six = strchr(t->url->host, ':') != NULL;
  make_key(w, key);
  buf_printf(&w->request, "GET %s HTTP/1.1\r\nHost: %s%s%s:%d\r\n", t->url->target, six ? "[" : "", t->url->host, six ? "]" : "",
             t->url->port);
  buf_printf(&w->request, "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n", key);
  if (t->subprotocol)
    buf_printf(&w->request, "Sec-WebSocket-Protocol: %s\r\n", t->subprotocol);
  for (size_t i = 0; i < t->header_count; i++)
    buf_printf(&w->request, "%s\r\n", t->headers[i]);
  buf_add_text(&w->request, "\r\n");
}

struct websocket *websocket_open(uv_loop_t *loop, struct resolver *resolver, const struct websocket_target *t,
                                 const struct websocket_events *events, void *arg)
{
  static const struct stream_events stream_events = { on_stream_open, on_stream_data, on_stream_end };
  struct websocket *w = MEM_NEW(struct websocket);
  w->events = *events;
  w->arg = arg;
  w->loop = loop;
  w->timeout_ms = t->timeout_ms;
  w->address = mem_printf("%s://%s:%d%s", t->url->scheme, t->url->host, t->url->port, t->url->target);
  buf_init(&w->request, 65536);
  buf_init(&w->in, 2 * WEBSOCKET_MESSAGE_CAP);
  write_request(w, t);
  uv_timer_init(loop, &w->timer);
  w->timer.data = w;
  uv_timer_start(&w->timer, on_late, (uint64_t)t->timeout_ms, 0);
  const struct stream_target target = {
    .host = t->url->host, .port = t->url->port, .tls = strcmp(t->url->scheme, "wss") == 0, .trust = t->trust, .timeout_ms = t->timeout_ms
  };
  w->stream = stream_open(loop, resolver, &target, &stream_events, w);
  return w;
}

void websocket_send(struct websocket *w, const char *text, size_t len)
{
  struct wslay_event_msg message = { .opcode = WSLAY_TEXT_FRAME, .msg = (const uint8_t *)text, .msg_length = len };
  if (!w->frames || w->ended || w->closed)
    return;
  wslay_event_queue_msg(w->frames, &message);
  wslay_event_send(w->frames);
}

void websocket_ping(struct websocket *w)
{
  struct wslay_event_msg message = { .opcode = WSLAY_PING, .msg = NULL, .msg_length = 0 };
  if (!w->frames || w->ended || w->closed)
    return;
  wslay_event_queue_msg(w->frames, &message);
  wslay_event_send(w->frames);
}

static void on_timer_closed(uv_handle_t *handle)
{
  struct websocket *w = handle->data;
  w->timer_closed = true;
  maybe_free(w);
}

void websocket_close(struct websocket *w)
{
  if (!w || w->closed)
    return;
  if (w->frames && !w->ended && !w->busy) {
    wslay_event_queue_close(w->frames, WSLAY_CODE_NORMAL_CLOSURE, NULL, 0);
    wslay_event_send(w->frames);
  }
  w->closed = true;
  stream_close(w->stream);
  uv_close((uv_handle_t *)&w->timer, on_timer_closed);
}
