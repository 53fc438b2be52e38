/* Who is told of a service's troubles, how and when: the service's row of health_alert_configs over what settings.lua says for all of them. Pure.
 *
 * In settings.lua, every key optional:
 *   alerts = {
 *     channels = { "slack" },       -- of services whose row names none
 *     delay = "5m",                 -- of services without a row
 *     reminder = "4h",              -- how often an ongoing problem is told again; left out: never
 *     group = "5s",                 -- services failing within this time are one message
 *     no_data = "5m",               -- a monitor that has known nothing for so long is a problem too
 *     give_up_after = "24h",        -- a message that could not be delivered for so long is given up
 *     page_url = "https://status.example.org",
 *     heartbeat_url = "https://watcher.example.org/ping/abc",
 *     heartbeat_every = "60s",
 *     insecure_urls = false,        -- true: a row's webhook_url may be http:// beyond this machine
 *   } */
#pragma once

#include <jansson.h>

#include "base/err.h"

#define ALERT_TARGETS_MOST 16
#define ALERT_URL_MOST 2048
#define ALERT_DELAY_MOST_S 86400
#define ALERT_REMINDER_LEAST_S 60
#define ALERT_REMINDER_MOST_S (30 * 86400)

struct alert_settings {
  json_t *channels; /* texts; NULL: none */
  int64_t delay_ms, reminder_ms /* 0: never */, group_ms, no_data_ms, give_up_ms;
  int64_t heartbeat_ms;           /* between two pings of heartbeat_url */
  char *page_url, *heartbeat_url; /* NULL: none */
  bool insecure_urls;
};

/** What holds when settings say nothing. To be released like one that was read. */
void alert_settings_init(struct alert_settings *s);
void alert_settings_done(struct alert_settings *s);
/** Reads `alerts` of the settings (NULL: the defaults) into one that was initialised; refused with a sentence, it stays as it was. */
bool alert_settings_read(struct alert_settings *s, const json_t *settings, struct err *e) MUST_CHECK;

/** Where one alert goes: a channel, and for the channel "webhook" the address. */
struct alert_target {
  char *channel;
  char *url; /* NULL: the channel's own */
};

struct alert_config {
  bool enabled;
  int64_t delay_ms, reminder_ms;
  struct alert_target targets[ALERT_TARGETS_MOST]; /* outside the page; each once */
  size_t target_count;
};

/** Of a row {"escalation_delay_seconds", "webhook_url", "notification_channels", "enabled", "reminder_interval_seconds"} (NULL: there is none) and the
 * settings. "dashboard" is no target: the page is always told. What makes no sense in a row is passed over. To be released with alert_config_done. */
void alert_config_read(struct alert_config *c, const json_t *row, const struct alert_settings *settings);
void alert_config_done(struct alert_config *c);

/** May a webhook be sent there: https, or http to this machine itself (to anywhere if allowed)? No credentials, no link-local or metadata address. */
bool alert_url_is_good(const char *url, bool insecure, struct err *e) MUST_CHECK;
