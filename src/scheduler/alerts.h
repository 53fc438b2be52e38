/* Alerts: what the policy (core/alert_board.h) decides about the services as the scheduler knows them, by the configuration of admins, goes into the outbox and
 * the ledger. The policy's states are kept in the journal (scope "alert"). Lives as long as the scheduler. */
#pragma once
struct buf;

#include <jansson.h>

#include "core/alert_board.h"
#include "core/confirm.h"
#include "scheduler/control.h"

struct alerts;

/** After the journal, the catalogue's past and the outbox; before the pool. */
struct alerts *alerts_new(struct scheduler *s, struct err *e) MUST_CHECK;
/** Closes its timer; the loop turns once more before alerts_free. */
void alerts_stop(struct alerts *a);
/** NULL is nothing. */
void alerts_free(struct alerts *a);

/** Does `alerts` of settings.lua make sense? */
bool alerts_check_settings(const json_t *settings, struct err *e) MUST_CHECK;
/** Takes checked settings (NULL: the defaults) into use. */
void alerts_use_settings(struct scheduler *s, const json_t *settings);
/** A section of the configuration has changed (config.h). */
void alerts_config_changed(struct scheduler *s, const char *section);

/** A confirmed transition of a service, noted in the same turn of the loop. */
void alerts_transition(struct scheduler *s, struct service *service, const struct transition *t);
/** The wall clock was set. */
void alerts_clock_set(struct scheduler *s, int64_t by_us);
/** A channel wants this back with the next alert of the incident. url NULL: none. */
void alerts_reference(struct scheduler *s, const char *incident, const char *channel, const char *url, const char *reference);

/** Who acknowledged it and which maintenance is on, as members of its card. */
void alerts_present(const struct scheduler *s, const struct service *service, struct buf *card);

/** by NULL lifts it. False: there is nothing to acknowledge. */
bool alerts_acknowledge(struct scheduler *s, struct service *service, const char *by, const char *note, int64_t until_us);
/** {"by", "note", "at", "until"} or null, to be released. */
json_t *alerts_present_ack(const struct scheduler *s, const char *service);

/** What holds now. Borrowed until the next turn of the loop. */
const struct alert_settings *alerts_settings(const struct scheduler *s);
const struct alert_config *alerts_config(const struct scheduler *s, const char *service);

/** What others may ask: alerts_ops.c. */
extern const struct control_op alerts_ops[];
