#include "api/who.h"

#include <openssl/crypto.h>
#include <strings.h>

#include "api/attempts.h"
#include "base/base64.h"
#include "base/log.h"
#include "base/mem.h"

/** How long a right pair is remembered, milliseconds, and how many are. */
#define REMEMBER_MS 60000
#define REMEMBER_COUNT 64
/** Longest credentials, bytes encoded: a name of 64 and a password of 511 with room to spare. */
#define CREDENTIALS_CAP 1024
/** That a token was used is noted at most so often, microseconds. */
#define NOTE_EVERY_US ((int64_t)60 * 1000000)
/** Wait of an attempt that finds another one being looked at. */
#define BUSY_MS 1000

enum file { USERS, TOKENS, SESSIONS, FILES };
static const char *const file_events[FILES] = { "users_file", "tokens", "sessions" };

struct remembered {
  char mac[DIGEST_SIZE]; /* of name, password and the user's hash as it was then */
  int64_t until_ms;      /* 0: free */
};

struct who {
  struct who_options options;
  struct users *users;
  char key[DIGEST_SIZE]; /* of this process, kept nowhere else */
  struct remembered remembered[REMEMBER_COUNT];
  char complaint[FILES][sizeof(struct err)];                                   /* the last one about each, so that it is logged once */
  char name[sizeof "token:" + TICKET_OWNER_SIZE], cookie[SESSION_COOKIE_SIZE]; /* storage of q->user and q->session */
};

struct who *who_new(const struct who_options *o)
{
  struct who *w = MEM_NEW(struct who);
  w->options = *o;
  w->users = users_new(o->users);
  digest_random(w->key);
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

/* A file that cannot be read lets nobody in; what is wrong with it is said once and not at every request. */
static void complain(struct who *w, enum file file, const char *text)
{
  char *last = w->complaint[file];
  if (*text && strcmp(text, last) != 0)
    log_error(file_events[file], "why=%s", LOG_QUOTE(text));
  snprintf(last, sizeof w->complaint[file], "%s", text);
}

static void refresh(struct who *w)
{
  struct err e = { "" };
  bool ok = users_refresh(w->users, &e);
  complain(w, USERS, ok ? "" : e.text);
}

static enum who_verdict known(struct request *q, const char *name, enum role role, enum request_how how)
{
  q->user = name;
  q->role = role;
  q->how = how;
  return WHO_KNOWN;
}

static enum who_verdict wrong(struct request *q, enum request_how how, const struct user *user)
{
  q->tried = how;
  q->tried_user = user ? user->name : NULL;
  return WHO_WRONG;
}

/* ---- a password ---- */

/* The lengths stand in between, so that no two pairs make the same text. */
static void digest_pair(const struct who *w, const struct user *user, const char *password, char mac[DIGEST_SIZE])
{
  char *text = mem_printf("%zu:%s:%zu:%s:%s", strlen(user->name), user->name, strlen(password), password, user->hash);
  digest_hmac_sha256(w->key, strlen(w->key), text, strlen(text), mac);
  OPENSSL_cleanse(text, strlen(text));
  free(text);
}

static bool is_remembered(const struct who *w, const char mac[DIGEST_SIZE], int64_t mono_ms)
{
  bool found = false;
  for (size_t i = 0; i < REMEMBER_COUNT; i++)
    found |= w->remembered[i].until_ms > mono_ms && digest_same(w->remembered[i].mac, mac);
  return found;
}

/* In place of the one that would be forgotten first. */
static void remember(struct who *w, const char mac[DIGEST_SIZE], int64_t mono_ms)
{
  struct remembered *oldest = &w->remembered[0];
  for (size_t i = 1; i < REMEMBER_COUNT; i++)
    if (w->remembered[i].until_ms < oldest->until_ms)
      oldest = &w->remembered[i];
  memcpy(oldest->mac, mac, DIGEST_SIZE);
  oldest->until_ms = mono_ms + REMEMBER_MS;
}

static enum who_verdict slow(struct request *q, int64_t wait_ms)
{
  q->wait_ms = wait_ms;
  return WHO_SLOW;
}

/* The slow hash, for names that do not exist too. */
static enum who_verdict hash(struct who *w, struct request *q, const char *name, const char *password, int64_t mono_ms)
{
  const struct user *user = users_find(w->users, name);
  int64_t wait_ms = attempts_wait_ms(w->options.attempts, q->remote_address, name, mono_ms);
  if (wait_ms)
    return slow(q, wait_ms);
  if (!attempts_enter(w->options.attempts, mono_ms))
    return slow(q, BUSY_MS);
  bool right = users_password_is(w->users, user, password);
  attempts_leave(w->options.attempts);
  if (right) {
    attempts_right(w->options.attempts, name);
    return WHO_KNOWN;
  }
  attempts_failed(w->options.attempts, q->remote_address, name, mono_ms);
  /* A name that is unknown may be a password typed into the wrong field: it is not logged. */
  log_warn("login_refused", "user=%s address=%s", LOG_QUOTE(user ? user->name : ""), LOG_QUOTE(q->remote_address));
  return wrong(q, HOW_BASIC, user);
}

static enum who_verdict check_password(struct who *w, struct request *q, const char *name, const char *password, int64_t mono_ms)
{
  char mac[DIGEST_SIZE];
  refresh(w);
  const struct user *user = users_find(w->users, name);
  if (user)
    digest_pair(w, user, password, mac);
  if (!user || !is_remembered(w, mac, mono_ms)) {
    enum who_verdict verdict = hash(w, q, name, password, mono_ms);
    if (verdict != WHO_KNOWN || !user) /* nobody's password is never right: users_password_is */
      return verdict;
    remember(w, mac, mono_ms);
  }
  return known(q, user->name, user->role, HOW_BASIC);
}

/* ---- Authorization ---- */

/* "Basic base64(name:password)": the encoded part into pair, cut at the colon; NULL when it is anything else. */
static char *read_basic(const char *encoded, char pair[CREDENTIALS_CAP])
{
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

static enum who_verdict basic(struct who *w, struct request *q, const char *encoded, int64_t mono_ms)
{
  char pair[CREDENTIALS_CAP];
  const char *password = read_basic(encoded, pair);
  enum who_verdict verdict = password ? check_password(w, q, pair, password, mono_ms) : WHO_WRONG;
  OPENSSL_cleanse(pair, sizeof pair);
  return verdict;
}

static enum who_verdict bearer(struct who *w, struct request *q, const char *token, int64_t wall_us)
{
  struct ticket t;
  struct err e = { "" };
  bool has_prefix = strncmp(token, TICKET_TOKEN_PREFIX, strlen(TICKET_TOKEN_PREFIX)) == 0;
  const char *secret = token + (has_prefix ? strlen(TICKET_TOKEN_PREFIX) : 0);
  bool right = has_prefix && tickets_find(w->options.tokens, secret, &t, &e) == TICKET_FOUND && t.expires_us > wall_us;
  complain(w, TOKENS, e.text);
  if (!right) {
    log_warn("token_refused", "address=%s", LOG_QUOTE(q->remote_address));
    return wrong(q, HOW_TOKEN, NULL);
  }
  if (wall_us - t.used_us > NOTE_EVERY_US)
    tickets_note_use(w->options.tokens, secret, wall_us);
  snprintf(w->name, sizeof w->name, "token:%s", t.owner);
  return known(q, w->name, t.role, HOW_TOKEN);
}

/* What stands behind the scheme's name, NULL when the scheme is another one. */
static const char *behind(const char *authorization, const char *scheme)
{
  size_t len = strlen(scheme);
  if (strncasecmp(authorization, scheme, len) != 0 || authorization[len] != ' ')
    return NULL;
  return authorization + len + strspn(authorization + len, " ");
}

static enum who_verdict authorization(struct who *w, struct request *q, int64_t mono_ms, int64_t wall_us)
{
  const char *encoded = behind(q->authorization, "Basic"), *token = behind(q->authorization, "Bearer");
  if (encoded)
    return basic(w, q, encoded, mono_ms);
  return token ? bearer(w, q, token, wall_us) : WHO_WRONG;
}

/* ---- nginx ---- */

/* Somebody whose role is none is known and may do nothing. */
static enum who_verdict nginx_says(struct request *q)
{
  enum role role;
  bool has_role = q->nginx_role && role_from_name(q->nginx_role, &role);
  return known(q, q->nginx_user, has_role ? role : ROLE_NOBODY, HOW_NGINX);
}

/* ---- a session ---- */

const char *who_cookie_name(const struct request *q)
{
  return q->https ? "__Host-signalbox" : "signalbox";
}

/* The value of the cookie of that name, of the size that ours have (RFC 6265, section 5.4: pairs are separated by "; "). */
static bool read_cookie(const char *cookies, const char *name, char value[SESSION_COOKIE_SIZE])
{
  size_t len = strlen(name);
  for (const char *p = cookies; *p;) {
    p += strspn(p, "; ");
    size_t n = strcspn(p, ";");
    if (n > len && n - len - 1 < SESSION_COOKIE_SIZE && strncmp(p, name, len) == 0 && p[len] == '=') {
      memcpy(value, p + len + 1, n - len - 1);
      value[n - len - 1] = '\0';
      return true;
    }
    p += n;
  }
  return false;
}

static enum who_verdict session(struct who *w, struct request *q, int64_t wall_us)
{
  struct err e;
  if (!q->cookies || !read_cookie(q->cookies, who_cookie_name(q), w->cookie))
    return WHO_NOBODY;
  refresh(w);
  const struct user *user = sessions_find(w->options.sessions, w->cookie, w->users, wall_us, &q->session_ends_us, &e);
  complain(w, SESSIONS, e.text);
  return user ? known(q, user->name, user->role, HOW_SESSION) : wrong(q, HOW_SESSION, NULL);
}

/* ---- all of it ---- */

enum who_verdict who_is(struct who *w, struct request *q, int64_t mono_ms, int64_t wall_us)
{
  known(q, NULL, ROLE_NOBODY, HOW_NOBODY);
  q->tried = HOW_NOBODY;
  if (w->options.nginx_decides && q->nginx_user)
    return nginx_says(q);
  return q->authorization ? authorization(w, q, mono_ms, wall_us) : session(w, q, wall_us);
}

enum who_verdict who_log_in(struct who *w, struct request *q, const char *name, const char *password, int64_t mono_ms, int64_t wall_us,
                            char cookie[SESSION_COOKIE_SIZE], struct err *e)
{
  enum who_verdict verdict = check_password(w, q, name, password, mono_ms);
  cookie[0] = '\0';
  if (verdict != WHO_KNOWN)
    return verdict;
  if (!sessions_begin(w->options.sessions, users_find(w->users, name), wall_us, cookie, e))
    return verdict;
  q->how = HOW_SESSION;
  q->session_ends_us = wall_us + (int64_t)SESSION_IDLE_S * 1000000;
  log_info("login", "user=%s address=%s", q->user, LOG_QUOTE(q->remote_address));
  return verdict;
}

bool who_log_out(struct who *w, const struct request *q, int64_t wall_us, const char **user, struct err *e)
{
  struct request as = *q;
  *user = NULL;
  char cookie[SESSION_COOKIE_SIZE];
  if (!q->cookies || !read_cookie(q->cookies, who_cookie_name(q), cookie))
    return true;
  if (session(w, &as, wall_us) == WHO_KNOWN) {
    *user = as.user;
    log_info("logout", "user=%s address=%s", as.user, LOG_QUOTE(q->remote_address));
  }
  return sessions_end(w->options.sessions, cookie, e);
}
