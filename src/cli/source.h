/* A script's text, looked at without running it: where names stand. Enough of Lua's grammar to tell a name from a text, a comment, a field and a key;
 * whether the file is right says the engine. */
#pragma once

#include "base/base.h"

struct source;

/** Takes the text apart (copied); to be released with source_free. */
struct source *source_new(const char *text);
void source_free(struct source *s);

/** The line on which a value is first assigned to the name, as a variable of its own; 0: nowhere. */
int source_assigned_at(const struct source *s, const char *name);

/** A `local` whose name is never mentioned again. */
struct unused {
  const char *name; /* the source's */
  int line;
  bool is_function;
};

/** The next one from place *at on (0 at first; moved on); false when there are no more. Names that begin with `_` are meant to be unused. */
bool source_next_unused(const struct source *s, size_t *at, struct unused *found);
