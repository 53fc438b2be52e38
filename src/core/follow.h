/* Following a log: which of the lines that a source gives are new. Pure.
 *
 * A source that can say where it was (a file's offset, the journal's cursor) is asked for what came after that: {"lines", "after"}, and answers
 * {"text", "cursor", "gap"}. Of any other the last lines are asked again and again, and compared with those of before: exact as long as fewer come between two
 * looks than are looked at. */
#pragma once

#include <jansson.h>

#include "base/base.h"

/** Most lines that are looked at at a time. */
#define FOLLOW_LINES 1000
/** Bytes of a place in a source, with the NUL. */
#define FOLLOW_CURSOR_SIZE 512

/** Zero: at the beginning. */
struct follow {
  bool has_cursor; /* the source can say where it was */
  bool begun;
  char cursor[FOLLOW_CURSOR_SIZE];
  json_t *window; /* the last lines, of a source that cannot */
};

/** What the source is to be asked; first: how many lines before now are wanted. To be released. */
json_t *follow_argument(const struct follow *f, size_t first);
/** The new ones of what it answered, cleaned (core/logtext.h), to be released. *gap: some before them are missing. */
json_t *follow_take(struct follow *f, const json_t *answer, size_t first, const json_t *masks, bool *gap);
void follow_done(struct follow *f);
