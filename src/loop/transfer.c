#include "loop/transfer.h"

#include "base/clock.h"
#include "base/mem.h"
#include "loop/multi.h"
#include "loop/resolve.h"
#include "loop/response.h"
#include "loop/url.h"

/** Easy handles that are kept for the next request. */
#define KEPT_EASIES 1024

struct transfers {
  struct multis *multis;
  struct resolver *resolver;
  CURL *kept[KEPT_EASIES];
  size_t kept_count;
  struct transfer *all;
};

struct transfer {
  struct transfer *next, **link;
  struct transfers *owner;
  transfer_fn fn;
  void *arg;

  char *method, *body, *user, *password, *unix_socket;
  size_t body_len;
  struct curl_slist *headers, *connect_to;
  struct trust trust;
  bool http2;
  bool cut_body;
  bool unusual; /* options were set that a plain handle does not have */
  unsigned follow;
  int64_t timeout_ms, began_us, hop_us;

  struct url url; /* of this hop */
  struct lookup *lookup;
  double dns_ms;
  struct multi_job job; /* its easy handle is NULL while it is not handed to libcurl */

  struct response in;
  uv_timer_t timer; /* answers what failed before it began, and the resolver's time */
  struct err early;
};

static void begin_hop(struct transfer *t);
static void set_up_plain(CURL *easy);

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
  CURL *easy = t->job.easy;
  if (easy) {
    struct transfers *ts = t->owner;
    multi_end(&t->job);
    if (ts->kept_count < KEPT_EASIES) {
      if (t->unusual) {
        curl_easy_reset(easy);
        set_up_plain(easy);
      }
      ts->kept[ts->kept_count++] = easy;
    } else {
      curl_easy_cleanup(easy);
    }
  }
  t->job.easy = NULL;
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
  trust_done(&t->trust);
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
    .connect_ms = info_ms(t->job.easy, CURLINFO_CONNECT_TIME_T),
    .first_byte_ms = info_ms(t->job.easy, CURLINFO_STARTTRANSFER_TIME_T),
    .total_ms = (double)(clock_mono_us() - t->began_us) / 1000.0,
  };
  double tls = info_ms(t->job.easy, CURLINFO_APPCONNECT_TIME_T);
  response.tls_ms = tls > 0 ? tls - response.connect_ms : 0;
  curl_easy_getinfo(t->job.easy, CURLINFO_RESPONSE_CODE, &response.status);
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
  free((char *)t->trust.cert_file);
  t->trust.cert_file = NULL;
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

static void on_done(struct multi_job *job, CURLcode code)
{
  struct transfer *t = CONTAINER_OF(job, struct transfer, job);
  bool is_cut = code == CURLE_WRITE_ERROR && t->in.body.full && t->cut_body;
  if (code == CURLE_OK || is_cut) {
    long status = 0;
    curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &status);
    if (!redirected(t, status))
      succeed(t);
    return;
  }
  struct err why;
  bool no_data = multi_failure(job, code, &t->url, t->timeout_ms, &why);
  if (code == CURLE_WRITE_ERROR && t->in.body.full)
    err_set(&why, "the response is larger than %zu bytes", t->in.body.cap);
  else if (code == CURLE_WRITE_ERROR)
    err_set(&why, "the response has more than %d header lines or %d bytes of them", RESPONSE_HEADERS_CAP, RESPONSE_HEADER_BYTES_CAP);
  fail(t, no_data, &why);
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
  multi_trust(easy, &(struct trust){ 0 });
}

static void set_method(struct transfer *t)
{
  if (strcmp(t->method, "HEAD") == 0)
    curl_easy_setopt(t->job.easy, CURLOPT_NOBODY, 1L);
  else if (t->body || strcmp(t->method, "POST") == 0) {
    curl_easy_setopt(t->job.easy, CURLOPT_POST, 1L);
    curl_easy_setopt(t->job.easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body_len);
    curl_easy_setopt(t->job.easy, CURLOPT_POSTFIELDS, t->body ? t->body : "");
  }
  if (strcmp(t->method, "HEAD") != 0 && strcmp(t->method, "GET") != 0)
    curl_easy_setopt(t->job.easy, CURLOPT_CUSTOMREQUEST, t->method);
}

static void set_up(struct transfer *t, int64_t left_ms)
{
  CURL *easy = t->job.easy;
  bool has_trust = t->trust.no_verify || t->trust.ca_file || t->trust.cert_file;
  t->unusual = t->user || has_trust || t->http2 || t->body || strcmp(t->method, "GET") != 0;
  curl_easy_setopt(easy, CURLOPT_URL, t->url.text);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)left_ms);
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
  if (has_trust)
    multi_trust(easy, &t->trust);
  if (t->http2) {
    bool secure = strcmp(t->url.scheme, "https") == 0;
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, secure ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  }
  set_method(t);
}

/* The address is known: hands the request to libcurl. */
static void hand_over(struct transfer *t)
{
  struct transfers *ts = t->owner;
  int64_t left_ms = t->timeout_ms - (clock_mono_us() - t->began_us) / 1000;
  uv_timer_stop(&t->timer);
  t->job.easy = ts->kept_count ? ts->kept[--ts->kept_count] : new_easy();
  set_up(t, left_ms > 1 ? left_ms : 1);
  t->job.done = on_done;
  multi_begin(ts->multis, &t->job, t->url.host);
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
  t->connect_to = multi_connect_to(t->url.host, t->url.port, addresses[0]);
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
    .trust = trust_copy(&r->trust),
    .http2 = r->http2,
    .cut_body = r->cut_body,
    .follow = r->follow,
    .timeout_ms = r->timeout_ms,
    .began_us = clock_mono_us(),
  };
  if (ts->all)
    ts->all->link = &t->next;
  ts->all = t;
  response_init(&t->in, r->body_cap);
  uv_timer_init(multis_loop(ts->multis), &t->timer);
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

struct transfers *transfers_new(struct multis *multis, struct resolver *resolver)
{
  struct transfers *ts = MEM_NEW(struct transfers);
  ts->multis = multis;
  ts->resolver = resolver;
  return ts;
}

void transfers_free(struct transfers *ts)
{
  if (!ts)
    return;
  while (ts->all)
    release(ts->all);
  while (ts->kept_count)
    curl_easy_cleanup(ts->kept[--ts->kept_count]);
  free(ts);
}
