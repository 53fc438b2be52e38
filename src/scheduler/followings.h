/* Logs that somebody follows: read every second, and what is new sent on to him; to a page over nginx (a stream of its own, through the channel
 * "dashboard"), to the operator's command at its next question.
 *
 *   {"op":"follow","service","lines","via":"stream"|"control","actor","from"}   -> {"id"}
 *   {"op":"follow_next","id"}                                                   -> {"lines","gap","error","ended"}: waits until there is something
 *
 * Bounded: FOLLOWINGS_MOST at a time; one ends after FOLLOWINGS_MS, and when nobody listens any more. What is not taken off our hands is not read, and
 * what then was too much to be read at once is left out, which "gap" says. Lives as long as the scheduler. */
#pragma once

#include <jansson.h>

#include "scheduler/scheduler.h"

#define FOLLOWINGS_MOST 8
#define FOLLOWINGS_MS 900000

struct asking;
struct followings;

struct followings *followings_new(struct scheduler *s);
/** Ends all, before the pool is stopped; the loop turns once more before followings_free. NULL is nothing. */
void followings_stop(struct followings *all);
/** NULL is nothing. */
void followings_free(struct followings *all);

/** The two operations above; refused with the codes not_found, not_declared, rate_limited. */
void followings_begin(struct followings *all, struct asking *asking, const json_t *request);
void followings_next(struct followings *all, struct asking *asking, const json_t *request);
