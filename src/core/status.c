#include "core/status.h"

static const char *const names[STATUS_COUNT] = { NULL, "healthy", "degraded", "down" };

const char *status_name(enum status status)
{
  return names[status];
}

bool status_from_name(const char *name, enum status *status)
{
  for (size_t i = STATUS_HEALTHY; name && i < STATUS_COUNT; i++) {
    if (strcmp(name, names[i]) == 0) {
      *status = (enum status)i;
      return true;
    }
  }
  return false;
}
