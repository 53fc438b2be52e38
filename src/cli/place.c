#include "cli/place.h"

#include <limits.h>
#include <unistd.h>

#include "base/base.h"

static const char *below_state(char path[static PATH_MAX], const char *name)
{
  const char *state = getenv("SIGNALBOX_STATE");
  snprintf(path, PATH_MAX, "%s/%s", state && *state ? state : "var", name);
  return path;
}

const char *place_control(void)
{
  static char path[PATH_MAX];
  return below_state(path, "run/scheduler.sock");
}

const char *place_users(void)
{
  static char path[PATH_MAX];
  return below_state(path, "users");
}

const char *place_tokens(void)
{
  static char path[PATH_MAX];
  return below_state(path, "tokens");
}

const char *place_database(void)
{
  static char conninfo[PATH_MAX + 64];
  char path[PATH_MAX], whole[PATH_MAX];
  /* libpq takes a host for a folder of sockets only when its name begins at the root; a quote in it would need escaping, and nobody has one. */
  if (!realpath(below_state(path, "pg"), whole) || strpbrk(whole, "'\\"))
    return NULL;
  snprintf(conninfo, sizeof conninfo, "host='%s' user=signalbox dbname=signalbox", whole);
  return conninfo;
}
