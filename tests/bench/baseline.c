/* The bare loop that the runner is measured against: libcurl's multi interface on libuv, the same requests, nothing else.
 * usage: bench-baseline TOTAL IN_FLIGHT|RATE/s fresh|reused URL [HTTPS_URL HOSTS ADDRESS CA]; prints the CPU time used, microseconds a request.
 * fresh: an easy handle of its own for each request, as requests to a thousand different addresses need it. reused: the leanest loop there is, the same
 * few handles, set up once. RATE/s: so many begun a second, in ticks of 50 ms, instead of so many at a time. HOSTS: "%d" in the URLs is that many
 * different hosts in turn, all at ADDRESS, every tenth by HTTPS_URL. */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <uv.h>

static uv_loop_t loop;
static uv_timer_t timer;
static CURLM *multi;
static const char *url, *https_url, *ca;
static long left, done, failed, number, hosts;
static struct curl_slist *connect_to;
static int fresh;
static double rate, owed; /* requests a second, and those that are due now */

#define TICK_MS 50

struct watch {
  uv_poll_t poll;
  curl_socket_t fd;
};

static size_t discard(char *bytes, size_t size, size_t n, void *arg)
{
  (void)bytes;
  (void)arg;
  return size * n;
}

/* The n-th request's address. */
static void write_address(char *text, size_t size, long n)
{
  const char *pattern = https_url && n % 10 == 0 ? https_url : url, *place = strstr(pattern, "%d");
  if (place)
    snprintf(text, size, "%.*s%ld%s/%ld", (int)(place - pattern), pattern, n % hosts, place + 2, n);
  else
    snprintf(text, size, "%s/%ld", pattern, n % 1000);
}

static void add_fresh(void)
{
  char address[256];
  CURL *easy = curl_easy_init();
  write_address(address, sizeof address, number++);
  curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to);
  if (ca)
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
  curl_easy_setopt(easy, CURLOPT_URL, address);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, discard);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 10000L);
  curl_multi_add_handle(multi, easy);
}

static void reap(void)
{
  CURLMsg *message;
  int rest;
  while ((message = curl_multi_info_read(multi, &rest))) {
    CURL *easy = message->easy_handle;
    failed += message->data.result != CURLE_OK;
    done++;
    curl_multi_remove_handle(multi, easy);
    bool again = !rate && left-- > 0;
    if (again && !fresh) {
      curl_multi_add_handle(multi, easy);
      continue;
    }
    curl_easy_cleanup(easy);
    if (again)
      add_fresh();
  }
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
  struct watch *w = poll->data;
  int running;
  (void)status;
  curl_multi_socket_action(multi, w->fd, (events & UV_READABLE ? CURL_CSELECT_IN : 0) | (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0),
                           &running);
  reap();
}

static void on_timer(uv_timer_t *handle)
{
  int running;
  (void)handle;
  curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
  reap();
}

/* So many at a tick that the rate comes out. */
static void on_tick(uv_timer_t *handle)
{
  for (owed += rate * TICK_MS / 1000; owed >= 1 && left > 0; owed--, left--)
    add_fresh();
  if (left <= 0)
    uv_timer_stop(handle);
}

static int on_curl_timer(CURLM *m, long ms, void *arg)
{
  (void)m;
  (void)arg;
  if (ms < 0)
    uv_timer_stop(&timer);
  else
    uv_timer_start(&timer, on_timer, (uint64_t)ms, 0);
  return 0;
}

static void free_watch(uv_handle_t *handle)
{
  free(handle->data);
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
  struct watch *w = socket_arg;
  (void)easy;
  (void)arg;
  if (what == CURL_POLL_REMOVE) {
    if (w) {
      uv_poll_stop(&w->poll);
      uv_close((uv_handle_t *)&w->poll, free_watch);
      curl_multi_assign(multi, fd, NULL);
    }
    return 0;
  }
  if (!w) {
    w = malloc(sizeof *w);
    if (!w)
      abort();
    w->fd = fd;
    uv_poll_init_socket(&loop, &w->poll, fd);
    w->poll.data = w;
    curl_multi_assign(multi, fd, w);
  }
  uv_poll_start(&w->poll, (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0), on_ready);
  return 0;
}

/* Until all are done; CPU time a request, microseconds. */
static double run(long total)
{
  struct rusage before, after;
  getrusage(RUSAGE_SELF, &before);
  while (done < total)
    uv_run(&loop, UV_RUN_ONCE);
  getrusage(RUSAGE_SELF, &after);
  double us = (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1e6 +
              (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_stime.tv_usec);
  return us / (double)total;
}

int main(int argc, char **argv)
{
  if (argc != 5 && argc != 9)
    return 2;
  long total = strtol(argv[1], NULL, 10), in_flight = strtol(argv[2], NULL, 10);
  rate = strstr(argv[2], "/s") ? (double)in_flight : 0;
  fresh = strcmp(argv[3], "fresh") == 0;
  url = argv[4];
  if (argc == 9) {
    char entry[128];
    https_url = argv[5];
    hosts = strtol(argv[6], NULL, 10);
    snprintf(entry, sizeof entry, "::%s:", argv[7]);
    connect_to = curl_slist_append(NULL, entry);
    ca = argv[8];
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  uv_loop_init(&loop);
  uv_timer_init(&loop, &timer);
  multi = curl_multi_init();
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 2 * hosts + in_flight + 16);
  uv_timer_t ticks;
  uv_timer_init(&loop, &ticks);
  left = rate ? total : total - in_flight;
  if (rate)
    uv_timer_start(&ticks, on_tick, 0, TICK_MS);
  for (long i = 0; !rate && i < in_flight; i++)
    add_fresh();
  printf("{\"us\": %.2f, \"failed\": %ld}\n", run(total), failed);
  return 0;
}
