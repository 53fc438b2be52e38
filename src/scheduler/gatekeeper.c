#include "scheduler/gatekeeper_internal.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "scheduler/audit.h"
#include "scheduler/events.h"
#include "scheduler/files.h"
#include "scheduler/journal.h"
#include "scheduler/walltime.h"

#define SCOPE "gate"
#define KEY "flag"
#define BOOT_ID "/proc/sys/kernel/random/boot_id"
/** It is weighed at least this often: services grow stale without anything happening. */
#define WEIGH_EVERY_MS 1000
#define HISTORY_MOST 20

static void on_timer(uv_timer_t *timer)
{
  gatekeeper_weigh(timer->data, NULL);
}

void gatekeeper_kick(struct gatekeeper *k)
{
  if (k && !uv_is_closing((uv_handle_t *)&k->timer))
    uv_timer_start(&k->timer, on_timer, 0, 0);
}

static void on_change(void *arg)
{
  gatekeeper_kick(arg);
}

struct checklist *gatekeeper_checklist(struct gatekeeper *k)
{
  return &k->checklist;
}

/* ---- changes of the flag ---- */

static void keep(const struct gatekeeper *k)
{
  json_t *json = json_object();
  json_object_set_new(json, "open", json_boolean(k->gate.open));
  json_object_set_new(json, "ready", json_boolean(k->ready));
  json_set_int(json, "since_us", k->since_us);
  json_set_text(json, "reason", k->reason);
  json_set_text(json, "boot_id", k->boot_id);
  json_object_set(json, "history", k->history);
  char *line = json_line(json);
  journal_keep_state(k->scheduler->journal, SCOPE, KEY, line);
  free(line);
  json_decref(json);
}

/* Into the history of Postgres, and into the short one here, which is there without it. */
static void note_change(struct gatekeeper *k, const char *actor)
{
  json_t *entry = json_object();
  json_object_set_new(entry, "ready", json_boolean(k->ready));
  json_set_stamp(entry, "at", k->since_us);
  json_set_text(entry, "reason", k->reason);
  json_set_text(entry, "actor", actor ? actor : "signalbox");
  char *body = json_line(entry);
  journal_add(k->scheduler->journal,
              &(struct entry){ .kind = ENTRY_NOTE, .note = "gate", .service = "", .body = body, .latency_ms = -1, .at_us = k->since_us });
  free(body);
  json_array_insert_new(k->history, 0, entry);
  while (json_array_size(k->history) > HISTORY_MOST)
    json_array_remove(k->history, HISTORY_MOST);
}

static void set_reason(struct gatekeeper *k, char *reason)
{
  free(k->reason);
  k->reason = reason;
}

/* The flag has changed, at since_us: known to everybody who wants to know. */
static void flip(struct gatekeeper *k, bool ready, int64_t since_us, const char *actor)
{
  k->ready = ready;
  k->since_us = since_us;
  log_event(ready ? LOG_INFO : LOG_WARN, "gate", "ready=%s actor=%s why=%s", ready ? "yes" : "no", actor ? actor : "signalbox",
            LOG_QUOTE(k->reason));
  note_change(k, actor);
  json_t *parameters = json_pack("{s:s, s:o}", "reason", k->reason, "overridden", gatekeeper_overridden(k));
  audit_note(k->scheduler, &(struct audit){ .actor = actor,
                                            .action = ready ? "gate_opened" : "gate_closed",
                                            .subject = "gate",
                                            .parameters = parameters,
                                            .outcome = ready ? "ready" : "not ready" });
  json_decref(parameters);
  keep(k);
  events_emit(k->scheduler, "gate", "gate", gatekeeper_flag(k));
  k->noted_seq = journal_depth(k->scheduler->journal).last_seq;
}

/* ---- weighing ---- */

static void end_overrides(struct gatekeeper *k, int64_t now_ms)
{
  for (struct preflight *p = k->checklist.items; p; p = p->hh.next) {
    if (!p->override.by || gate_check_is_overridden(&p->check, now_ms))
      continue;
    audit_note(k->scheduler, &(struct audit){ .action = "override_ended", .subject = p->name, .outcome = "it has expired" });
    preflight_lift(p);
    checklist_keep(&k->checklist, p);
  }
}

/* Those who watch learn that some item stands otherwise than before. */
static void tell_states(struct gatekeeper *k, int64_t wall_us, int64_t now_ms)
{
  bool any = false;
  for (struct preflight *p = k->checklist.items; p; p = p->hh.next) {
    enum gate_state state = gate_check_state(&p->check, now_ms);
    if (state == p->state)
      continue;
    log_info("check", "name=%s state=%s why=%s", p->name, gate_state_name(state), LOG_QUOTE(p->error));
    p->state = state;
    p->since_us = wall_us;
    checklist_keep(&k->checklist, p);
    any = true;
  }
  if (any)
    events_emit(k->scheduler, "checklist", "", json_object());
}

static void weigh_items(struct gatekeeper *k, int64_t now_ms)
{
  size_t n = HASH_COUNT(k->checklist.items), i = 0;
  const struct gate_check **checks = mem_new(n, sizeof *checks);
  for (const struct preflight *p = k->checklist.items; p; p = p->hh.next)
    checks[i++] = &p->check;
  if (gate_weigh(&k->gate, checks, n, now_ms))
    keep(k);
  free(checks);
}

/* What Postgres is to say from now on. That something is ready it says only once nobody can forget who said so; for that moment the journal holds it. */
static void say(struct gatekeeper *k)
{
  static const char noting[] = "it is ready as soon as the journal has noted that";
  json_t *flag = json_object(), *checks = gatekeeper_present_checks(k), *holders = gatekeeper_holders(k);
  bool held_back = k->ready && journal_depth(k->scheduler->journal).durable_seq < k->noted_seq;
  if (held_back)
    json_array_append_new(holders, json_pack("{s:s, s:s, s:s}", "name", "journal", "title", "Journal", "error", noting));
  json_object_set_new(flag, "ready", json_boolean(k->ready && !held_back));
  json_set_stamp(flag, "since", k->since_us);
  json_set_text(flag, "reason", held_back ? noting : k->reason);
  json_object_set_new(flag, "blocking", holders);
  json_object_set_new(flag, "overridden", gatekeeper_overridden(k));
  char *flag_text = json_line(flag), *checks_text = json_line(checks);
  lease_say(k->lease, flag_text, checks_text);
  free(flag_text);
  free(checks_text);
  json_decref(flag);
  json_decref(checks);
}

static void wake_at(struct gatekeeper *k, int64_t now_ms)
{
  int64_t at_ms = now_ms + WEIGH_EVERY_MS, next_ms = checklist_next_ms(&k->checklist);
  if (next_ms < at_ms)
    at_ms = next_ms;
  for (const struct preflight *p = k->checklist.items; p; p = p->hh.next) {
    next_ms = gate_check_next_ms(&p->check, now_ms);
    if (next_ms < at_ms)
      at_ms = next_ms;
  }
  uv_update_time(k->scheduler->loop);
  uv_timer_start(&k->timer, on_timer, at_ms > now_ms ? (uint64_t)(at_ms - now_ms) : 0, 0);
}

/* Until all files have been read only what was known before a quick restart is there, and it counts for no longer than the lease of then: the gate may
 * close, and not open. */
void gatekeeper_weigh(struct gatekeeper *k, const char *actor)
{
  struct scheduler *s = k->scheduler;
  int64_t wall_us = walltime_now_us(s), now_ms = clock_mono_ms();
  k->begun = k->begun || (s->files && files_are_read(s->files));
  if (k->begun) {
    checklist_sync(&k->checklist, wall_us, now_ms);
    checklist_run_due(&k->checklist, now_ms);
  } else if (now_ms >= k->vouched_ms) {
    k->gate.open = false;
  }
  end_overrides(k, now_ms);
  if (k->begun || k->gate.open)
    weigh_items(k, now_ms);
  k->gate.leased = lease_is_held(k->lease) || now_ms < k->vouched_ms;
  tell_states(k, wall_us, now_ms);
  set_reason(k, gatekeeper_make_reason(k));
  if (gate_is_up(&k->gate) != k->ready)
    flip(k, !k->ready, wall_us, actor);
  say(k);
  wake_at(k, now_ms);
}

void gatekeeper_durable(struct gatekeeper *k, int64_t seq)
{
  if (k && k->lease && k->noted_seq && seq >= k->noted_seq) {
    k->noted_seq = 0;
    say(k);
  }
}

void gatekeeper_override(struct gatekeeper *k, struct preflight *p, const char *by, const char *reason, int64_t ms)
{
  preflight_override(p, by, reason, walltime_now_us(k->scheduler), clock_mono_ms(), ms);
  checklist_keep(&k->checklist, p);
}

void gatekeeper_lift(struct gatekeeper *k, struct preflight *p)
{
  preflight_lift(p);
  checklist_keep(&k->checklist, p);
}

void gatekeeper_run_all(struct gatekeeper *k)
{
  checklist_run_all(&k->checklist, clock_mono_ms());
  gatekeeper_weigh(k, NULL);
}

void gatekeeper_set_latched(struct gatekeeper *k, bool latched)
{
  if (k->gate.latched == latched)
    return;
  k->gate.latched = latched;
  gatekeeper_kick(k);
}

void gatekeeper_clock_set(struct gatekeeper *k, int64_t by_us)
{
  if (k->since_us)
    k->since_us += by_us;
  for (struct preflight *p = k->checklist.items; p; p = p->hh.next) {
    preflight_clock_set(p, by_us);
    checklist_keep(&k->checklist, p);
  }
  keep(k);
}

/* ---- life ---- */

static void take_kept(void *arg, const char *key, const char *text)
{
  json_t **kept = arg;
  struct err e;
  if (strcmp(key, KEY) == 0)
    *kept = json_read(text, strlen(text), &e);
}

/* Boot, or a restart within the lease? Then the flag may be up as it was, until that lease is over or renewed. Else the lease has run out meanwhile, and that
 * was when the flag went down. */
static bool restore(struct gatekeeper *k, struct err *e)
{
  json_t *kept = NULL;
  if (!journal_each_state(k->scheduler->journal, SCOPE, take_kept, &kept, e))
    return false;
  int64_t wall_us = clock_wall_us(), alive_us = journal_last_alive_us(k->scheduler->journal), away_ms = (wall_us - alive_us) / 1000;
  bool go_on = alive_us && away_ms >= 0 && away_ms < LEASE_MS && strcmp(json_text_of(kept, "boot_id", ""), k->boot_id) == 0;
  bool was_ready = json_bool_of(kept, "ready", false);
  if (json_is_array(json_object_get(kept, "history"))) {
    json_decref(k->history);
    k->history = json_incref(json_object_get(kept, "history"));
  }
  k->since_us = json_int_of(kept, "since_us", wall_us);
  k->ready = was_ready && go_on;
  k->gate.open = go_on && json_bool_of(kept, "open", false);
  k->vouched_ms = k->ready ? clock_mono_ms() + LEASE_MS - away_ms : 0;
  set_reason(k, k->ready ? mem_copy_text(json_text_of(kept, "reason", "")) : gatekeeper_make_reason(k));
  if (was_ready && !go_on) {
    bool lapsed = away_ms >= LEASE_MS;
    set_reason(k, mem_copy_text(lapsed ? "nobody renewed the lease: the scheduler did not run" : "the machine was started anew"));
    flip(k, false, lapsed ? alive_us + LEASE_MS * 1000 : wall_us, NULL);
  }
  json_decref(kept);
  return checklist_restore(&k->checklist, go_on, e);
}

struct gatekeeper *gatekeeper_new(struct scheduler *s, const char *conninfo, struct err *e)
{
  struct gatekeeper *k = MEM_NEW(struct gatekeeper);
  struct err unused; /* without the file every start counts as the machine's own */
  k->scheduler = s;
  k->history = json_array();
  k->boot_id = file_read(BOOT_ID, 64, NULL, &unused);
  if (!k->boot_id)
    k->boot_id = mem_printf("unknown-%" PRId64, clock_wall_us());
  k->boot_id[strcspn(k->boot_id, "\n")] = '\0';
  uv_timer_init(s->loop, &k->timer);
  k->timer.data = k;
  k->lease = lease_new(s->loop, s->resolver, conninfo, journal_id(s->journal), on_change, k);
  checklist_init(&k->checklist, s, on_change, k);
  if (!restore(k, e)) {
    gatekeeper_stop(k);
    uv_run(s->loop, UV_RUN_NOWAIT);
    gatekeeper_free(k);
    return NULL;
  }
  say(k);
  gatekeeper_kick(k);
  return k;
}

void gatekeeper_stop(struct gatekeeper *k)
{
  if (!k)
    return;
  lease_free(k->lease);
  k->lease = NULL;
  uv_close((uv_handle_t *)&k->timer, NULL);
}

void gatekeeper_free(struct gatekeeper *k)
{
  if (!k)
    return;
  checklist_done(&k->checklist);
  json_decref(k->history);
  free(k->reason);
  free(k->boot_id);
  free(k);
}
