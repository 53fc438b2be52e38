/* Named time zones, by GLib over the system's tz database (https://docs.gtk.org/glib/struct.TimeZone.html): which moment a local date and time is. Pure but for
 * reading the database. */
#pragma once

#include "base/base.h"

struct zone;

/** "Europe/Berlin", "UTC"; NULL: there is no such zone. To be released with zone_free. */
struct zone *zone_new(const char *name);
void zone_free(struct zone *z);

/** A day, counted from 1970-01-01, of the zone's calendar at that moment (microseconds since 1970 UTC). */
int64_t zone_day_of(const struct zone *z, int64_t us);
/** The moment at which the zone's clocks show that minute of that day. One that they show twice is the first; one that they skip is as many minutes later as
 * they skip, as if they had not been moved yet. */
int64_t zone_moment(const struct zone *z, int64_t day, int minute);
