/* One word for everything: cards in, status out. Pure. */
#pragma once

#include <jansson.h>

#include "core/status.h"

struct overall {
  enum status status;    /* down: a critical one is; no data: a critical one is not known, or there is none at all; degraded: anything else
                          * is not healthy */
  bool critical_unknown; /* a critical service has no data or is stale */
};

/** Over an array of cards. */
struct overall overall_of(const json_t *services);
/** A card's status; no data when it is stale: what is not known now is not shown as known. */
enum status overall_card_status(const json_t *card);
