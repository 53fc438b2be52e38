#include "api/overall.h"

#include "base/json.h"

enum status overall_card_status(const json_t *card)
{
  enum status status;
  if (json_bool_of(card, "stale", true) || !status_from_name(json_text_of(card, "status", NULL), &status))
    return STATUS_NO_DATA;
  return status;
}

struct overall overall_of(const json_t *services)
{
  struct overall all = { .status = STATUS_HEALTHY };
  bool critical_down = false;
  size_t i;
  const json_t *card;
  json_array_foreach(services, i, card) {
    enum status status = overall_card_status(card);
    bool critical = json_bool_of(card, "critical", false);
    critical_down |= critical && status == STATUS_DOWN;
    all.critical_unknown |= critical && status == STATUS_NO_DATA;
    if (status != STATUS_HEALTHY)
      all.status = STATUS_DEGRADED;
  }
  if (critical_down)
    all.status = STATUS_DOWN;
  else if (all.critical_unknown || !json_array_size(services))
    all.status = STATUS_NO_DATA;
  return all;
}
