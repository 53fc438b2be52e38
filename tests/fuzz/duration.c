/* Durations: what is read is between nothing and 1000 days, and its shortest writing means the same. */
#include "base/duration.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char *text = fuzz_text(data, size), written[32];
  struct err e = { .text = "" };
  int64_t ms, again;
  if (duration_parse(text, &ms, &e)) {
    HOLDS(ms >= 0 && ms <= INT64_C(1000) * 86400000, "a duration has its bounds");
    HOLDS(duration_parse(duration_format(ms, written), &again, &e) && again == ms, "its writing means the same");
  } else {
    HOLDS(*e.text, "a refusal has its sentence");
  }
  free(text);
  return 0;
}
