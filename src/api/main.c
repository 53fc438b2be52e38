/* signalbox-api: the FastCGI application behind nginx. A prefork of simple blocking workers; it reads and answers, and executes nothing. */
#include <unistd.h>

#include "api/api.h"
#include "api/attempts.h"
#include "api/fcgi.h"
#include "api/prefork.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/spool.h"

/** The first so many options are needed. */
#define NEEDED 4

static void answer(void *arg, struct request *q, struct response *r)
{
  api_answer(arg, q, r);
}

static int work(void *arg, int listen_fd)
{
  struct api *a = api_new(arg);
  fcgi_serve(listen_fd, answer, a);
  api_free(a);
  return 0;
}

/* Beside the users file, unless an option says otherwise. To free(). */
static char *beside(const char *users, const char *given, const char *name)
{
  const char *slash = strrchr(users, '/');
  return given ? mem_copy_text(given) : mem_printf("%.*s%s", slash ? (int)(slash - users) + 1 : 0, users, name);
}

static bool serve(const char *socket_path, size_t workers, struct api_options *o, struct err *e)
{
  char *tokens = beside(o->who.users, o->who.tokens, "tokens"), *sessions = beside(o->who.users, o->who.sessions, "sessions"),
       *spool = beside(o->who.users, o->audit_spool, SPOOL_NAME);
  o->who.tokens = tokens;
  o->who.sessions = sessions;
  o->audit_spool = spool;
  o->who.attempts = attempts_new();
  bool ok = prefork_run(socket_path, workers, work, o, e);
  attempts_free(o->who.attempts);
  free(tokens);
  free(sessions);
  free(spool);
  return ok;
}

static bool run(int argc, char **argv, struct err *e)
{
  struct api_options o = { 0 };
  const char *socket_path = NULL, *workers = "4", *log_level = "info", *by_nginx = NULL;
  const struct option_row rows[] = {
    { "--listen", NULL, "SOCKET", "where nginx finds us (FastCGI on a unix socket)", &socket_path },
    { "--control", "SIGNALBOX_CONTROL", "SOCKET", "where the scheduler is asked", &o.control },
    { "--database", "SIGNALBOX_API_DATABASE_URL", "CONNINFO", "Postgres, as libpq understands it", &o.database },
    { "--users", "SIGNALBOX_USERS", "FILE", "who may log in (signalbox user)", &o.who.users },
    { "--tokens", "SIGNALBOX_TOKENS", "DIRECTORY", "tokens of machines (signalbox token); `tokens` beside the users file", &o.who.tokens },
    { "--sessions", NULL, "DIRECTORY", "log-ins of browsers; `sessions` beside the users file", &o.who.sessions },
    { "--audit-spool", "SIGNALBOX_AUDIT_SPOOL", "DIR", "who came and went while the scheduler did not listen; beside the users file",
      &o.audit_spool },
    { "--users-by-nginx", NULL, NULL, "nginx says who is asking (nginx/sso.conf, nginx/mtls.conf)", &by_nginx },
    { "--workers", NULL, "N", "how many requests at a time", &workers },
    { "--log-level", NULL, "LEVEL", "debug, info, warn or error", &log_level },
  };
  int64_t count;
  enum log_level level;
  if (!options_read(argc, argv, 1, "usage: signalbox-api [options]", rows, ARRAY_LEN(rows), NULL, e))
    return false;
  for (size_t i = 0; i < NEEDED; i++)
    if (!*rows[i].value)
      return err_set(e, "%s %s is needed: %s", rows[i].name, rows[i].value_name, rows[i].help);
  if (!options_number("--workers", workers, 1, PREFORK_WORKERS_CAP, &count, e))
    return false;
  if (!log_level_from_name(log_level, &level))
    return err_set(e, "--log-level: \"%s\" is not debug, info, warn or error", log_level);
  log_set_level(level);
  log_info("api_starts", "version=%s listen=%s workers=%s", SIGNALBOX_VERSION, LOG_QUOTE(socket_path), workers);
  o.who.nginx_decides = by_nginx != NULL;
  bool ok = serve(socket_path, (size_t)count, &o, e);
  if (ok)
    log_info("api_stopped", "pid=%d", (int)getpid());
  return ok;
}

int main(int argc, char **argv)
{
  struct err e;
  mem_keep_freed();
  if (run(argc, argv, &e))
    return 0;
  log_error("api_start", "why=%s", LOG_QUOTE(e.text));
  return 2;
}
