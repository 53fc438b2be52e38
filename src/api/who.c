#include "api/who.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <strings.h>
#include <sys/random.h>

#include "base/base64.h"
#include "base/log.h"
#include "base/mem.h"

/** How long a right pair is remembered, milliseconds, and how many are. */
#define REMEMBER_MS 60000
#define REMEMBER_COUNT 64
#define KEY_SIZE 32
#define MAC_SIZE 32
/** Longest credentials, bytes encoded: a name of 64 and a password of 511 with room to spare. */
#define CREDENTIALS_CAP 1024

struct remembered {
  unsigned char mac[MAC_SIZE]; /* of name, password and the user's hash as it was then */
  int64_t until_ms;            /* 0: free */
};

struct who {
  struct users *users;
  unsigned char key[KEY_SIZE]; /* of this process, kept nowhere else */
  struct remembered remembered[REMEMBER_COUNT];
  char complaint[sizeof(struct err)]; /* the last one about the file, so that it is logged once */
};

struct who *who_new(const char *users_path)
{
  struct who *w = MEM_NEW(struct who);
  w->users = users_new(users_path);
  if (getrandom(w->key, sizeof w->key, 0) != (ssize_t)sizeof w->key)
    abort();
  return w;
}

void who_free(struct who *w)
{
  if (!w)
    return;
  users_free(w->users);
  OPENSSL_cleanse(w, sizeof *w);
  free(w);
}

static void refresh(struct who *w)
{
  struct err e = { "" };
  bool ok = users_refresh(w->users, &e);
  if (!ok && strcmp(e.text, w->complaint) != 0)
    log_error("users_file", "why=%s", LOG_QUOTE(e.text));
  memcpy(w->complaint, e.text, sizeof e.text);
}

/* "Basic base64(name:password)" into pair, cut at the colon; NULL when it is anything else. */
static char *read_basic(const char *authorization, char pair[CREDENTIALS_CAP])
{
  if (!authorization || strncasecmp(authorization, "Basic ", 6) != 0)
    return NULL;
  const char *encoded = authorization + 6 + strspn(authorization + 6, " ");
  size_t len = strlen(encoded), n;
  if (len >= CREDENTIALS_CAP || !base64_decode(encoded, len, (unsigned char *)pair, &n) || memchr(pair, '\0', n))
    return NULL;
  pair[n] = '\0';
  char *colon = strchr(pair, ':');
  if (!colon)
    return NULL;
  *colon = '\0';
  return colon + 1;
}

/* The lengths stand in between, so that no two pairs make the same text. */
static void digest(const struct who *w, const struct user *user, const char *password, unsigned char mac[MAC_SIZE])
{
  char *text = mem_printf("%zu:%s:%zu:%s:%s", strlen(user->name), user->name, strlen(password), password, user->hash);
  unsigned n = MAC_SIZE;
  HMAC(EVP_sha256(), w->key, KEY_SIZE, (const unsigned char *)text, strlen(text), mac, &n);
  OPENSSL_cleanse(text, strlen(text));
  free(text);
}

static bool is_remembered(const struct who *w, const unsigned char mac[MAC_SIZE], int64_t mono_ms)
{
  bool found = false;
  for (size_t i = 0; i < REMEMBER_COUNT; i++)
    found |= w->remembered[i].until_ms > mono_ms && CRYPTO_memcmp(w->remembered[i].mac, mac, MAC_SIZE) == 0;
  return found;
}

/* In place of the one that would be forgotten first. */
static void remember(struct who *w, const unsigned char mac[MAC_SIZE], int64_t mono_ms)
{
  struct remembered *oldest = &w->remembered[0];
  for (size_t i = 1; i < REMEMBER_COUNT; i++)
    if (w->remembered[i].until_ms < oldest->until_ms)
      oldest = &w->remembered[i];
  memcpy(oldest->mac, mac, MAC_SIZE);
  oldest->until_ms = mono_ms + REMEMBER_MS;
}

static bool is_right(struct who *w, const struct user *user, const char *password, int64_t mono_ms)
{
  unsigned char mac[MAC_SIZE];
  if (user) {
    digest(w, user, password, mac);
    if (is_remembered(w, mac, mono_ms))
      return true;
  }
  if (!users_password_is(w->users, user, password))
    return false;
  remember(w, mac, mono_ms);
  return true;
}

void who_is(struct who *w, struct request *q, int64_t mono_ms)
{
  char pair[CREDENTIALS_CAP];
  q->user = NULL;
  q->role = ROLE_NOBODY;
  const char *password = read_basic(q->authorization, pair);
  if (!password)
    return;
  refresh(w);
  const struct user *user = users_find(w->users, pair);
  if (is_right(w, user, password, mono_ms)) {
    q->user = user->name;
    q->role = user->role;
  } else {
    /* A name that is unknown may be a password typed into the wrong field: it is not logged. */
    log_warn("login_refused", "user=%s address=%s", LOG_QUOTE(user ? user->name : ""), LOG_QUOTE(q->remote_address));
  }
  OPENSSL_cleanse(pair, sizeof pair);
}
