#include "loop/resolve.h"

#include <ares.h>
#include <arpa/inet.h>
#include <uthash.h>

#include "base/clock.h"
#include "base/mem.h"

/** Records are kept as long as their time to live says, but not longer, seconds; a name that does not exist is kept for NEGATIVE_S. */
#define CACHE_MOST_S 60
#define CACHE_LEAST_S 1
#define NEGATIVE_S 2
#define CACHE_NAMES 20000
#define ADDRESSES 16
/** A name server gets this long for an answer, twice, milliseconds. */
#define SERVER_MS 2000

/* One name: in the cache, being asked for, or both after another. */
struct name {
  char *name;
  struct resolver *resolver;
  char addresses[ADDRESSES][INET6_ADDRSTRLEN];
  size_t count;
  enum resolve_outcome outcome;
  struct err why;
  int64_t until_ms; /* monotonic; 0: nothing is known yet */
  bool asking;
  struct lookup *lookups; /* that wait for the answer */
  UT_hash_handle hh;
};

struct lookup {
  struct lookup *next, **link;
  struct name *name;
  uv_timer_t timer; /* answers out of the cache come later too */
  bool has_timer;
  resolve_fn fn;
  void *arg;
};

/* One of c-ares' sockets. */
struct socket_watch {
  uv_poll_t poll;
  struct resolver *resolver;
  ares_socket_t fd;
  UT_hash_handle hh;
};

struct resolver {
  uv_loop_t *loop;
  ares_channel channel;
  struct name *names;
  struct socket_watch *sockets;
  uv_timer_t timer; /* c-ares' own time-outs */
  bool closing;
};

/* ---- c-ares on the loop ---- */

static void free_socket(uv_handle_t *handle)
{
  free(CONTAINER_OF(handle, struct socket_watch, poll));
}

static void arm_timer(struct resolver *r);

static void on_socket(uv_poll_t *poll, int status, int events)
{
  struct socket_watch *w = CONTAINER_OF(poll, struct socket_watch, poll);
  struct resolver *r = w->resolver;
  ares_socket_t fd = w->fd;
  bool in = status < 0 || events & UV_READABLE, out = status < 0 || events & UV_WRITABLE;
  ares_process_fd(r->channel, in ? fd : ARES_SOCKET_BAD, out ? fd : ARES_SOCKET_BAD);
  arm_timer(r);
}

static void on_ares_timer(uv_timer_t *timer)
{
  struct resolver *r = timer->data;
  ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  arm_timer(r);
}

static void arm_timer(struct resolver *r)
{
  struct timeval room, *left = r->closing ? NULL : ares_timeout(r->channel, NULL, &room);
  if (left)
    uv_timer_start(&r->timer, on_ares_timer, (uint64_t)left->tv_sec * 1000 + (uint64_t)left->tv_usec / 1000 + 1, 0);
  else if (!r->closing)
    uv_timer_stop(&r->timer);
}

static void on_socket_state(void *arg, ares_socket_t fd, int readable, int writable)
{
  struct resolver *r = arg;
  struct socket_watch *w;
  HASH_FIND(hh, r->sockets, &fd, sizeof fd, w);
  if (!readable && !writable) {
    if (w) {
      HASH_DEL(r->sockets, w);
      uv_poll_stop(&w->poll);
      uv_close((uv_handle_t *)&w->poll, free_socket);
    }
    return;
  }
  if (!w) {
    w = MEM_NEW(struct socket_watch);
    w->resolver = r;
    w->fd = fd;
    uv_poll_init_socket(r->loop, &w->poll, fd);
    HASH_ADD(hh, r->sockets, fd, sizeof w->fd, w);
  }
  uv_poll_start(&w->poll, (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0), on_socket);
}

/* ---- names ---- */

static void free_lookup_handle(uv_handle_t *handle)
{
  free(CONTAINER_OF(handle, struct lookup, timer));
}

static void unlink_lookup(struct lookup *l)
{
  if (!l->link)
    return;
  *l->link = l->next;
  if (l->next)
    l->next->link = l->link;
  l->link = NULL;
}

static void free_lookup(struct lookup *l)
{
  unlink_lookup(l);
  if (l->has_timer)
    uv_close((uv_handle_t *)&l->timer, free_lookup_handle);
  else
    free(l);
}

static void tell(struct lookup *l)
{
  struct name *n = l->name;
  const char *addresses[ADDRESSES];
  resolve_fn fn = l->fn;
  void *arg = l->arg;
  enum resolve_outcome outcome = n->outcome;
  struct err why = n->why;
  size_t count = n->count;
  char copies[ADDRESSES][INET6_ADDRSTRLEN];
  memcpy(copies, n->addresses, sizeof copies);
  for (size_t i = 0; i < count; i++)
    addresses[i] = copies[i];
  free_lookup(l);
  fn(arg, outcome, addresses, count, &why);
}

static void take_addresses(struct name *n, const struct ares_addrinfo *found)
{
  int ttl = CACHE_MOST_S;
  n->count = 0;
  for (const struct ares_addrinfo_node *node = found->nodes; node && n->count < ADDRESSES; node = node->ai_next) {
    const void *address = node->ai_family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)(const void *)node->ai_addr)->sin6_addr
                                                      : (const void *)&((const struct sockaddr_in *)(const void *)node->ai_addr)->sin_addr;
    if (inet_ntop(node->ai_family, address, n->addresses[n->count], INET6_ADDRSTRLEN))
      n->count++;
    if (node->ai_ttl < ttl)
      ttl = node->ai_ttl;
  }
  n->outcome = RESOLVE_OK;
  n->until_ms = clock_mono_ms() + 1000 * (ttl < CACHE_LEAST_S ? CACHE_LEAST_S : ttl);
}

static void on_found(void *arg, int status, int timeouts, struct ares_addrinfo *found)
{
  struct name *n = arg;
  (void)timeouts;
  n->asking = false;
  if (status == ARES_EDESTRUCTION || status == ARES_ECANCELLED)
    return;
  n->count = 0;
  n->why.text[0] = '\0';
  if (status == ARES_SUCCESS) {
    take_addresses(n, found);
    ares_freeaddrinfo(found);
  } else {
    bool none = status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_EBADNAME || status == ARES_ENONAME;
    n->outcome = none ? RESOLVE_NO_SUCH_NAME : RESOLVE_BROKEN;
    n->until_ms = none ? clock_mono_ms() + 1000 * NEGATIVE_S : 0;
    if (none)
      err_set(&n->why, "there is no host named \"%s\"", n->name);
    else
      err_set(&n->why, "the name service did not answer for \"%s\": %s", n->name, ares_strerror(status));
  }
  /* Those who ask again from their callback wait for the next answer. */
  struct lookup *waiting = n->lookups;
  n->lookups = NULL;
  if (waiting)
    waiting->link = &waiting;
  while (waiting)
    tell(waiting);
}

static void ask(struct name *n)
{
  struct ares_addrinfo_hints hints = { .ai_family = AF_UNSPEC };
  n->asking = true;
  ares_getaddrinfo(n->resolver->channel, n->name, NULL, &hints, on_found, n);
  arm_timer(n->resolver);
}

static void on_cached(uv_timer_t *timer)
{
  struct lookup *l = CONTAINER_OF(timer, struct lookup, timer);
  if (l->name->until_ms)
    tell(l);
  else if (!l->name->asking)
    ask(l->name);
}

/* Names nobody waits for go when there are too many. */
static void make_room(struct resolver *r)
{
  struct name *n, *next;
  if (HASH_COUNT(r->names) < CACHE_NAMES)
    return;
  HASH_ITER(hh, r->names, n, next) {
    if (n->lookups || n->asking)
      continue;
    HASH_DEL(r->names, n);
    free(n->name);
    free(n);
  }
}

static struct name *find_or_add(struct resolver *r, const char *text)
{
  struct name *n;
  HASH_FIND_STR(r->names, text, n);
  if (!n) {
    make_room(r);
    n = MEM_NEW(struct name);
    n->resolver = r;
    n->name = mem_copy_text(text);
    HASH_ADD_KEYPTR(hh, r->names, n->name, strlen(n->name), n);
  }
  return n;
}

struct lookup *resolver_lookup(struct resolver *r, const char *text, resolve_fn fn, void *arg)
{
  struct name *n = find_or_add(r, text);
  struct lookup *l = MEM_NEW(struct lookup);
  *l = (struct lookup){ .next = n->lookups, .link = &n->lookups, .name = n, .fn = fn, .arg = arg };
  if (n->lookups)
    n->lookups->link = &l->next;
  n->lookups = l;
  if (n->until_ms && n->until_ms < clock_mono_ms())
    n->until_ms = 0;
  if (!n->asking) {
    l->has_timer = true;
    uv_timer_init(r->loop, &l->timer);
    uv_timer_start(&l->timer, on_cached, 0, 0);
  }
  return l;
}

void lookup_cancel(struct lookup *l)
{
  free_lookup(l);
}

bool resolve_is_address(const char *name)
{
  unsigned char room[sizeof(struct in6_addr)];
  return inet_pton(AF_INET, name, room) == 1 || inet_pton(AF_INET6, name, room) == 1;
}

struct resolver *resolver_new(uv_loop_t *loop, struct err *e)
{
  struct resolver *r = MEM_NEW(struct resolver);
  r->loop = loop;
  struct ares_options options = { .timeout = SERVER_MS, .tries = 2, .sock_state_cb = on_socket_state, .sock_state_cb_data = r };
  int status = ares_library_init(ARES_LIB_INIT_ALL);
  if (status == ARES_SUCCESS)
    status = ares_init_options(&r->channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
  const char *servers = getenv(RESOLVE_SERVERS_VARIABLE);
  if (status == ARES_SUCCESS && servers) {
    status = ares_set_servers_ports_csv(r->channel, servers);
    if (status != ARES_SUCCESS)
      ares_destroy(r->channel);
  }
  if (status != ARES_SUCCESS) {
    err_set(e, "resolver: %s", ares_strerror(status));
    free(r);
    return NULL;
  }
  uv_timer_init(loop, &r->timer);
  r->timer.data = r;
  return r;
}

static void free_resolver(uv_handle_t *timer)
{
  free(CONTAINER_OF(timer, struct resolver, timer));
}

void resolver_free(struct resolver *r)
{
  if (!r)
    return;
  r->closing = true;
  ares_destroy(r->channel); /* closes its sockets through on_socket_state */
  ares_library_cleanup();
  struct name *n, *next;
  HASH_ITER(hh, r->names, n, next) {
    HASH_DEL(r->names, n);
    while (n->lookups)
      free_lookup(n->lookups);
    free(n->name);
    free(n);
  }
  uv_close((uv_handle_t *)&r->timer, free_resolver);
}
