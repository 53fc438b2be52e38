/* What happens again and again, told at once the first time and then once a minute with a count, as long as it goes on: so that a flood of wrong passwords
 * leaves a trace and no flood of its own. Of each kind so many are told apart; the rest of that minute is counted together. Pure: time is a parameter. */
#pragma once

#include "base/base.h"

/** How often what goes on is told of, milliseconds. */
#define REPEATS_EVERY_MS 60000
/** Most that are told apart, over all kinds; and most kinds. */
#define REPEATS_CAP 32
#define REPEATS_KINDS 8

struct repeat {
  char kind[32];
  char whom[80], from[80]; /* "" for none; of `others` both are */
  bool others;             /* those that were too many to be told apart */
  uint64_t count;          /* since it was last told */
  int64_t due_ms;          /* when it is to be told again */
};

/** Zero is empty. Storage is the caller's. */
struct repeats {
  struct repeat list[REPEATS_CAP + REPEATS_KINDS];
  size_t count;
};

/** It has happened. True: it is to be told now, as *told says (count 1). False: it is counted. Longer texts than fit are cut. */
bool repeats_add(struct repeats *r, const char *kind, const char *whom, const char *from, int64_t now_ms, struct repeat *told);

/** The next whose minute is over and that has happened meanwhile, with its count; INT64_MAX: whatever has been counted. False: there is none (left).
 * What has not happened for a minute is forgotten. */
bool repeats_due(struct repeats *r, int64_t now_ms, struct repeat *told);
