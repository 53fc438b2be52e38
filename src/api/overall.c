#include "api/overall.h"

#include "base/json.h"
#include "core/verdict.h"

enum status overall_card_status(const json_t *card)
{
  enum status status;
  if (json_bool_of(card, "stale", true) || !status_from_name(json_text_of(card, "status", NULL), &status))
    return STATUS_NO_DATA;
  return status;
}

struct overall overall_of(const json_t *services)
{
  struct verdict v = { 0 };
  size_t i;
  const json_t *card;
  json_array_foreach(services, i, card)
    verdict_add(&v, overall_card_status(card), json_bool_of(card, "critical", false));
  return (struct overall){ .status = verdict_status(&v), .critical_unknown = v.critical_unknown };
}
