/* signalbox-api: the FastCGI application behind nginx. A prefork of simple blocking workers; it reads and answers, and executes nothing. */
#include <unistd.h>

#include "api/api.h"
#include "api/fcgi.h"
#include "api/prefork.h"
#include "base/log.h"
#include "base/options.h"

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

static bool run(int argc, char **argv, struct err *e)
{
  struct api_options o = { 0 };
  const char *socket_path = NULL, *workers = "4", *log_level = "info";
  const struct option_row rows[] = {
    { "--listen", NULL, "SOCKET", "where nginx finds us (FastCGI on a unix socket)", &socket_path },
    { "--control", "SIGNALBOX_CONTROL", "SOCKET", "where the scheduler is asked", &o.control },
    { "--database", "SIGNALBOX_API_DATABASE_URL", "CONNINFO", "Postgres, as libpq understands it", &o.database },
    { "--users", "SIGNALBOX_USERS", "FILE", "who may log in (signalbox user)", &o.users },
    { "--workers", NULL, "N", "how many requests at a time", &workers },
    { "--log-level", NULL, "LEVEL", "debug, info, warn or error", &log_level },
  };
  int64_t count;
  enum log_level level;
  if (!options_read(argc, argv, 1, "usage: signalbox-api [options]", rows, ARRAY_LEN(rows), NULL, e))
    return false;
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    if (!*rows[i].value)
      return err_set(e, "%s %s is needed: %s", rows[i].name, rows[i].value_name, rows[i].help);
  if (!options_number("--workers", workers, 1, PREFORK_WORKERS_CAP, &count, e))
    return false;
  if (!log_level_from_name(log_level, &level))
    return err_set(e, "--log-level: \"%s\" is not debug, info, warn or error", log_level);
  log_set_level(level);
  log_info("api_starts", "version=%s listen=%s workers=%s", SIGNALBOX_VERSION, LOG_QUOTE(socket_path), workers);
  bool ok = prefork_run(socket_path, (size_t)count, work, &o, e);
  if (ok)
    log_info("api_stopped", "pid=%d", (int)getpid());
  return ok;
}

int main(int argc, char **argv)
{
  struct err e;
  if (run(argc, argv, &e))
    return 0;
  log_error("api_start", "why=%s", LOG_QUOTE(e.text));
  return 2;
}
