/* A service as the overview shows it: {"service_name", "title", "status" ...}. Written as text, because a thousand of them are asked for many times a
 * second; service_name is the first member, by which a reader finds his way without parsing. */
#pragma once

#include <jansson.h>

#include "base/buf.h"
#include "scheduler/scheduler.h"

struct service;

/** Appends the card of a declared service. mono_ms is now. */
void card_write(struct buf *b, const struct scheduler *s, const struct service *service, int64_t mono_ms);
/** The same as a tree, to be released. */
json_t *card_json(const struct scheduler *s, const struct service *service, int64_t mono_ms);
