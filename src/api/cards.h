/* A list of cards as text, gone through without building a tree of it: an overview of a thousand services is asked for many times a second, and all that
 * is done to it here is to add a member to each card. Pure. */
#pragma once

#include "base/buf.h"

/** Writes further members of the card of that service ("key":value, with jsontext.h) into out. */
typedef void (*cards_fn)(void *arg, const char *service, struct buf *out);

/** Copies a JSON array of objects from text into out and lets fn add to each. An object's first member must be service_name (a name that
 * needs no escaping), as the scheduler and Postgres write it. The end of the array in *end. False when it is anything else. */
bool cards_copy(const char *text, struct buf *out, cards_fn fn, void *arg, const char **end) MUST_CHECK;
