/* Pieces of SQL that several resources share, so that all of them write times alike and agree on what is known. Text only.
 *
 * Every statement of the API is a constant named *_sql and begins with its name in a comment, which Postgres shows in its logs and in pg_stat_activity.
 * tests/e2e/plans.test.mjs finds them by it, has each one executed over months of history and looks at the plan. */
#pragma once

/** A timestamptz as RFC 3339 in UTC, with microseconds. */
#define SQL_STAMP(column) "to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

/** How long the open window of a service is vouched for: three intervals from its newest result (as in scheduler/service.h), or now if that is
 * earlier. A scheduler that is dead, or far behind, must not make time look healthy. `s` is services, `w` uptime_records, `now` a timestamptz. */
#define SQL_VOUCHED(now)                                                                                                                   \
  "least(" now ", greatest(w.started_at, coalesce(s.checked_at, w.started_at) + 3 * coalesce((s.declaration->>'every_ms')::bigint, 30000)" \
  " * interval '1 millisecond'))"

/** One of uptime_records as JSON, its end being what is known of it: null only while it is going on. */
#define SQL_WINDOW(now)                                                                                                            \
  "json_build_object('id', w.id, 'status', w.status, 'started_at', " SQL_STAMP(                                                    \
      "w.started_at") ", 'ended_at', CASE WHEN w.ended_at IS "                                                                     \
                      "NOT NULL THEN " SQL_STAMP("w.ended_at") " WHEN " SQL_VOUCHED(now) " < " now " THEN " SQL_STAMP(SQL_VOUCHED( \
                          now)) " END, "                                                                                           \
                                "'duration_seconds', CASE WHEN w.ended_at IS NOT NULL THEN w.duration_seconds WHEN " SQL_VOUCHED(  \
                                    now) " < " now " THEN "                                                                        \
                                         "round(extract(epoch FROM " SQL_VOUCHED(now) " - w.started_at))::bigint END)"

/* clang-format off */

/** One of health_actions as JSON. */
#define SQL_ACTION \
  "json_build_object('id', id, 'service_name', service_name, 'action', action, 'state', state, 'outcome', outcome, 'by', actor, 'from', source, " \
  "'requested_at', " SQL_STAMP("requested_at") ", 'started_at', " SQL_STAMP("started_at") ", 'ended_at', " SQL_STAMP("ended_at") ", " \
  "'duration_ms', (extract(epoch FROM ended_at - requested_at) * 1000)::bigint, 'error', error, 'output', output, " \
  "'helped_after_ms', helped_after_ms)"

/** One of audit_log as JSON. */
#define SQL_AUDIT \
  "json_build_object('id', id, 'at', " SQL_STAMP("at") ", 'actor', actor, 'source', source, 'action', action, 'subject', subject, " \
  "'parameters', parameters, 'outcome', outcome, 'hash', hash)"

/** One of health_alerts, called `d`, with its attempts, as JSON. */
#define SQL_DELIVERY \
  "json_build_object('id', d.id, 'alert_id', d.alert_id, 'message_id', d.message_id, 'service_name', d.service_name, 'channel', d.channel, " \
  "'event', d.event, 'status', d.status, 'state', d.state, 'reason', d.reason, 'summary', d.summary, 'created_at', " SQL_STAMP("d.created_at") ", " \
  "'due_at', " SQL_STAMP("d.due_at") ", 'delivered_at', " SQL_STAMP("d.delivered_at") ", 'attempts', " \
  "(SELECT coalesce(json_agg(json_build_object('at', " SQL_STAMP("t.at") ", 'duration_ms', t.duration_ms, 'status_code', t.status_code, " \
  "'error', t.error, 'answer', t.answer) ORDER BY t.attempt), '[]') FROM health_alert_attempts t WHERE t.message_id = d.message_id))"

/* clang-format on */
