#include "core/maintenance.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/item.h"
#include "core/zone.h"

#define MINUTE_US INT64_C(60000000)
#define DAY_US (1440 * MINUTE_US)
/** Days that are looked through for the next occurrences: every weekday comes within a week, three of them within four. */
#define DAYS_AHEAD 30

static const char *const day_names[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

static bool read_stamp(const json_t *json, const char *key, int64_t *us, const char **field, struct err *e)
{
  const json_t *value = json_object_get(json, key);
  *field = key;
  *us = 0;
  if (!value || json_is_null(value))
    return true;
  return (json_is_string(value) && clock_parse(json_string_value(value), us)) || err_set(e, "must be a time such as 2026-11-24T22:00:00Z");
}

static bool read_services(struct maintenance *m, const json_t *json, const char **field, struct err *e)
{
  const json_t *list = json_object_get(json, "services"), *name;
  size_t i, n = json_array_size(list);
  bool good = n >= 1 && n <= MAINTENANCE_SERVICES_MOST;
  json_array_foreach(list, i, name)
    good = good && json_is_string(name) && (item_name_is_valid(json_string_value(name)) || strcmp(json_string_value(name), "*") == 0);
  *field = "services";
  if (!good)
    return err_set(e, "must be a list of 1 to %d names of services, or [\"*\"] for all", MAINTENANCE_SERVICES_MOST);
  m->services = json_incref((json_t *)(uintptr_t)list);
  return true;
}

/* "02:00" of a day of 24 hours. */
static bool read_minute(const char *text, int *minute)
{
  static const char digits[] = "0123456789";
  if (strlen(text) != 5 || strspn(text, digits) != 2 || text[2] != ':' || strspn(text + 3, digits) != 2)
    return false;
  int hours = (text[0] - '0') * 10 + text[1] - '0', minutes = (text[3] - '0') * 10 + text[4] - '0';
  *minute = hours * 60 + minutes;
  return hours < 24 && minutes < 60;
}

static bool read_days(struct maintenance *m, const json_t *list)
{
  size_t i;
  const json_t *name;
  json_array_foreach(list, i, name) {
    unsigned bit = 0;
    for (size_t day = 0; day < ARRAY_LEN(day_names); day++)
      if (json_is_string(name) && strcmp(json_string_value(name), day_names[day]) == 0)
        bit = 1u << day;
    if (!bit)
      return false;
    m->days |= bit;
  }
  return m->days != 0;
}

static bool read_recurrence(struct maintenance *m, const json_t *json, const char **field, struct err *e)
{
  const json_t *recurrence = json_object_get(json, "recurrence");
  if (!recurrence || json_is_null(recurrence))
    return true;
  *field = "recurrence";
  if (!json_is_object(recurrence))
    return err_set(e, "must be an object with days, at, duration_minutes and time_zone");
  *field = "recurrence.days";
  if (!read_days(m, json_object_get(recurrence, "days")))
    return err_set(e, "must be a list of days such as [\"mon\", \"thu\"]");
  *field = "recurrence.at";
  if (!read_minute(json_text_of(recurrence, "at", ""), &m->minute))
    return err_set(e, "must be a time of the day such as \"02:00\"");
  *field = "recurrence.duration_minutes";
  int64_t minutes = json_int_of(recurrence, "duration_minutes", 0);
  if (minutes < 1 || minutes > MAINTENANCE_MINUTES_MOST)
    return err_set(e, "must be a whole number from 1 to %d", MAINTENANCE_MINUTES_MOST);
  m->duration_minutes = (int)minutes;
  *field = "recurrence.time_zone";
  m->zone = zone_new(json_text_of(recurrence, "time_zone", ""));
  return m->zone || err_set(e, "must be the name of a time zone such as \"Europe/Berlin\" or \"UTC\"");
}

static bool read_all(struct maintenance *m, const json_t *json, const char **field, struct err *e)
{
  const char *title = json_text_of(json, "title", "");
  *field = "title";
  if (!*title || strlen(title) > 200)
    return err_set(e, "must be a text of 1 to 200 bytes");
  m->id = json_int_of(json, "id", 0);
  m->title = mem_copy_text(title);
  if (!read_services(m, json, field, e) || !read_stamp(json, "starts_at", &m->starts_us, field, e) ||
      !read_stamp(json, "ends_at", &m->ends_us, field, e) || !read_recurrence(m, json, field, e))
    return false;
  *field = "starts_at";
  if (!m->starts_us)
    return err_set(e, "is needed");
  *field = "ends_at";
  if (!m->zone && !m->ends_us)
    return err_set(e, "is needed, unless the window recurs");
  return !m->ends_us || m->ends_us > m->starts_us || err_set(e, "must be after starts_at");
}

bool maintenance_read(struct maintenance *m, const json_t *json, const char **field, struct err *e)
{
  *m = (struct maintenance){ 0 };
  if (read_all(m, json, field, e))
    return true;
  maintenance_done(m);
  return false;
}

void maintenance_done(struct maintenance *m)
{
  free(m->title);
  json_decref(m->services);
  zone_free(m->zone);
  *m = (struct maintenance){ 0 };
}

bool maintenance_covers(const struct maintenance *m, const char *service)
{
  size_t i;
  const json_t *name;
  json_array_foreach(m->services, i, name) {
    const char *text = json_string_value(name);
    if (strcmp(text, "*") == 0 || strcmp(text, service) == 0)
      return true;
  }
  return false;
}

/* 1970-01-01 was a Thursday. */
static bool is_day_of(const struct maintenance *m, int64_t day)
{
  int64_t weekday = ((day + 3) % 7 + 7) % 7;
  return m->days >> weekday & 1;
}

size_t maintenance_next(const struct maintenance *m, int64_t at_us, struct maintenance_span *spans, size_t n)
{
  size_t found = 0;
  if (!m->zone) {
    if (n && m->ends_us > at_us)
      spans[found++] = (struct maintenance_span){ .starts_us = m->starts_us, .ends_us = m->ends_us };
    return found;
  }
  int64_t from_us = at_us > m->starts_us ? at_us : m->starts_us, first = zone_day_of(m->zone, from_us) - 2;
  for (int64_t day = first; found < n && day < first + DAYS_AHEAD; day++) {
    int64_t starts_us = is_day_of(m, day) ? zone_moment(m->zone, day, m->minute) : 0;
    int64_t ends_us = starts_us + m->duration_minutes * MINUTE_US;
    bool within = starts_us >= m->starts_us && (!m->ends_us || starts_us < m->ends_us);
    if (starts_us && within && ends_us > at_us)
      spans[found++] = (struct maintenance_span){ .starts_us = starts_us, .ends_us = ends_us };
  }
  return found;
}

bool maintenance_is_on(const struct maintenance *m, int64_t at_us, int64_t *ends_us)
{
  struct maintenance_span span;
  if (!maintenance_next(m, at_us, &span, 1) || span.starts_us > at_us)
    return false;
  *ends_us = span.ends_us;
  return true;
}
