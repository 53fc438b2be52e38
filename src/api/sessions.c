#include "api/sessions.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

/** That it was used is noted at most so often, microseconds. */
#define NOTE_EVERY_US ((int64_t)60 * 1000000)
#define SECOND_US ((int64_t)1000000)

/* ---- the key ---- */

/* Makes the key when there is none. Of several workers that do so at the same time one wins: link(2) never replaces. */
static bool make_key(const char *directory, const char *path, struct err *e)
{
  char key[DIGEST_SIZE];
  char *mine = mem_printf("%s.%d", path, (int)getpid());
  digest_random(key);
  bool ok = file_replace(mine, key, strlen(key), 0600, e);
  if (ok && link(mine, path) != 0 && errno != EEXIST)
    ok = err_set(e, "%s: a key cannot be made in %s: %s", path, directory, strerror(errno));
  unlink(mine);
  free(mine);
  OPENSSL_cleanse(key, sizeof key);
  return ok;
}

/* Read anew each time, which costs microseconds: whoever replaces the file ends every session at once. */
static bool read_key(const char *directory, char key[DIGEST_SIZE], struct err *e)
{
  char *path = mem_printf("%s/key", directory);
  char *text = NULL;
  if (access(path, F_OK) == 0 || make_key(directory, path, e))
    text = file_read(path, DIGEST_SIZE, NULL, e);
  bool ok = text && (digest_is_valid(text) || err_set(e, "%s: not 64 hexadecimal digits; remove it and another is made", path));
  if (ok)
    memcpy(key, text, DIGEST_SIZE);
  if (text)
    OPENSSL_cleanse(text, strlen(text));
  free(text);
  free(path);
  return ok;
}

static bool sign(const char *directory, const char *secret, const struct user *user, char signature[DIGEST_SIZE], struct err *e)
{
  char key[DIGEST_SIZE];
  if (!read_key(directory, key, e))
    return false;
  char *text = mem_printf("v1:%s:%s:%s", secret, user->name, user->hash);
  digest_hmac_sha256(key, strlen(key), text, strlen(text), signature);
  free(text);
  OPENSSL_cleanse(key, sizeof key);
  return true;
}

/* ---- the cookie ---- */

/* "v1-<secret>-<signature>" taken apart. */
static bool split(const char *cookie, char secret[DIGEST_SIZE], char signature[DIGEST_SIZE])
{
  const size_t n = DIGEST_SIZE - 1;
  if (strlen(cookie) != 3 + n + 1 + n || strncmp(cookie, "v1-", 3) != 0 || cookie[3 + n] != '-')
    return false;
  memcpy(secret, cookie + 3, n);
  memcpy(signature, cookie + 3 + n + 1, n);
  secret[n] = signature[n] = '\0';
  return digest_is_valid(secret) && digest_is_valid(signature);
}

static int64_t end_of(const struct ticket *t)
{
  int64_t idle_us = t->used_us + SESSION_IDLE_S * SECOND_US;
  return idle_us < t->expires_us ? idle_us : t->expires_us;
}

/* ---- beginning ---- */

struct sweep {
  const char *user;
  int64_t now_us;
  size_t count;      /* the user's that are not over */
  int64_t oldest_us; /* when the one was used that was not for longest */
};

/* Keeps what is not over. */
static bool count_one(void *arg, const struct ticket *t)
{
  struct sweep *s = arg;
  if (end_of(t) <= s->now_us)
    return false;
  if (strcmp(t->owner, s->user) == 0) {
    s->count++;
    s->oldest_us = t->used_us < s->oldest_us ? t->used_us : s->oldest_us;
  }
  return true;
}

static bool drop_oldest(void *arg, const struct ticket *t)
{
  const struct sweep *s = arg;
  return strcmp(t->owner, s->user) != 0 || t->used_us > s->oldest_us;
}

/* A file that cannot be read is in nobody's way: whatever is wrong with the directory, beginning a session says so. */
static void make_room(const char *directory, const char *user, int64_t now_us)
{
  struct sweep sweep = { .user = user, .now_us = now_us, .oldest_us = INT64_MAX };
  struct err e;
  bool swept = tickets_each(directory, count_one, &sweep, &e);
  if (sweep.count >= SESSIONS_PER_USER)
    swept = tickets_each(directory, drop_oldest, &sweep, &e);
  (void)swept;
}

bool sessions_begin(const char *directory, const struct user *user, int64_t now_us, char cookie[SESSION_COOKIE_SIZE], struct err *e)
{
  make_room(directory, user->name, now_us);
  struct ticket t = { .role = user->role, .created_us = now_us, .expires_us = now_us + SESSION_LIFE_S * SECOND_US, .used_us = now_us };
  char secret[DIGEST_SIZE], signature[DIGEST_SIZE];
  snprintf(t.owner, sizeof t.owner, "%s", user->name);
  bool ok = tickets_issue(directory, &t, secret, e) && sign(directory, secret, user, signature, e);
  if (ok)
    snprintf(cookie, SESSION_COOKIE_SIZE, "v1-%s-%s", secret, signature);
  OPENSSL_cleanse(secret, sizeof secret);
  return ok;
}

/* ---- finding, ending ---- */

const struct user *sessions_find(const char *directory, const char *cookie, const struct users *users, int64_t now_us, int64_t *ends_us,
                                 struct err *e)
{
  char secret[DIGEST_SIZE], given[DIGEST_SIZE], right[DIGEST_SIZE];
  struct ticket t;
  e->text[0] = '\0';
  if (!split(cookie, secret, given) || tickets_find(directory, secret, &t, e) != TICKET_FOUND || end_of(&t) <= now_us)
    return NULL;
  const struct user *user = users_find(users, t.owner);
  if (!user || !sign(directory, secret, user, right, e) || !digest_same(given, right))
    return NULL;
  if (now_us - t.used_us > NOTE_EVERY_US) {
    tickets_note_use(directory, secret, now_us);
    t.used_us = now_us;
  }
  *ends_us = end_of(&t);
  return user;
}

bool sessions_end(const char *directory, const char *cookie, struct err *e)
{
  char secret[DIGEST_SIZE], signature[DIGEST_SIZE];
  return !split(cookie, secret, signature) || tickets_end(directory, secret, e);
}
