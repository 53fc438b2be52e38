#include "base/duration.h"

#include <errno.h>

static const struct {
  const char *name;
  int64_t ms;
} units[] = { { "d", 86400000 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 } };

bool duration_parse(const char *text, int64_t *ms, struct err *e)
{
  char *unit;
  errno = 0;
  int64_t n = strtoll(text, &unit, 10);
  bool number = text[0] >= '0' && text[0] <= '9' && errno == 0;
  for (size_t i = 0; number && i < ARRAY_LEN(units); i++) {
    if (strcmp(unit, units[i].name) != 0)
      continue;
    if (n > 1000 * units[0].ms / units[i].ms)
      return err_set(e, "\"%s\" is longer than 1000 days", text);
    *ms = n * units[i].ms;
    return true;
  }
  return err_set(e, "\"%s\" is no duration; write a number and a unit, such as \"250ms\", \"30s\", \"5m\", \"2h\" or \"14d\"", text);
}

const char *duration_format(int64_t ms, char text[32])
{
  for (size_t i = 0; i < ARRAY_LEN(units); i++) {
    if (ms % units[i].ms == 0 && (ms || units[i].ms == 1000)) {
      snprintf(text, 32, "%" PRId64 "%s", ms / units[i].ms, units[i].name);
      break;
    }
  }
  return text;
}
