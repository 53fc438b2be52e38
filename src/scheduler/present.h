/* What the scheduler knows now, as JSON: the answers of the control socket. Values are new and to be released. */
#pragma once

#include <jansson.h>

#include "scheduler/scheduler.h"

struct service;

/** A service as the overview shows it: {"service_name", "title", "status" ...}. mono_ms is now. */
json_t *present_card(const struct scheduler *s, const struct service *service, int64_t mono_ms);
/** {"generated_at", "ready", "blocking", "services": [...], "broken_files": [...]}: every declared service, in order of declaration. */
json_t *present_overview(const struct scheduler *s);
/** {"service": {...}} with measures, limits and declaration; NULL when no such service is declared. */
json_t *present_service(const struct scheduler *s, const char *name);
/** The scheduler's own health: runners, runs, journal, store, files. */
json_t *present_status(const struct scheduler *s);
