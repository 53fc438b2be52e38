#include "loop/multi.h"

#include "base/mem.h"
#include "loop/fault.h"
#include "loop/trust.h"
#include "loop/url.h"

#define MULTIS 32
/** Connections that each of them keeps alive. */
#define KEPT_CONNECTIONS 1024L

struct multi {
  CURLM *curl;
  uv_timer_t timer;
  struct multis *owner;
};

struct socket_watch {
  uv_poll_t poll;
  struct multi *multi;
  curl_socket_t fd;
};

struct multis {
  uv_loop_t *loop;
  struct multi multis[MULTIS];
  unsigned open_timers;
};

/* ---- sockets and timers ---- */

static void reap(struct multi *m)
{
  CURLMsg *message;
  int left;
  while ((message = curl_multi_info_read(m->curl, &left))) {
    struct multi_job *job;
    if (message->msg != CURLMSG_DONE)
      continue;
    CURLcode code = message->data.result;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&job);
    job->done(job, code);
  }
}

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

/* ---- jobs ---- */

static struct multi *multi_for(struct multis *ms, const char *host)
{
  unsigned hash = 2166136261u; /* FNV-1a */
  for (; *host; host++)
    hash = (hash ^ (unsigned char)*host) * 16777619u;
  return &ms->multis[hash % MULTIS];
}

void multi_begin(struct multis *ms, struct multi_job *job, const char *host)
{
  job->multi = multi_for(ms, host);
  job->error[0] = '\0';
  curl_easy_setopt(job->easy, CURLOPT_PRIVATE, job);
  curl_easy_setopt(job->easy, CURLOPT_ERRORBUFFER, job->error);
  curl_multi_add_handle(job->multi->curl, job->easy);
}

void multi_end(struct multi_job *job)
{
  if (job->multi)
    curl_multi_remove_handle(job->multi->curl, job->easy);
  job->multi = NULL;
}

bool multi_failure(struct multi_job *job, CURLcode code, const struct url *target, int64_t timeout_ms, struct err *why)
{
  long os_error = 0;
  curl_off_t connected_us = 0; /* set for a connection kept alive, too */
  curl_easy_getinfo(job->easy, CURLINFO_OS_ERRNO, &os_error);
  curl_easy_getinfo(job->easy, CURLINFO_PRETRANSFER_TIME_T, &connected_us);
  if (code == CURLE_OPERATION_TIMEDOUT && connected_us <= 0)
    err_set(why, "timed out after %.3g s while connecting", (double)timeout_ms / 1000);
  else if (code == CURLE_OPERATION_TIMEDOUT)
    err_set(why, "timed out after %.3g s waiting for the response", (double)timeout_ms / 1000);
  else if (code == CURLE_COULDNT_CONNECT && os_error)
    err_set(why, "%s:%d: %s", target->host, target->port, strerror((int)os_error));
  else
    err_set(why, "%s", job->error[0] ? job->error : curl_easy_strerror(code));
  bool our_files = code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_CERTPROBLEM;
  return our_files || (code == CURLE_COULDNT_CONNECT && fault_is_ours((int)os_error));
}

struct curl_slist *multi_connect_to(const char *host, int port, const char *address)
{
  bool six = strchr(address, ':') != NULL;
  char *entry = mem_printf("%s:%d:%s%s%s:%d", host, port, six ? "[" : "", address, six ? "]" : "", port);
  struct curl_slist *list = curl_slist_append(NULL, entry);
  free(entry);
  return list;
}

static CURLcode on_ssl_context(CURL *easy, void *context, void *arg)
{
  (void)easy;
  (void)arg;
  trust_system(context);
  return CURLE_OK;
}

void multi_trust(CURL *easy, const struct trust *t)
{
  curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
  curl_easy_setopt(easy, CURLOPT_CAINFO, t->ca_file);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, t->ca_file ? NULL : on_ssl_context);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, t->no_verify ? 0L : 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, t->no_verify ? 0L : 2L);
  if (!t->cert_file)
    return;
  curl_easy_setopt(easy, CURLOPT_SSLCERT, t->cert_file);
  curl_easy_setopt(easy, CURLOPT_SSLKEY, t->key_file ? t->key_file : t->cert_file);
}

/* ---- life ---- */

struct multis *multis_new(uv_loop_t *loop, struct err *e)
{
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    err_set(e, "libcurl does not start");
    return NULL;
  }
  struct multis *ms = MEM_NEW(struct multis);
  ms->loop = loop;
  ms->open_timers = MULTIS;
  for (size_t i = 0; i < MULTIS; i++) {
    struct multi *m = &ms->multis[i];
    m->owner = ms;
    uv_timer_init(loop, &m->timer);
    m->curl = curl_multi_init();
    curl_multi_setopt(m->curl, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl_multi_setopt(m->curl, CURLMOPT_SOCKETDATA, m);
    curl_multi_setopt(m->curl, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(m->curl, CURLMOPT_TIMERDATA, m);
    curl_multi_setopt(m->curl, CURLMOPT_MAXCONNECTS, KEPT_CONNECTIONS);
  }
  return ms;
}

uv_loop_t *multis_loop(struct multis *ms)
{
  return ms->loop;
}

static void free_multis(uv_handle_t *timer)
{
  struct multis *ms = CONTAINER_OF(timer, struct multi, timer)->owner;
  if (--ms->open_timers)
    return;
  trust_forget();
  free(ms);
  curl_global_cleanup();
}

void multis_free(struct multis *ms)
{
  if (!ms)
    return;
  for (size_t i = 0; i < MULTIS; i++) {
    curl_multi_cleanup(ms->multis[i].curl);
    uv_close((uv_handle_t *)&ms->multis[i].timer, free_multis);
  }
}
