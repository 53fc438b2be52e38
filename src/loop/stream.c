#include "loop/stream.h"

#include <arpa/inet.h> /* INET6_ADDRSTRLEN */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "loop/fault.h"
#include "loop/resolve.h"

#define ADDRESSES 8

struct stream {
  uv_loop_t *loop;
  struct stream_events events;
  void *arg;
  char *host, *unix_socket, *server_name;
  int port;
  bool tls; /* from the start */
  struct trust trust;
  char *peer; /* "host:port" or the socket's path, for messages */
  int64_t timeout_ms;
  struct lookup *lookup;
  char addresses[ADDRESSES][INET6_ADDRSTRLEN];
  size_t count, next;
  struct attempt *attempt; /* of the address being tried, or in use */
  uv_timer_t timer;
  bool open, ended, closed;
  struct err last;   /* what the last address answered */
  bool last_is_ours; /* and whose fault that was */
  SSL_CTX *context;  /* NULL: plain */
  SSL *ssl;
  unsigned writes; /* under way: they hold the struct */
  bool timer_closed;
};

/* The request outlives neither the stream nor its cancel: it is a part of the handle's own memory. */
struct attempt {
  union {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
  } as; /* first: free_attempt frees the whole */
  uv_connect_t connect;
};

struct write {
  uv_write_t request;
  struct stream *stream;
  char bytes[];
};

static void try_next(struct stream *s);

static void maybe_free(struct stream *s)
{
  if (!s->timer_closed || s->writes)
    return;
  SSL_free(s->ssl);
  SSL_CTX_free(s->context);
  trust_done(&s->trust);
  free(s->host);
  free(s->unix_socket);
  free(s->server_name);
  free(s->peer);
  free(s);
}

static void end(struct stream *s, bool eof, bool no_data, const char *format, ...) PRINTF_LIKE(4, 5);
static void end(struct stream *s, bool eof, bool no_data, const char *format, ...)
{
  struct err why;
  va_list args;
  if (s->ended || s->closed)
    return;
  s->ended = true;
  uv_timer_stop(&s->timer);
  va_start(args, format);
  vsnprintf(why.text, sizeof why.text, format, args);
  va_end(args);
  s->events.on_end(s->arg, eof, no_data, &why);
}

/* ---- raw bytes out ---- */

static void on_written(uv_write_t *request, int status)
{
  struct write *w = CONTAINER_OF(request, struct write, request);
  struct stream *s = w->stream;
  free(w);
  s->writes--;
  if (status < 0)
    end(s, false, false, "%s: %s", s->peer, uv_strerror(status));
  if (s->closed)
    maybe_free(s);
}

static void write_raw(struct stream *s, const void *bytes, size_t len)
{
  struct write *w = mem_new(1, sizeof *w + len);
  w->stream = s;
  memcpy(w->bytes, bytes, len);
  uv_buf_t buf = uv_buf_init(w->bytes, (unsigned)len);
  s->writes++;
  int failure = uv_write(&w->request, &s->attempt->as.stream, &buf, 1, on_written);
  if (failure) {
    s->writes--;
    free(w);
  }
}

/* ---- TLS between the bytes ---- */

static void flush_tls(struct stream *s)
{
  char room[16384];
  int n;
  while (!s->closed && (n = BIO_read(SSL_get_wbio(s->ssl), room, sizeof room)) > 0)
    write_raw(s, room, (size_t)n);
}

static void opened(struct stream *s)
{
  s->open = true;
  uv_timer_stop(&s->timer);
  s->events.on_open(s->arg);
}

/* OpenSSL's reason, or what is wrong with the certificate. */
static void describe_tls(struct stream *s, struct err *e)
{
  long verdict = SSL_get_verify_result(s->ssl);
  const char *reason = ERR_reason_error_string(ERR_peek_last_error());
  if (verdict != X509_V_OK)
    err_set(e, "certificate refused: %s", X509_verify_cert_error_string(verdict));
  else
    err_set(e, "TLS: %s", reason ? reason : "the handshake failed");
  ERR_clear_error();
}

/* Goes on with the handshake; false while it is not done (or failed). */
static bool shake_hands(struct stream *s)
{
  ERR_clear_error();
  int code = SSL_do_handshake(s->ssl);
  flush_tls(s);
  if (s->closed)
    return false;
  if (code == 1) {
    opened(s);
    return !s->closed;
  }
  if (SSL_get_error(s->ssl, code) != SSL_ERROR_WANT_READ) {
    struct err e;
    describe_tls(s, &e);
    end(s, false, false, "%s: %s", s->peer, e.text);
  }
  return false;
}

static void take_tls(struct stream *s, const char *bytes, size_t len)
{
  char room[16384];
  BIO_write(SSL_get_rbio(s->ssl), bytes, (int)len);
  if (!s->open && !shake_hands(s))
    return;
  int n = 0;
  ERR_clear_error();
  while (!s->closed && !s->ended && (n = SSL_read(s->ssl, room, sizeof room)) > 0)
    s->events.on_data(s->arg, room, (size_t)n);
  if (s->closed || s->ended)
    return;
  int why = SSL_get_error(s->ssl, n);
  flush_tls(s);
  if (why == SSL_ERROR_ZERO_RETURN)
    end(s, true, false, "%s: the other side closed the connection", s->peer);
  else if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
    end(s, false, false, "%s: TLS broke", s->peer);
}

static void on_untrusted(uv_timer_t *timer)
{
  struct stream *s = timer->data;
  end(s, false, true, "%s", s->last.text);
}

static void start_tls(struct stream *s)
{
  const char *name = s->server_name ? s->server_name : s->host;
  s->context = SSL_CTX_new(TLS_client_method());
  if (!trust_set_up(s->context, &s->trust, &s->last)) {
    uv_timer_start(&s->timer, on_untrusted, 0, 0);
    return;
  }
  s->ssl = SSL_new(s->context);
  SSL_set_bio(s->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(s->ssl);
  if (resolve_is_address(name)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(s->ssl), name);
  } else {
    SSL_set_tlsext_host_name(s->ssl, name);
    SSL_set1_host(s->ssl, name);
  }
  shake_hands(s);
}

/* ---- raw bytes in ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
  (void)handle;
  (void)suggested;
  static char room[65536]; /* used up before the next read */
  *buf = uv_buf_init(room, sizeof room);
}

static void on_read(uv_stream_t *tcp, ssize_t n, const uv_buf_t *buf)
{
  struct stream *s = tcp->data;
  if (n > 0 && s->ssl)
    take_tls(s, buf->base, (size_t)n);
  else if (n > 0)
    s->events.on_data(s->arg, buf->base, (size_t)n);
  else if (n == UV_EOF)
    end(s, true, false, "%s: the other side closed the connection", s->peer);
  else if (n < 0)
    end(s, false, false, "%s: %s", s->peer, uv_strerror((int)n));
}

/* ---- connecting ---- */

static void free_attempt(uv_handle_t *handle)
{
  free(handle);
}

static void drop_attempt(struct stream *s)
{
  if (s->attempt)
    uv_close(&s->attempt->as.handle, free_attempt);
  s->attempt = NULL;
}

static void attempt_failed(struct stream *s, int status)
{
  err_set(&s->last, "%s: %s", s->peer, uv_strerror(status));
  s->last_is_ours = fault_is_ours(-status);
  drop_attempt(s);
}

static void on_connected(uv_connect_t *request, int status)
{
  struct stream *s = request->data;
  if (status == UV_ECANCELED)
    return;
  if (status < 0) {
    attempt_failed(s, status);
    try_next(s);
    return;
  }
  if (!s->unix_socket)
    uv_tcp_nodelay(&s->attempt->as.tcp, 1);
  uv_read_start(&s->attempt->as.stream, on_alloc, on_read);
  if (s->tls)
    start_tls(s);
  else
    opened(s);
}

static void connect_unix(struct stream *s, struct attempt *a)
{
  uv_pipe_init(s->loop, &a->as.pipe, 0);
  uv_pipe_connect(&a->connect, &a->as.pipe, s->unix_socket, on_connected);
}

static int connect_tcp(struct stream *s, struct attempt *a, const char *address)
{
  struct sockaddr_storage room;
  int failure = strchr(address, ':') ? uv_ip6_addr(address, s->port, (struct sockaddr_in6 *)(void *)&room)
                                     : uv_ip4_addr(address, s->port, (struct sockaddr_in *)(void *)&room);
  uv_tcp_init(s->loop, &a->as.tcp);
  return failure ? failure : uv_tcp_connect(&a->connect, &a->as.tcp, (struct sockaddr *)&room, on_connected);
}

static void try_next(struct stream *s)
{
  while (s->next < s->count) {
    struct attempt *a = s->attempt = MEM_NEW(struct attempt);
    const char *address = s->addresses[s->next++];
    int failure = 0;
    a->connect.data = s;
    if (s->unix_socket)
      connect_unix(s, a);
    else
      failure = connect_tcp(s, a, address);
    a->as.handle.data = s;
    if (!failure)
      return;
    attempt_failed(s, failure);
  }
  end(s, false, s->last_is_ours, "%s", s->last.text);
}

static void on_resolved(void *arg, enum resolve_outcome outcome, const char *const *addresses, size_t n, const struct err *why)
{
  struct stream *s = arg;
  s->lookup = NULL;
  if (outcome != RESOLVE_OK || !n) {
    end(s, false, outcome == RESOLVE_BROKEN, "%s", why->text);
    return;
  }
  for (s->count = 0; s->count < n && s->count < ADDRESSES; s->count++)
    snprintf(s->addresses[s->count], sizeof s->addresses[0], "%s", addresses[s->count]);
  try_next(s);
}

static void on_late(uv_timer_t *timer)
{
  struct stream *s = timer->data;
  if (s->lookup)
    end(s, false, true, "%s: the name was not found within %.3g s", s->peer, (double)s->timeout_ms / 1000);
  else
    end(s, false, false, "%s: timed out after %.3g s while connecting", s->peer, (double)s->timeout_ms / 1000);
}

/* A numeric address is tried from the loop, as a looked-up one would be. */
static void on_numeric(uv_timer_t *timer)
{
  struct stream *s = timer->data;
  uv_timer_start(&s->timer, on_late, (uint64_t)s->timeout_ms, 0);
  try_next(s);
}

struct stream *stream_open(uv_loop_t *loop, struct resolver *resolver, const struct stream_target *target,
                           const struct stream_events *events, void *arg)
{
  struct stream *s = MEM_NEW(struct stream);
  *s = (struct stream){
    .loop = loop,
    .events = *events,
    .arg = arg,
    .host = mem_copy_text(target->host),
    .unix_socket = mem_copy_text(target->unix_socket),
    .server_name = mem_copy_text(target->server_name),
    .port = target->port,
    .tls = target->tls,
    .trust = trust_copy(&target->trust),
    .timeout_ms = target->timeout_ms,
  };
  s->peer = s->unix_socket ? mem_copy_text(s->unix_socket) : mem_printf("%s:%d", s->host, s->port);
  uv_timer_init(loop, &s->timer);
  s->timer.data = s;
  if (s->unix_socket || resolve_is_address(s->host)) {
    snprintf(s->addresses[s->count++], sizeof s->addresses[0], "%s", s->unix_socket ? "" : s->host);
    uv_timer_start(&s->timer, on_numeric, 0, 0);
  } else {
    uv_timer_start(&s->timer, on_late, (uint64_t)target->timeout_ms, 0);
    s->lookup = resolver_lookup(resolver, target->host, on_resolved, s);
  }
  return s;
}

void stream_write(struct stream *s, const void *bytes, size_t len)
{
  if (!s->open || s->ended || s->closed)
    return;
  if (s->ssl) {
    SSL_write(s->ssl, bytes, (int)len);
    flush_tls(s);
  } else {
    write_raw(s, bytes, len);
  }
}

void stream_start_tls(struct stream *s)
{
  if (!s->open || s->ssl || s->ended || s->closed)
    return;
  s->open = false;
  uv_timer_start(&s->timer, on_late, (uint64_t)s->timeout_ms, 0);
  start_tls(s);
}

struct ssl_st *stream_ssl(struct stream *s)
{
  return s->open ? s->ssl : NULL;
}

static void on_timer_closed(uv_handle_t *handle)
{
  struct stream *s = handle->data;
  s->timer_closed = true;
  maybe_free(s);
}

void stream_close(struct stream *s)
{
  if (!s || s->closed)
    return;
  s->closed = true;
  if (s->lookup)
    lookup_cancel(s->lookup);
  drop_attempt(s);
  uv_close((uv_handle_t *)&s->timer, on_timer_closed);
}
