/* What became of one attempt to deliver a message, and when to try again. The answers of channels are described in core/alert_message.h. Pure. */
#pragma once

#include <jansson.h>

#include "base/err.h"
#include "core/status.h"

/** The provider's answer is cut to this for the ledger, bytes. */
#define DELIVERY_ANSWER_CAP 1024
/** Longest pause that a provider or channel may ask for, milliseconds. */
#define DELIVERY_WAIT_MOST_MS INT64_C(86400000)
/** Longest reference that is kept, bytes. */
#define DELIVERY_REFERENCE_CAP 500

enum delivery_fate { DELIVERY_DONE, DELIVERY_AGAIN, DELIVERY_NEVER };

struct delivery {
  enum delivery_fate fate;
  int64_t wait_ms;                      /* DELIVERY_AGAIN: not before so long; 0: the usual pause */
  int status_code;                      /* 0: none */
  char answer[DELIVERY_ANSWER_CAP + 1]; /* cut between characters; "": none */
  char reference[DELIVERY_REFERENCE_CAP + 1];
  struct err error; /* "": delivered */
};

/** Reads the outcome of a deed "send": its status, its error (NULL: none) and what it returned (NULL: nothing). now_us is for dates in Retry-After. */
void delivery_judge(struct delivery *d, enum status status, const char *error, const json_t *answer, int64_t now_us);

/** A Retry-After header (RFC 9110): seconds or a date; milliseconds from now_us on, 0 for one that makes no sense. At most a day. */
int64_t delivery_retry_after_ms(const char *text, int64_t now_us);

/** The usual pause after that many attempts that failed: doubled each time, half to all of it by chance (any number). */
int64_t delivery_pause_ms(unsigned attempts, uint32_t chance);
