#include "core/policy.h"

#include "base/duration.h"
#include "core/network.h"
#include "core/uptime.h"

#define DAY_MS INT64_C(86400000)

struct policy policy_default(void)
{
  return (struct policy){
    .raw_keep_ms = 14 * DAY_MS,
    .hourly_keep_ms = 400 * DAY_MS,
    .journal_results = 2000000,
    .degraded_weight = UPTIME_DEGRADED_WEIGHT,
    .flap = flap_rule_default(),
  };
}

/* A table with no other keys than these two (b may be NULL); a table that is not there is empty. */
static bool check_table(const json_t *settings, const char *name, const char *a, const char *b, const json_t **table, struct err *e)
{
  const char *key;
  json_t *value;
  *table = json_object_get(settings, name);
  if (*table && !json_is_object(*table))
    return err_set(e, "%s: must be a table", name);
  json_object_foreach((json_t *)(uintptr_t)*table, key, value) {
    if (strcmp(key, a) != 0 && (!b || strcmp(key, b) != 0))
      return err_set(e, "%s: there is no \"%s\" in it; there is \"%s\"%s%s%s", name, key, a, b ? " and \"" : "", b ? b : "", b ? "\"" : "");
  }
  return true;
}

static bool read_days(const json_t *table, const char *key, int64_t *ms, struct err *e)
{
  const json_t *value = json_object_get(table, key);
  if (!value)
    return true;
  if (!json_is_string(value))
    return err_set(e, "retention: %s: must be a duration such as \"14d\"", key);
  if (!duration_parse(json_string_value(value), ms, e))
    return err_context(e, "retention: %s", key);
  return *ms >= DAY_MS || err_set(e, "retention: %s: at least \"1d\", for a day is what is dropped at a time", key);
}

static bool read_weight(const json_t *uptime, double *weight, struct err *e)
{
  const json_t *value = json_object_get(uptime, "degraded_weight");
  if (!value)
    return true;
  *weight = json_number_value(value);
  return (json_is_number(value) && *weight >= 0 && *weight <= 1) ||
         err_set(e, "uptime: degraded_weight: must be a number from 0 (as if it were down) to 1 (as if it were healthy)");
}

static bool read_gate(const json_t *value, bool *latched, struct err *e)
{
  const char *word = json_string_value(value);
  *latched = word && strcmp(word, "latched") == 0;
  return !value || *latched ||
         err_set(e, "gate: \"latched\" keeps it open until the next start; leave it out to have it follow the checks");
}

bool policy_read(const json_t *settings, struct policy *p, struct err *e)
{
  struct policy read = policy_default();
  const json_t *retention, *journal, *uptime, *results, *flap = json_object_get(settings, "flap"),
                                                        *network = json_object_get(settings, "network");
  if (!check_table(settings, "retention", "raw", "hourly", &retention, e) ||
      !check_table(settings, "journal", "max_results", NULL, &journal, e) ||
      !check_table(settings, "uptime", "degraded_weight", NULL, &uptime, e) || !read_days(retention, "raw", &read.raw_keep_ms, e) ||
      !read_days(retention, "hourly", &read.hourly_keep_ms, e) || !read_weight(uptime, &read.degraded_weight, e) ||
      !read_gate(json_object_get(settings, "gate"), &read.gate_latched, e) || (flap && !flap_rule_read(flap, &read.flap, e)) ||
      (network && !network_settings_read(network, &read.references, e)))
    return false;
  results = json_object_get(journal, "max_results");
  if (results) {
    read.journal_results = json_integer_value(results);
    if (!json_is_integer(results) || read.journal_results < 1000 || read.journal_results > 1000000000)
      return err_set(e, "journal: max_results: must be a whole number from 1000 to 1000000000");
  }
  *p = read;
  return true;
}
