/* One word for everything: what many services are, together. Pure. */
#pragma once

#include "core/status.h"

struct verdict {
  size_t count;
  bool critical_down;
  bool critical_unknown; /* a critical service has no data or is stale */
  bool not_healthy;      /* any is not */
};

/** One more, of no data when it is stale: what is not known now is not counted as known. Begin with a zeroed struct. */
void verdict_add(struct verdict *v, enum status status, bool critical);
/** Down: a critical one is. No data: a critical one is not known, or there is none at all. Degraded: anything else is not healthy. */
enum status verdict_status(const struct verdict *v);
