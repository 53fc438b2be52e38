/* signalbox user add|password|remove|list: who may log in. Passwords come from standard input, never from an argument, which others could
 * see in the list of processes. */
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/users.h"
#include "cli/cli.h"
#include "cli/place.h"
#include "cli/trail.h"

/** Longest line read as a password, bytes. */
#define LINE_CAP 1024

/* One line of standard input without its end, to free(); NULL when there is none or it is too long. */
static char *read_line(struct err *e)
{
  char line[LINE_CAP];
  if (!fgets(line, sizeof line, stdin)) {
    err_set(e, "no password came on standard input");
    return NULL;
  }
  size_t len = strcspn(line, "\r\n");
  if (!line[len] && len == sizeof line - 1) {
    err_set(e, "the password is longer than %d bytes", LINE_CAP - 2);
    return NULL;
  }
  line[len] = '\0';
  char *copy = mem_copy_text(line);
  explicit_bzero(line, sizeof line);
  return copy;
}

static struct termios was;

/* Ctrl-C at the prompt must not leave a terminal that does not echo. */
static void on_interrupt(int number)
{
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
  signal(number, SIG_DFL);
  raise(number);
}

static char *prompt(const char *text, struct err *e)
{
  struct termios quiet;
  fprintf(stderr, "%s: ", text);
  tcgetattr(STDIN_FILENO, &was);
  signal(SIGINT, on_interrupt);
  signal(SIGTERM, on_interrupt);
  quiet = was;
  quiet.c_lflag &= ~(tcflag_t)ECHO;
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  char *line = read_line(e);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  fprintf(stderr, "\n");
  return line;
}

static void forget(char *password)
{
  if (password)
    explicit_bzero(password, strlen(password));
  free(password);
}

/* From a terminal twice and without echo, else one line. To be released with forget. */
static char *read_password(const char *name, struct err *e)
{
  if (!isatty(STDIN_FILENO))
    return read_line(e);
  char *text = mem_printf("Password for %s", name);
  char *first = prompt(text, e), *second = first ? prompt("Once more", e) : NULL;
  free(text);
  bool same = second && strcmp(first, second) == 0;
  if (second && !same)
    err_set(e, "the two were not the same; nothing was changed");
  forget(second);
  if (same)
    return first;
  forget(first);
  return NULL;
}

struct arguments {
  const char *users, *role, *name, *spool;
};

static bool add(const struct arguments *a, struct err *e)
{
  enum role role;
  if (!a->role || !role_from_name(a->role, &role))
    return err_set(e, "--role admin or --role viewer is needed");
  if (!users_name_is_valid(a->name, e))
    return false;
  char *password = read_password(a->name, e);
  struct spool_row *row = password ? trail_begin(a->spool, a->users, "user_add", a->name, json_pack("{s: s}", "role", a->role), e) : NULL;
  bool ok = row && users_add(a->users, a->name, role, password, e);
  forget(password);
  return trail_end(row, ok, e);
}

static bool change_password(const struct arguments *a, struct err *e)
{
  char *password = read_password(a->name, e);
  struct spool_row *row = password ? trail_begin(a->spool, a->users, "user_password", a->name, NULL, e) : NULL;
  bool ok = row && users_change_password(a->users, a->name, password, e);
  forget(password);
  return trail_end(row, ok, e);
}

static bool remove_user(const struct arguments *a, struct err *e)
{
  struct spool_row *row = trail_begin(a->spool, a->users, "user_remove", a->name, NULL, e);
  return trail_end(row, row && users_remove(a->users, a->name, e), e);
}

static bool list(const struct arguments *a, struct err *e)
{
  struct users *u = users_new(a->users);
  bool ok = users_refresh(u, e);
  const struct user *user;
  for (size_t i = 0; (user = users_at(u, i)); i++)
    printf("%-24s %s\n", user->name, role_name(user->role));
  users_free(u);
  return ok;
}

static const struct {
  const char *name;
  int words; /* behind it */
  bool (*fn)(const struct arguments *a, struct err *e);
} verbs[] = { { "add", 1, add }, { "password", 1, change_password }, { "remove", 1, remove_user }, { "list", 0, list } };

static bool run(int argc, char **argv, struct err *e)
{
  struct arguments a = { .users = place_users() };
  const struct option_row rows[] = {
    { "--users", "SIGNALBOX_USERS", "FILE", "the users file", &a.users },
    { "--role", NULL, "ROLE", "admin or viewer (add)", &a.role },
    { "--audit-spool", "SIGNALBOX_AUDIT_SPOOL", "DIRECTORY", "where the scheduler looks for what is audited: beside the users file",
      &a.spool },
  };
  int words;
  if (!options_read(argc, argv, 1, "usage: signalbox user add|password|remove|list [NAME] [options]   (the password is read from stdin)",
                    rows, ARRAY_LEN(rows), &words, e))
    return false;
  for (size_t i = 0; words > 0 && i < ARRAY_LEN(verbs); i++) {
    if (strcmp(argv[1], verbs[i].name) != 0)
      continue;
    if (words - 1 != verbs[i].words)
      return err_set(e, "write: signalbox user %s%s", verbs[i].name, verbs[i].words ? " NAME" : "");
    a.name = verbs[i].words ? argv[2] : NULL;
    return verbs[i].fn(&a, e);
  }
  return err_set(e, "write: signalbox user add|password|remove|list");
}

int cmd_user(int argc, char **argv)
{
  struct err e;
  if (run(argc, argv, &e))
    return 0;
  fprintf(stderr, "signalbox user: %s\n", e.text);
  return 1;
}
