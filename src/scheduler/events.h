/* Live events: the one place from which those are fed who watch as it happens. The page's stream is fed through the channel "dashboard", in order,
 * several at a time, and forgotten when that fails: a page that missed something asks anew. The event bus (NOTIFY signalbox_events) is fed through the
 * journal, with what the event tells of; another bus than Postgres through bus.h. Nothing waits for either. Lives as long as the scheduler. */
#pragma once

#include <jansson.h>

#include "scheduler/scheduler.h"

/** The channel that carries the stream. */
#define EVENTS_CHANNEL "dashboard"

struct deed;
struct events;

struct events *events_new(struct scheduler *s);
/** Closes its timer; the loop turns once more before events_free. */
void events_stop(struct events *e);
/** NULL is nothing. */
void events_free(struct events *e);

/** Something happened: "transition", "gate", "action", "alert" ... subject: a service or check, "" for none. data is taken over. */
void events_emit(struct scheduler *s, const char *event, const char *subject, json_t *data);

/** A service's card has changed: the stream gets it with those of the same second, as one event "results". The event bus does not. */
void events_card_changed(struct scheduler *s, struct service *service);

/** What sends over the stream's channel, but for its argument ({"live": [{"event","data"}...]}, copied by pool_do), which the caller fills in. Texts are
 * borrowed from the declaration. False: no channel is declared, and nobody can watch. */
bool events_deed(const struct scheduler *s, struct deed *deed) MUST_CHECK;
