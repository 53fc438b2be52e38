/* Limits as operators write them: `used_pct = { degraded = "> 85", down = "> 95" }`. Pure. */
#pragma once

#include <jansson.h>

#include "base/err.h"
#include "core/status.h"

enum comparison { CMP_GT, CMP_GE, CMP_LT, CMP_LE, CMP_EQ, CMP_NE };

struct limit {
  char *measure;      /* the measure's name */
  enum status status; /* STATUS_DEGRADED or STATUS_DOWN */
  enum comparison op;
  bool is_text; /* compared with text (== and ~= only), else with number */
  double number;
  char *text;
  char *written; /* as the operator wrote it, for messages */
};

/** Reads "> 85", "~= \"ok\"", "== 'x'" or "== true". The limit owns copies of the texts; limit_done releases them. */
bool limit_parse(struct limit *l, const char *measure, enum status status, const char *written, struct err *e) MUST_CHECK;
void limit_done(struct limit *l);

/** Holds the measures (a flat JSON object) against n limits. The worst limit met decides.
 * Returns STATUS_NO_DATA when a limit's measure is missing or is not of its kind, with a sentence that names it in *why; else the
 * status, with `used_pct 97.2 > 95` in *why when it is not healthy. */
enum status limits_judge(const struct limit *limits, size_t n, const json_t *measures, struct err *why);
