/* Who is asking: what is remembered and when it stops counting. */
#include <criterion/criterion.h>
#include <unistd.h>

#include "api/who.h"
#include "base/log.h"
#include "base/mem.h"

/* ada:secret, ada:other, vi:look, eve:secret, a pair without a colon, one with a NUL */
#define ADA "Basic YWRhOnNlY3JldA=="
#define ADA_OTHER "Basic YWRhOm90aGVy"
#define VI "basic  dmk6bG9vaw=="
#define EVE "Basic ZXZlOnNlY3JldA=="
#define NO_COLON "Basic YWRh"
#define WITH_NUL "Basic YWRhOnNlY3JldAA="

static enum role role_of(struct who *w, const char *authorization, int64_t mono_ms)
{
  struct request q = { .authorization = authorization, .remote_address = "" };
  who_is(w, &q, mono_ms);
  cr_expect_eq(q.user != NULL, q.role != ROLE_NOBODY, "a role has a user");
  return q.role;
}

Test(who, a_right_pair_counts_until_the_user_changes)
{
  char directory[] = "/tmp/test-who-XXXXXX";
  struct err e;
  cr_assert(mkdtemp(directory));
  char *path = mem_printf("%s/users", directory);
  log_set_level(LOG_ERROR);
  struct who *w = who_new(path);
  cr_expect_eq(role_of(w, ADA, 1), ROLE_NOBODY, "there is no file");
  cr_assert(users_add(path, "ada", ROLE_ADMIN, "secret", &e) && users_add(path, "vi", ROLE_VIEWER, "look", &e), "%s", e.text);

  static const struct {
    const char *authorization;
    int role;
  } rows[] = {
    { NULL, ROLE_NOBODY },     { "", ROLE_NOBODY },        { "Bearer x", ROLE_NOBODY }, { "Basic", ROLE_NOBODY }, { "Basic ", ROLE_NOBODY },
    { NO_COLON, ROLE_NOBODY }, { WITH_NUL, ROLE_NOBODY },  { EVE, ROLE_NOBODY },        { ADA, ROLE_ADMIN },      { ADA, ROLE_ADMIN },
    { VI, ROLE_VIEWER },       { ADA_OTHER, ROLE_NOBODY }, { ADA " ", ROLE_NOBODY },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    cr_expect_eq((int)role_of(w, rows[i].authorization, 1), rows[i].role, "row %zu", i);

  cr_assert(users_change_password(path, "ada", "other", &e), "%s", e.text);
  cr_expect_eq(role_of(w, ADA, 2), ROLE_NOBODY, "the remembered pair is the old one");
  cr_expect_eq(role_of(w, ADA_OTHER, 2), ROLE_ADMIN);
  cr_assert(users_remove(path, "ada", &e), "%s", e.text);
  cr_expect_eq(role_of(w, ADA_OTHER, 3), ROLE_NOBODY);
  cr_expect_eq(role_of(w, VI, 1000000), ROLE_VIEWER, "forgotten, and asked again");

  who_free(w);
  unlink(path);
  rmdir(directory);
  free(path);
}
