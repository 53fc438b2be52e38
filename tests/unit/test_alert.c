/* What is told of troubles, to whom, when, and what is held back: scenarios on a virtual clock, and a day of 200 services against a model. */
#include <criterion/criterion.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/alert_board.h"
#include "core/alert_state.h"

#define SERVICES 4
static const char *const names[SERVICES] = { "db", "web", "app", "disk" };

/* A world that a scenario changes as it likes. Time is seconds from its beginning. */
struct sim {
  struct board *board;
  struct moment now;
  int64_t boot_ms; /* when the monotonic clock began: it has another zero after each restart */
  int64_t again_ms;
  struct alert_config config[SERVICES];
  struct alert_view view[SERVICES];
  bool declared[SERVICES];
  json_t *kept;
  unsigned times_kept;
  enum status last_held; /* what was said of the last alert that was held back */
  struct buf log;
};

static size_t index_of(const char *service)
{
  for (size_t i = 0; i < SERVICES; i++)
    if (strcmp(names[i], service) == 0)
      return i;
  cr_assert_fail("there is no %s", service);
  return 0;
}

static int second_of(const struct sim *s)
{
  return (int)((s->now.ms - s->boot_ms) / 1000);
}

static bool view(void *arg, const char *service, struct alert_view *v)
{
  struct sim *s = arg;
  size_t i = index_of(service);
  *v = s->view[i];
  v->config = &s->config[i];
  return s->declared[i];
}

static const char *word(enum status status)
{
  return status_name(status) ? status_name(status) : "unknown";
}

static void tell(void *arg, const struct alert_target *target, const struct board_item *items, size_t n, size_t more)
{
  struct sim *s = arg;
  buf_printf(&s->log, "%d %s%s%s:", second_of(s), target->channel, target->url ? "=" : "", target->url ? target->url : "");
  for (size_t i = 0; i < n; i++)
    buf_printf(&s->log, " %s %s %s<%s%s%s", alert_event_name(items[i].event), items[i].service, word(items[i].status),
               word(items[i].previous), items[i].reference ? " re " : "", items[i].reference ? items[i].reference : "");
  buf_printf(&s->log, more ? " and %zu\n" : "\n", more);
}

static void hold(void *arg, const struct alert_target *target, const struct board_item *item, enum alert_hold why)
{
  static const char *const words[] = { "", "off", "acknowledged", "maintenance", "parent", "brief" };
  struct sim *s = arg;
  s->last_held = item->status;
  buf_printf(&s->log, "%d (%s %s %s: %s)\n", second_of(s), target->channel, alert_event_name(item->event), item->service, words[why]);
}

static void keep(void *arg, const char *service, const struct alert *alert)
{
  struct sim *s = arg;
  s->times_kept++;
  json_t *json = alert ? alert_state_write(alert, s->now) : NULL;
  if (json)
    json_object_set_new(s->kept, service, json);
  else
    json_object_del(s->kept, service);
}

static void make_board(struct sim *s)
{
  const char *service;
  json_t *json;
  s->board = board_new(&(struct board_world){ .view = view, .tell = tell, .hold = hold, .keep = keep, .arg = s });
  board_set_grouping(s->board, 0);
  json_object_foreach(s->kept, service, json)
    alert_state_read(board_restore(s->board, service), json, s->now);
}

static struct sim *begin(void)
{
  struct sim *s = MEM_NEW(struct sim);
  struct alert_settings settings;
  alert_settings_init(&settings);
  s->boot_ms = 1000000;
  s->now = (struct moment){ .ms = s->boot_ms, .us = INT64_C(1800000000000000) };
  s->kept = json_object();
  buf_init(&s->log, 100000);
  json_t *row = json_pack("{s:i, s:[s]}", "escalation_delay_seconds", 300, "notification_channels", "slack");
  for (size_t i = 0; i < SERVICES; i++) {
    alert_config_read(&s->config[i], row, &settings);
    s->view[i] = (struct alert_view){ .prove_ms = 30000, .no_data_ms = 600000 };
    s->declared[i] = true;
  }
  json_decref(row);
  alert_settings_done(&settings);
  make_board(s);
  for (size_t i = 0; i < SERVICES; i++)
    board_transition(s->board, names[i], STATUS_HEALTHY, s->now.us, s->now);
  s->again_ms = board_turn(s->board, s->now);
  return s;
}

static void end(struct sim *s)
{
  board_free(s->board);
  for (size_t i = 0; i < SERVICES; i++)
    alert_config_done(&s->config[i]);
  json_decref(s->kept);
  buf_done(&s->log);
  free(s);
}

static void turn(struct sim *s)
{
  s->again_ms = board_turn(s->board, s->now);
}

/* Time goes on to that second; the board looks whenever it said it would. */
static void until(struct sim *s, int second)
{
  int64_t ms = s->boot_ms + second * INT64_C(1000);
  while (s->again_ms <= ms) {
    cr_assert(s->again_ms > s->now.ms, "it wants to look again at once, for ever");
    s->now.us += (s->again_ms - s->now.ms) * 1000;
    s->now.ms = s->again_ms;
    turn(s);
  }
  s->now.us += (ms - s->now.ms) * 1000;
  s->now.ms = ms;
}

static void becomes(struct sim *s, int second, const char *service, enum status status)
{
  until(s, second);
  board_transition(s->board, service, status, s->now.us, s->now);
  turn(s);
}

static void restart(struct sim *s)
{
  board_free(s->board);
  s->now.ms -= 987654;
  s->boot_ms -= 987654;
  make_board(s);
  turn(s);
}

#define expect(s, text)                                                     \
  do {                                                                      \
    cr_expect_str_eq(buf_text(&(s)->log), text, "%s", buf_text(&(s)->log)); \
    buf_clear(&(s)->log);                                                   \
  } while (0)

Test(alert, is_told_after_its_delay_and_its_recovery_to_those_who_were_told)
{
  struct sim *s = begin();
  becomes(s, 0, "db", STATUS_DOWN);
  until(s, 299);
  expect(s, "");
  until(s, 4000);
  expect(s, "300 slack: raised db down<healthy\n");
  becomes(s, 4000, "db", STATUS_HEALTHY);
  until(s, 9000);
  expect(s, "4000 slack: recovered db healthy<down\n");
  cr_assert_eq(s->again_ms, INT64_MAX, "nothing is left to look at");
  end(s);
}

Test(alert, what_is_over_before_its_delay_is_told_to_nobody)
{
  struct sim *s = begin();
  becomes(s, 0, "db", STATUS_DOWN);
  becomes(s, 299, "db", STATUS_HEALTHY);
  becomes(s, 310, "db", STATUS_DEGRADED);
  becomes(s, 350, "db", STATUS_HEALTHY);
  until(s, 9000);
  expect(s, "299 (slack raised db: brief)\n350 (slack raised db: brief)\n");
  end(s);
}

Test(alert, worse_is_told_at_once_better_once_and_the_same_never)
{
  struct sim *s = begin();
  becomes(s, 0, "db", STATUS_DEGRADED);
  becomes(s, 100, "db", STATUS_DOWN); /* the delay goes on from when it was not well any more */
  until(s, 300);
  expect(s, "300 slack: raised db down<healthy\n");
  becomes(s, 400, "db", STATUS_DEGRADED);
  becomes(s, 500, "db", STATUS_DOWN);
  becomes(s, 600, "db", STATUS_NO_DATA);
  until(s, 5000);
  becomes(s, 5000, "db", STATUS_DOWN);
  becomes(s, 5100, "db", STATUS_NO_DATA);
  becomes(s, 5200, "db", STATUS_HEALTHY);
  expect(s, "400 slack: better db degraded<down\n500 slack: worse db down<degraded\n5200 slack: recovered db healthy<down\n");
  end(s);
}

Test(alert, reminders_come_when_they_are_wanted)
{
  struct sim *s = begin();
  s->config[0].reminder_ms = 3600000;
  becomes(s, 0, "db", STATUS_DOWN);
  until(s, 8000);
  becomes(s, 8000, "db", STATUS_HEALTHY);
  until(s, 20000);
  expect(s, "300 slack: raised db down<healthy\n3900 slack: reminder db down<down\n7500 slack: reminder db down<down\n"
            "8000 slack: recovered db healthy<down\n");
  end(s);
}

Test(alert, not_knowing_for_long_is_a_problem_too_but_not_a_restart)
{
  struct sim *s = begin();
  becomes(s, 0, "db", STATUS_NO_DATA);
  becomes(s, 599, "db", STATUS_HEALTHY);
  becomes(s, 700, "db", STATUS_NO_DATA);
  until(s, 1299);
  expect(s, "");
  until(s, 1300);
  becomes(s, 1400, "db", STATUS_DOWN);
  becomes(s, 1500, "db", STATUS_HEALTHY);
  expect(s, "1300 slack: raised db unknown<healthy\n1400 slack: worse db down<unknown\n1500 slack: recovered db healthy<down\n");
  /* Down before the monitor stopped: nothing is said until something is known again, and then not by the time that passed meanwhile. */
  becomes(s, 2000, "db", STATUS_DOWN);
  restart(s);
  until(s, 2050);
  becomes(s, 2050, "db", STATUS_NO_DATA);
  until(s, 2400);
  expect(s, "");
  becomes(s, 2400, "db", STATUS_DOWN);
  expect(s, "2400 slack: raised db down<healthy\n");
  end(s);
}

Test(alert, while_nothing_can_be_known_not_knowing_says_nothing)
{
  struct sim *s = begin();
  becomes(s, 0, "db", STATUS_NO_DATA);
  s->view[0].blind = true;
  until(s, 5000);
  s->view[0].blind = false;
  until(s, 5599);
  expect(s, "");
  until(s, 5601);
  expect(s, "5600 slack: raised db unknown<healthy\n");
  end(s);
}

Test(alert, an_unknown_that_turns_out_to_be_down_has_its_delay_from_then)
{
  struct sim *s = begin();
  becomes(s, 0, "db", STATUS_NO_DATA);
  becomes(s, 400, "db", STATUS_DOWN);
  until(s, 699);
  expect(s, "");
  until(s, 700);
  expect(s, "700 slack: raised db down<healthy\n");
  end(s);
}

Test(alert, a_restart_tells_nothing_again_and_forgets_nothing)
{
  struct sim *s = begin();
  becomes(s, 0, "db", STATUS_DOWN);
  until(s, 200);
  restart(s);
  until(s, 299);
  expect(s, "");
  until(s, 300);
  restart(s);
  until(s, 400);
  expect(s, "300 slack: raised db down<healthy\n");
  board_acknowledge(s->board, "db", "ann", "on it", s->now.us + 100000000, s->now);
  turn(s);
  restart(s);
  until(s, 499);
  expect(s, "400 slack: acknowledged db down<down\n");
  restart(s);
  until(s, 600);
  expect(s, "500 slack: reminder db down<down\n");
  restart(s);
  becomes(s, 700, "db", STATUS_HEALTHY);
  restart(s);
  until(s, 800);
  expect(s, "700 slack: recovered db healthy<down\n");
  end(s);
}

Test(alert, maintenance_holds_and_at_its_end_what_is_wrong_is_told_and_what_was_is_summed_up)
{
  struct sim *s = begin();
  s->view[0].maintenance = s->view[1].maintenance = s->view[2].maintenance = "upgrade";
  becomes(s, 0, "db", STATUS_DOWN);
  becomes(s, 10, "web", STATUS_DOWN);
  becomes(s, 500, "web", STATUS_HEALTHY);
  becomes(s, 600, "web", STATUS_DEGRADED);
  becomes(s, 1000, "web", STATUS_HEALTHY);
  becomes(s, 1100, "app", STATUS_DOWN); /* as brief as this it would not have been told anyway */
  becomes(s, 1200, "app", STATUS_HEALTHY);
  until(s, 2000);
  expect(s, "300 (slack raised db: maintenance)\n310 (slack raised web: maintenance)\n900 (slack raised web: maintenance)\n"
            "1200 (slack raised app: brief)\n");
  s->view[0].maintenance = s->view[1].maintenance = s->view[2].maintenance = NULL;
  restart(s);
  until(s, 3000);
  expect(s, "2000 slack: raised db down<healthy summary web healthy<unknown\n");
  /* What they knew before it began. */
  s->view[0].maintenance = "again";
  becomes(s, 3100, "db", STATUS_DEGRADED);
  until(s, 3200);
  s->view[0].maintenance = NULL;
  until(s, 3300);
  s->view[0].maintenance = "again";
  until(s, 3400);
  s->view[0].maintenance = NULL;
  until(s, 3500);
  s->view[0].maintenance = "again";
  becomes(s, 3600, "db", STATUS_HEALTHY);
  expect(s, "3100 (slack better db: maintenance)\n3201 slack: better db degraded<down\n3401 slack: reminder db degraded<degraded\n"
            "3600 slack: recovered db healthy<degraded\n");
  end(s);
}

Test(alert, an_acknowledgement_holds_until_it_ends_or_all_is_well)
{
  struct sim *s = begin();
  cr_assert_not(board_acknowledge(s->board, "db", "ann", NULL, 0, s->now), "nothing is wrong");
  becomes(s, 0, "db", STATUS_DEGRADED);
  cr_assert(board_acknowledge(s->board, "db", "ann", NULL, 0, s->now));
  until(s, 1000);
  expect(s, "300 (slack raised db: acknowledged)\n");
  cr_assert(board_acknowledge(s->board, "db", NULL, NULL, 0, s->now));
  turn(s);
  cr_assert_not(board_acknowledge(s->board, "db", NULL, NULL, 0, s->now), "it is lifted already");
  until(s, 1100);
  expect(s, "1000 slack: raised db degraded<healthy\n");
  cr_assert(board_acknowledge(s->board, "db", "ann", NULL, 0, s->now));
  turn(s);
  becomes(s, 1200, "db", STATUS_DOWN);
  becomes(s, 1300, "db", STATUS_HEALTHY);
  becomes(s, 1400, "db", STATUS_DOWN);
  until(s, 1700);
  expect(s,
         "1100 slack: acknowledged db degraded<degraded\n1200 (slack worse db: acknowledged)\n1300 slack: recovered db healthy<degraded\n"
         "1700 slack: raised db down<healthy\n");
  end(s);
}

Test(alert, what_depends_on_something_that_is_down_is_held_and_has_time_to_come_back)
{
  struct sim *s = begin();
  becomes(s, 0, "db", STATUS_DOWN);
  s->view[1].parent = s->view[2].parent = "db";
  becomes(s, 1, "web", STATUS_DOWN);
  becomes(s, 2, "app", STATUS_DOWN);
  until(s, 1000);
  expect(s, "300 slack: raised db down<healthy\n301 (slack raised web: parent)\n302 (slack raised app: parent)\n");
  becomes(s, 1000, "db", STATUS_HEALTHY);
  s->view[1].parent = s->view[2].parent = NULL;
  becomes(s, 1020, "web", STATUS_HEALTHY);
  until(s, 2000);
  expect(s, "1000 slack: recovered db healthy<down\n1030 slack: raised app down<healthy\n");
  end(s);
}

Test(alert, a_parent_that_may_be_about_to_be_found_down_is_waited_for_but_not_for_ever)
{
  struct sim *s = begin();
  s->view[1].parent_wavers = true;
  becomes(s, 0, "web", STATUS_DOWN);
  until(s, 314);
  expect(s, "");
  until(s, 315);
  expect(s, "315 slack: raised web down<healthy\n");
  end(s);
}

Test(alert, a_service_that_flaps_is_one_incident)
{
  struct sim *s = begin();
  becomes(s, 0, "db", STATUS_DOWN);
  becomes(s, 60, "db", STATUS_HEALTHY);
  becomes(s, 120, "db", STATUS_DOWN);
  s->view[0].flapping = true;
  for (int at = 180; at < 3000; at += 120) {
    becomes(s, at, "db", STATUS_HEALTHY);
    becomes(s, at + 60, "db", STATUS_DOWN);
  }
  expect(s, "60 (slack raised db: brief)\n420 slack: raised db down<healthy\n");
  becomes(s, 3060, "db", STATUS_DEGRADED);
  until(s, 3100);
  s->view[0].flapping = false;
  until(s, 3200);
  s->view[0].flapping = true;
  becomes(s, 3200, "db", STATUS_HEALTHY);
  until(s, 3300);
  s->view[0].flapping = false;
  until(s, 3400);
  expect(s, "3101 slack: better db degraded<down\n3200 slack: worse db down<degraded\n3301 slack: recovered db healthy<down\n");
  end(s);
}

Test(alert, configuration_takes_effect_at_once_and_those_who_were_told_hear_the_end)
{
  struct sim *s = begin();
  struct alert_settings settings;
  alert_settings_init(&settings);
  becomes(s, 0, "db", STATUS_DOWN);
  until(s, 400);
  alert_config_done(&s->config[0]);
  json_t *row = json_pack("{s:i, s:[s,s], s:s}", "escalation_delay_seconds", 0, "notification_channels", "email", "dashboard",
                          "webhook_url", "https://x.example");
  alert_config_read(&s->config[0], row, &settings);
  until(s, 500);
  expect(s,
         "300 slack: raised db down<healthy\n401 webhook=https://x.example: raised db down<healthy\n401 email: raised db down<healthy\n");
  s->config[0].enabled = false;
  becomes(s, 600, "db", STATUS_DEGRADED);
  becomes(s, 700, "db", STATUS_HEALTHY);
  becomes(s, 800, "db", STATUS_DOWN);
  until(s, 900);
  expect(s, "600 (webhook better db: off)\n600 (email better db: off)\n"
            "700 webhook=https://x.example: recovered db healthy<down\n700 email: recovered db healthy<down\n700 slack: recovered db "
            "healthy<down\n"
            "800 (webhook raised db: off)\n800 (email raised db: off)\n");
  json_decref(row);
  alert_settings_done(&settings);
  end(s);
}

Test(alert, a_service_that_nobody_declares_any_more_is_closed)
{
  struct sim *s = begin();
  becomes(s, 0, "db", STATUS_DOWN);
  until(s, 400);
  s->declared[0] = false;
  becomes(s, 400, "db", STATUS_NO_DATA);
  until(s, 500);
  expect(s, "300 slack: raised db down<healthy\n400 slack: recovered db healthy<down\n");
  cr_assert_null(board_find(s->board, "db"));
  cr_assert_null(json_object_get(s->kept, "db"));
  s->declared[1] = false;
  becomes(s, 600, "web", STATUS_NO_DATA);
  until(s, 3000);
  expect(s, "");
  end(s);
}

Test(alert, services_that_fail_within_a_few_seconds_are_one_message)
{
  struct sim *s = begin();
  board_set_grouping(s->board, 5000);
  becomes(s, 0, "db", STATUS_DOWN);
  becomes(s, 3, "web", STATUS_DOWN);
  becomes(s, 4, "app", STATUS_DEGRADED);
  becomes(s, 20, "disk", STATUS_DOWN);
  until(s, 1000);
  expect(s, "305 slack: raised db down<healthy raised web down<healthy raised app degraded<healthy\n325 slack: raised disk down<healthy\n");
  becomes(s, 1000, "db", STATUS_HEALTHY);
  becomes(s, 1001, "web", STATUS_HEALTHY);
  becomes(s, 1002, "db", STATUS_DOWN); /* back before anybody was told that it was well */
  until(s, 1100);
  expect(s, "1005 slack: recovered web healthy<down\n");
  end(s);
}

Test(alert, without_a_delay_the_first_goes_at_once_and_the_others_together)
{
  struct sim *s = begin();
  board_set_grouping(s->board, 5000);
  for (size_t i = 0; i < SERVICES; i++)
    s->config[i].delay_ms = 0;
  becomes(s, 0, "db", STATUS_DOWN);
  becomes(s, 1, "web", STATUS_DOWN);
  becomes(s, 2, "app", STATUS_DOWN);
  becomes(s, 100, "disk", STATUS_DOWN);
  until(s, 200);
  expect(
      s,
      "0 slack: raised db down<healthy\n5 slack: raised web down<healthy raised app down<healthy\n100 slack: raised disk down<healthy\n");
  end(s);
}

Test(alert, the_clock_set_an_hour_either_way_raises_nothing)
{
  for (int hours = -1; hours <= 1; hours += 2) {
    struct sim *s = begin();
    becomes(s, 0, "db", STATUS_DOWN);
    until(s, 100);
    s->now.us += hours * INT64_C(3600000000);
    until(s, 299);
    expect(s, "");
    until(s, 1000);
    expect(s, "300 slack: raised db down<healthy\n");
    end(s);
  }
}

Test(alert, what_a_channel_wants_back_comes_with_the_next_of_that_incident_and_of_no_other)
{
  struct sim *s = begin();
  char slack_name[] = "slack", email_name[] = "email";
  const struct alert_target slack = { .channel = slack_name }, email = { .channel = email_name };
  becomes(s, 0, "db", STATUS_DEGRADED);
  becomes(s, 1, "web", STATUS_DEGRADED);
  until(s, 350);
  expect(s, "300 slack: raised db degraded<healthy\n301 slack: raised web degraded<healthy\n");
  char incident[64];
  snprintf(incident, sizeof incident, "%s", board_find(s->board, "db")->incident);
  board_reference(s->board, "another incident", &slack, "nobody's");
  board_reference(s->board, incident, &email, "one who was not told");
  board_reference(s->board, incident, &slack, "first");
  board_reference(s->board, incident, &slack, "17.42");
  restart(s);
  becomes(s, 400, "db", STATUS_DOWN);
  becomes(s, 401, "web", STATUS_DOWN);
  until(s, 410);
  expect(s, "400 slack: worse db down<degraded re 17.42\n401 slack: worse web down<degraded\n");
  end(s);
}

Test(alert, what_has_not_changed_is_not_kept_again)
{
  struct sim *s = begin();
  becomes(s, 0, "db", STATUS_DOWN);
  until(s, 310);
  expect(s, "300 slack: raised db down<healthy\n");
  unsigned before = s->times_kept;
  until(s, 900);
  cr_expect_eq(s->times_kept, before, "kept %u times while nothing happened", s->times_kept - before);
  end(s);
}

Test(alert, what_was_too_brief_to_be_told_is_in_the_ledger_by_its_worst)
{
  struct sim *s = begin();
  becomes(s, 0, "db", STATUS_DEGRADED);
  becomes(s, 10, "db", STATUS_DOWN);
  becomes(s, 20, "db", STATUS_HEALTHY);
  until(s, 100);
  expect(s, "20 (slack raised db: brief)\n");
  cr_expect_eq(s->last_held, STATUS_DOWN);
  end(s);
}

Test(alert, the_board_moves_what_is_going_on_with_the_clock_and_keeps_it_so)
{
  struct sim *s = begin();
  becomes(s, 0, "db", STATUS_DOWN);
  int64_t began_us = board_find(s->board, "db")->began_us;
  board_clock_set(s->board, INT64_C(3600000000));
  s->now.us += INT64_C(3600000000);
  cr_expect_eq(board_find(s->board, "db")->began_us, began_us + INT64_C(3600000000));
  restart(s);
  cr_expect_eq(board_find(s->board, "db")->began_us, began_us + INT64_C(3600000000), "also after a restart");
  end(s);
}

Test(alert, when_the_clock_is_set_every_stamp_that_is_there_is_moved)
{
  struct alert a = {
    .since_us = 1000, .began_us = 2000, .ended_us = 3000, .ack.at_us = 4000, .missed = { .count = 1, .began_us = 5000, .ended_us = 6000 }
  };
  struct alert none = { 0 };
  alert_clock_set(&a, -500);
  alert_clock_set(&none, -500);
  cr_expect_eq(a.since_us, 500);
  cr_expect_eq(a.began_us, 1500);
  cr_expect_eq(a.ended_us, 2500);
  cr_expect_eq(a.ack.at_us, 3500);
  cr_expect_eq(a.missed.began_us, 4500);
  cr_expect_eq(a.missed.ended_us, 5500);
  cr_expect(none.since_us == 0 && none.began_us == 0 && none.ended_us == 0, "what is not there is not invented");
}

Test(alert, what_came_and_went_untold_is_summed_up_from_the_first_to_the_last)
{
  static const struct {
    int64_t began_us, ended_us;
    enum status worst;
    bool would_be_told, was_told, gone;
  } rows[] = {
    { 100, 200, STATUS_DEGRADED, true, false, false }, { 300, 400, STATUS_DOWN, true, false, false },
    { 450, 480, STATUS_DOWN, false, false, false }, /* too brief to be told */
    { 500, 600, STATUS_DOWN, true, true, false },   /* it was told */
    { 650, 680, STATUS_DOWN, true, false, true },   /* of a service that is gone */
    { 700, 800, STATUS_DEGRADED, true, false, false },
  };
  struct alert a = { 0 };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    a.began_us = rows[i].began_us;
    a.ended_us = rows[i].ended_us;
    a.worst = rows[i].worst;
    a.would_be_told = rows[i].would_be_told;
    a.was_told = rows[i].was_told;
    a.gone = rows[i].gone;
    alert_close(&a);
  }
  cr_expect_eq(a.missed.count, 3);
  cr_expect(a.missed.began_us == 100 && a.missed.ended_us == 800, "%d to %d", (int)a.missed.began_us, (int)a.missed.ended_us);
  cr_expect_eq(a.missed.worst, STATUS_DOWN);
  alert_done(&a);
}

Test(alert, what_the_page_is_told_of_each_transition)
{
  static const struct {
    enum status to;
    enum alert_event event;
  } steps[] = {
    { STATUS_HEALTHY, ALERT_NOTHING },   { STATUS_DEGRADED, ALERT_RAISED },   { STATUS_DOWN, ALERT_WORSE },
    { STATUS_DEGRADED, ALERT_BETTER },   { STATUS_NO_DATA, ALERT_NOTHING },   { STATUS_DEGRADED, ALERT_NOTHING },
    { STATUS_NO_DATA, ALERT_NOTHING },   { STATUS_DOWN, ALERT_WORSE },        { STATUS_NO_DATA, ALERT_NOTHING },
    { STATUS_HEALTHY, ALERT_RECOVERED }, { STATUS_NO_DATA, ALERT_NOTHING },   { STATUS_HEALTHY, ALERT_NOTHING },
    { STATUS_DOWN, ALERT_RAISED },       { STATUS_HEALTHY, ALERT_RECOVERED },
  };
  struct alert a = { 0 };
  for (size_t i = 0; i < ARRAY_LEN(steps); i++)
    cr_expect_eq((int)alert_transition(&a, "db", steps[i].to, 1000000, (struct moment){ 1000, 1000000 }), (int)steps[i].event, "step %zu",
                 i);
  alert_done(&a);
}
