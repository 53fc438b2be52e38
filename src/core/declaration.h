/* What a service script declares about a service, as it crosses from runner to scheduler and is kept in the catalogue (`services`).
 * The functions (probe, judge ...) stay in the runner's VM; here is only what can be written as JSON.
 *
 * The JSON form, all durations in milliseconds:
 *   {"name", "title", "group", "every_ms", "timeout_ms", "retry_every_ms", "rise", "fall", "critical", "public",
 *    "depends_on": [...], "flap": {"changes", "within": "30m"} or false, "limits": {measure: {status: comparison}},
 *    "can": {"restart"|"logs"|"diagnose": deed}, "actions": {name: deed}}
 * A deed is something to be done to the service: {"driver" ("function" or a module's), "target", "title", "confirm"}. */
#pragma once

#include <jansson.h>

#include "base/err.h"
#include "core/flap.h"

struct declaration {
  char *name;
  char *title;
  char *group; /* NULL: none */
  int64_t every_ms, timeout_ms, retry_every_ms;
  unsigned rise, fall;
  bool critical;
  bool is_public; /* its name may be shown to anybody by GET /health */
  bool own_flap;  /* flap is its own rule; else that of the settings holds */
  struct flap_rule flap;
  json_t *json; /* the whole declaration, as above */
  /* Of it, found once, because every overview shows them: */
  const json_t *depends_on; /* NULL: on nothing */
  char *can, *actions;      /* as text; "{}": none */
};

/** Reads and checks the JSON form, filling in what was left out; NULL with a sentence that says what would be right.
 * Unknown keys are refused: a misspelt `timout` must not pass silently. To be released with declaration_free. */
struct declaration *declaration_read(const json_t *json, struct err *e) MUST_CHECK;
void declaration_free(struct declaration *d);

/** Letters a-z, digits and . _ - ; 1 to 63 characters, beginning with a letter or digit, and no word that is a route below
 * /admin/health/ (such as "uptime"). */
bool declaration_name_is_valid(const char *name, struct err *e) MUST_CHECK;
