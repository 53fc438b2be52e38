/* An error's text, on the caller's stack.
 * A function that can fail returns false (or NULL) and leaves one sentence in *e: what failed, on what, why.
 * It does not log: who reports decides that. Context is added once, by the caller who knows it, with err_context. */
#pragma once

#include "base/base.h"

struct err {
  char text[1024];
};

/** Writes the sentence (cut to fit) and returns false, so that it can stand in a return. */
bool err_set(struct err *e, const char *format, ...) PRINTF_LIKE(2, 3);

/** Puts "<context>: " before the sentence that is there, and returns false. */
bool err_context(struct err *e, const char *format, ...) PRINTF_LIKE(2, 3);
