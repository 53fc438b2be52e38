#include "loop/stream.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "loop/fault.h"
#include "loop/resolve.h"
#include "loop/trust.h"

#define ADDRESSES 8

struct stream {
  uv_loop_t *loop;
  struct stream_events events;
  void *arg;
  char *host;
  int port;
  int64_t timeout_ms;
  struct lookup *lookup;
  char addresses[ADDRESSES][INET6_ADDRSTRLEN];
  size_t count, next;
  uv_tcp_t *tcp; /* of the address being tried, or in use */
  uv_timer_t timer;
  bool open, ended, closed;
  struct err last;   /* what the last address answered */
  bool last_is_ours; /* and whose fault that was */
  SSL_CTX *context;  /* NULL: plain */
  SSL *ssl;
  unsigned writes; /* under way: they hold the struct */
  bool timer_closed;
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
  free(s->host);
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
    end(s, false, false, "%s:%d: %s", s->host, s->port, uv_strerror(status));
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
  int failure = uv_write(&w->request, (uv_stream_t *)s->tcp, &buf, 1, on_written);
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
    end(s, false, false, "%s:%d: %s", s->host, s->port, e.text);
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
    end(s, true, false, "%s:%d: the other side closed the connection", s->host, s->port);
  else if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
    end(s, false, false, "%s:%d: TLS broke", s->host, s->port);
}

static void start_tls(struct stream *s)
{
  unsigned char room[sizeof(struct in6_addr)];
  bool numeric = inet_pton(AF_INET, s->host, room) == 1 || inet_pton(AF_INET6, s->host, room) == 1;
  s->ssl = SSL_new(s->context);
  SSL_set_bio(s->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(s->ssl);
  if (numeric) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(s->ssl), s->host);
  } else {
    SSL_set_tlsext_host_name(s->ssl, s->host);
    SSL_set1_host(s->ssl, s->host);
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
  if (n > 0 && s->context)
    take_tls(s, buf->base, (size_t)n);
  else if (n > 0)
    s->events.on_data(s->arg, buf->base, (size_t)n);
  else if (n == UV_EOF)
    end(s, true, false, "%s:%d: the other side closed the connection", s->host, s->port);
  else if (n < 0)
    end(s, false, false, "%s:%d: %s", s->host, s->port, uv_strerror((int)n));
}

/* ---- connecting ---- */

static void free_tcp(uv_handle_t *handle)
{
  free(handle);
}

static void drop_tcp(struct stream *s)
{
  if (s->tcp)
    uv_close((uv_handle_t *)s->tcp, free_tcp);
  s->tcp = NULL;
}

static void on_connected(uv_connect_t *request, int status)
{
  struct stream *s = request->data;
  if (status == UV_ECANCELED)
    return;
  if (status < 0) {
    err_set(&s->last, "%s:%d: %s", s->host, s->port, uv_strerror(status));
    s->last_is_ours = fault_is_ours(-status);
    drop_tcp(s);
    try_next(s);
    return;
  }
  uv_tcp_nodelay(s->tcp, 1);
  uv_read_start((uv_stream_t *)s->tcp, on_alloc, on_read);
  if (s->context)
    start_tls(s);
  else
    opened(s);
}

/* The request outlives neither the stream nor its cancel: it is a part of the handle's own memory. */
struct attempt {
  uv_tcp_t tcp; /* first: free_tcp frees the whole */
  uv_connect_t connect;
};

static void try_next(struct stream *s)
{
  struct sockaddr_storage address;
  if (s->next == s->count) {
    end(s, false, s->last_is_ours, "%s", s->last.text);
    return;
  }
  const char *text = s->addresses[s->next++];
  struct attempt *a = MEM_NEW(struct attempt);
  int failure = strchr(text, ':') ? uv_ip6_addr(text, s->port, (struct sockaddr_in6 *)(void *)&address)
                                  : uv_ip4_addr(text, s->port, (struct sockaddr_in *)(void *)&address);
  uv_tcp_init(s->loop, &a->tcp);
  s->tcp = &a->tcp;
  s->tcp->data = a->connect.data = s;
  if (!failure)
    failure = uv_tcp_connect(&a->connect, s->tcp, (struct sockaddr *)&address, on_connected);
  if (failure) {
    err_set(&s->last, "%s:%d: %s", s->host, s->port, uv_strerror(failure));
    s->last_is_ours = fault_is_ours(-failure);
    drop_tcp(s);
    try_next(s);
  }
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
    end(s, false, true, "%s:%d: the name was not found within %.3g s", s->host, s->port, (double)s->timeout_ms / 1000);
  else if (s->last.text[0] && !s->count)
    end(s, false, false, "%s", s->last.text);
  else
    end(s, false, false, "%s:%d: timed out after %.3g s while connecting", s->host, s->port, (double)s->timeout_ms / 1000);
}

/* A numeric address is tried from the loop, as a looked-up one would be. */
static void on_numeric(uv_timer_t *timer)
{
  struct stream *s = timer->data;
  uv_timer_start(&s->timer, on_late, (uint64_t)s->timeout_ms, 0);
  try_next(s);
}

static bool set_up_tls(struct stream *s, const struct stream_target *target)
{
  s->context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(s->context, TLS1_2_VERSION);
  SSL_CTX_set_verify(s->context, target->no_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
  if (!target->ca_file)
    trust_system(s->context);
  else if (SSL_CTX_load_verify_locations(s->context, target->ca_file, NULL) != 1)
    return err_set(&s->last, "%s: no certificates can be read from it", target->ca_file);
  return true;
}

struct stream *stream_open(uv_loop_t *loop, struct resolver *resolver, const struct stream_target *target,
                           const struct stream_events *events, void *arg)
{
  struct stream *s = MEM_NEW(struct stream);
  *s = (struct stream){
    .loop = loop, .events = *events, .arg = arg, .host = mem_copy_text(target->host), .port = target->port, .timeout_ms = target->timeout_ms
  };
  uv_timer_init(loop, &s->timer);
  s->timer.data = s;
  if (target->tls && !set_up_tls(s, target)) {
    uv_timer_start(&s->timer, on_late, 0, 0);
  } else if (resolve_is_address(target->host)) {
    snprintf(s->addresses[s->count++], sizeof s->addresses[0], "%s", target->host);
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
  if (s->context) {
    SSL_write(s->ssl, bytes, (int)len);
    flush_tls(s);
  } else {
    write_raw(s, bytes, len);
  }
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
  drop_tcp(s);
  uv_close((uv_handle_t *)&s->timer, on_timer_closed);
}
