#include "api/attempts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/random.h>

/** What is remembered at a time; beyond it the one that matters least gives way. */
#define SETS 256
#define WAYS 8
#define FIRST_WAIT_MS 1000
/** Failures beyond the free ones that are counted: the waits have long been at their longest then. */
#define OVER_MOST 16

struct rule {
  int64_t free;      /* so many may fail without a wait */
  int64_t most_ms;   /* longest wait; it doubles up to there */
  int64_t forget_ms; /* so long after each failure one is forgotten */
};
static const struct rule by_address = { .free = 10, .most_ms = 60000, .forget_ms = 30000 };
static const struct rule by_name = { .free = 20, .most_ms = 10000, .forget_ms = 30000 };
static const struct rule of_all = { .free = 50, .most_ms = 0, .forget_ms = 1000 }; /* beyond the free ones: many */

struct counter {
  uint64_t key;     /* 0: free */
  int64_t failures; /* as of at_ms */
  int64_t at_ms;    /* monotonic: since when none has been forgotten */
  int64_t until_ms; /* monotonic: when the next may be made */
};

struct attempts {
  pthread_mutex_t lock;    /* of everything below but the two others */
  pthread_mutex_t hashing; /* who computes a hash while many fail */
  unsigned char key[32];
  struct counter all;
  struct counter counters[SETS][WAYS];
};

/* ---- locks that survive whoever dies with them ---- */

static void init_lock(pthread_mutex_t *lock)
{
  pthread_mutexattr_t how;
  pthread_mutexattr_init(&how);
  pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(lock, &how);
  pthread_mutexattr_destroy(&how);
}

/* What a dead worker left half-done is a count that is off by one. */
static bool got(pthread_mutex_t *lock, int result)
{
  if (result == EOWNERDEAD)
    pthread_mutex_consistent(lock);
  return result == 0 || result == EOWNERDEAD;
}

static void take(struct attempts *a)
{
  if (!got(&a->lock, pthread_mutex_lock(&a->lock)))
    abort();
}

static void release(struct attempts *a)
{
  pthread_mutex_unlock(&a->lock);
}

struct attempts *attempts_new(void)
{
  struct attempts *a = mmap(NULL, sizeof *a, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (a == MAP_FAILED)
    abort();
  init_lock(&a->lock);
  init_lock(&a->hashing);
  if (getrandom(a->key, sizeof a->key, 0) != (ssize_t)sizeof a->key)
    abort();
  return a;
}

void attempts_free(struct attempts *a)
{
  if (a)
    munmap(a, sizeof *a);
}

/* ---- counters ---- */

static uint64_t key_of(const struct attempts *a, char kind, const void *bytes, size_t len)
{
  unsigned char text[512] = { (unsigned char)kind }, sum[32];
  uint64_t key;
  unsigned n = sizeof sum;
  len = len < sizeof text - 1 ? len : sizeof text - 1;
  memcpy(text + 1, bytes, len);
  HMAC(EVP_sha256(), a->key, sizeof a->key, text, len + 1, sum, &n);
  memcpy(&key, sum, sizeof key);
  return key ? key : 1;
}

static uint64_t name_key(const struct attempts *a, const char *name)
{
  return key_of(a, 'n', name, strlen(name));
}

/* 0 for whoever has no address: all clients of a unix socket look the same. */
static uint64_t address_key(const struct attempts *a, const char *address)
{
  unsigned char bytes[16];
  if (inet_pton(AF_INET, address, bytes) == 1)
    return key_of(a, '4', bytes, 4);
  if (inet_pton(AF_INET6, address, bytes) == 1)
    return key_of(a, '6', bytes, 8);
  return 0;
}

static int64_t failures_now(const struct counter *c, const struct rule *rule, int64_t mono_ms)
{
  int64_t left = c->failures - (mono_ms - c->at_ms) / rule->forget_ms;
  return left > 0 ? left : 0;
}

static struct counter *find(struct attempts *a, uint64_t key)
{
  struct counter *set = a->counters[key % SETS];
  for (size_t i = 0; key && i < WAYS; i++)
    if (set[i].key == key)
      return &set[i];
  return NULL;
}

/* A new one takes the place of the one in its set that was counted least. */
static struct counter *find_or_make(struct attempts *a, uint64_t key)
{
  struct counter *c = find(a, key), *set = a->counters[key % SETS];
  if (c)
    return c;
  c = set;
  for (size_t i = 1; i < WAYS; i++)
    if (set[i].until_ms < c->until_ms || (set[i].until_ms == c->until_ms && set[i].failures < c->failures))
      c = &set[i];
  *c = (struct counter){ .key = key };
  return c;
}

static int64_t wait_after(const struct rule *rule, int64_t failures)
{
  int64_t over = failures - rule->free;
  if (over <= 0)
    return 0;
  int64_t wait_ms = (int64_t)FIRST_WAIT_MS << (over - 1);
  return wait_ms < rule->most_ms ? wait_ms : rule->most_ms;
}

static void count(struct counter *c, const struct rule *rule, int64_t mono_ms)
{
  int64_t left = failures_now(c, rule, mono_ms);
  c->at_ms = left ? c->at_ms + (c->failures - left) * rule->forget_ms : mono_ms;
  c->failures = left < rule->free + OVER_MOST ? left + 1 : left;
  c->until_ms = mono_ms + wait_after(rule, c->failures);
}

static int64_t wait_of(const struct counter *c, int64_t mono_ms)
{
  return c && c->until_ms > mono_ms ? c->until_ms - mono_ms : 0;
}

int64_t attempts_wait_ms(struct attempts *a, const char *address, const char *name, int64_t mono_ms)
{
  take(a);
  int64_t address_ms = wait_of(find(a, address_key(a, address)), mono_ms), name_ms = wait_of(find(a, name_key(a, name)), mono_ms);
  release(a);
  return address_ms > name_ms ? address_ms : name_ms;
}

void attempts_failed(struct attempts *a, const char *address, const char *name, int64_t mono_ms)
{
  take(a);
  uint64_t key = address_key(a, address);
  count(&a->all, &of_all, mono_ms);
  count(find_or_make(a, name_key(a, name)), &by_name, mono_ms);
  if (key)
    count(find_or_make(a, key), &by_address, mono_ms);
  release(a);
}

void attempts_right(struct attempts *a, const char *name)
{
  take(a);
  struct counter *c = find(a, name_key(a, name));
  if (c)
    *c = (struct counter){ 0 };
  release(a);
}

/* ---- hashing ---- */

bool attempts_enter(struct attempts *a, int64_t mono_ms)
{
  take(a);
  bool many = failures_now(&a->all, &of_all, mono_ms) > of_all.free;
  release(a);
  return !many || got(&a->hashing, pthread_mutex_trylock(&a->hashing));
}

/* A robust lock knows its owner: releasing one that was not taken does nothing. */
void attempts_leave(struct attempts *a)
{
  pthread_mutex_unlock(&a->hashing);
}
