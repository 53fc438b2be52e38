#include "core/zone.h"

#include <glib.h>

#define SECOND_US INT64_C(1000000)
#define DAY_S INT64_C(86400)

struct zone *zone_new(const char *name)
{
  return (struct zone *)g_time_zone_new_identifier(name);
}

void zone_free(struct zone *z)
{
  if (z)
    g_time_zone_unref((GTimeZone *)z);
}

static GTimeZone *of(const struct zone *z)
{
  return (GTimeZone *)(uintptr_t)z;
}

static int64_t floor_divide(int64_t a, int64_t b)
{
  return a / b - (a % b < 0);
}

int64_t zone_day_of(const struct zone *z, int64_t us)
{
  int64_t s = floor_divide(us, SECOND_US);
  gint interval = g_time_zone_find_interval(of(z), G_TIME_TYPE_UNIVERSAL, s);
  return floor_divide(s + g_time_zone_get_offset(of(z), interval), DAY_S);
}

int64_t zone_moment(const struct zone *z, int64_t day, int minute)
{
  int64_t local_s = day * DAY_S + minute * INT64_C(60);
  /* The offset that held a day before decides: in a gap it puts the moment behind the gap, in an overlap before the clocks go back. */
  gint before = g_time_zone_find_interval(of(z), G_TIME_TYPE_UNIVERSAL, local_s - DAY_S);
  int64_t by_old = local_s - g_time_zone_get_offset(of(z), before);
  gint then = g_time_zone_find_interval(of(z), G_TIME_TYPE_UNIVERSAL, by_old);
  int64_t by_new = local_s - g_time_zone_get_offset(of(z), then);
  gint there = g_time_zone_find_interval(of(z), G_TIME_TYPE_UNIVERSAL, by_new);
  /* In the new offset only if the clocks really show it there. */
  return (g_time_zone_get_offset(of(z), there) == g_time_zone_get_offset(of(z), then) ? by_new : by_old) * SECOND_US;
}
