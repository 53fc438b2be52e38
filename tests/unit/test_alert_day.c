/* A day of 200 services with random faults, holds, restarts and a clock that is set, on a virtual clock: what was told, held against what was true each
 * second. The rules below are written down without looking at how the policy reaches them. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "core/alert_board.h"
#include "core/alert_state.h"

#define SERVICES 200
#define SECONDS 86400
#define GROUP_S 5
/** A look each second, and the grouping. */
#define SLACK_S (GROUP_S + 2)
#define PROVE_S 30
#define NO_DATA_S 300

enum { MAINTENANCE = 1, ACKNOWLEDGED = 2, PARENT = 4, FLAPPING = 8 };

/* The truth of each second, as it was after everything of that second had happened. */
struct truth {
  uint8_t status[SECONDS], holds[SECONDS];
};

struct told {
  int second;
  enum alert_event event;
  enum status status;
};

struct service {
  char name[8];
  struct truth truth;
  struct alert_config config;
  int parent; /* -1: none */
  struct told told[4096];
  size_t count, messages;
};

static struct {
  struct service *services;
  struct board *board;
  json_t *kept;
  struct moment now;
  int second;
  uint32_t state;
  size_t messages, alerts;
  bool restarted[SECONDS];
} day;

static uint32_t chance(uint32_t n)
{
  day.state ^= day.state << 13;
  day.state ^= day.state >> 17;
  day.state ^= day.state << 5;
  return day.state % n;
}

static struct service *find(const char *name)
{
  return &day.services[strtol(name + 1, NULL, 10)];
}

static bool is_down(const struct service *s)
{
  return s->truth.status[day.second] == STATUS_DOWN;
}

static bool view(void *arg, const char *name, struct alert_view *v)
{
  const struct service *s = find(name), *parent = s->parent < 0 ? NULL : &day.services[s->parent];
  uint8_t holds = s->truth.holds[day.second];
  (void)arg;
  *v = (struct alert_view){ .config = &s->config,
                            .flapping = holds & FLAPPING,
                            .parent = parent && is_down(parent) ? parent->name : NULL,
                            .maintenance = holds & MAINTENANCE ? "m" : NULL,
                            .prove_ms = PROVE_S * 1000,
                            .no_data_ms = NO_DATA_S * 1000 };
  return true;
}

static void tell(void *arg, const struct alert_target *target, const struct board_item *items, size_t n, size_t more)
{
  (void)arg;
  (void)target;
  (void)more;
  day.messages++;
  for (size_t i = 0; i < n; i++) {
    struct service *s = find(items[i].service);
    cr_assert_lt(s->count, ARRAY_LEN(s->told), "%s is told of without end", s->name);
    s->told[s->count++] = (struct told){ day.second, items[i].event, items[i].status };
    day.alerts++;
  }
}

static void hold(void *arg, const struct alert_target *target, const struct board_item *item, enum alert_hold why)
{
  (void)arg;
  (void)target;
  (void)item;
  (void)why;
}

static void keep(void *arg, const char *service, const struct alert *alert)
{
  json_t *json = alert ? alert_state_write(alert, day.now) : NULL;
  (void)arg;
  if (json)
    json_object_set_new(day.kept, service, json);
  else
    json_object_del(day.kept, service);
}

static void start_board(void)
{
  const char *name;
  json_t *json;
  day.board = board_new(&(struct board_world){ .view = view, .tell = tell, .hold = hold, .keep = keep });
  board_set_grouping(day.board, GROUP_S * 1000);
  json_object_foreach(day.kept, name, json)
    alert_state_read(board_restore(day.board, name), json, day.now);
}

static void make_services(void)
{
  static const int delays[] = { 0, 0, 60, 300, 300, 1800 };
  struct alert_settings settings;
  alert_settings_init(&settings);
  day.services = mem_new(SERVICES, sizeof *day.services);
  for (int i = 0; i < SERVICES; i++) {
    struct service *s = &day.services[i];
    json_t *row = json_pack("{s:i, s:[s], s:i}", "escalation_delay_seconds", delays[chance(ARRAY_LEN(delays))], "notification_channels",
                            "one", "reminder_interval_seconds", chance(4) ? 0 : 3600);
    snprintf(s->name, sizeof s->name, "s%d", i);
    alert_config_read(&s->config, row, &settings);
    s->parent = i >= 20 && chance(3) == 0 ? (int)chance(20) : -1;
    s->truth.status[0] = STATUS_HEALTHY;
    json_decref(row);
  }
  alert_settings_done(&settings);
}

/* What a second brings to a service: mostly nothing. Troubles come in clusters. */
static enum status next_status(enum status was, int second)
{
  bool bad_hour = second / 3600 % 6 == 2;
  if (was == STATUS_HEALTHY)
    return chance(bad_hour ? 1500 : 20000) ? was : 1 + chance(20) ? STATUS_DEGRADED + chance(2) : STATUS_NO_DATA;
  if (chance(bad_hour ? 200 : 600))
    return was;
  return chance(4) ? STATUS_HEALTHY : chance(8) ? STATUS_DEGRADED + chance(2) : STATUS_NO_DATA;
}

static void live_a_second(struct service *s)
{
  int t = day.second;
  enum status was = t ? s->truth.status[t - 1] : STATUS_HEALTHY, is = t ? next_status(was, t) : STATUS_HEALTHY;
  uint8_t holds = t ? s->truth.holds[t - 1] & (MAINTENANCE | FLAPPING) : 0;
  if (chance(holds & MAINTENANCE ? 900 : 40000) == 0)
    holds ^= MAINTENANCE;
  if (chance(holds & FLAPPING ? 1200 : 60000) == 0)
    holds ^= FLAPPING;
  s->truth.status[t] = (uint8_t)is;
  s->truth.holds[t] = holds;
  if (is != was || t == 0)
    board_transition(day.board, s->name, is, day.now.us, day.now);
  const struct alert *alert = board_find(day.board, s->name);
  if (alert->incident && !alert->ack.by && chance(5000) == 0)
    board_acknowledge(day.board, s->name, "ann", NULL, chance(2) ? 0 : day.now.us + (int64_t)(60 + chance(1800)) * 1000000, day.now);
}

/* Acknowledgements and parents, as they stood when the second was over. */
static void note_holds(struct service *s)
{
  const struct alert *alert = board_find(day.board, s->name);
  if (alert->ack.by)
    s->truth.holds[day.second] |= ACKNOWLEDGED;
  if (s->parent >= 0 && is_down(&day.services[s->parent]))
    s->truth.holds[day.second] |= PARENT;
}

static void live(void)
{
  for (day.second = 0; day.second < SECONDS; day.second++) {
    if (chance(4000) == 0) { /* the scheduler is restarted, on another boot's clock */
      day.restarted[day.second] = true;
      board_free(day.board);
      day.now.ms = (int64_t)chance(1000000) * 1000;
      start_board();
    }
    if (chance(20000) == 0) { /* the clock is set */
      int64_t by_us = ((int64_t)chance(7200) - 3600) * 1000000;
      day.now.us += by_us;
      board_clock_set(day.board, by_us);
    }
    for (int i = 0; i < SERVICES; i++)
      live_a_second(&day.services[i]);
    board_turn(day.board, day.now);
    for (int i = 0; i < SERVICES; i++)
      note_holds(&day.services[i]);
    day.now.ms += 1000;
    day.now.us += 1000000;
  }
}

/* ---- what must be true of it ---- */

static int rank(enum status s)
{
  return s == STATUS_HEALTHY ? 0 : s == STATUS_NO_DATA ? 1 : (int)s;
}

/* Not well, or not known to be; flapping is no wellness either, once it follows trouble. */
static bool is_well(const struct service *s, int t)
{
  return s->truth.status[t] == STATUS_HEALTHY && !(s->truth.holds[t] & FLAPPING);
}

static bool is_held(const struct service *s, int t)
{
  return s->truth.holds[t] & (MAINTENANCE | ACKNOWLEDGED | PARENT);
}

/* Each told thing follows from the one before and from what was true then. */
static void check_told(const struct service *s)
{
  enum status told = STATUS_HEALTHY; /* nothing */
  int at = 0;
  for (size_t i = 0; i < s->count; i++) {
    const struct told *e = &s->told[i];
    const char *what = alert_event_name(e->event);
    int t = e->second;
    switch (e->event) {
    case ALERT_RAISED:
      cr_assert_eq(told, STATUS_HEALTHY, "%s at %d: raised twice", s->name, t);
      for (int before = 0; before * 1000 < s->config.delay_ms && before < t; before++)
        cr_assert_not(is_well(s, t - before), "%s at %d: raised, and was well %d s ago (delay %d)", s->name, t, before,
                      (int)s->config.delay_ms / 1000);
      break;
    case ALERT_WORSE: cr_assert(told != STATUS_HEALTHY && rank(e->status) > rank(told), "%s at %d: worse", s->name, t); break;
    case ALERT_BETTER: cr_assert(rank(e->status) < rank(told) && e->status != STATUS_HEALTHY, "%s at %d: better", s->name, t); break;
    case ALERT_REMINDER:
      cr_assert(told != STATUS_HEALTHY && rank(e->status) == rank(told), "%s at %d: reminder", s->name, t);
      bool interval = s->config.reminder_ms && (t - at) * 1000 >= s->config.reminder_ms, ended = false;
      for (int before = t - 1; before >= at && before >= 0; before--)
        ended = ended || is_held(s, before);
      cr_assert(interval || ended, "%s at %d: reminded for no reason, last told at %d", s->name, t, at);
      break;
    case ALERT_ACKNOWLEDGED:
      cr_assert(told != STATUS_HEALTHY && s->truth.holds[t] & ACKNOWLEDGED, "%s at %d: acknowledged", s->name, t);
      break;
    case ALERT_RECOVERED: cr_assert(told != STATUS_HEALTHY && is_well(s, t), "%s at %d: recovered", s->name, t); break;
    default: break; /* a summary says nothing of now */
    }
    bool may_be_held = e->event == ALERT_ACKNOWLEDGED || e->event == ALERT_RECOVERED;
    cr_assert(may_be_held || !(s->truth.holds[t] & (MAINTENANCE | ACKNOWLEDGED | PARENT)), "%s at %d: %s, although it was held", s->name, t,
              what);
    if (e->event != ALERT_SUMMARY) {
      told = e->event == ALERT_RECOVERED ? STATUS_HEALTHY : e->status;
      at = t;
    }
  }
}

/* Nothing that should have been told is left out: at each second at which everything has been as it is for long enough, the target knows how it is. */
static void check_untold(const struct service *s)
{
  enum status told = STATUS_HEALTHY, worst = STATUS_HEALTHY;
  size_t next = 0;
  int well = 0, unwell = 0, free_for = 0, same = 0, needs_s = (int)(s->config.delay_ms / 1000) + SLACK_S;
  for (int t = 0; t < SECONDS; t++) {
    for (; next < s->count && s->told[next].second == t; next++)
      if (s->told[next].event != ALERT_SUMMARY)
        told = s->told[next].event == ALERT_RECOVERED ? STATUS_HEALTHY : s->told[next].status;
    enum status is = s->truth.status[t];
    bool known = is == STATUS_DEGRADED || is == STATUS_DOWN;
    well = is_well(s, t) ? well + 1 : 0;
    unwell = known ? unwell + 1 : 0;
    free_for = is_held(s, t) || s->truth.holds[t] & FLAPPING || day.restarted[t] ? 0 : free_for + 1;
    well = day.restarted[t] ? 0 : well; /* the grouping begins anew */
    same = t && s->truth.status[t] == s->truth.status[t - 1] ? same + 1 : 0;
    worst = rank(is) > rank(worst) ? is : worst;
    if (well > SLACK_S)
      cr_assert_eq(told, STATUS_HEALTHY, "%s at %d: well for %d s, and they think that it is not", s->name, t, well);
    if (unwell > needs_s + 1 && free_for > PROVE_S + SLACK_S && same > SLACK_S)
      cr_assert_eq(told, is, "%s at %d: %s for %d s (delay %d), and they were told %s", s->name, t, status_name(is), unwell,
                   (int)s->config.delay_ms / 1000, status_name(told) ? status_name(told) : "that nothing is known");
    if (is == STATUS_NO_DATA && same > NO_DATA_S + needs_s + SLACK_S && free_for > PROVE_S + SLACK_S)
      cr_assert_neq(told, STATUS_HEALTHY, "%s at %d: nothing is known for %d s, and nobody was told", s->name, t, same);
  }
}

Test(alert_day, of_200_services_tells_what_is_true_once_and_leaves_nothing_out, .timeout = 300)
{
  const char *seeds = getenv("SIGNALBOX_SEEDS"); /* more days: SIGNALBOX_SEEDS=50 */
  long days = seeds ? strtol(seeds, NULL, 10) : 1;
  for (uint32_t seed = 1; seed <= days; seed++) {
    day.state = seed * 2654435761u;
    day.now = (struct moment){ .ms = 5000000, .us = INT64_C(1800000000000000) };
    day.messages = day.alerts = 0;
    memset(day.restarted, 0, sizeof day.restarted);
    day.kept = json_object();
    make_services();
    start_board();
    live();
    size_t told = 0;
    for (int i = 0; i < SERVICES; i++) {
      check_told(&day.services[i]);
      check_untold(&day.services[i]);
      told += day.services[i].count;
      alert_config_done(&day.services[i].config);
    }
    cr_assert(told > 1000 && day.messages < day.alerts, "%zu alerts in %zu messages: not much of a day", day.alerts, day.messages);
    board_free(day.board);
    json_decref(day.kept);
    free(day.services);
  }
}
