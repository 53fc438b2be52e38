/* The rise/fall state machine: histories as letters, one a second, and the windows that they make. */
#include <criterion/criterion.h>

#include "core/confirm.h"

static enum status seen(char letter)
{
  switch (letter) {
  case 'h': return STATUS_HEALTHY;
  case 'g': return STATUS_DEGRADED;
  case 'd': return STATUS_DOWN;
  default: return STATUS_NO_DATA;
  }
}

/* "h0 d3": from second 0 healthy, from second 3 down. "-": no data. */
static void windows_of(const char *history, unsigned rise, unsigned fall, char *text, size_t size)
{
  struct confirm c = { 0 };
  struct transition t;
  size_t n = 0;
  text[0] = '\0';
  for (size_t i = 0; history[i]; i++) {
    if (!confirm_result(&c, seen(history[i]), (int64_t)i * 1000000 + 1, rise, fall, &t))
      continue;
    cr_assert_neq(t.from, t.to);
    n += (size_t)snprintf(text + n, size - n, "%s%c%d", n ? " " : "", "-hgd"[t.to], (int)(t.at_us / 1000000));
  }
}

Test(confirm, what_confirms_a_status_and_since_when)
{
  static const struct {
    const char *history;
    unsigned rise, fall;
    const char *windows;
  } rows[] = {
    { "hhh", 1, 2, "h0" },
    { "hhdhh", 1, 2, "h0" },    /* one failure is none */
    { "hhddd", 1, 2, "h0 d2" }, /* dated back to the first */
    { "hhdd", 1, 1, "h0 d2" },
    { "hhdddh", 1, 2, "h0 d2 h5" },  /* one success is enough with rise 1 */
    { "hhdddhh", 2, 2, "h0 d2 h5" }, /* rise holds for the first status too */
    { "hgg", 1, 2, "h0 g1" },
    { "hgd", 1, 2, "h0 g1" },     /* both are worse than healthy: the mildest that both speak for */
    { "hgdd", 1, 2, "h0 g1 d2" }, /* and the streak for down goes on */
    { "hdgdg", 1, 2, "h0 g1" },   /* never two downs in a row */
    { "ddd", 1, 2, "d0" },
    { "hdh", 2, 1, "d1" }, /* one success is not enough for rise 2 */
    { "d", 1, 2, "" },     /* nothing is known yet: not confirmed, not shown */
    { "dh", 1, 2, "h1" },
    { "gdh", 1, 3, "h2" },
    { "ddgg", 1, 2, "d0 g2" }, /* better, but not well */
    { "ddggh", 2, 2, "d0 g2" },
    { "ddghh", 2, 2, "d0 g2 h3" },
    { "ddgh", 2, 2, "d0 g2" },
    { "ddhh", 2, 2, "d0 h2" },      /* the best that both speak for */
    { "hh--hh", 1, 2, "h0 -2 h4" }, /* a hole, dated back */
    { "hh-h-h", 1, 2, "h0" },       /* one run without data in a row is no hole */
    { "hd-d", 1, 2, "h0 d1" },      /* and does not interrupt a streak */
    { "--", 1, 2, "" },
    { "hhhddhdhddd", 1, 3, "h0 d8" },
    { "ddd--ddd", 1, 2, "d0 -3 d5" },
    { "hggggdd", 1, 2, "h0 g1 d5" },
    { "dddddg", 1, 2, "d0 g5" },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    char text[256];
    windows_of(rows[i].history, rows[i].rise, rows[i].fall, text, sizeof text);
    cr_expect_str_eq(text, rows[i].windows, "%s with rise %u, fall %u: \"%s\", not \"%s\"", rows[i].history, rows[i].rise, rows[i].fall,
                     text, rows[i].windows);
  }
}

/* Whatever the history: windows follow one another in time, each differs from the one before, and none begins before its first result. */
Test(confirm, windows_never_overlap_in_any_history)
{
  unsigned seed = 1;
  for (int round = 0; round < 2000; round++) {
    struct confirm c = { 0 };
    unsigned rise = 1 + (unsigned)rand_r(&seed) % 4, fall = 1 + (unsigned)rand_r(&seed) % 4;
    int64_t last_us = 0;
    enum status last = STATUS_NO_DATA;
    for (int64_t at = 1; at < 200; at++) {
      struct transition t;
      bool changed = rand_r(&seed) % 50 ? confirm_result(&c, (enum status)(rand_r(&seed) % STATUS_COUNT), at, rise, fall, &t)
                                        : confirm_expire(&c, at, &t);
      if (!changed)
        continue;
      cr_assert_eq(t.from, last);
      cr_assert_neq(t.to, last);
      cr_assert(t.at_us >= last_us && t.at_us <= at, "round %d: %d at %d after %d", round, (int)t.to, (int)t.at_us, (int)last_us);
      cr_assert_eq(c.since_us, t.at_us);
      last = t.to;
      last_us = t.at_us;
    }
  }
}

Test(confirm, the_clock_moves_every_stamp_and_what_was_not_yet_stays_so)
{
  struct confirm c = { 0 };
  struct transition t;
  confirm_move(&c, 1000);
  cr_assert(c.since_us == 0 && c.last_us == 0 && !confirm_is_pending(&c), "nothing was known: nothing is moved");
  cr_assert(confirm_result(&c, STATUS_HEALTHY, 10, 1, 2, &t));
  cr_assert_not(confirm_result(&c, STATUS_DOWN, 20, 1, 2, &t));
  cr_assert_eq(c.last_us, 20, "the newest result, whatever it says");
  cr_assert_not(confirm_result(&c, STATUS_NO_DATA, 25, 1, 2, &t));
  cr_assert_eq(c.last_us, 20, "one without data says nothing");
  confirm_move(&c, 1000);
  cr_assert(c.since_us == 1010 && c.last_us == 1020);
  cr_assert(confirm_result(&c, STATUS_DOWN, 1030, 1, 2, &t));
  cr_assert_eq(t.at_us, 1020, "dated back to the first of those that confirm it, by the clock as it is now");
}

Test(confirm, silence_ends_what_was_known)
{
  struct confirm c = { 0 };
  struct transition t;
  cr_assert_not(confirm_expire(&c, 5, &t), "nothing was known");
  cr_assert(confirm_result(&c, STATUS_HEALTHY, 10, 1, 2, &t));
  cr_assert_not(confirm_is_pending(&c));
  cr_assert_not(confirm_result(&c, STATUS_DOWN, 20, 1, 2, &t));
  cr_assert(confirm_is_pending(&c));
  cr_assert(confirm_expire(&c, 25, &t));
  cr_assert(t.to == STATUS_NO_DATA && t.at_us == 25);
  cr_assert_not(confirm_result(&c, STATUS_DOWN, 30, 1, 2, &t), "the streak from before the silence does not count");
}
