/* Uptime and timelines against models that look at every single second, over thousands of random histories. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "core/timeline.h"
#include "core/uptime.h"

#define SECOND_US INT64_C(1000000)
#define SECONDS_MOST 20000

/* A history second by second, and the windows that say the same. Whole seconds, so that both can be compared exactly. */
struct history {
  int64_t first_s;
  int seconds;
  enum status at[SECONDS_MOST];
  struct window windows[SECONDS_MOST];
  size_t count;
};

static unsigned seed = 20261124;

/* Half of the pieces are short, so that bursts of flapping stand beside long quiet stretches. */
static int random_length(int most)
{
  return 1 + rand_r(&seed) % (rand_r(&seed) % 2 ? 5 : most);
}

static void add_piece(struct history *h, enum status status, int from, int to)
{
  if (status != STATUS_NO_DATA) {
    struct window w = { .status = status, .started_us = (h->first_s + from) * SECOND_US, .id = (int64_t)h->count + 1 };
    w.ended_us = to == h->seconds ? 0 : (h->first_s + to) * SECOND_US;
    h->windows[h->count++] = w;
  }
  for (int i = from; i < to; i++)
    h->at[i] = status;
}

static void make_history(struct history *h, int64_t first_s, int seconds, int longest)
{
  h->first_s = first_s;
  h->seconds = seconds;
  h->count = 0;
  for (int from = 0, to; from < seconds; from = to) {
    to = from + random_length(longest);
    to = to < seconds ? to : seconds;
    add_piece(h, (enum status)(rand_r(&seed) % STATUS_COUNT), from, to);
  }
}

static void shuffle(struct window *windows, size_t n)
{
  for (size_t i = n; i > 1; i--) {
    size_t k = (size_t)rand_r(&seed) % i;
    struct window w = windows[i - 1];
    windows[i - 1] = windows[k];
    windows[k] = w;
  }
}

/* The sums of a random range, and the percentage, are those of the seconds. */
static void compare_sum(const struct history *h)
{
  double weights[] = { 0, 0.25, 0.5, 1 }, weight = weights[rand_r(&seed) % 4];
  int from = rand_r(&seed) % h->seconds, to = from + 1 + rand_r(&seed) % (h->seconds - from);
  int64_t count[STATUS_COUNT] = { 0 };
  for (int i = from; i < to; i++)
    count[h->at[i]]++;
  struct uptime u = uptime_sum(h->windows, h->count, (h->first_s + from) * SECOND_US, (h->first_s + to) * SECOND_US, weight);
  cr_assert_eq(u.healthy_us, count[STATUS_HEALTHY] * SECOND_US);
  cr_assert_eq(u.degraded_us, count[STATUS_DEGRADED] * SECOND_US);
  cr_assert_eq(u.down_us, count[STATUS_DOWN] * SECOND_US);
  cr_assert_eq(u.unknown_us, count[STATUS_NO_DATA] * SECOND_US);
  int64_t known = to - from - count[STATUS_NO_DATA];
  double percent = uptime_percent(&u);
  if (known)
    cr_assert_float_eq(percent, 100.0 * ((double)count[STATUS_HEALTHY] + weight * (double)count[STATUS_DEGRADED]) / (double)known, 1e-9);
  else
    cr_assert(percent < 0, "nothing known is no number");
}

Test(uptime, is_weighted_by_time_and_leaves_out_what_is_not_known)
{
  const struct window windows[] = {
    { STATUS_HEALTHY, 0, 40 }, { STATUS_DOWN, 40, 50 }, { STATUS_HEALTHY, 50, 70 }, { STATUS_DEGRADED, 80, 90 }, { STATUS_HEALTHY, 90, 0 },
  };
  struct uptime u = uptime_sum(windows, ARRAY_LEN(windows), 20, 100, 0.5);
  cr_assert(u.healthy_us == 50 && u.degraded_us == 10 && u.down_us == 10 && u.unknown_us == 10);
  cr_assert_float_eq(uptime_percent(&u), 100.0 * 55 / 70, 1e-9);
  u = uptime_sum(NULL, 0, 20, 100, 0.5);
  cr_assert(u.unknown_us == 80 && uptime_percent(&u) < 0, "nothing known is no number");
}

Test(uptime, agrees_with_a_count_of_seconds)
{
  static struct history h;
  for (int round = 0; round < 4000; round++) {
    make_history(&h, 1790000000, 1 + rand_r(&seed) % 900, 1 + rand_r(&seed) % 300);
    shuffle(h.windows, h.count);
    compare_sum(&h);
  }
}

/* "2026-10-25T02:30:00+02:00": as a clock on the wall there says it. A leap second is written as one where there was one. */
static void write_local(int64_t s, int64_t leap_s, char text[64])
{
  if (s == leap_s) {
    snprintf(text, 64, "2016-12-31T23:59:60Z");
    return;
  }
  time_t at = (time_t)s;
  struct tm t;
  char offset[8];
  localtime_r(&at, &t);
  size_t n = strftime(text, 64, "%Y-%m-%dT%H:%M:%S", &t);
  strftime(offset, sizeof offset, "%z", &t);
  snprintf(text + n, 64 - n, "%.3s:%s", offset, offset + 3);
}

/* What is one hour longer or shorter on the wall is not longer or shorter here; a second that Unix time does not count is not counted. */
Test(uptime, agrees_over_changes_of_daylight_saving_and_leap_seconds)
{
  static const struct {
    const char *zone, *middle;
  } places[] = {
    { "CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T01:00:00Z" },
    { "CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T01:00:00Z" },
    { "EST5EDT,M3.2.0,M11.1.0", "2026-11-01T06:00:00Z" },
    { "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-04-04T15:00:00Z" }, /* Lord Howe: half an hour */
    { "<-0330>3:30<-0230>,M3.2.0,M11.1.0", "2026-03-08T05:30:00Z" },    /* Newfoundland */
    { "UTC0", "2017-01-01T00:00:00Z" },                                 /* a leap second before it */
    { "<+13>-13", "2017-01-01T00:00:00Z" },
    { "CET-1CEST,M3.5.0,M10.5.0/3", "2028-02-29T00:00:00Z" },
    { "UTC0", "2038-01-19T03:14:08Z" },
  };
  static struct history h;
  for (size_t i = 0; i < ARRAY_LEN(places); i++) {
    int64_t middle_us, leap_s = 0;
    setenv("TZ", places[i].zone, 1);
    tzset();
    cr_assert(clock_parse(places[i].middle, &middle_us));
    if (strncmp(places[i].middle, "2017", 4) == 0)
      leap_s = middle_us / SECOND_US;
    for (int round = 0; round < 250; round++) {
      make_history(&h, middle_us / SECOND_US - 5400, 10800, 2400);
      for (size_t k = 0; k < h.count; k++) {
        char text[64];
        write_local(h.windows[k].started_us / SECOND_US, leap_s, text);
        cr_assert(clock_parse(text, &h.windows[k].started_us), "%s", text);
        if (!h.windows[k].ended_us)
          continue;
        write_local(h.windows[k].ended_us / SECOND_US, leap_s, text);
        cr_assert(clock_parse(text, &h.windows[k].ended_us), "%s", text);
      }
      compare_sum(&h);
    }
  }
}

static int badness(enum status s)
{
  return s == STATUS_HEALTHY ? 0 : s == STATUS_NO_DATA ? 1 : s == STATUS_DEGRADED ? 2 : 3;
}

struct shown {
  enum status at[SECONDS_MOST];
  size_t segment[SECONDS_MOST]; /* 0: none, else its number from 1 */
};

static void show(const struct history *h, int from, int to, const struct segment *segments, size_t n, struct shown *shown)
{
  int64_t last_us = (h->first_s + from) * SECOND_US;
  memset(shown, 0, sizeof *shown);
  for (size_t i = 0; i < n; i++) {
    cr_assert(segments[i].started_us >= last_us && segments[i].ended_us > segments[i].started_us, "in order, apart, not empty");
    cr_assert_neq(segments[i].status, STATUS_NO_DATA);
    last_us = segments[i].ended_us;
    for (int64_t s = segments[i].started_us / SECOND_US; s < segments[i].ended_us / SECOND_US; s++) {
      shown->at[s - h->first_s] = segments[i].status;
      shown->segment[s - h->first_s] = i + 1;
    }
  }
  cr_assert_leq(last_us, (h->first_s + to) * SECOND_US);
}

/* At each second: it never looks better than it was, and where it looks worse something that bad was less than two pixels away. */
static void compare_seconds(const struct history *h, int from, int to, double pixel_s, const struct shown *shown)
{
  int last_seen[STATUS_COUNT], reach = (int)(2 * pixel_s) + 1;
  for (int s = 0; s < STATUS_COUNT; s++)
    last_seen[s] = -2 * SECONDS_MOST;
  for (int i = from; i < to; i++) {
    last_seen[h->at[i]] = i;
    cr_assert_geq(badness(shown->at[i]), badness(h->at[i]), "second %d looks better than it was", i);
    if (shown->at[i] == h->at[i])
      continue;
    bool near = i - last_seen[shown->at[i]] <= reach;
    for (int k = i; !near && k < to && k <= i + reach; k++)
      near = h->at[k] == shown->at[i];
    cr_assert(near, "second %d looks worse than anything near it", i);
  }
}

/* A window that a pixel can show stands there with its own ends, its own id, and nothing beside it. */
static void compare_long_windows(const struct history *h, int from, int to, double pixel_s, const struct segment *segments,
                                 const struct shown *shown)
{
  for (size_t i = 0; i < h->count; i++) {
    struct window w = h->windows[i];
    if (!uptime_clip(&w, (h->first_s + from) * SECOND_US, (h->first_s + to) * SECOND_US))
      continue;
    if ((double)(w.ended_us - w.started_us) < (pixel_s + 1) * SECOND_US)
      continue;
    const struct segment *s = &segments[shown->segment[w.started_us / SECOND_US - h->first_s] - 1];
    cr_assert(s->id == w.id && s->status == w.status && s->windows == 1 && s->started_us == w.started_us && s->ended_us == w.ended_us);
    cr_assert_eq(s->is_ongoing, !h->windows[i].ended_us);
  }
}

Test(timeline, never_looks_better_than_it_was_and_keeps_what_a_pixel_can_show)
{
  static struct history h;
  static struct segment segments[SECONDS_MOST];
  static struct shown shown;
  for (int round = 0; round < 3000; round++) {
    make_history(&h, 1790000000, 1 + rand_r(&seed) % 1500, 1 + rand_r(&seed) % 400);
    int from = rand_r(&seed) % h.seconds, to = from + 1 + rand_r(&seed) % (h.seconds - from);
    size_t pixels = (size_t)(rand_r(&seed) % 60);
    double pixel_s = pixels ? (double)(to - from) / (double)pixels : 0;
    size_t n = timeline_draw(h.windows, h.count, (h.first_s + from) * SECOND_US, (h.first_s + to) * SECOND_US, pixels, segments);
    cr_assert_leq(n, h.count);
    cr_assert(!pixels || n <= 2 * pixels + 1, "%zu segments on %zu pixels", n, pixels);
    show(&h, from, to, segments, n, &shown);
    compare_seconds(&h, from, to, pixel_s, &shown);
    compare_long_windows(&h, from, to, pixel_s, segments, &shown);
  }
}

Test(timeline, merges_a_burst_into_its_worst)
{
  const struct window windows[] = {
    { STATUS_HEALTHY, 0, 500, 1 },    { STATUS_DOWN, 500, 503, 2 },    { STATUS_HEALTHY, 503, 508, 3 },
    { STATUS_DEGRADED, 508, 509, 4 }, { STATUS_HEALTHY, 509, 512, 5 }, { STATUS_HEALTHY, 514, 0, 6 },
  };
  struct segment s[ARRAY_LEN(windows)];
  size_t n = timeline_draw(windows, ARRAY_LEN(windows), 100, 1100, 100, s);
  cr_assert_eq(n, 3);
  cr_assert(s[0].status == STATUS_HEALTHY && s[0].started_us == 100 && s[0].ended_us == 500 && s[0].windows == 1 && s[0].id == 1);
  cr_assert(s[1].status == STATUS_DOWN && s[1].started_us == 500 && s[1].ended_us == 512 && s[1].windows == 4 && s[1].id == 2);
  cr_assert(s[2].status == STATUS_HEALTHY && s[2].started_us == 514 && s[2].ended_us == 1100 && s[2].is_ongoing);
  cr_assert_eq(timeline_draw(windows, ARRAY_LEN(windows), 100, 1100, 0, s), ARRAY_LEN(windows), "without pixels nothing is merged");
}
