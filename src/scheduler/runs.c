#include "scheduler/runs.h"

#include "base/clock.h"
#include "base/duration.h"
#include "base/log.h"
#include "core/declaration.h"
#include "scheduler/network.h"
#include "scheduler/outcome.h"
#include "scheduler/pool.h"
#include "scheduler/walltime.h"

/** What nothing is known of yet is run within this time, milliseconds; but not more than so many a second: ten thousand first runs at once, none of them
 * with a connection yet, would time out by themselves and look like ten thousand outages. */
#define FIRST_RUN_WITHIN_MS 1000
#define FIRST_RUNS_PER_S 500
#define SWEEP_EVERY_MS 1000
/** A run that begins so long after it was due is late, microseconds. */
#define LATE_US 1000000
/** A service that ends its runner is left alone for a while, with its whole file, so that neighbours do not meet two of them in a row; one that does it twice
 * in a row rests for longer, doubled each further time, milliseconds. */
#define PAUSE_MS 5000
#define REST_MS 30000
#define REST_MOST_MS 3600000
/** Two services of one file that end runners within this time, milliseconds: the whole file rests. */
#define FILE_REST_WITHIN_MS 10000

static void arm(struct scheduler *s);

static void on_due(uv_timer_t *timer)
{
  struct scheduler *s = timer->data;
  struct due *due;
  int64_t now_ms = clock_mono_ms();
  while ((due = schedule_next(&s->schedule)) && due->at_ms <= now_ms) {
    schedule_remove(&s->schedule, due);
    runs_start(s, CONTAINER_OF(due, struct service, due));
  }
  arm(s);
}

static void arm(struct scheduler *s)
{
  struct due *due = schedule_next(&s->schedule);
  if (!due)
    return;
  int64_t wait_ms = due->at_ms - clock_mono_ms();
  /* libuv's own idea of now is as old as this round of the loop. */
  uv_update_time(s->loop);
  uv_timer_start(&s->due_timer, on_due, wait_ms > 0 ? (uint64_t)wait_ms : 0, 0);
}

/* Results that have grown stale: the time since the end of the interval they spoke for is a hole. */
static void on_second(uv_timer_t *timer)
{
  struct scheduler *s = timer->data;
  int64_t now_ms = clock_mono_ms();
  walltime_now_us(s);
  for (struct service *service = s->services; service; service = service->hh.next) {
    if (service->flapping)
      outcome_look_at_flapping(s, service);
    if (service->declaration && service->confirm.confirmed != STATUS_NO_DATA && service_is_stale(service, now_ms))
      outcome_unknown(s, service, service->confirm.last_us + service->every_ms * 1000);
  }
}

void runs_init(struct scheduler *s)
{
  schedule_init(&s->schedule);
  uv_timer_init(s->loop, &s->due_timer);
  uv_timer_init(s->loop, &s->second_timer);
  s->due_timer.data = s->second_timer.data = s;
  uv_timer_start(&s->second_timer, on_second, SWEEP_EVERY_MS, SWEEP_EVERY_MS);
}

void runs_stop(struct scheduler *s)
{
  uv_close((uv_handle_t *)&s->due_timer, NULL);
  uv_close((uv_handle_t *)&s->second_timer, NULL);
  schedule_done(&s->schedule);
}

static void schedule(struct scheduler *s, struct service *service, int64_t at_ms)
{
  schedule_set(&s->schedule, &service->due, at_ms);
  arm(s);
}

void runs_schedule_first(struct scheduler *s, struct service *service, bool at_once)
{
  int64_t now_ms = clock_mono_ms(), every_ms = service->every_ms;
  if (service->running)
    return;
  if (!at_once) {
    schedule(s, service, schedule_grid_ms(service->name, every_ms, now_ms));
    return;
  }
  int64_t soon_ms = schedule_grid_ms(service->name, every_ms < FIRST_RUN_WITHIN_MS ? every_ms : FIRST_RUN_WITHIN_MS, now_ms);
  if (s->first_run_us < now_ms * 1000)
    s->first_run_us = now_ms * 1000;
  s->first_run_us += 1000000 / FIRST_RUNS_PER_S;
  schedule(s, service, s->first_run_us / 1000 > soon_ms ? s->first_run_us / 1000 : soon_ms);
}

/* How long a service that keeps ending its runners is not run, milliseconds; 0: as it was declared. */
static int64_t rest_ms(const struct service *service)
{
  unsigned times = service->runners_ended;
  if (times < 2)
    return times * PAUSE_MS;
  return times - 2 < 7 ? REST_MS << (times - 2) : REST_MOST_MS;
}

/* Said when it begins and each time the number has doubled. */
static void count_skipped(struct scheduler *s, struct service *service, int64_t times)
{
  uint64_t before = service->skipped;
  s->counts.skipped += (uint64_t)times;
  service->skipped += (uint64_t)times;
  if ((service->skipped & ~before) > before)
    log_warn("runs_skipped", "service=%s times=%" PRIu64 " why=the_run_before_was_still_going", service->name, service->skipped);
}

void runs_schedule_next(struct scheduler *s, struct service *service)
{
  int64_t now_ms = clock_mono_ms(), was_due_ms = service->due.at_ms;
  int64_t next_ms = schedule_grid_ms(service->name, service->every_ms, now_ms);
  if (was_due_ms && next_ms - was_due_ms >= 2 * service->every_ms)
    count_skipped(s, service, (next_ms - was_due_ms) / service->every_ms - 1);
  if (rest_ms(service)) {
    schedule(s, service, now_ms + rest_ms(service) > next_ms ? now_ms + rest_ms(service) : next_ms);
    return;
  }
  int64_t retry_ms = now_ms + service->declaration->retry_every_ms;
  schedule(s, service, confirm_is_pending(&service->confirm) && retry_ms < next_ms ? retry_ms : next_ms);
}

void runs_unschedule(struct scheduler *s, struct service *service)
{
  schedule_remove(&s->schedule, &service->due);
}

static void count(struct run_counts *c, const struct outcome *o, int64_t late_us)
{
  c->finished++;
  c->no_data += o->status == STATUS_NO_DATA;
  c->late += late_us > LATE_US;
  c->late_us[c->late_count++ % ARRAY_LEN(c->late_us)] = late_us < INT32_MAX ? (int32_t)late_us : INT32_MAX;
}

static void refuse_askers(struct service *service)
{
  struct asking *a;
  while ((a = asking_list_take(&service->rechecks)))
    asking_refuse(a, "not_found", "the service \"%s\" was removed while it was being checked", service->name);
}

/* Is this the second service of its file that ends a runner within a short time? */
static bool is_second_of_file(const struct scheduler *s, const struct service *service)
{
  for (const struct service *other = s->services; other; other = other->hh.next)
    if (other != service && other->guilty_ms && service->guilty_ms - other->guilty_ms < FILE_REST_WITHIN_MS && other->file &&
        strcmp(other->file, service->file) == 0)
      return true;
  return false;
}

static void pause_file(struct scheduler *s, const struct service *guilty)
{
  int64_t until_ms = clock_mono_ms() + PAUSE_MS;
  for (struct service *service = s->services; service; service = service->hh.next)
    if (service->file && strcmp(service->file, guilty->file) == 0 && service->due.slot && service->due.at_ms < until_ms)
      schedule(s, service, until_ms);
}

/* A file of two hundred services that all do it must not get two hundred tries. Those that are on their way just now are left to show what they do. */
static void rest_file(struct scheduler *s, const struct service *guilty)
{
  char text[256];
  snprintf(text, sizeof text, "%s: %s and another of its services ended their runners, so the whole file rests", guilty->file,
           guilty->name);
  log_warn("file_rests", "file=%s service=%s", guilty->file, guilty->name);
  for (struct service *service = s->services; service; service = service->hh.next) {
    if (service->running || !service->declaration || strcmp(service->file, guilty->file) != 0 || service->runners_ended >= 2)
      continue;
    service->runners_ended = 2;
    service->rests_until_us = clock_wall_us() + rest_ms(service) * 1000;
    outcome_of_run(s, service, &(struct outcome){ .latency_ms = -1, .error = text });
  }
}

static void on_outcome(void *arg, struct service *service, const struct outcome *o, int64_t late_us)
{
  struct scheduler *s = arg;
  count(&s->counts, o, late_us);
  if (!network_holds(s->network, service, o))
    runs_take(s, service, o);
}

void runs_take(struct scheduler *s, struct service *service, const struct outcome *o)
{
  struct outcome told = *o;
  char text[1024], rest[32];
  service->running = false;
  service->runners_ended = o->ended_runner ? service->runners_ended + 1 : 0;
  bool rests = service->runners_ended >= 2;
  service->rests_until_us = rests ? clock_wall_us() + rest_ms(service) * 1000 : 0;
  if (rests) {
    snprintf(text, sizeof text, "%s; %u times in a row now, so it rests for %s", o->error, service->runners_ended,
             duration_format(rest_ms(service), rest));
    told.error = text;
    log_warn("service_rests", "service=%s times=%u rest=%s", service->name, service->runners_ended, rest);
  }
  if (!service->declaration) {
    refuse_askers(service);
    return;
  }
  outcome_of_run(s, service, &told);
  if (!o->guilty)
    return;
  service->guilty_ms = clock_mono_ms();
  if (is_second_of_file(s, service))
    rest_file(s, service);
  else
    pause_file(s, service);
}

void runs_start(struct scheduler *s, struct service *service)
{
  if (service->running || !service->declaration)
    return;
  service->running = true;
  int64_t due_us = service->due.at_ms * 1000, now_us = clock_mono_us();
  pool_run(s->pool, service, due_us && due_us < now_us ? due_us : now_us, on_outcome, s);
}
