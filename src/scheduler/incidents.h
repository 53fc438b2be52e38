/* What was the matter: when a service has left healthy, or has gone down, its diagnosis, the last lines of its log and how those are on which it depends are
 * taken once, before anybody restarts it, and kept with the window (table health_incidents). Its measures before and after are in its results anyway.
 * Bounded in number, size and time; checks do not wait for it. Lives as long as the scheduler. */
#pragma once

#include "scheduler/scheduler.h"

struct incidents;
struct transition;

struct incidents *incidents_new(struct scheduler *s);
/** NULL is nothing. */
void incidents_free(struct incidents *i);

/** A confirmed transition of the service. */
void incidents_transition(struct incidents *i, const struct service *service, const struct transition *t);
