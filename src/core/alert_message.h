/* What a channel is given to send, and what its answer means: the contract between the scheduler's outbox and the files in checks.d/channels/. Pure.
 *
 * A channel is a file that declares
 *
 *   channel { name = "slack", title = "Slack", timeout = "10s", send = function(message) ... end }
 *
 * One call of send is one attempt to deliver one message. At most one message of a channel is on its way at a time, in order of their creation as far as
 * they speak of the same incident. Delivery is at least once: a message whose answer was lost (a crash, a timeout) is sent again with the same `id`, so
 * hand `id` (and each alert's `incident`) to the provider wherever it knows idempotency or deduplication keys.
 *
 * The message (members that do not apply are absent, never null; times are RFC 3339 UTC texts, texts are UTF-8 of at most the bytes given):
 *
 *   id          idempotency key of the message, 26 of 0-9 and A-Z: the same at each attempt
 *   attempt     1, 2, 3 ...
 *   created_at  when it was decided
 *   channel     the channel's name
 *   url         the service's own webhook_url, for the channel "webhook" only
 *   event       the most serious of its alerts' events: "raised", "worse", "reminder", "better", "acknowledged", "recovered", "summary"; or "drill"
 *   state       "firing" while one of its alerts still is a problem, else "resolved": which colour it has
 *   status      the worst present status among its alerts: "healthy", "degraded", "down"; absent: nothing is known (the monitor has no data)
 *   test        true in a drill: say so plainly, page nobody's family; absent otherwise
 *   title       one line that says it all, 200 bytes: "DOWN: postgres (connection refused)", "3 services: postgres is down, ..."
 *   text        some lines of plain text that say all of it, 3,500 bytes: enough for a channel that renders nothing of its own
 *   link        address of the page, when settings.alerts.page_url is set
 *   more        how many further alerts follow in messages of their own, when there are more than 50
 *   alerts      1 to 50 of
 *     event             of this one, words as above
 *     state             "firing" or "resolved"
 *     incident          deduplication key: the same from the first alert of an incident to its recovery, another for the next incident;
 *                       1 to 128 of a-z, 0-9, '.', '_', '-', ':'
 *     service_name, title, group   as declared
 *     critical          true or false
 *     status            now; absent: nothing is known
 *     previous_status   what this channel was told last of this incident, else what it was before the incident
 *     worst_status      of the incident so far
 *     began_at          the incident began
 *     since             the present status began
 *     ended_at          of "recovered" and "summary": the incident ended
 *     times             of "summary": how many incidents there were during the maintenance, from began_at to ended_at
 *     duration_seconds  of the incident until now, or until it ended
 *     error_message     why it is as it is, 500 bytes
 *     dependents        names of services that depend on it and whose alerts it stands for, at most 50
 *     flapping          true while its status keeps changing
 *     retired           true when the incident ended because nobody watches the service any more
 *     acknowledged      { by, note, at, until } (until absent: until it is well again)
 *     link              address of the service on the page
 *     reference         what the channel returned as `reference` when it last told of this incident
 *
 * What send does says what became of it:
 *
 *   it returns nothing, or true      delivered
 *   it returns an http response (or a table like one: { status = 202, headers = {}, body = "..." }): 2xx is delivered; 408, 425, 429 and 5xx: again
 *                                    later, not before a Retry-After in its headers (seconds or an HTTP date); all else: never again
 *   members of that table that say it better than the status, each of them optional:
 *     delivered = true | false       "200, but the body was not `ok`" is { status = r.status, body = r.body, delivered = false, error = "..." }
 *     retry = true | false | seconds when not delivered: again later; never again; again, but not before so many seconds (at most a day)
 *     error = "a sentence"           why not, for the ledger
 *     reference = "..."              a text of at most 500 bytes to be handed back with later alerts of the same incidents (a message id to update)
 *   it raises a module's failure     (refused, timed out, bad status by :expect): again later
 *   it raises an error of its own, spends its budget, or loses its runner: again later too; the file may be mended meanwhile
 *
 * "Never again" is for what will not succeed however often it is sent (a revoked address, a refused form): it is shown in red and not repeated.
 * "Again later" is repeated with growing pauses until settings.alerts.give_up_after. Status, error and the first 1 KiB of the body go into the ledger. */
#pragma once

#include <jansson.h>

#include "core/alert.h"

#define ALERT_ITEMS_MOST 50
#define ALERT_NAMES_MOST 50
#define ALERT_TITLE_SIZE 201
#define ALERT_TEXT_CAP 3500
#define ALERT_ID_SIZE 27

/** One alert of a message. Borrowed. */
struct alert_item {
  enum alert_event event;
  const char *incident, *service, *title, *group; /* group NULL: none */
  bool critical;
  enum status status, previous, worst;
  int64_t began_us, since_us, ended_us; /* 0: not */
  unsigned times;
  const char *error;        /* NULL: none */
  const json_t *dependents; /* texts; NULL: none */
  bool flapping, retired;
  const struct alert_ack *ack; /* NULL: none */
  const char *reference;       /* NULL: none */
};

struct alert_envelope {
  const char *id, *channel, *url, *page_url; /* url, page_url NULL: none */
  int64_t now_us;
  size_t more;
};

/** The message without `attempt`, which whoever sends it adds; to be released. 1 to ALERT_ITEMS_MOST items. */
json_t *alert_message_make(const struct alert_envelope *m, const struct alert_item *items, size_t n);

/** One line about one alert: "DOWN: postgres (connection refused)"; returns text. */
const char *alert_message_line(const struct alert_item *item, int64_t now_us, char text[ALERT_TITLE_SIZE]);

/** A new key: 48 bits of time and 80 of chance in Crockford's Base32, so that later keys sort behind earlier ones; returns id. */
const char *alert_message_id(int64_t now_us, const unsigned char chance[10], char id[ALERT_ID_SIZE]);
