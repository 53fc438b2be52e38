/* Prometheus's text format. Each sample, written alone, is read as the same sample. */
#include "core/exposition.h"

#include <math.h>

#include "fuzz.h"

static void read_again(const struct sample *s)
{
  struct buf b;
  struct exposition x;
  struct sample same;
  struct sample_label label;
  struct err e;
  buf_init(&b, 4 * 1024 * 1024);
  buf_add(&b, s->name, s->name_len);
  buf_add_text(&b, "{");
  buf_add(&b, s->labels ? s->labels : "", s->labels_len);
  buf_printf(&b, "} %.17g", s->value);
  if (s->has_timestamp)
    buf_printf(&b, " %" PRId64, s->timestamp_ms);
  exposition_init(&x, b.data, b.len);
  HOLDS(exposition_next(&x, &same, &e) == EXPOSITION_SAMPLE, "a sample that is written is one");
  HOLDS(same.name_len == s->name_len && same.has_timestamp == s->has_timestamp && same.timestamp_ms == s->timestamp_ms, "the same");
  HOLDS(same.value == s->value || (isnan(same.value) && isnan(s->value)), "with the same value");
  HOLDS(exposition_next(&x, &same, &e) == EXPOSITION_END, "and the only one");
  for (const char *at = NULL; sample_label_next(s, &at, &label);)
    HOLDS(label.name_len && at <= s->labels + s->labels_len, "a label has a name, inside the braces");
  buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *text = fuzz_text(data, size);
  struct exposition x;
  struct sample s;
  struct err e = { .text = "" };
  enum exposition_step step;
  exposition_init(&x, text, size);
  while ((step = exposition_next(&x, &s, &e)) == EXPOSITION_SAMPLE) {
    read_again(&s);
    (void)sample_has(&s, "job", "api");
  }
  HOLDS(step == EXPOSITION_END || *e.text, "a fault has its sentence");
  free(text);
  return 0;
}
