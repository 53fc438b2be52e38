/* Longer than 500 lines because libcurl has one door: its loop glue, its options and what it says stand together. */
#include "loop/transfer.h"

#include <curl/curl.h>

#include "base/clock.h"
#include "base/mem.h"
#include "loop/fault.h"
#include "loop/resolve.h"
#include "loop/response.h"
#include "loop/trust.h"
#include "loop/url.h"

/** Multi handles: libcurl walks all hosts of one at every close, so they are kept few in each. */
#define MULTIS 32
/** Connections that each of them keeps alive, and easy handles that are kept for the next request. */
#define KEPT_CONNECTIONS 1024L
#define KEPT_EASIES 1024

struct multi {
  CURLM *curl;
  uv_timer_t timer;
  struct transfers *owner;
};

struct socket_watch {
  uv_poll_t poll;
  struct multi *multi;
  curl_socket_t fd;
};

struct transfers {
  uv_loop_t *loop;
  struct resolver *resolver;
  struct multi multis[MULTIS];
  CURL *kept[KEPT_EASIES];
  size_t kept_count;
  struct transfer *all;
  unsigned open_timers;
};

struct transfer {
  struct transfer *next, **link;
  struct transfers *owner;
  transfer_fn fn;
  void *arg;

  char *method, *body, *user, *password, *unix_socket, *ca_file;
  size_t body_len;
  struct curl_slist *headers, *connect_to;
  bool no_verify;
  bool unusual; /* options were set that a plain handle does not have */
  unsigned follow;
  int64_t timeout_ms, began_us, hop_us;

  struct url url; /* of this hop */
  struct lookup *lookup;
  double dns_ms;
  struct multi *multi; /* NULL: not handed to libcurl */
  CURL *easy;
  char curl_error[CURL_ERROR_SIZE];

  struct response in;
  uv_timer_t timer; /* answers what failed before it began, and the resolver's time */
  struct err early;
};

static void begin_hop(struct transfer *t);
static void set_up_plain(CURL *easy);

/* ---- libcurl on the loop ---- */

static void reap(struct multi *m);

static void on_socket_ready(uv_poll_t *poll, int status, int events)
{
  struct socket_watch *w = CONTAINER_OF(poll, struct socket_watch, poll);
  struct multi *m = w->multi;
  int running, flags = 0;
  if (status < 0)
    flags = CURL_CSELECT_ERR;
  if (events & UV_READABLE)
    flags |= CURL_CSELECT_IN;
  if (events & UV_WRITABLE)
    flags |= CURL_CSELECT_OUT;
  curl_multi_socket_action(m->curl, w->fd, flags, &running);
  reap(m);
}

static void free_socket(uv_handle_t *handle)
{
  free(CONTAINER_OF(handle, struct socket_watch, poll));
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
  struct multi *m = arg;
  struct socket_watch *w = socket_arg;
  (void)easy;
  if (what == CURL_POLL_REMOVE) {
    if (w) {
      uv_poll_stop(&w->poll);
      uv_close((uv_handle_t *)&w->poll, free_socket);
      curl_multi_assign(m->curl, fd, NULL);
    }
    return 0;
  }
  if (!w) {
    w = MEM_NEW(struct socket_watch);
    w->multi = m;
    w->fd = fd;
    uv_poll_init_socket(m->owner->loop, &w->poll, fd);
    curl_multi_assign(m->curl, fd, w);
  }
  uv_poll_start(&w->poll, (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0), on_socket_ready);
  return 0;
}

static void on_multi_timer(uv_timer_t *timer)
{
  struct multi *m = CONTAINER_OF(timer, struct multi, timer);
  int running;
  curl_multi_socket_action(m->curl, CURL_SOCKET_TIMEOUT, 0, &running);
  reap(m);
}

static int on_curl_timer(CURLM *curl, long ms, void *arg)
{
  struct multi *m = arg;
  (void)curl;
  if (ms < 0)
    uv_timer_stop(&m->timer);
  else
    uv_timer_start(&m->timer, on_multi_timer, (uint64_t)ms, 0);
  return 0;
}

/* ---- a transfer's end ---- */

/* What is the same for every request is set once in a handle's life; what a request sets beyond its own few options makes it plain again
 * afterwards (setting all anew costs as much as the request's own work). */
static CURL *new_easy(void)
{
  CURL *easy = curl_easy_init();
  set_up_plain(easy);
  return easy;
}

/* Gives the easy handle back and ends this hop. */
static void end_hop(struct transfer *t)
{
  if (t->lookup)
    lookup_cancel(t->lookup);
  t->lookup = NULL;
  if (t->easy) {
    struct transfers *ts = t->owner;
    if (t->multi)
      curl_multi_remove_handle(t->multi->curl, t->easy);
    if (ts->kept_count < KEPT_EASIES) {
      if (t->unusual) {
        curl_easy_reset(t->easy);
        set_up_plain(t->easy);
      }
      ts->kept[ts->kept_count++] = t->easy;
    } else {
      curl_easy_cleanup(t->easy);
    }
  }
  t->easy = NULL;
  t->multi = NULL;
  curl_slist_free_all(t->connect_to);
  t->connect_to = NULL;
}

static void free_transfer(uv_handle_t *timer)
{
  free(CONTAINER_OF(timer, struct transfer, timer));
}

static void release(struct transfer *t)
{
  end_hop(t);
  response_done(&t->in);
  *t->link = t->next;
  if (t->next)
    t->next->link = t->link;
  url_done(&t->url);
  curl_slist_free_all(t->headers);
  free(t->method);
  free(t->body);
  free(t->user);
  free(t->password);
  free(t->unix_socket);
  free(t->ca_file);
  uv_close((uv_handle_t *)&t->timer, free_transfer);
}

static void fail(struct transfer *t, bool no_data, const struct err *why)
{
  transfer_fn fn = t->fn;
  void *arg = t->arg;
  struct err copy = *why;
  release(t);
  fn(arg, NULL, no_data, &copy);
}

static void on_early(uv_timer_t *timer)
{
  struct transfer *t = CONTAINER_OF(timer, struct transfer, timer);
  fail(t, false, &t->early);
}

/* From a place where fn must not be called yet. */
static void fail_later(struct transfer *t)
{
  uv_timer_start(&t->timer, on_early, 0, 0);
}

static double info_ms(CURL *easy, CURLINFO info)
{
  curl_off_t us = 0;
  curl_easy_getinfo(easy, info, &us);
  return (double)us / 1000.0;
}

static void succeed(struct transfer *t)
{
  struct transfer_response response = {
    .url = t->url.text,
    .headers = t->in.headers,
    .header_count = t->in.header_count,
    .body = buf_text(&t->in.body),
    .body_len = t->in.body.len,
    .dns_ms = t->dns_ms,
    .connect_ms = info_ms(t->easy, CURLINFO_CONNECT_TIME_T),
    .first_byte_ms = info_ms(t->easy, CURLINFO_STARTTRANSFER_TIME_T),
    .total_ms = (double)(clock_mono_us() - t->began_us) / 1000.0,
  };
  double tls = info_ms(t->easy, CURLINFO_APPCONNECT_TIME_T);
  response.tls_ms = tls > 0 ? tls - response.connect_ms : 0;
  curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &response.status);
  t->fn(t->arg, &response, false, NULL);
  release(t);
}

/* ---- redirects ---- */

/* Credentials are for the origin that they were given for. */
static void drop_credentials(struct transfer *t)
{
  struct curl_slist *kept = NULL;
  for (struct curl_slist *h = t->headers; h; h = h->next)
    if (strncasecmp(h->data, "Authorization:", 14) != 0 && strncasecmp(h->data, "Cookie:", 7) != 0)
      kept = curl_slist_append(kept, h->data);
  curl_slist_free_all(t->headers);
  t->headers = kept;
  free(t->user);
  t->user = NULL;
}

/* RFC 9110, 15.4: 303 is fetched by GET, and so in practice are 301 and 302 after a POST. */
static void adjust_method(struct transfer *t, long status)
{
  bool post = strcmp(t->method, "POST") == 0;
  bool to_get = (status == 303 && strcmp(t->method, "HEAD") != 0) || ((status == 301 || status == 302) && post);
  if (!to_get)
    return;
  free(t->method);
  t->method = mem_copy_text("GET");
  free(t->body);
  t->body = NULL;
  t->body_len = 0;
}

/* True when the response was a redirect that is taken care of (followed or refused). */
static bool redirected(struct transfer *t, long status)
{
  const char *location = response_header(&t->in, "location");
  struct url next;
  struct err e;
  if (!t->follow || !location || (status != 301 && status != 302 && status != 303 && status != 307 && status != 308))
    return false;
  if (!url_resolve(&next, &t->url, location, &e)) {
    err_context(&e, "redirected");
    fail(t, false, &e);
    return true;
  }
  if (strcmp(t->url.scheme, "https") == 0 && strcmp(next.scheme, "http") == 0) {
    err_set(&e, "redirected from https to http (%.200s), which is not followed", next.text);
    url_done(&next);
    fail(t, false, &e);
    return true;
  }
  if (!url_same_origin(&t->url, &next))
    drop_credentials(t);
  adjust_method(t, status);
  end_hop(t);
  response_clear(&t->in);
  url_done(&t->url);
  t->url = next;
  t->follow--;
  begin_hop(t);
  return true;
}

/* ---- what libcurl says ---- */

static void describe(struct transfer *t, CURLcode code, struct err *e)
{
  long os_error = 0;
  curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &os_error);
  double connected = info_ms(t->easy, CURLINFO_PRETRANSFER_TIME_T); /* set for a connection kept alive, too */
  if (code == CURLE_OPERATION_TIMEDOUT && connected <= 0)
    err_set(e, "timed out after %.3g s while connecting", (double)t->timeout_ms / 1000);
  else if (code == CURLE_OPERATION_TIMEDOUT)
    err_set(e, "timed out after %.3g s waiting for the response", (double)t->timeout_ms / 1000);
  else if (code == CURLE_COULDNT_CONNECT && os_error)
    err_set(e, "%s:%d: %s", t->url.host, t->url.port, strerror((int)os_error));
  else if (code == CURLE_WRITE_ERROR && t->in.body.full)
    err_set(e, "the response is larger than %zu bytes", t->in.body.cap);
  else
    err_set(e, "%s", t->curl_error[0] ? t->curl_error : curl_easy_strerror(code));
}

static void reap(struct multi *m)
{
  CURLMsg *message;
  int left;
  while ((message = curl_multi_info_read(m->curl, &left))) {
    if (message->msg != CURLMSG_DONE)
      continue;
    struct transfer *t;
    CURLcode code = message->data.result;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t);
    if (code == CURLE_OK) {
      long status = 0;
      curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
      if (!redirected(t, status))
        succeed(t);
    } else {
      struct err e;
      long os_error = 0;
      describe(t, code, &e);
      curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &os_error);
      fail(t, code == CURLE_COULDNT_CONNECT && fault_is_ours((int)os_error), &e);
    }
  }
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
  struct transfer *t = arg;
  return buf_add(&t->in.body, bytes, size * n) ? size * n : 0;
}

static size_t on_header(char *line, size_t size, size_t n, void *arg)
{
  struct transfer *t = arg;
  return response_add_line(&t->in, line, size * n) ? size * n : 0;
}

static CURLcode on_ssl_context(CURL *easy, void *context, void *arg)
{
  (void)easy;
  (void)arg;
  trust_system(context);
  return CURLE_OK;
}

/* ---- a hop ---- */

static void set_up_plain(CURL *easy)
{
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "signalbox/" SIGNALBOX_VERSION);
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
  curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl_context);
}

static void set_tls(struct transfer *t)
{
  if (t->no_verify) {
    curl_easy_setopt(t->easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(t->easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (t->ca_file) {
    curl_easy_setopt(t->easy, CURLOPT_CAINFO, t->ca_file);
    curl_easy_setopt(t->easy, CURLOPT_SSL_CTX_FUNCTION, NULL);
  }
}

static void set_method(struct transfer *t)
{
  if (strcmp(t->method, "HEAD") == 0)
    curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L);
  else if (t->body || strcmp(t->method, "POST") == 0) {
    curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body_len);
    curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, t->body ? t->body : "");
  }
  if (strcmp(t->method, "HEAD") != 0 && strcmp(t->method, "GET") != 0)
    curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, t->method);
}

static void set_up(struct transfer *t, int64_t left_ms)
{
  CURL *easy = t->easy;
  t->unusual = t->user || t->no_verify || t->ca_file || t->body || strcmp(t->method, "GET") != 0;
  curl_easy_setopt(easy, CURLOPT_URL, t->url.text);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)left_ms);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->curl_error);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t->headers);
  curl_easy_setopt(easy, CURLOPT_CONNECT_TO, t->connect_to);
  curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, t->unix_socket);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
  if (!t->unusual)
    return;
  if (t->user) {
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    curl_easy_setopt(easy, CURLOPT_USERNAME, t->user);
    curl_easy_setopt(easy, CURLOPT_PASSWORD, t->password ? t->password : "");
  }
  set_tls(t);
  set_method(t);
}

static struct multi *multi_for(struct transfers *ts, const char *host)
{
  unsigned hash = 2166136261u; /* FNV-1a */
  for (; *host; host++)
    hash = (hash ^ (unsigned char)*host) * 16777619u;
  return &ts->multis[hash % MULTIS];
}

/* The address is known: hands the request to libcurl. */
static void hand_over(struct transfer *t)
{
  struct transfers *ts = t->owner;
  int64_t left_ms = t->timeout_ms - (clock_mono_us() - t->began_us) / 1000;
  uv_timer_stop(&t->timer);
  t->easy = ts->kept_count ? ts->kept[--ts->kept_count] : new_easy();
  t->curl_error[0] = '\0';
  set_up(t, left_ms > 1 ? left_ms : 1);
  t->multi = multi_for(ts, t->url.host);
  curl_multi_add_handle(t->multi->curl, t->easy);
}

static void on_resolved(void *arg, enum resolve_outcome outcome, const char *const *addresses, size_t n, const struct err *why)
{
  struct transfer *t = arg;
  t->lookup = NULL;
  t->dns_ms = (double)(clock_mono_us() - t->hop_us) / 1000.0;
  if (outcome != RESOLVE_OK || n == 0) {
    fail(t, outcome == RESOLVE_BROKEN, why);
    return;
  }
  bool six = strchr(addresses[0], ':') != NULL;
  char *entry = mem_printf("%s:%d:%s%s%s:%d", t->url.host, t->url.port, six ? "[" : "", addresses[0], six ? "]" : "", t->url.port);
  t->connect_to = curl_slist_append(NULL, entry);
  free(entry);
  hand_over(t);
}

static void on_resolver_late(uv_timer_t *timer)
{
  struct transfer *t = CONTAINER_OF(timer, struct transfer, timer);
  err_set(&t->early, "timed out after %.3g s while the name was looked up", (double)t->timeout_ms / 1000);
  fail(t, true, &t->early);
}

static void begin_hop(struct transfer *t)
{
  t->hop_us = clock_mono_us();
  t->dns_ms = 0;
  if (!url_is_http(&t->url)) {
    err_set(&t->early, "\"%.200s\" is no http or https address", t->url.text);
    fail_later(t);
  } else if (t->unix_socket || resolve_is_address(t->url.host)) {
    hand_over(t);
  } else {
    int64_t left_ms = t->timeout_ms - (t->hop_us - t->began_us) / 1000;
    uv_timer_start(&t->timer, on_resolver_late, left_ms > 1 ? (uint64_t)left_ms : 1, 0);
    t->lookup = resolver_lookup(t->owner->resolver, t->url.host, on_resolved, t);
  }
}

struct transfer *transfer_start(struct transfers *ts, const struct transfer_request *r, transfer_fn fn, void *arg)
{
  struct transfer *t = MEM_NEW(struct transfer);
  *t = (struct transfer){
    .next = ts->all,
    .link = &ts->all,
    .owner = ts,
    .fn = fn,
    .arg = arg,
    .method = mem_copy_text(r->method),
    .body = r->body ? mem_copy_bytes(r->body, r->body_len) : NULL,
    .body_len = r->body_len,
    .user = mem_copy_text(r->user),
    .password = mem_copy_text(r->password),
    .unix_socket = mem_copy_text(r->unix_socket),
    .ca_file = mem_copy_text(r->ca_file),
    .no_verify = r->no_verify,
    .follow = r->follow,
    .timeout_ms = r->timeout_ms,
    .began_us = clock_mono_us(),
  };
  if (ts->all)
    ts->all->link = &t->next;
  ts->all = t;
  response_init(&t->in, r->body_cap);
  uv_timer_init(ts->loop, &t->timer);
  for (size_t i = 0; i < r->header_count; i++)
    t->headers = curl_slist_append(t->headers, r->headers[i]);
  if (url_read(&t->url, r->url, &t->early))
    begin_hop(t);
  else
    fail_later(t);
  return t;
}

void transfer_cancel(struct transfer *t)
{
  release(t);
}

/* ---- life ---- */

struct transfers *transfers_new(uv_loop_t *loop, struct resolver *resolver, struct err *e)
{
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    err_set(e, "libcurl does not start");
    return NULL;
  }
  struct transfers *ts = MEM_NEW(struct transfers);
  ts->loop = loop;
  ts->resolver = resolver;
  ts->open_timers = MULTIS;
  for (size_t i = 0; i < MULTIS; i++) {
    struct multi *m = &ts->multis[i];
    m->owner = ts;
    uv_timer_init(loop, &m->timer);
    m->curl = curl_multi_init();
    curl_multi_setopt(m->curl, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(m->curl, CURLMOPT_SOCKETDATA, m);
    curl_multi_setopt(m->curl, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(m->curl, CURLMOPT_TIMERDATA, m);
    curl_multi_setopt(m->curl, CURLMOPT_MAXCONNECTS, KEPT_CONNECTIONS);
  }
  return ts;
}

static void free_transfers(uv_handle_t *timer)
{
  struct transfers *ts = CONTAINER_OF(timer, struct multi, timer)->owner;
  if (--ts->open_timers)
    return;
  trust_forget();
  free(ts);
  curl_global_cleanup();
}

void transfers_free(struct transfers *ts)
{
  if (!ts)
    return;
  while (ts->all)
    release(ts->all);
  while (ts->kept_count)
    curl_easy_cleanup(ts->kept[--ts->kept_count]);
  for (size_t i = 0; i < MULTIS; i++) {
    curl_multi_cleanup(ts->multis[i].curl);
    uv_close((uv_handle_t *)&ts->multis[i].timer, free_transfers);
  }
}
