/* The three kinds of things that a script declares, and the declarations of the two that are no services. Pure.
 *
 * A preflight's JSON form, durations in milliseconds: {"name", "title", "required", "every_ms", "grace_ms", "timeout_ms", "services": [...],
 * "at_least", "help"}: with services it passes while at least so many of them (all, when it does not say) are up, else a function `run` decides;
 * a channel's: {"name", "title", "timeout_ms"}. A service's stands in core/declaration.h. */
#pragma once

#include <jansson.h>

#include "base/err.h"

enum item_kind { ITEM_SERVICE, ITEM_PREFLIGHT, ITEM_CHANNEL };
#define ITEM_KINDS 3

/** "service", "preflight", "channel". */
const char *item_kind_name(enum item_kind kind);
/** False for any other word (and for NULL). */
bool item_kind_from_name(const char *name, enum item_kind *kind) MUST_CHECK;

/** 1 to 63 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit: how services, preflights and channels are named. */
bool item_name_is_valid(const char *name) MUST_CHECK;

/** What a preflight's function says. */
enum item_verdict { ITEM_PASSED, ITEM_PENDING, ITEM_FAILED };
/** Reads what it returned (NULL: nothing): down "why" and pending "why", or false; anything else has passed. *why: the sentence, borrowed; NULL when it
 * has passed. */
enum item_verdict item_verdict_of(const json_t *answer, const char **why);

/** Checks the declaration of a preflight or a channel and fills in what was left out: a new object, to be released; NULL with a sentence.
 * Unknown keys are refused. */
json_t *item_read(enum item_kind kind, const json_t *json, struct err *e) MUST_CHECK;
