/* Flap damping, and who depends on whom. */
#include <criterion/criterion.h>

#include "base/json.h"
#include "core/depends.h"
#include "core/flap.h"

static json_t *read_json(const char *text)
{
  struct err e;
  json_t *json = json_read(text, strlen(text), &e);
  cr_assert(json, "%s: %s", text, e.text);
  return json;
}

/* A history as letters, one a minute; "+" where it begins to flap and "-" where it ends, with the minute. */
static void flapping_of(const char *history, const struct flap_rule *rule, char *text, size_t size)
{
  struct flap f = { 0 };
  bool on = false;
  size_t n = 0;
  text[0] = '\0';
  for (size_t i = 0; history[i]; i++) {
    static const char letters[] = "-hgd.";
    int64_t now_ms = (int64_t)i * 60000;
    if (history[i] != '.') /* nothing happens */
      flap_note(&f, (enum status)(strchr(letters, history[i]) - letters), now_ms);
    bool is_on = flap_is_on(&f, rule, on, now_ms);
    if (is_on != on)
      n += (size_t)snprintf(text + n, size - n, "%s%c%d", n ? " " : "", is_on ? '+' : '-', (int)i);
    on = is_on;
  }
}

Test(flap, when_it_begins_and_when_it_ends)
{
  static const struct {
    const char *history;
    unsigned changes;
    int within_min;
    const char *flapping;
  } rows[] = {
    { "hhhhhhhhhh", 4, 10, "" },
    { "hdhd", 4, 10, "" },              /* the first status is no change: three */
    { "hdhdh", 4, 10, "+4" },           /* four */
    { "hdhdh", 5, 10, "" },             /* five are asked for */
    { "hdhdh", 0, 10, "" },             /* never */
    { "hgdgh", 4, 10, "+4" },           /* any change counts */
    { "hhddddhh", 4, 10, "" },          /* a status that stays is none */
    { "h.d.h.d.h", 4, 10, "+8" },       /* at minutes 2, 4, 6, 8 */
    { "h..d..h..d..h", 4, 10, "+12" },  /* at 3, 6, 9, 12: within ten */
    { "h...d...h...d...h", 4, 10, "" }, /* at 4, 8, 12, 16: not within ten */
    /* Changes at 1, 2, 3, 4. They leave the ten minutes at 11, 12, ...; at most half of four are left when that of minute 2 is gone. */
    { "hdhdh..........", 4, 10, "+4 -12" },
    { "hdhdh....d.h.........", 4, 10, "+4 -14" }, /* changes at 9 and 11 keep it on until those at 3 and 4 are gone */
    { "hdhdhdhdhdhdhdhdhdhdhdhdhdhdhdhd........", 4, 10, "+4 -39" },
    { "h-h-h-h-h", 4, 10, "" },   /* a hole with the same status before and after it */
    { "h-d-h-d-h", 4, 10, "+8" }, /* one change over each hole */
    { "--h", 3, 10, "" },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    char text[256];
    struct flap_rule rule = { rows[i].changes, rows[i].within_min * INT64_C(60000) };
    flapping_of(rows[i].history, &rule, text, sizeof text);
    cr_expect_str_eq(text, rows[i].flapping, "%s, %u within %d min: \"%s\", not \"%s\"", rows[i].history, rows[i].changes,
                     rows[i].within_min, text, rows[i].flapping);
  }
}

/* Against a model that keeps every change. */
Test(flap, agrees_with_a_list_of_all_changes)
{
  unsigned seed = 5;
  for (int round = 0; round < 500; round++) {
    struct flap f = { 0 };
    struct flap_rule rule = { 3 + (unsigned)rand_r(&seed) % (FLAP_CHANGES_MOST - 2), 1 + rand_r(&seed) % 300 };
    int64_t all[1000], now_ms = 0;
    size_t n = 0;
    enum status last = STATUS_NO_DATA;
    bool on = false, model = false;
    for (int step = 0; step < 300; step++) {
      enum status to = (enum status)(rand_r(&seed) % STATUS_COUNT);
      now_ms += rand_r(&seed) % 30;
      flap_note(&f, to, now_ms);
      if (to != STATUS_NO_DATA && last != STATUS_NO_DATA && to != last)
        all[n++] = now_ms;
      if (to != STATUS_NO_DATA)
        last = to;
      size_t recent = 0;
      for (size_t i = 0; i < n; i++)
        recent += now_ms - all[i] < rule.within_ms;
      model = model ? recent > rule.changes / 2 : recent >= rule.changes;
      on = flap_is_on(&f, &rule, on, now_ms);
      cr_assert_eq(on, model, "round %d, step %d: %zu changes of %u", round, step, recent, rule.changes);
    }
  }
}

Test(flap, rules_are_read_as_written)
{
  static const struct {
    const char *json, *fault; /* fault: part of the sentence, NULL: good */
    unsigned changes;
    int64_t within_ms;
  } rows[] = {
    { "{}", NULL, 6, 1800000 },
    { "{\"within\": \"0s\"}", "up to 7d", 6, 1800000 },
    { "{\"within\": \"7d\"}", NULL, 6, 604800000 },
    { "{\"within\": \"169h\"}", "up to 7d", 6, 1800000 },
    { "{\"changes\": 4.5}", "whole number", 6, 1800000 },
    { "{\"changes\": 4}", NULL, 4, 1800000 },
    { "{\"within\": \"1h\"}", NULL, 6, 3600000 },
    { "false", NULL, 0, 1800000 },
    { "true", "must be a table", 6, 1800000 },
    { "{\"changes\": 2}", "from 3 to 20", 6, 1800000 },
    { "{\"changes\": 21}", "from 3 to 20", 6, 1800000 },
    { "{\"changes\": 4, \"within\": 30}", "must be a duration", 6, 1800000 },
    { "{\"within\": \"30 min\"}", "flap: within", 6, 1800000 },
    { "{\"within\": \"8d\"}", "up to 7d", 6, 1800000 },
    { "{\"change\": 4}", "there is no \"change\" in it", 6, 1800000 },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct err e = { "" };
    struct flap_rule rule = flap_rule_default();
    json_t *json = json_loads(rows[i].json, JSON_DECODE_ANY, NULL);
    cr_expect_eq(flap_rule_read(json, &rule, &e), rows[i].fault == NULL, "%s: %s", rows[i].json, e.text);
    cr_expect(!rows[i].fault || strstr(e.text, rows[i].fault), "%s: %s", rows[i].json, e.text);
    cr_expect(rule.changes == rows[i].changes && rule.within_ms == rows[i].within_ms, "%s", rows[i].json);
    json_decref(json);
  }
}

static const json_t *parents_in(void *graph, const char *name)
{
  return json_object_get(graph, name);
}

static bool begins_with_d(void *graph, const char *name)
{
  (void)graph;
  return *name == 'd';
}

Test(depends, circles_are_found_and_the_nearest_that_matches)
{
  static const struct {
    const char *graph, *circle, *nearest; /* from "a"; NULL: none */
  } rows[] = {
    { "{}", NULL, NULL },
    { "{\"a\": [\"b\", \"c\"], \"b\": [\"c\"], \"c\": []}", NULL, NULL },
    { "{\"a\": [\"a\"]}", "a -> a", NULL },
    { "{\"a\": [\"b\"], \"b\": [\"x\", \"c\"], \"c\": [\"a\"]}", "a -> b -> c -> a", NULL },
    { "{\"a\": [\"b\"], \"b\": [\"c\"], \"c\": [\"b\"]}", NULL, NULL }, /* not its own circle, and it comes to an end */
    { "{\"a\": [\"b\", \"c\"], \"b\": [\"d-far\"], \"c\": [], \"e\": [\"d\"]}", NULL, "d-far" },
    { "{\"a\": [\"b\", \"d-near\"], \"b\": [\"d-far\"]}", NULL, "d-near" },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct err e = { "" };
    json_t *graph = read_json(rows[i].graph);
    cr_expect_eq(depends_is_sound("a", parents_in, graph, &e), rows[i].circle == NULL, "%s", rows[i].graph);
    cr_expect_str_eq(e.text, rows[i].circle ? rows[i].circle : "", "%s: %s", rows[i].graph, e.text);
    const char *nearest = depends_find("a", parents_in, begins_with_d, graph);
    cr_expect(nearest ? rows[i].nearest && strcmp(nearest, rows[i].nearest) == 0 : !rows[i].nearest, "%s: %s", rows[i].graph,
              nearest ? nearest : "none");
    json_decref(graph);
  }
}

/* Sixty levels of two parents each: looked at once each, not 2^60 times. */
Test(depends, each_is_looked_at_once)
{
  json_t *graph = json_object();
  struct err e;
  for (int level = 0; level < 60; level++) {
    for (int side = 0; side < 2; side++) {
      char name[32];
      snprintf(name, sizeof name, "n%d-%d", level, side);
      json_t *parents = json_array();
      json_array_append_new(parents, json_sprintf("n%d-0", level + 1));
      json_array_append_new(parents, json_sprintf("n%d-1", level + 1));
      json_object_set_new(graph, name, parents);
    }
  }
  cr_assert(depends_is_sound("n0-0", parents_in, graph, &e), "%s", e.text);
  json_decref(graph);
}
