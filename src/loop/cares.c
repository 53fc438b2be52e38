#include "loop/cares.h"

#include <uthash.h>

#include "base/mem.h"

/* One of c-ares' sockets. */
struct socket_watch {
  uv_poll_t poll;
  struct cares *owner;
  ares_socket_t fd;
  UT_hash_handle hh;
};

struct cares {
  uv_loop_t *loop;
  ares_channel channel;
  struct socket_watch *sockets;
  uv_timer_t timer; /* c-ares' own time-outs */
  bool closing;
};

static void free_socket(uv_handle_t *handle)
{
  free(CONTAINER_OF(handle, struct socket_watch, poll));
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
  struct socket_watch *w = CONTAINER_OF(poll, struct socket_watch, poll);
  struct cares *c = w->owner;
  ares_socket_t fd = w->fd;
  bool in = status < 0 || events & UV_READABLE, out = status < 0 || events & UV_WRITABLE;
  ares_process_fd(c->channel, in ? fd : ARES_SOCKET_BAD, out ? fd : ARES_SOCKET_BAD);
  cares_asked(c);
}

static void on_timer(uv_timer_t *timer)
{
  struct cares *c = CONTAINER_OF(timer, struct cares, timer);
  ares_process_fd(c->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  cares_asked(c);
}

void cares_asked(struct cares *c)
{
  struct timeval room, *left = c->closing ? NULL : ares_timeout(c->channel, NULL, &room);
  if (left)
    uv_timer_start(&c->timer, on_timer, (uint64_t)left->tv_sec * 1000 + (uint64_t)left->tv_usec / 1000 + 1, 0);
  else if (!c->closing)
    uv_timer_stop(&c->timer);
}

static void on_socket_state(void *arg, ares_socket_t fd, int readable, int writable)
{
  struct cares *c = arg;
  struct socket_watch *w;
  HASH_FIND(hh, c->sockets, &fd, sizeof fd, w);
  if (!readable && !writable) {
    if (w) {
      HASH_DEL(c->sockets, w);
      uv_poll_stop(&w->poll);
      uv_close((uv_handle_t *)&w->poll, free_socket);
    }
    return;
  }
  if (!w) {
    w = MEM_NEW(struct socket_watch);
    w->owner = c;
    w->fd = fd;
    uv_poll_init_socket(c->loop, &w->poll, fd);
    HASH_ADD(hh, c->sockets, fd, sizeof w->fd, w);
  }
  uv_poll_start(&w->poll, (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0), on_socket);
}

static void free_cares(uv_handle_t *timer)
{
  free(CONTAINER_OF(timer, struct cares, timer));
}

struct cares *cares_new(uv_loop_t *loop, const char *servers, int timeout_ms, struct err *e)
{
  struct cares *c = MEM_NEW(struct cares);
  c->loop = loop;
  struct ares_options options = { .timeout = timeout_ms, .tries = 2, .sock_state_cb = on_socket_state, .sock_state_cb_data = c };
  int set = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
  if (servers && !strchr(servers, ',')) {
    /* A refusal of the only one is the answer; of one among several it is a reason to ask the next. */
    options.flags = ARES_FLAG_NOCHECKRESP;
    set |= ARES_OPT_FLAGS;
  }
  int status = ares_init_options(&c->channel, &options, set);
  if (status != ARES_SUCCESS) {
    err_set(e, "c-ares: %s", ares_strerror(status));
    free(c);
    return NULL;
  }
  uv_timer_init(loop, &c->timer);
  const char *asked = servers ? servers : getenv(CARES_SERVERS_VARIABLE);
  if (asked && ares_set_servers_ports_csv(c->channel, asked) != ARES_SUCCESS) {
    err_set(e, "\"%.200s\" is no address of a name server; \"192.0.2.1\" or \"192.0.2.1:5353\" would be", asked);
    cares_free(c);
    return NULL;
  }
  return c;
}

void cares_free(struct cares *c)
{
  if (!c)
    return;
  c->closing = true;
  ares_destroy(c->channel); /* closes its sockets through on_socket_state */
  uv_close((uv_handle_t *)&c->timer, free_cares);
}

ares_channel cares_channel(struct cares *c)
{
  return c->channel;
}
