/* What the scheduler knows now, as JSON: the answers of the control socket. Values are new and to be released. */
#pragma once

#include <jansson.h>

#include "scheduler/scheduler.h"

struct service;

/** How the text of an overview begins; a list of cards follows. */
#define PRESENT_SERVICES "{\"ok\":true,\"services\":["
/** {"ok": true, "services": [card...], "generated_at", "status", "ready", "blocking", "broken_files" ...}: every declared service, in order of
 * declaration. As the line that is sent, to free(): whoever asks for it often takes it apart by its text. */
char *present_overview_text(const struct scheduler *s);
/** The same as a tree. */
json_t *present_overview(const struct scheduler *s);
/** {"service": {...}} with measures, limits and declaration; NULL when no such service is declared. */
json_t *present_service(const struct scheduler *s, const char *name);
/** The scheduler's own health: runners, runs, journal, store, files. */
json_t *present_status(const struct scheduler *s);
