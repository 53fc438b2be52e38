/* Command-line options from a table that is also the help text. Each option may have an environment variable behind it. */
#pragma once

#include "base/err.h"

struct option_row {
  const char *name;        /* "--journal"; the value follows as the next word or after '=' */
  const char *environment; /* variable used when the option is not given; NULL: none */
  const char *value_name;  /* "FILE", for the help; NULL: a switch, whose value is "1" when given */
  const char *help;
  const char **value; /* in: the default (NULL: none); out: what was given (borrowed from argv or the environment) */
};

/** Reads argv[first..argc) against n rows. Words that are no options are gathered to the front of argv from `first` on and counted in *rest
 * (NULL: there must be none). "--help" prints usage and the rows to stdout and exits 0. */
bool options_read(int argc, char **argv, int first, const char *usage, const struct option_row *rows, size_t n, int *rest,
                  struct err *e) MUST_CHECK;

/** A whole number within bounds, for an option's value; `name` is for the message. */
bool options_number(const char *name, const char *value, int64_t least, int64_t most, int64_t *number, struct err *e) MUST_CHECK;
