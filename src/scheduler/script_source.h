/* One version of a script: its text and the settings that it is read with. Owned by whoever made it. */
#pragma once

#include <jansson.h>

#include "base/base.h"

struct script_source {
  char *file, *version, *source;
  json_t *settings; /* NULL: none */
};

/** All are copied (settings: shared). The version is a fingerprint of text and settings. */
struct script_source *script_source_new(const char *file, const char *source, json_t *settings);
/** NULL is nothing. */
void script_source_free(struct script_source *s);
