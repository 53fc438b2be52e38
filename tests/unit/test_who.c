/* Who is asking: passwords and what is remembered of them, tokens, sessions, what nginx says; and wrong passwords, counted. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/attempts.h"
#include "api/who.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

#define SECOND_US ((int64_t)1000000)
#define NOW_US (1787392800 * SECOND_US)

/* ada:secret, ada:other, vi:look, eve:secret, a pair without a colon, one with a NUL */
#define ADA "Basic YWRhOnNlY3JldA=="
#define ADA_OTHER "Basic YWRhOm90aGVy"
#define VI "basic  dmk6bG9vaw=="
#define EVE "Basic ZXZlOnNlY3JldA=="
#define NO_COLON "Basic YWRh"
#define WITH_NUL "Basic YWRhOnNlY3JldAA="

/* Everything in a new directory. */
struct place {
  char directory[32];
  char *users, *tokens, *sessions;
  struct attempts *attempts;
  struct who *who;
};

static struct place *place_new(bool nginx_decides)
{
  struct place *p = MEM_NEW(struct place);
  log_set_level(LOG_ERROR + 1);
  snprintf(p->directory, sizeof p->directory, "/tmp/test-who-XXXXXX");
  cr_assert(mkdtemp(p->directory));
  p->users = mem_printf("%s/users", p->directory);
  p->tokens = mem_printf("%s/tokens", p->directory);
  p->sessions = mem_printf("%s/sessions", p->directory);
  p->attempts = attempts_new();
  p->who = who_new(&(struct who_options){ p->users, p->tokens, p->sessions, p->attempts, nginx_decides });
  return p;
}

static bool end_all(void *arg, const struct ticket *t)
{
  (void)arg;
  (void)t;
  return false;
}

static void place_free(struct place *p)
{
  struct err e;
  char *key = mem_printf("%s/key", p->sessions);
  who_free(p->who);
  attempts_free(p->attempts);
  cr_expect(tickets_each(p->tokens, end_all, NULL, &e) && tickets_each(p->sessions, end_all, NULL, &e), "%s", e.text);
  unlink(key);
  unlink(p->users);
  rmdir(p->tokens);
  rmdir(p->sessions);
  cr_expect_eq(rmdir(p->directory), 0, "nothing is left beside them");
  free(key);
  free(p->users);
  free(p->tokens);
  free(p->sessions);
  free(p);
}

static void add(struct place *p, const char *name, enum role role, const char *password)
{
  struct err e;
  cr_assert(users_add(p->users, name, role, password, &e), "%s", e.text);
}

static enum role role_of(struct place *p, const char *authorization, int64_t mono_ms)
{
  struct request q = { .authorization = authorization, .remote_address = "" };
  enum who_verdict verdict = who_is(p->who, &q, mono_ms, NOW_US);
  cr_expect_eq(q.user != NULL, q.role != ROLE_NOBODY, "a role has a user");
  cr_expect_eq(verdict == WHO_KNOWN, q.role != ROLE_NOBODY);
  return q.role;
}

Test(who, a_right_pair_counts_until_the_user_changes)
{
  struct place *p = place_new(false);
  struct err e;
  cr_expect_eq(role_of(p, ADA, 1), ROLE_NOBODY, "there is no file");
  add(p, "ada", ROLE_ADMIN, "secret");
  add(p, "vi", ROLE_VIEWER, "look");

  static const struct {
    const char *authorization;
    int role;
  } rows[] = {
    { NULL, ROLE_NOBODY },     { "", ROLE_NOBODY },        { "Bearer x", ROLE_NOBODY }, { "Basic", ROLE_NOBODY }, { "Basic ", ROLE_NOBODY },
    { NO_COLON, ROLE_NOBODY }, { WITH_NUL, ROLE_NOBODY },  { EVE, ROLE_NOBODY },        { ADA, ROLE_ADMIN },      { ADA, ROLE_ADMIN },
    { VI, ROLE_VIEWER },       { ADA_OTHER, ROLE_NOBODY }, { ADA " ", ROLE_NOBODY },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    cr_expect_eq((int)role_of(p, rows[i].authorization, 1), rows[i].role, "row %zu", i);

  cr_assert(users_change_password(p->users, "ada", "other", &e), "%s", e.text);
  cr_expect_eq(role_of(p, ADA, 2), ROLE_NOBODY, "the remembered pair is the old one");
  cr_expect_eq(role_of(p, ADA_OTHER, 2), ROLE_ADMIN);
  cr_assert(users_remove(p->users, "ada", &e), "%s", e.text);
  cr_expect_eq(role_of(p, ADA_OTHER, 3), ROLE_NOBODY);
  cr_expect_eq(role_of(p, VI, 1000000), ROLE_VIEWER, "forgotten, and asked again");
  place_free(p);
}

/* ---- tokens ---- */

Test(who, a_token_opens_until_it_ends)
{
  struct place *p = place_new(false);
  struct ticket t = { .owner = "prometheus", .role = ROLE_VIEWER, .created_us = NOW_US, .expires_us = NOW_US + SECOND_US }, found;
  char secret[DIGEST_SIZE], endless[DIGEST_SIZE];
  struct err e;
  cr_assert(tickets_issue(p->tokens, &t, secret, &e), "%s", e.text);
  t.expires_us = TICKET_NEVER;
  cr_assert(tickets_issue(p->tokens, &t, endless, &e), "%s", e.text);
  char *authorization = mem_printf("Bearer " TICKET_TOKEN_PREFIX "%s", secret), *bare = mem_printf("Bearer %s", secret);
  char *wrong = mem_copy_text(authorization), *never = mem_printf("bearer  " TICKET_TOKEN_PREFIX "%s", endless);
  wrong[strlen(wrong) - 1] ^= 1;

  struct request q = { .authorization = authorization, .remote_address = "" };
  cr_expect_eq(who_is(p->who, &q, 1, NOW_US), WHO_KNOWN);
  cr_expect(q.role == ROLE_VIEWER && q.how == HOW_TOKEN);
  cr_expect_str_eq(q.user, "token:prometheus");
  cr_expect(tickets_find(p->tokens, secret, &found, &e) == TICKET_FOUND && found.used_us == NOW_US, "when it was used is noted");
  cr_expect_eq(who_is(p->who, &q, 1, NOW_US + SECOND_US), WHO_WRONG, "it has expired");
  cr_expect_eq(role_of(p, never, 1), ROLE_VIEWER);
  cr_expect_eq(role_of(p, wrong, 1), ROLE_NOBODY);
  cr_expect_eq(role_of(p, bare, 1), ROLE_NOBODY);
  cr_expect_eq(role_of(p, "Bearer sbx_../../users", 1), ROLE_NOBODY);
  cr_assert(tickets_end(p->tokens, endless, &e), "%s", e.text);
  cr_expect_eq(role_of(p, never, 1), ROLE_NOBODY, "it was revoked");
  free(authorization);
  free(bare);
  free(wrong);
  free(never);
  place_free(p);
}

Test(tickets, a_file_that_is_none_lets_nobody_in_and_is_named)
{
  struct place *p = place_new(false);
  struct ticket t = { .owner = "a", .role = ROLE_ADMIN, .created_us = NOW_US, .expires_us = TICKET_NEVER };
  char secret[DIGEST_SIZE], name[DIGEST_SIZE];
  struct err e;
  cr_assert(tickets_issue(p->tokens, &t, secret, &e), "%s", e.text);
  char *path = mem_printf("%s/%s", p->tokens, digest_sha256(secret, strlen(secret), name));
  static const char *const bad[] = {
    "", "a", "a admin", "a root 2026-01-01T00:00:00Z never\n", "a admin today never\n", "a admin 2026-01-01T00:00:00Z\n"
  };
  for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
    cr_assert(file_replace(path, bad[i], strlen(bad[i]), 0600, &e), "%s", e.text);
    cr_expect_eq(tickets_find(p->tokens, secret, &t, &e), TICKET_UNREAD, "\"%s\"", bad[i]);
    cr_expect(strstr(e.text, "owner role created expires"), "%s", e.text);
    cr_expect(!tickets_each(p->tokens, end_all, NULL, &e));
  }
  unlink(path);
  free(path);
  place_free(p);
}

/* ---- sessions ---- */

/* A cookie of ada's, to free(). */
static char *log_in(struct place *p, const char *password, int64_t now_us)
{
  char cookie[SESSION_COOKIE_SIZE];
  struct request q = { .remote_address = "" };
  struct err e = { "" };
  cr_assert_eq(who_log_in(p->who, &q, "ada", password, 1, now_us, cookie, &e), WHO_KNOWN);
  cr_assert(*cookie, "%s", e.text);
  return mem_printf("theme=dark; signalbox=%s", cookie);
}

static bool opens(struct place *p, const char *cookies, int64_t now_us)
{
  struct request q = { .cookies = cookies, .remote_address = "" };
  bool known = who_is(p->who, &q, 1, now_us) == WHO_KNOWN;
  cr_expect(!known || (q.how == HOW_SESSION && q.role == ROLE_ADMIN && strcmp(q.user, "ada") == 0 && q.session_ends_us > now_us));
  return known;
}

Test(sessions, slide_with_use_and_end_at_their_age)
{
  struct place *p = place_new(false);
  add(p, "ada", ROLE_ADMIN, "secret");
  int64_t idle_us = SESSION_IDLE_S * SECOND_US, life_us = SESSION_LIFE_S * SECOND_US;
  char *unused = log_in(p, "secret", NOW_US), *used = log_in(p, "secret", NOW_US);
  int64_t at_us = NOW_US;
  for (; at_us + idle_us / 2 < NOW_US + life_us; at_us += idle_us / 2)
    cr_assert(opens(p, used, at_us), "%" PRId64 " s later", (at_us - NOW_US) / SECOND_US);
  cr_expect(!opens(p, used, NOW_US + life_us), "however much it is used");
  cr_expect(!opens(p, unused, NOW_US + idle_us));
  cr_expect(opens(p, unused, NOW_US + idle_us - SECOND_US));
  free(unused);
  free(used);
  place_free(p);
}

Test(sessions, end_by_log_out_by_a_new_password_with_the_user_and_with_the_key)
{
  struct place *p = place_new(false);
  struct err e;
  add(p, "ada", ROLE_ADMIN, "secret");
  char *one = log_in(p, "secret", NOW_US), *two = log_in(p, "secret", NOW_US), *key = mem_printf("%s/key", p->sessions);
  cr_expect(opens(p, one, NOW_US) && opens(p, two, NOW_US));
  struct request q = { .cookies = one, .remote_address = "" };
  const char *whose;
  cr_assert(who_log_out(p->who, &q, NOW_US, &whose, &e), "%s", e.text);
  cr_expect_str_eq(whose, "ada");
  cr_assert(who_log_out(p->who, &q, NOW_US, &whose, &e) && !whose, "%s", e.text);
  cr_expect(!opens(p, one, NOW_US) && opens(p, two, NOW_US), "the other one goes on");

  cr_assert(users_change_password(p->users, "ada", "other", &e), "%s", e.text);
  cr_expect(!opens(p, two, NOW_US), "a new password");
  char *three = log_in(p, "other", NOW_US);
  unlink(key);
  cr_expect(!opens(p, three, NOW_US), "a new key");
  char *four = log_in(p, "other", NOW_US);
  cr_expect(opens(p, four, NOW_US));
  cr_assert(users_remove(p->users, "ada", &e), "%s", e.text);
  cr_expect(!opens(p, four, NOW_US), "no such user");
  free(one);
  free(two);
  free(three);
  free(four);
  free(key);
  place_free(p);
}

Test(sessions, a_cookie_that_was_not_given_out_opens_nothing)
{
  struct place *p = place_new(false);
  add(p, "ada", ROLE_ADMIN, "secret");
  char *right = log_in(p, "secret", NOW_US);
  const char *value = strstr(right, "v1-");
  cr_expect(opens(p, right, NOW_US));
  for (size_t i = 0; value[i]; i++) {
    char *wrong = mem_copy_text(right);
    wrong[value - right + (long)i] = value[i] == '0' ? '1' : '0';
    cr_expect(!opens(p, wrong, NOW_US), "character %zu", i);
    free(wrong);
  }
  static const char *const bad[] = {
    "", ";", "signalbox", "signalbox=", "signalbox=v1", "signalbox=v1--", "signalbox=../../users", "=;=;;"
  };
  for (size_t i = 0; i < ARRAY_LEN(bad); i++)
    cr_expect(!opens(p, bad[i], NOW_US), "%s", bad[i]);
  char *other_name = mem_printf("xsignalbox=%s", value), *longer = mem_printf("signalbox=%s0", value);
  cr_expect(!opens(p, other_name, NOW_US) && !opens(p, longer, NOW_US));
  struct request https = { .cookies = right, .https = true, .remote_address = "" };
  cr_expect_eq(who_is(p->who, &https, 1, NOW_US), WHO_NOBODY, "over TLS only the cookie that no other host can set");
  free(other_name);
  free(longer);
  free(right);
  place_free(p);
}

Test(sessions, are_so_many_for_a_user_and_no_more)
{
  struct place *p = place_new(false);
  char *cookies[SESSIONS_PER_USER + 1];
  add(p, "ada", ROLE_ADMIN, "secret");
  for (int i = 0; i <= SESSIONS_PER_USER; i++)
    cookies[i] = log_in(p, "secret", NOW_US + i * SECOND_US);
  for (int i = 0; i <= SESSIONS_PER_USER; i++) {
    cr_expect_eq(opens(p, cookies[i], NOW_US + 60 * SECOND_US), i > 0, "session %d", i);
    free(cookies[i]);
  }
  place_free(p);
}

/* ---- what nginx says ---- */

Test(who, what_nginx_says_counts_only_where_it_decides)
{
  static const struct {
    bool decides;
    const char *user, *role, *authorization;
    int expected;
  } rows[] = {
    { true, "ada@example.org", "admin", NULL, ROLE_ADMIN },
    { true, "vi", "viewer", NULL, ROLE_VIEWER },
    { true, "vi", NULL, NULL, ROLE_NOBODY },
    { true, "vi", "root", NULL, ROLE_NOBODY },
    { true, NULL, "admin", NULL, ROLE_NOBODY },
    { false, "ada", "admin", NULL, ROLE_NOBODY },
    { true, "vi", "nobody", ADA, ROLE_NOBODY },
  };
  struct place *places[] = { place_new(false), place_new(true) };
  add(places[1], "ada", ROLE_ADMIN, "secret");
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct request q = {
      .nginx_user = rows[i].user, .nginx_role = rows[i].role, .authorization = rows[i].authorization, .remote_address = ""
    };
    enum who_verdict verdict = who_is(places[rows[i].decides]->who, &q, 1, NOW_US);
    cr_expect_eq((int)q.role, rows[i].expected, "row %zu", i);
    cr_expect_eq(verdict == WHO_KNOWN, rows[i].decides && rows[i].user, "row %zu", i);
  }
  place_free(places[0]);
  place_free(places[1]);
}

/* ---- wrong passwords ---- */

/* Fails until there is a wait, at most so often; how often. */
static int fail_until_wait(struct attempts *a, const char *address, const char *name, int64_t mono_ms, int most)
{
  int n = 0;
  while (n < most && !attempts_wait_ms(a, address, name, mono_ms)) {
    attempts_failed(a, address, name, mono_ms);
    n++;
  }
  return n;
}

Test(attempts, an_address_waits_longer_and_longer_and_others_do_not)
{
  struct attempts *a = attempts_new();
  char name[8];
  int64_t now_ms = 1000, last_ms = 0;
  for (int i = 0; i < 11; i++) {
    snprintf(name, sizeof name, "n%d", i);
    cr_expect_eq(attempts_wait_ms(a, "192.0.2.1", name, now_ms), 0, "attempt %d", i);
    attempts_failed(a, "192.0.2.1", name, now_ms);
  }
  for (int i = 0; i < 10; i++) {
    int64_t wait_ms = attempts_wait_ms(a, "192.0.2.1", "other", now_ms);
    cr_expect(i < 5 ? wait_ms > last_ms : wait_ms >= 16000 && wait_ms <= 60000, "%d: %" PRId64 " ms", i, wait_ms);
    last_ms = wait_ms;
    now_ms += wait_ms;
    cr_expect_eq(attempts_wait_ms(a, "192.0.2.1", "other", now_ms), 0, "then it may try");
    attempts_failed(a, "192.0.2.1", "other", now_ms);
  }
  cr_expect_eq(attempts_wait_ms(a, "192.0.2.2", "n1", now_ms), 0);
  cr_expect_eq(attempts_wait_ms(a, "192.0.2.1", "n1", now_ms + 3600000), 0, "forgotten");
  cr_expect_eq(fail_until_wait(a, "192.0.2.1", "n1", now_ms + 3600000, 100), 11, "and begun anew");
  attempts_free(a);
}

Test(attempts, a_name_waits_whoever_tries_it_but_not_for_long)
{
  struct attempts *a = attempts_new();
  char address[32];
  for (int i = 0; i < 200; i++) {
    snprintf(address, sizeof address, "198.51.100.%d", i);
    attempts_failed(a, address, "ada", 1000);
  }
  int64_t wait_ms = attempts_wait_ms(a, "203.0.113.1", "ada", 1000);
  cr_expect(wait_ms > 0 && wait_ms <= 10000, "%" PRId64, wait_ms);
  cr_expect_eq(attempts_wait_ms(a, "203.0.113.1", "vi", 1000), 0);
  attempts_right(a, "ada");
  cr_expect_eq(attempts_wait_ms(a, "203.0.113.1", "ada", 1000), 0, "a right one clears the name");
  cr_expect_eq(fail_until_wait(a, "unix:", "bob", 1000, 100), 21, "a unix socket is no address: only the name counts");
  cr_expect_eq(fail_until_wait(a, "2001:db8::1", "c1", 1000, 100), 11);
  cr_expect(attempts_wait_ms(a, "2001:db8::ffff:1", "c2", 1000) > 0 && !attempts_wait_ms(a, "2001:db8:0:1::1", "c2", 1000), "by /64");
  attempts_free(a);
}

Test(attempts, workers_share_them_and_one_that_dies_with_the_lock_blocks_nobody)
{
  struct attempts *a = attempts_new();
  for (int i = 0; i < 3; i++) {
    pid_t pid = fork();
    if (pid == 0) {
      for (int n = 0; n < 20; n++)
        attempts_failed(a, "192.0.2.1", "ada", 1000);
      _exit(attempts_enter(a, 1000) ? 0 : 1); /* dies with what it has taken */
    }
    int status;
    waitpid(pid, &status, 0);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the one before has died with it");
  }
  cr_expect(attempts_wait_ms(a, "192.0.2.1", "x", 1000) > 0);
  cr_assert(attempts_enter(a, 1000));
  pid_t pid = fork();
  if (pid == 0)
    _exit(attempts_enter(a, 1000) ? 0 : 1);
  int status;
  waitpid(pid, &status, 0);
  cr_expect_eq(WEXITSTATUS(status), 1, "while many fail, one at a time computes");
  attempts_leave(a);
  attempts_leave(a);
  cr_expect(attempts_enter(a, 1000 + 3600000), "and when they have stopped, everybody");
  attempts_free(a);
}
