/* Who depends on whom (`depends_on`), over all steps. Pure. */
#pragma once

#include <jansson.h>

#include "base/err.h"

/** The names that a service depends on: a list of texts, NULL when there are none or nobody declares it. */
typedef const json_t *(*depends_fn)(void *arg, const char *name);

/** The nearest of those that `name` depends on, directly or over others, for which is_it says so; NULL: there is none. Each is asked for once. The name is
 * borrowed from the lists. */
const char *depends_find(const char *name, depends_fn fn, bool (*is_it)(void *arg, const char *name), void *arg);

/** Is there no way from the service back to itself? Else false with the way: "a -> b -> c -> a". */
bool depends_is_sound(const char *name, depends_fn fn, void *arg, struct err *e) MUST_CHECK;
