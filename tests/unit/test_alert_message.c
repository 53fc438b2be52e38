/* What a channel is given to send, and who is told by which configuration. */
#include <criterion/criterion.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "core/alert_config.h"
#include "core/alert_message.h"

#define NOW_US INT64_C(1800000000000000)
#define MINUTES(n) ((n)*INT64_C(60000000))

static struct alert_item item(enum alert_event event, enum status status, enum status previous)
{
  return (struct alert_item){ .event = event,
                              .incident = "db:1",
                              .service = "db",
                              .title = "Database",
                              .status = status,
                              .previous = previous,
                              .worst = STATUS_DOWN,
                              .began_us = NOW_US - MINUTES(254),
                              .since_us = NOW_US - MINUTES(1) };
}

Test(alert_message, one_line_says_it)
{
  char line[ALERT_TITLE_SIZE];
  struct alert_ack ack = { .by = (char[]){ "ann" } };
  json_t *two = json_pack("[s, s]", "web", "app"), *one = json_pack("[s]", "web");
  struct alert_item i = item(ALERT_RAISED, STATUS_DOWN, STATUS_HEALTHY);
  i.error = "connection\nrefused";
  cr_expect_str_eq(alert_message_line(&i, NOW_US, line), "DOWN: Database (connection refused)");
  i.dependents = two;
  cr_expect_str_eq(alert_message_line(&i, NOW_US, line), "DOWN: Database (connection refused); 2 services depend on it");
  i.dependents = one;
  cr_expect_str_eq(alert_message_line(&i, NOW_US, line), "DOWN: Database (connection refused); 1 service depends on it");
  i.flapping = true;
  i.error = NULL;
  i.dependents = NULL;
  cr_expect_str_eq(alert_message_line(&i, NOW_US, line), "FLAPPING: Database");
  i = item(ALERT_RAISED, STATUS_NO_DATA, STATUS_HEALTHY);
  cr_expect_str_eq(alert_message_line(&i, NOW_US, line), "NO DATA: Database");
  i = item(ALERT_WORSE, STATUS_DOWN, STATUS_DEGRADED);
  cr_expect_str_eq(alert_message_line(&i, NOW_US, line), "DOWN: Database was degraded");
  i = item(ALERT_REMINDER, STATUS_DEGRADED, STATUS_DEGRADED);
  cr_expect_str_eq(alert_message_line(&i, NOW_US, line), "STILL DEGRADED: Database for 4 h 14 min");
  i = item(ALERT_RECOVERED, STATUS_HEALTHY, STATUS_DOWN);
  i.ended_us = NOW_US - MINUTES(250);
  cr_expect_str_eq(alert_message_line(&i, NOW_US, line), "RECOVERED: Database after 4 min");
  i.retired = true;
  cr_expect_str_eq(alert_message_line(&i, NOW_US, line), "CLOSED: Database is not watched any more");
  i = item(ALERT_ACKNOWLEDGED, STATUS_DOWN, STATUS_DOWN);
  i.ack = &ack;
  cr_expect_str_eq(alert_message_line(&i, NOW_US, line), "ACKNOWLEDGED: Database is down; ann has seen it");
  i = item(ALERT_SUMMARY, STATUS_HEALTHY, STATUS_HEALTHY);
  i.times = 2;
  cr_expect_str_eq(alert_message_line(&i, NOW_US, line), "DURING MAINTENANCE: Database was down several times, and is well again");
  json_decref(two);
  json_decref(one);
}

Test(alert_message, says_who_what_since_when_and_which_incident)
{
  struct alert_item i = item(ALERT_RAISED, STATUS_DOWN, STATUS_HEALTHY);
  i.error = "connection refused";
  struct alert_envelope m = { .id = "X", .channel = "slack", .page_url = "https://page.example", .now_us = NOW_US };
  json_t *json = alert_message_make(&m, &i, 1);
  const json_t *alert = json_array_get(json_object_get(json, "alerts"), 0);
  cr_expect_str_eq(json_text_of(json, "title", ""), "DOWN: Database (connection refused)");
  cr_expect_str_eq(json_text_of(json, "text", ""),
                   "DOWN: Database (connection refused)\n  since 2027-01-15T03:46:00Z\n\nhttps://page.example\n");
  cr_expect_str_eq(json_text_of(json, "event", ""), "raised");
  cr_expect_str_eq(json_text_of(json, "state", ""), "firing");
  cr_expect_str_eq(json_text_of(json, "status", ""), "down");
  cr_expect_str_eq(json_text_of(alert, "incident", ""), "db:1");
  cr_expect_str_eq(json_text_of(alert, "previous_status", ""), "healthy");
  cr_expect_str_eq(json_text_of(alert, "link", ""), "https://page.example/#/service/db");
  cr_expect_eq(json_int_of(alert, "duration_seconds", 0), 254 * 60);
  const char *key;
  json_t *value;
  json_object_foreach(json, key, value)
    cr_expect(!json_is_null(value), "%s is null, which Lua takes for something", key);
  json_object_foreach((json_t *)(uintptr_t)alert, key, value)
    cr_expect(!json_is_null(value), "%s is null, which Lua takes for something", key);
  json_decref(json);
}

Test(alert_message, several_are_counted_named_and_cut_to_what_a_provider_takes)
{
  struct alert_item items[ALERT_ITEMS_MOST];
  struct buf euros;
  buf_init(&euros, 4000);
  for (size_t i = 0; i < 1000; i++)
    buf_add_text(&euros, "\xe2\x82\xac");
  char *long_text = buf_take(&euros);
  items[0] = item(ALERT_RECOVERED, STATUS_HEALTHY, STATUS_DOWN);
  items[1] = item(ALERT_WORSE, STATUS_DOWN, STATUS_DEGRADED);
  struct alert_envelope m = { .id = "X", .channel = "slack", .now_us = NOW_US };
  json_t *json = alert_message_make(&m, items, 2);
  cr_expect_str_eq(json_text_of(json, "title", ""), "2 services: Database recovered, Database is down");
  cr_expect_str_eq(json_text_of(json, "event", ""), "worse");
  cr_expect_str_eq(json_text_of(json, "state", ""), "firing");
  json_decref(json);
  json = alert_message_make(&m, items, 1);
  cr_expect_str_eq(json_text_of(json, "state", ""), "resolved");
  cr_expect_str_eq(json_text_of(json, "status", ""), "healthy");
  json_decref(json);
  for (size_t i = 0; i < ALERT_ITEMS_MOST; i++) {
    items[i] = item(ALERT_RAISED, STATUS_DOWN, STATUS_HEALTHY);
    items[i].title = items[i].error = long_text;
  }
  m.more = 12;
  json = alert_message_make(&m, items, ALERT_ITEMS_MOST);
  const char *text = json_text_of(json, "text", "");
  cr_expect_lt(strlen(json_text_of(json, "title", "")), ALERT_TITLE_SIZE);
  cr_expect_eq(strncmp(json_text_of(json, "title", ""), "62 services: ", 13), 0);
  cr_expect_leq(strlen(text), ALERT_TEXT_CAP);
  cr_expect_not_null(strstr(text, " more\n"));
  cr_expect_not_null(json_object_get(json, "text"), "it is UTF-8");
  cr_expect_eq(json_array_size(json_object_get(json, "alerts")), ALERT_ITEMS_MOST);
  json_decref(json);
  free(long_text);
}

Test(alert_message, keys_sort_by_time_and_differ_by_chance)
{
  char a[ALERT_ID_SIZE], b[ALERT_ID_SIZE];
  unsigned char low[10] = { 0 }, high[10] = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 };
  cr_expect_str_eq(alert_message_id(INT64_C(1469918176385000), low, a), "01ARYZ6S410000000000000000");
  cr_expect_str_eq(alert_message_id(INT64_C(1469918176385000), high, a), "01ARYZ6S41ZZZZZZZZZZZZZZZZ");
  cr_expect_lt(strcmp(a, alert_message_id(INT64_C(1469918176386000), low, b)), 0);
}

Test(alert_config, settings_are_read_strictly)
{
  static const struct {
    const char *json, *fault;
  } rows[] = {
    { "{}", NULL },
    { "{\"alerts\": []}", NULL }, /* an empty Lua table */
    { "{\"alerts\": {\"channels\": [\"slack\"], \"delay\": \"1m\", \"reminder\": \"4h\", \"group\": \"0s\", \"page_url\": "
      "\"http://page/\"}}",
      NULL },
    { "{\"alerts\": {\"chanels\": []}}", "chanels" },
    { "{\"alerts\": {\"channels\": \"slack\"}}", "list" },
    { "{\"alerts\": {\"channels\": [\"Not A Name\"]}}", "list" },
    { "{\"alerts\": {\"delay\": 300}}", "delay: must be a duration from \"0s\" to \"1d\"" },
    { "{\"alerts\": {\"delay\": \"2d\"}}", "delay" },
    { "{\"alerts\": {\"reminder\": \"5s\"}}", "reminder" },
    { "{\"alerts\": {\"page_url\": \"page\"}}", "page_url" },
    { "{\"alerts\": {\"insecure_urls\": \"yes\"}}", "true or false" },
    { "{\"alerts\": 7}", "table" },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct alert_settings s;
    struct err e = { "" };
    json_t *json = json_read(rows[i].json, strlen(rows[i].json), &e);
    alert_settings_init(&s);
    bool ok = alert_settings_read(&s, json, &e);
    cr_expect_eq(ok, !rows[i].fault, "%s: %s", rows[i].json, e.text);
    cr_expect(ok || !rows[i].fault || strstr(e.text, rows[i].fault), "%s: %s", rows[i].json, e.text);
    alert_settings_done(&s);
    json_decref(json);
  }
}

Test(alert_config, a_row_goes_before_the_settings)
{
  struct alert_settings s;
  struct alert_config c;
  struct err e;
  alert_settings_init(&s);
  json_t *settings = json_pack("{s:{s:[s,s,s], s:s}}", "alerts", "channels", "slack", "dashboard", "slack", "delay", "1m");
  cr_assert(alert_settings_read(&s, settings, &e));
  alert_config_read(&c, NULL, &s);
  cr_expect(c.enabled && c.delay_ms == 60000 && c.reminder_ms == 0 && c.target_count == 1);
  cr_expect_str_eq(c.targets[0].channel, "slack");
  alert_config_done(&c);
  json_t *row = json_pack("{s:i, s:s, s:[s,s], s:b, s:i}", "escalation_delay_seconds", 0, "webhook_url", "https://x.example/1",
                          "notification_channels", "email", "webhook", "enabled", 0, "reminder_interval_seconds", 3600);
  alert_config_read(&c, row, &s);
  cr_expect(!c.enabled && c.delay_ms == 0 && c.reminder_ms == 3600000 && c.target_count == 2);
  cr_expect_str_eq(c.targets[0].channel, "webhook");
  cr_expect_str_eq(c.targets[0].url, "https://x.example/1");
  cr_expect_str_eq(c.targets[1].channel, "email");
  alert_config_done(&c);
  json_object_set_new(row, "notification_channels", json_array());
  json_object_set_new(row, "webhook_url", json_null());
  alert_config_read(&c, row, &s);
  cr_expect_eq(c.target_count, 0, "an empty list is nobody, not the default");
  alert_config_done(&c);
  json_decref(row);
  json_decref(settings);
  alert_settings_done(&s);
}

Test(alert_config, webhooks_go_to_https_or_this_machine)
{
  static const struct {
    const char *url;
    bool good, insecure_good;
  } rows[] = {
    { "https://hooks.example.org/a?b=c#d", true, true },
    { "HTTPS://hooks.example.org", true, true },
    { "https://10.0.0.7:8443/", true, true },
    { "http://127.0.0.1:9000/hook", true, true },
    { "http://localhost/hook", true, true },
    { "http://[::1]:80/hook", true, true },
    { "http://hooks.example.org/", false, true },
    { "http://127.example.org@evil.example/", false, false },
    { "https://user:secret@hooks.example.org/", false, false },
    { "https://169.254.169.254/latest/meta-data", false, false },
    { "http://[fe80::1]/", false, false },
    { "http://metadata.google.internal/", false, false },
    { "ftp://hooks.example.org/", false, false },
    { "file:///etc/passwd", false, false },
    { "hooks.example.org", false, false },
    { "https://", false, false },
    { "https:///path", false, false },
    { "https://a b/", false, false },
    { "https://a\r\nHost: b/", false, false },
    { "https://a\\b/", false, false },
    { "", false, false },
  };
  struct err e;
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    cr_expect_eq(alert_url_is_good(rows[i].url, false, &e), rows[i].good, "\"%s\"", rows[i].url);
    cr_expect_eq(alert_url_is_good(rows[i].url, true, &e), rows[i].insecure_good, "\"%s\" when insecure ones may be", rows[i].url);
  }
}
