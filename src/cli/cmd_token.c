/* signalbox token create|list|revoke: what machines show instead of a password. A token is shown once, when it is made; its file holds a digest. */
#include "base/clock.h"
#include "base/duration.h"
#include "base/json.h"
#include "base/options.h"
#include "base/tickets.h"
#include "cli/cli.h"
#include "cli/place.h"
#include "cli/trail.h"

struct arguments {
  const char *tokens, *role, *expires, *name, *spool;
};

/* Tokens are found by name, which is in their files. */
struct search {
  const char *name;
  bool found, end; /* end: the one found ends */
};

static bool look(void *arg, const struct ticket *t)
{
  struct search *s = arg;
  bool fits = strcmp(t->owner, s->name) == 0;
  s->found |= fits;
  return !(fits && s->end);
}

static bool read_end(const char *text, int64_t now_us, int64_t *end_us, struct err *e)
{
  int64_t ms;
  if (!text)
    return err_set(e, "--expires 90d, or --expires never, is needed");
  *end_us = TICKET_NEVER;
  if (strcmp(text, "never") == 0)
    return true;
  if (!duration_parse(text, &ms, e))
    return err_context(e, "--expires");
  *end_us = now_us + ms * 1000;
  return true;
}

static bool create(const struct arguments *a, struct err *e)
{
  struct search search = { .name = a->name };
  struct ticket t = { .created_us = clock_wall_us() };
  char secret[DIGEST_SIZE];
  if (!a->role || !role_from_name(a->role, &t.role))
    return err_set(e, "--role admin or --role viewer is needed");
  if (!users_name_is_valid(a->name, e) || !read_end(a->expires, t.created_us, &t.expires_us, e) ||
      !tickets_each(a->tokens, look, &search, e))
    return false;
  if (search.found)
    return err_set(e, "there is a token %s already; `signalbox token revoke %s` ends it", a->name, a->name);
  snprintf(t.owner, sizeof t.owner, "%s", a->name);
  struct spool_row *row =
      trail_begin(a->spool, a->tokens, "token_create", a->name, json_pack("{s: s, s: s}", "role", a->role, "expires", a->expires), e);
  if (!trail_end(row, row && tickets_issue(a->tokens, &t, secret, e), e))
    return false;
  fprintf(stderr, "This is shown once and kept nowhere; send it as `Authorization: Bearer ...`:\n");
  printf(TICKET_TOKEN_PREFIX "%s\n", secret);
  return true;
}

static bool print(void *arg, const struct ticket *t)
{
  const int64_t *now_us = arg;
  char created[CLOCK_STAMP_SIZE], expires[CLOCK_STAMP_SIZE], used[CLOCK_STAMP_SIZE];
  const char *end = t->expires_us == TICKET_NEVER ? "never" : t->expires_us <= *now_us ? "expired" : clock_format(t->expires_us, expires);
  clock_format(t->created_us / 1000000 * 1000000, created);
  printf("%-24s %-8s %-22s %-30s %s\n", t->owner, role_name(t->role), created, end,
         t->used_us ? clock_format(t->used_us / 1000000 * 1000000, used) : "never");
  return true;
}

static bool list(const struct arguments *a, struct err *e)
{
  int64_t now_us = clock_wall_us();
  printf("%-24s %-8s %-22s %-30s %s\n", "NAME", "ROLE", "CREATED", "EXPIRES", "LAST USED");
  return tickets_each(a->tokens, print, &now_us, e);
}

static bool revoke(const struct arguments *a, struct err *e)
{
  struct search search = { .name = a->name, .end = true };
  struct spool_row *row = trail_begin(a->spool, a->tokens, "token_revoke", a->name, NULL, e);
  struct err why;
  if (!row)
    return false;
  bool ok = tickets_each(a->tokens, look, &search, e) && (search.found || err_set(e, "there is no token %s in %s", a->name, a->tokens));
  /* Another one that cannot be read is an error, and this one has ended all the same. */
  if (!trail_end(row, search.found, &why) && search.found)
    return err_set(e, "%s", why.text);
  return ok;
}

static const struct {
  const char *name;
  int words; /* behind it */
  bool (*fn)(const struct arguments *a, struct err *e);
} verbs[] = { { "create", 1, create }, { "list", 0, list }, { "revoke", 1, revoke } };

static bool run(int argc, char **argv, struct err *e)
{
  struct arguments a = { .tokens = place_tokens() };
  const struct option_row rows[] = {
    { "--tokens", "SIGNALBOX_TOKENS", "DIRECTORY", "where they are: `tokens` beside the users file", &a.tokens },
    { "--role", NULL, "ROLE", "admin or viewer (create)", &a.role },
    { "--expires", NULL, "DURATION", "90d, or never (create)", &a.expires },
    { "--audit-spool", "SIGNALBOX_AUDIT_SPOOL", "DIRECTORY", "where the scheduler looks for what is audited: beside the tokens", &a.spool },
  };
  int words;
  if (!options_read(argc, argv, 1, "usage: signalbox token create|list|revoke [NAME] [options]", rows, ARRAY_LEN(rows), &words, e))
    return false;
  for (size_t i = 0; words > 0 && i < ARRAY_LEN(verbs); i++) {
    if (strcmp(argv[1], verbs[i].name) != 0)
      continue;
    if (words - 1 != verbs[i].words)
      return err_set(e, "write: signalbox token %s%s", verbs[i].name, verbs[i].words ? " NAME" : "");
    a.name = verbs[i].words ? argv[2] : NULL;
    return verbs[i].fn(&a, e);
  }
  return err_set(e, "write: signalbox token create|list|revoke");
}

int cmd_token(int argc, char **argv)
{
  struct err e;
  if (run(argc, argv, &e))
    return 0;
  fprintf(stderr, "signalbox token: %s\n", e.text);
  return 1;
}
