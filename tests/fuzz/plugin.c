/* What monitoring plugins print. Each item of performance data, written in its plainest form, is read as the same item. */
#include "core/plugin.h"

#include <math.h>

#include "fuzz.h"

static void read_again(const struct perfdatum *d)
{
  struct buf b;
  struct perfdatum same;
  buf_init(&b, 4096);
  buf_add_text(&b, "'");
  for (const char *p = d->label; *p; p++)
    buf_add(&b, *p == '\'' ? "''" : p, *p == '\'' ? 2 : 1);
  buf_printf(&b, "'=%.17e%s;%s;%s;%s;%s", d->value, d->unit, d->warn, d->crit, d->min, d->max);
  const char *at = buf_text(&b);
  HOLDS(perfdatum_next(&at, &same), "an item that is written is one");
  HOLDS(strcmp(same.label, d->label) == 0 && same.value == d->value && strcmp(same.unit, d->unit) == 0, "the same");
  HOLDS(strcmp(same.warn, d->warn) == 0 && strcmp(same.crit, d->crit) == 0, "with the same ranges");
  HOLDS(strcmp(same.min, d->min) == 0 && strcmp(same.max, d->max) == 0, "and bounds");
  HOLDS(!perfdatum_next(&at, &same), "and the only one");
  buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *text = fuzz_text(data, size);
  struct plugin_output o;
  struct perfdatum d;
  plugin_output_read(text, size, &o);
  HOLDS(!strchr(o.text, '|') && !strchr(o.text, '\n'), "the text is what stands before the first bar of the first line");
  for (const char *at = o.perfdata; perfdatum_next(&at, &d);) {
    HOLDS(*d.label && isfinite(d.value), "an item has a name and a number");
    read_again(&d);
  }
  plugin_output_done(&o);
  free(text);
  return 0;
}
