#include "loop/resolve.h"

#include <arpa/inet.h>
#include <uthash.h>

#include "base/clock.h"
#include "base/mem.h"
#include "loop/cares.h"

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

struct resolver {
  uv_loop_t *loop;
  struct cares *cares;
  struct name *names;
};

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
  ares_getaddrinfo(cares_channel(n->resolver->cares), n->name, NULL, &hints, on_found, n);
  cares_asked(n->resolver->cares);
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
  int status = ares_library_init(ARES_LIB_INIT_ALL);
  if (status != ARES_SUCCESS)
    err_set(e, "c-ares: %s", ares_strerror(status));
  else
    r->cares = cares_new(loop, NULL, SERVER_MS, e);
  if (r->cares)
    return r;
  free(r);
  return NULL;
}

void resolver_free(struct resolver *r)
{
  if (!r)
    return;
  cares_free(r->cares);
  ares_library_cleanup();
  struct name *n, *next;
  HASH_ITER(hh, r->names, n, next) {
    HASH_DEL(r->names, n);
    while (n->lookups)
      free_lookup(n->lookups);
    free(n->name);
    free(n);
  }
  free(r);
}
