/* The alerts of all services: takes transitions, looks at every open incident, and groups what is to be told, so that services failing within a few
 * seconds are one message with a list.
 *
 * The first alert of a target waits for others for the grouping time, but never longer than its service's own delay: with a delay of 0 it goes at once,
 * and what follows within the grouping time goes together at its end. Pure: what the world is like is asked, and what is to be done is told, through
 * functions. Lives as long as whoever made it. */
#pragma once

#include "core/alert.h"

/** Most alerts in one message; the rest follow in further ones. */
#define BOARD_ITEMS_MOST 50

struct board;

/** One alert of a message, or one that is held back. Borrowed. */
struct board_item {
  const char *service;
  const struct alert *alert;
  const struct alert_view *view;
  enum alert_event event;
  enum status status;   /* what is said of it: healthy when it is well; see alert_problem */
  enum status previous; /* what this target was told last, else the status before the incident */
  const char *reference;
};

struct board_world {
  /** What concerns the service; false: nobody declares it any more (the configuration is given all the same). Valid until the turn ends. */
  bool (*view)(void *arg, const char *service, struct alert_view *v);
  /** A message to be sent: `more` alerts follow in further messages. */
  void (*tell)(void *arg, const struct alert_target *target, const struct board_item *items, size_t n, size_t more);
  /** An alert that is held back, for the ledger. */
  void (*hold)(void *arg, const struct alert_target *target, const struct board_item *item, enum alert_hold why);
  /** The service's alerts have changed: to be kept. NULL: nothing of it is to be kept. */
  void (*keep)(void *arg, const char *service, const struct alert *alert);
  void *arg;
};

struct board *board_new(const struct board_world *world);
void board_free(struct board *b);
void board_set_grouping(struct board *b, int64_t ms);

/** The alerts of that service, made if there are none: to take back what was kept. The board's own. */
struct alert *board_restore(struct board *b, const char *service);
/** The same, NULL when nothing is known of it. */
const struct alert *board_find(const struct board *b, const char *service);

/** As alert_transition; kept. */
enum alert_event board_transition(struct board *b, const char *service, enum status to, int64_t at_us, struct moment now);
/** As alert_acknowledge; kept. */
bool board_acknowledge(struct board *b, const char *service, const char *by, const char *note, int64_t until_us, struct moment now);
/** A channel wants this back with the next alert of the incident. */
void board_reference(struct board *b, const char *incident, const struct alert_target *target, const char *reference);

/** The wall clock was set: what is going on moves with it, and is kept by the new time. */
void board_clock_set(struct board *b, int64_t by_us);

/** Looks at everything. Returns when it has to look again at the latest, monotonic milliseconds; INT64_MAX: when something happens. */
int64_t board_turn(struct board *b, struct moment now);
