/* What exporters say: the text-based exposition format, version 0.0.4 (Prometheus documentation, "Exposition formats"), read line by line.
 *
 *   # TYPE http_requests_total counter
 *   http_requests_total{method="post",code="200"} 1027 1395066363000
 *
 * Pure, and without memory of its own: samples point into the text. A line that is not in the format is a fault of the whole; half a page of metrics
 * is not taken for a page. */
#pragma once

#include "base/err.h"

struct exposition {
  const char *at, *end;
  unsigned line;
};

struct sample {
  const char *name;
  size_t name_len;
  const char *labels; /* what stands between the braces; checked */
  size_t labels_len;
  double value; /* may be NaN or infinite */
  bool has_timestamp;
  int64_t timestamp_ms; /* since 1970 */
};

enum exposition_step { EXPOSITION_SAMPLE, EXPOSITION_END, EXPOSITION_FAULT };

/** Before the first line of len bytes, which stay the caller's. */
void exposition_init(struct exposition *x, const char *text, size_t len);
/** The next sample; a fault comes with its line. */
enum exposition_step exposition_next(struct exposition *x, struct sample *s, struct err *e) MUST_CHECK;

/** Most bytes of a label's value that are looked at. */
#define SAMPLE_LABEL_SIZE 1024

struct sample_label {
  const char *name;
  size_t name_len;
  char value[SAMPLE_LABEL_SIZE]; /* unescaped, cut to its room */
};

/** The next label; *at is NULL before the first. False when there are no more. */
bool sample_label_next(const struct sample *s, const char **at, struct sample_label *label);
/** Has it that label with that value? A label that is not there has the value "". */
bool sample_has(const struct sample *s, const char *name, const char *value);
