/* The alerts of one service: what is to be told of it now, to whom, and what is held back, why. Pure: times are parameters, and what the rest of the world
 * is like (struct alert_view) too.
 *
 * An incident begins when the service is known not to be well (or nothing has been known of it for long) and ends when it is well and does not flap.
 * Nothing is remembered of what is to be sent later: each look compares what a target was told last with what is true now. So a restart, a change of
 * configuration or the end of a maintenance window needs no case of its own, and what came and went between two looks is never told.
 *
 *   not told yet, and not well for the delay        raised
 *   told, and now worse                             worse, at once
 *   told, and now better but not well               better
 *   told, and well                                  recovered, whatever holds the others back
 *   told, the same, for the reminder interval       reminder; also once when an acknowledgement or a maintenance window ends
 *   told, and acknowledged since                    acknowledged
 *
 * Held back, but never recorded less: while alerts are switched off, acknowledged, in maintenance, or while something it depends on is down. A service that
 * flaps is one incident until it stops. */
#pragma once

#include <jansson.h>

#include "core/alert_config.h"
#include "core/status.h"

/** In order of how serious they are. */
enum alert_event {
  ALERT_NOTHING,
  ALERT_DRILL,
  ALERT_SUMMARY,
  ALERT_RECOVERED,
  ALERT_ACKNOWLEDGED,
  ALERT_BETTER,
  ALERT_REMINDER,
  ALERT_WORSE,
  ALERT_RAISED
};
/** "raised" ...; NULL for nothing. */
const char *alert_event_name(enum alert_event event);

/** Why something is held back. */
enum alert_hold {
  HOLD_NOT,
  HOLD_OFF, /* alerts are switched off for the service */
  HOLD_ACKNOWLEDGED,
  HOLD_MAINTENANCE,
  HOLD_PARENT,
  HOLD_BRIEF /* it was over before its delay: recorded when the incident is closed */
};

/** Now: on the monotonic clock for what lasts, on the wall clock for what is shown. */
struct moment {
  int64_t ms, us;
};

/** What one target was told last of the present incident. */
struct alert_told {
  struct alert_target target;
  enum status status;
  int64_t ms;      /* when, monotonic */
  bool remind;     /* held back since: to be told again when that ends */
  bool acked;      /* knows that it is acknowledged */
  char *reference; /* what the channel wants back, NULL: nothing */
  struct alert_told *next;
};

struct alert_ack {
  char *by, *note;         /* by NULL: it is not acknowledged */
  int64_t at_us, until_us; /* 0: until it is well */
};

/** What maintenance kept from being told and was over before it ended. */
struct alert_missed {
  unsigned count;
  int64_t began_us, ended_us; /* of the first, of the last */
  enum status worst;
};

/** Kept over restarts by alert_state.h. Zero: nothing was ever wrong. */
struct alert {
  enum status status; /* confirmed now */
  enum status known;  /* the last one that was known, STATUS_NO_DATA: none yet */
  enum status before; /* the incident */
  enum status worst;  /* of the incident */
  int64_t since_us;   /* the present status began */
  int64_t unknown_ms; /* when nothing was known any more */

  char *incident; /* its key; NULL: there is none */
  int64_t began_us, began_ms;
  int64_t ended_us;      /* well again since; 0: it is not */
  int64_t not_before_ms; /* held by what it depends on until lately: it gets the time to prove itself */
  bool would_be_told;    /* but for maintenance */
  bool was_told;         /* somebody heard of it, and of its end */
  bool gone;             /* nobody declares the service any more */
  uint64_t noted;        /* which (hold, event) were recorded already */
  struct alert_told *told;
  struct alert_ack ack;
  struct alert_missed missed;
};

/** The world as far as it concerns one service. Borrowed. */
struct alert_view {
  const struct alert_config *config;
  bool flapping;
  const char *parent;      /* the nearest that it depends on and that is down, NULL: none */
  bool parent_wavers;      /* one of those may be about to be found down */
  const char *maintenance; /* the window's title, NULL: none is on */
  int64_t prove_ms;        /* what it needs to show that it is well again */
  int64_t no_data_ms;      /* after which not knowing is a problem */
  bool blind;              /* nothing can be known just now, which is not the service's affair */
};

/** One thing to tell or to record as held back. */
struct alert_decision {
  enum alert_event event;
  enum alert_hold hold; /* HOLD_NOT: to be told */
  const struct alert_target *target;
  struct alert_told *told; /* NULL: not yet */
};
#define ALERT_DECISIONS_MOST (6 * ALERT_TARGETS_MOST)

/** A confirmed transition, dated back to at_us. Returns what the page is told: raised, worse, better, recovered; nothing, when knowledge came or went. */
enum alert_event alert_transition(struct alert *a, const char *service, enum status to, int64_t at_us, struct moment now);

/** What is to be told or held now; n of them. What is held back is returned once for each reason. Ends acknowledgements that have run out. */
size_t alert_decide(struct alert *a, const struct alert_view *v, struct moment now, struct alert_decision out[ALERT_DECISIONS_MOST]);
/** The target has been told (it stands in the outbox). Pointers of other decisions stay valid. A summary is told to all of its targets at once. */
void alert_commit(struct alert *a, const struct alert_decision *d, const struct alert_view *v, struct moment now);

/** What that target was told last of the present incident; NULL: nothing. */
struct alert_told *alert_find_told(const struct alert *a, const struct alert_target *target);

/** The wall clock was set: stamps of what is going on move with it. Times that somebody has chosen do not. */
void alert_clock_set(struct alert *a, int64_t by_us);

/** The incident is over and everybody who heard of it knows. */
bool alert_is_over(const struct alert *a, const struct alert_view *v);
/** Closes it; one that only maintenance kept from being told is remembered for the summary. */
void alert_close(struct alert *a);
/** Releases everything; it may be used again. */
void alert_done(struct alert *a);

/** The worst that can be said of it now: healthy, when it is well. */
enum status alert_problem(const struct alert *a, const struct alert_view *v);
enum alert_hold alert_held(const struct alert *a, const struct alert_view *v);

/** False: there is nothing to acknowledge. by NULL lifts it. until_us 0: until it is well. */
bool alert_acknowledge(struct alert *a, const char *by, const char *note, int64_t until_us, struct moment now);
