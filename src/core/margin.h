/* How far measures are from their limits. Pure. */
#pragma once

#include <jansson.h>

/** For each limit of a declaration ({measure: {status: comparison}}) and the measures of a run (NULL: none): an array, to be released, of
 * {"measure", "status", "limit" (as written), "value" (null: not measured), "met", "margin" (number to go until it is met, negative beyond it; null
 * where there is no distance: texts, == and ~=)}. */
json_t *margins_of(const json_t *limits, const json_t *measures);
