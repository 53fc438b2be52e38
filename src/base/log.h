/* One event a line on stderr: `level=warn event=store_behind results=812 oldest_s=34`.
 * Values with blanks, quotes or control characters need quoting: foreign text passes through LOG_QUOTE.
 * Never secrets, never bodies. A line that is not fatal says what happens instead. */
#pragma once

#include "base/base.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/** Lines below the level are not written; LOG_INFO until set. */
void log_set_level(enum log_level least);

/** "debug", "info", "warn" or "error"; false for any other word. */
bool log_level_from_name(const char *name, enum log_level *level) MUST_CHECK;

/** Writes one line in one write(2): level, event, then the fields as printf makes them ("key=%d other=%s"). */
void log_event(enum log_level level, const char *event, const char *fields, ...) PRINTF_LIKE(3, 4);

#define log_debug(event, ...) log_event(LOG_DEBUG, event, __VA_ARGS__)
#define log_info(event, ...) log_event(LOG_INFO, event, __VA_ARGS__)
#define log_warn(event, ...) log_event(LOG_WARN, event, __VA_ARGS__)
#define log_error(event, ...) log_event(LOG_ERROR, event, __VA_ARGS__)

/** Foreign text as a quoted value, cut to 480 bytes, in the room given. */
struct log_quoted {
  char text[512];
};
const char *log_quote(const char *text, struct log_quoted *room);
/** log_quote with room of its own, valid until the end of the enclosing block. */
#define LOG_QUOTE(text) log_quote((text), &(struct log_quoted){ 0 })
