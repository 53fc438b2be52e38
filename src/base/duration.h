/* Durations as people write them: "250ms", "30s", "5m", "2h", "14d". Milliseconds inside. */
#pragma once

#include "base/err.h"

/** A whole number and one unit; at most 1000 days. The sentence in *e shows what would be right. */
bool duration_parse(const char *text, int64_t *ms, struct err *e) MUST_CHECK;

/** The shortest exact writing ("90s", "2h") in the caller's 32 bytes; returns text. */
const char *duration_format(int64_t ms, char text[32]);
