/* The three statuses, and not knowing. */
#pragma once

#include "base/base.h"

/** Ordered from good to bad. STATUS_NO_DATA is no fourth status but its absence: no row, a hole in the timeline, grey on the page. */
enum status { STATUS_NO_DATA, STATUS_HEALTHY, STATUS_DEGRADED, STATUS_DOWN };
#define STATUS_COUNT 4

/** "healthy", "degraded", "down"; NULL for no data. */
const char *status_name(enum status status);
/** The status of that name; false for any other word (and for NULL). */
bool status_from_name(const char *name, enum status *status) MUST_CHECK;
