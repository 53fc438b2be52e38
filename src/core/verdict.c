#include "core/verdict.h"

void verdict_add(struct verdict *v, enum status status, bool critical)
{
  v->count++;
  v->critical_down |= critical && status == STATUS_DOWN;
  v->critical_unknown |= critical && status == STATUS_NO_DATA;
  v->not_healthy |= status != STATUS_HEALTHY;
}

enum status verdict_status(const struct verdict *v)
{
  if (v->critical_down)
    return STATUS_DOWN;
  if (v->critical_unknown || !v->count)
    return STATUS_NO_DATA;
  return v->not_healthy ? STATUS_DEGRADED : STATUS_HEALTHY;
}
