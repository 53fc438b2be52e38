/* One word for everything (core/verdict.h), from cards. Pure. */
#pragma once

#include <jansson.h>

#include "core/status.h"

struct overall {
  enum status status;
  bool critical_unknown; /* a critical service has no data or is stale */
};

/** Over an array of cards. */
struct overall overall_of(const json_t *services);
/** A card's status; no data when it is stale: what is not known now is not shown as known. */
enum status overall_card_status(const json_t *card);
