/* What settings.lua says to Signalbox itself: how long things are kept, how they are counted, when a service flaps. Pure: JSON in, numbers out. */
#pragma once

#include <jansson.h>

#include "base/err.h"
#include "core/flap.h"

struct policy {
  int64_t raw_keep_ms;     /* retention = { raw = "14d" }: rows of health_checks */
  int64_t hourly_keep_ms;  /* retention = { hourly = "400d" }: rollups */
  int64_t journal_results; /* journal = { max_results = 2000000 }: results kept locally while Postgres is away */
  double degraded_weight;  /* uptime = { degraded_weight = 0.5 }: what degraded time counts for in a percentage */
  bool gate_latched;       /* gate = "latched": once open it stays open until the next start */
  /* network = { references = { "10.0.0.1:22" } }: asked when other machines do not answer. Borrowed from the settings; NULL: none. */
  const json_t *references;
  struct flap_rule flap; /* flap = { changes = 6, within = "30m" } or false: of services that declare none */
};

/** What holds when settings say nothing. */
struct policy policy_default(void);

/** Reads `retention`, `journal`, `uptime`, `gate`, `flap` and `network` of the settings; everything else in them is the scripts' own. Refuses unknown
 * keys, wrong kinds and what is out of bounds with a sentence; *p is then unchanged. settings NULL: the defaults. */
bool policy_read(const json_t *settings, struct policy *p, struct err *e) MUST_CHECK;
