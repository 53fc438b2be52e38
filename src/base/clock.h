/* The two clocks, read once per event at the edge and passed on as numbers, and RFC 3339 stamps.
 * Stamps are microseconds since 1970 UTC (`_us`); intervals are milliseconds on the monotonic clock (`_ms`). */
#pragma once

#include "base/base.h"

/** Wall clock now, microseconds since the epoch. */
int64_t clock_wall_us(void);
/** Monotonic clock now, milliseconds since some start. */
int64_t clock_mono_ms(void);
/** Monotonic clock now, microseconds since some start. */
int64_t clock_mono_us(void);

/** Room for a stamp with its NUL. */
#define CLOCK_STAMP_SIZE 32
/** "2026-08-22T10:00:00.123456Z" (RFC 3339, UTC; no fraction when it is zero). Returns text. */
const char *clock_format(int64_t us, char text[CLOCK_STAMP_SIZE]);
/** Reads an RFC 3339 stamp with any offset, or with a blank for the T as Postgres prints it; false when it is none. */
bool clock_parse(const char *text, int64_t *us) MUST_CHECK;
