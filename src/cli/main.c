/* signalbox: the operator's command. This table is its contents page. */
#include "base/base.h"
#include "cli/cli.h"

static const struct {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *help;
} commands[] = {
  { "status", cmd_status, "what the scheduler knows now" },
  { "recheck", cmd_recheck, "run one service's check at once" },
  { "reload", cmd_reload, "read the directory of checks again" },
  { "sync", cmd_sync, "wait until everything that happened so far is in Postgres" },
  { "restart", cmd_restart, "restart a service and see whether that helps" },
  { "diagnose", cmd_diagnose, "what can be found out about a service" },
  { "act", cmd_act, "an action of a service's own" },
  { "logs", cmd_logs, "the last lines of a service's log" },
  { "ready", cmd_ready, "may generation begin, and what holds it?" },
  { "override", cmd_override, "let a check of the startup checklist hold nothing, for a time" },
  { "lift", cmd_lift, "let it count again" },
  { "audit", cmd_audit, "does the audit trail hold?" },
  { "check", cmd_check, "what is wrong with the files of checks.d" },
  { "run", cmd_run, "run a service of a file once, here" },
  { "new", cmd_new, "a working file to start from" },
  { "backtest", cmd_backtest, "what a file's limits would have made of what is stored" },
  { "migrate", cmd_migrate, "bring the database's schema up to date" },
  { "token", cmd_token, "what machines show instead of a password: create, list, revoke" },
  { "user", cmd_user, "who may log in: add, password, remove, list" },
};

static void print_help(FILE *out)
{
  fprintf(out, "usage: signalbox COMMAND [options]\n");
  for (size_t i = 0; i < ARRAY_LEN(commands); i++)
    fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
  fprintf(out, "`signalbox COMMAND --help` says more; `signalbox --version` says which one this is.\n");
}

int main(int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : "";
  if (strcmp(name, "--version") == 0) {
    printf("signalbox %s\n", SIGNALBOX_VERSION);
    return 0;
  }
  if (strcmp(name, "--help") == 0) {
    print_help(stdout);
    return 0;
  }
  for (size_t i = 0; i < ARRAY_LEN(commands); i++)
    if (strcmp(name, commands[i].name) == 0)
      return commands[i].run(argc - 1, argv + 1);
  if (*name)
    fprintf(stderr, "signalbox: there is no command \"%s\"\n", name);
  print_help(stderr);
  return 2;
}
