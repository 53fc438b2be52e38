#include "core/alert_config.h"

#include <strings.h>

#include "base/duration.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/item.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS INT64_C(3600000)
#define DAY_MS INT64_C(86400000)

/* ---- settings ---- */

enum kind { CHANNELS, MS, URL, FLAG };

/* The keys of `alerts`; least and most of durations. */
static const struct key {
  const char *name;
  enum kind kind;
  int64_t least, most;
} keys[] = {
  { "channels", CHANNELS, 0, 0 },
  { "delay", MS, 0, ALERT_DELAY_MOST_S *INT64_C(1000) },
  { "reminder", MS, ALERT_REMINDER_LEAST_S *INT64_C(1000), ALERT_REMINDER_MOST_S *INT64_C(1000) },
  { "group", MS, 0, 10 * MINUTE_MS },
  { "no_data", MS, 0, DAY_MS },
  { "give_up_after", MS, MINUTE_MS, 30 * DAY_MS },
  { "page_url", URL, 0, 0 },
  { "heartbeat_url", URL, 0, 0 },
  { "heartbeat_every", MS, 1000, HOUR_MS },
  { "insecure_urls", FLAG, 0, 0 },
};

void alert_settings_init(struct alert_settings *s)
{
  *s = (struct alert_settings){
    .delay_ms = 5 * MINUTE_MS, .group_ms = 5000, .no_data_ms = 5 * MINUTE_MS, .give_up_ms = DAY_MS, .heartbeat_ms = MINUTE_MS
  };
}

void alert_settings_done(struct alert_settings *s)
{
  json_decref(s->channels);
  free(s->page_url);
  free(s->heartbeat_url);
  alert_settings_init(s);
}

static bool check_channels(const json_t *value, struct err *e)
{
  size_t i;
  const json_t *name;
  bool good = json_is_array(value) && json_array_size(value) <= ALERT_TARGETS_MOST;
  json_array_foreach(value, i, name)
    good = good && json_is_string(name) && item_name_is_valid(json_string_value(name));
  return good || err_set(e, "alerts: channels: must be a list of at most %d names of channels, such as { \"slack\" }", ALERT_TARGETS_MOST);
}

static bool check_ms(const struct key *key, const json_t *value, struct err *e)
{
  char least[32], most[32];
  int64_t ms;
  if (json_is_string(value) && duration_parse(json_string_value(value), &ms, e) && ms >= key->least && ms <= key->most)
    return true;
  return err_set(e, "alerts: %s: must be a duration from \"%s\" to \"%s\"", key->name, duration_format(key->least, least),
                 duration_format(key->most, most));
}

static bool check(const char *name, const json_t *value, struct err *e)
{
  for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
    const struct key *key = &keys[i];
    if (strcmp(key->name, name) != 0)
      continue;
    switch (key->kind) {
    case CHANNELS: return check_channels(value, e);
    case MS: return check_ms(key, value, e);
    case FLAG: return json_is_boolean(value) || err_set(e, "alerts: %s: must be true or false", name);
    case URL:
      return (json_is_string(value) && alert_url_is_good(json_string_value(value), true, e)) ||
             err_set(e, "alerts: %s: must be an address such as \"https://status.example.org\"", name);
    }
  }
  return err_set(e, "alerts: there is no \"%s\" in it", name);
}

static void read_ms(const json_t *table, const char *key, int64_t *ms)
{
  struct err unused;
  const char *text = json_text_of(table, key, NULL);
  if (text && !duration_parse(text, ms, &unused))
    *ms = 0; /* check has seen to it */
}

/* Without the slashes at its end, so that paths can be added. */
static char *read_url(const json_t *table, const char *key)
{
  char *url = mem_copy_text(json_text_of(table, key, NULL));
  for (size_t n = url ? strlen(url) : 0; n && url[n - 1] == '/'; n--)
    url[n - 1] = '\0';
  return url;
}

bool alert_settings_read(struct alert_settings *s, const json_t *settings, struct err *e)
{
  json_t *table = json_object_get(settings, "alerts"), *value;
  const char *name;
  bool empty = json_is_array(table) && json_array_size(table) == 0; /* as an empty Lua table is read */
  if (table && !json_is_object(table) && !empty)
    return err_set(e, "alerts: must be a table");
  json_object_foreach(table, name, value)
    if (!check(name, value, e))
      return false;
  alert_settings_done(s);
  s->channels = json_incref(json_object_get(table, "channels"));
  read_ms(table, "delay", &s->delay_ms);
  read_ms(table, "reminder", &s->reminder_ms);
  read_ms(table, "group", &s->group_ms);
  read_ms(table, "no_data", &s->no_data_ms);
  read_ms(table, "give_up_after", &s->give_up_ms);
  read_ms(table, "heartbeat_every", &s->heartbeat_ms);
  s->page_url = read_url(table, "page_url");
  s->heartbeat_url = mem_copy_text(json_text_of(table, "heartbeat_url", NULL));
  s->insecure_urls = json_bool_of(table, "insecure_urls", false);
  return true;
}

/* ---- a service ---- */

static void add_target(struct alert_config *c, const char *channel, const char *url)
{
  if (c->target_count == ALERT_TARGETS_MOST || strcmp(channel, "dashboard") == 0 || !item_name_is_valid(channel))
    return;
  for (size_t i = 0; i < c->target_count; i++)
    if (strcmp(c->targets[i].channel, channel) == 0)
      return;
  c->targets[c->target_count++] = (struct alert_target){ .channel = mem_copy_text(channel), .url = mem_copy_text(url) };
}

static int64_t bounded(int64_t value, int64_t least, int64_t most)
{
  return value < least ? least : value > most ? most : value;
}

void alert_config_read(struct alert_config *c, const json_t *row, const struct alert_settings *settings)
{
  const json_t *channels = json_object_get(row, "notification_channels"), *name;
  const char *url = json_text_of(row, "webhook_url", NULL);
  size_t i;
  *c = (struct alert_config){ .enabled = json_bool_of(row, "enabled", true) };
  c->delay_ms = bounded(json_int_of(row, "escalation_delay_seconds", settings->delay_ms / 1000), 0, ALERT_DELAY_MOST_S) * 1000;
  c->reminder_ms = bounded(json_int_of(row, "reminder_interval_seconds", settings->reminder_ms / 1000), 0, ALERT_REMINDER_MOST_S) * 1000;
  if (url && *url)
    add_target(c, "webhook", url);
  json_array_foreach(json_is_array(channels) ? channels : settings->channels, i, name)
    if (json_is_string(name))
      add_target(c, json_string_value(name), NULL);
}

void alert_config_done(struct alert_config *c)
{
  for (size_t i = 0; i < c->target_count; i++) {
    free(c->targets[i].channel);
    free(c->targets[i].url);
  }
  *c = (struct alert_config){ 0 };
}

/* ---- addresses ---- */

/* The host of an address, without brackets and port; false when there is none, or credentials stand before it. */
static bool host_of(const char *rest, char host[256])
{
  size_t n = strcspn(rest, "/?#");
  bool bracket = rest[0] == '[';
  size_t end = bracket ? strcspn(rest, "]") : strcspn(rest, ":/?#");
  if (memchr(rest, '@', n) || end > n || end - bracket >= 256)
    return false;
  snprintf(host, 256, "%.*s", (int)(end - bracket), rest + bracket);
  return *host != '\0';
}

static bool is_this_machine(const char *host)
{
  return strcasecmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}

/* Where clouds keep credentials that anybody on the machine may read. */
static bool is_metadata(const char *host)
{
  return strncmp(host, "169.254.", 8) == 0 || strncasecmp(host, "fe80:", 5) == 0 || strcasecmp(host, "fd00:ec2::254") == 0 ||
         strcasecmp(host, "metadata.google.internal") == 0;
}

bool alert_url_is_good(const char *url, bool insecure, struct err *e)
{
  char host[256];
  bool https = strncasecmp(url, "https://", 8) == 0, http = strncasecmp(url, "http://", 7) == 0;
  for (const char *c = url; *c; c++)
    if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == '\\')
      return err_set(e, "an address has no blanks, control characters or backslashes in it");
  if (strlen(url) > ALERT_URL_MOST)
    return err_set(e, "an address has at most %d bytes", ALERT_URL_MOST);
  if (!(https || http) || !host_of(url + (https ? 8 : 7), host))
    return err_set(e, "must be an address such as https://hooks.example.org/abc, without credentials in it");
  if (is_metadata(host))
    return err_set(e, "%s is a link-local or metadata address", host);
  if (http && !insecure && !is_this_machine(host))
    return err_set(e, "must begin with https:// (http:// is for this machine, or for settings.alerts.insecure_urls = true)");
  return true;
}
