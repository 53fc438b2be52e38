/* Did a restart help? A service is watched after it: it did when results have been healthy for RESCUE_STEADY_MS, at least two of them; a process that
 * comes up and dies a moment later is not saved. It did not when that has not come about RESCUE_DEADLINE_MS (or what the service
 * says) after it was done. Pure; monotonic milliseconds. */
#pragma once

#include "core/status.h"

#define RESCUE_STEADY_MS 3000
#define RESCUE_DEADLINE_MS 180000

enum rescue_verdict { RESCUE_WATCHING, RESCUE_HELPED, RESCUE_DID_NOT_HELP };

struct rescue {
  int64_t began_ms;      /* when the restart was asked for */
  int64_t done_ms;       /* when it was done; its deadline counts from there, for it may have waited for a running job */
  int64_t deadline_ms;   /* after so long it has not helped */
  int64_t first_good_ms; /* of the unbroken stretch of healthy results; 0: the last one was not healthy */
};

void rescue_begin(struct rescue *r, int64_t now_ms);
/** The restart itself is done, and the service is watched from now on, for deadline_ms. */
void rescue_watch(struct rescue *r, int64_t now_ms, int64_t deadline_ms);
/** A result of a run that began after the restart was done. */
enum rescue_verdict rescue_result(struct rescue *r, enum status status, int64_t now_ms);
/** No result, but time has passed. */
enum rescue_verdict rescue_look(const struct rescue *r, int64_t now_ms);
/** How long it took until the service was healthy, of one that helped. */
int64_t rescue_took_ms(const struct rescue *r);
