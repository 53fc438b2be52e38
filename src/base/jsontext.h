/* JSON written straight into a buffer, for answers so large and so often asked for that a tree of values would cost more than what they say.
 * Commas take care of themselves: none is written behind an opening bracket. Keys are ours and need no escaping. */
#pragma once

#include <jansson.h>

#include "base/buf.h"

/** A string with its quotes, null for NULL. Bytes that are not UTF-8 become U+FFFD. */
void jsontext_string(struct buf *b, const char *text);

/* A member each. */

void jsontext_text(struct buf *b, const char *key, const char *text);
void jsontext_int(struct buf *b, const char *key, int64_t value);
void jsontext_bool(struct buf *b, const char *key, bool value);
/** RFC 3339; 0 is null. */
void jsontext_stamp(struct buf *b, const char *key, int64_t us);
/** What is JSON already. */
void jsontext_raw(struct buf *b, const char *key, const char *json);
/** A tree; NULL is null. */
void jsontext_value(struct buf *b, const char *key, const json_t *value);

/** A comma, unless what stands before has just been opened: before an item of a list. */
void jsontext_separate(struct buf *b);
