/* What is told once, and then once a minute. */
#include <criterion/criterion.h>

#include "core/repeats.h"

Test(repeats, are_told_at_once_and_then_once_a_minute_with_their_count)
{
  struct repeats r = { 0 };
  struct repeat told;
  cr_assert(repeats_add(&r, "login_refused", "anna", "10.0.0.1", 0, &told));
  cr_expect(told.count == 1 && strcmp(told.whom, "anna") == 0 && strcmp(told.from, "10.0.0.1") == 0);
  for (int64_t ms = 1; ms <= 500; ms++)
    cr_assert_not(repeats_add(&r, "login_refused", "anna", "10.0.0.1", ms * 100, &told));
  cr_assert(repeats_add(&r, "login_refused", "anna", "10.0.0.2", 50000, &told), "another address is another thing");
  cr_assert(repeats_add(&r, "login", "anna", "10.0.0.1", 50000, &told), "and so is another kind");
  cr_assert_not(repeats_due(&r, REPEATS_EVERY_MS - 1, &told));
  cr_assert(repeats_due(&r, REPEATS_EVERY_MS, &told));
  cr_expect_eq(told.count, 500);
  cr_assert_not(repeats_due(&r, REPEATS_EVERY_MS, &told));
  cr_assert_not(repeats_add(&r, "login_refused", "anna", "10.0.0.1", 70000, &told), "it goes on");
  cr_assert(repeats_due(&r, 2 * REPEATS_EVERY_MS, &told));
  cr_expect_eq(told.count, 1);
  cr_assert_not(repeats_due(&r, 3 * REPEATS_EVERY_MS, &told), "it has stopped");
  cr_expect_eq(r.count, 0, "and everything is forgotten");
  cr_assert(repeats_add(&r, "login_refused", "anna", "10.0.0.1", 200000, &told), "so it is told at once when it begins again");
}

Test(repeats, too_many_to_be_told_apart_are_told_together)
{
  struct repeats r = { 0 };
  struct repeat told;
  size_t at_once = 0;
  for (int i = 0; i < 100000; i++) {
    char from[32];
    snprintf(from, sizeof from, "10.%d.%d.%d", i >> 16, (i >> 8) & 255, i & 255);
    at_once += repeats_add(&r, i % 2 ? "token_refused" : "login_refused", "", from, i / 10, &told);
  }
  cr_expect_eq(at_once, REPEATS_CAP + 2, "the rest of each kind is one thing");
  size_t later = 0;
  uint64_t sum = 0;
  while (repeats_due(&r, INT64_MAX, &told)) {
    cr_expect(told.others && !*told.from && !*told.whom);
    sum += told.count;
    later++;
  }
  cr_expect_eq(later, 2);
  cr_expect_eq(sum + at_once, 100000, "none is lost");
}
