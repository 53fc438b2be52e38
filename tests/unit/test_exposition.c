/* What exporters say. */
#include <criterion/criterion.h>

#include "base/buf.h"
#include "core/exposition.h"

/* Each sample as "name{label=value,} value[@timestamp] ", a fault as its sentence. */
static const char *describe(struct buf *b, const char *text, size_t len)
{
  struct exposition x;
  struct sample s;
  struct sample_label label;
  struct err e;
  enum exposition_step step;
  buf_clear(b);
  exposition_init(&x, text, len);
  while ((step = exposition_next(&x, &s, &e)) == EXPOSITION_SAMPLE) {
    buf_printf(b, "%.*s{", (int)s.name_len, s.name);
    for (const char *at = NULL; sample_label_next(&s, &at, &label);)
      buf_printf(b, "%.*s=%s,", (int)label.name_len, label.name, label.value);
    buf_printf(b, "} %g", s.value);
    if (s.has_timestamp)
      buf_printf(b, "@%" PRId64, s.timestamp_ms);
    buf_add_text(b, " ");
  }
  if (step == EXPOSITION_FAULT)
    buf_add_text(b, e.text);
  return buf_text(b);
}

#define FAULT(line) "line " line " is no sample of Prometheus's text format: "

Test(exposition, samples_are_read_line_by_line)
{
  static const struct {
    const char *text, *expected;
  } rows[] = {
    { "", "" },
    { "\n\n \t\n# HELP a what\n#\n# EOF\n", "" },
    { "up 1", "up{} 1 " },
    { "up 1\r\n", "up{} 1 " },
    { "\tup\t1  \n", "up{} 1 " },
    { "job:up:sum 1.5e3 1395066363000\n", "job:up:sum{} 1500@1395066363000 " },
    { "a{} 1\n", "a{} 1 " },
    { "a{x=\"1\"} 2 -5\nb 3\n", "a{x=1,} 2@-5 b{} 3 " },
    { "a { x = \"1\" , y=\"2\", } 2\n", "a{x=1,y=2,} 2 " },
    { "a{x=\"}, \\\\ \\\" \\n#\"} 2\n", "a{x=}, \\ \" \n#,} 2 " },
    { "a{x=\"\"} NaN\nb +Inf\nc -Inf\n", "a{x=,} nan b{} inf c{} -inf " },
    { "ok 1\n<html>\n", "ok{} 1 " FAULT("2") "<html>" },
    { "a", FAULT("1") "a" },
    { "a{x=\"1\"}", FAULT("1") "a{x=\"1\"}" },
    { "a{x=\"1\" 2", FAULT("1") "a{x=\"1\" 2" },
    { "a{x=\"1} 2\ny=\"} 3", FAULT("1") "a{x=\"1} 2" },
    { "a{x=1} 2", FAULT("1") "a{x=1} 2" },
    { "a{x=\"1\"y=\"2\"} 2", FAULT("1") "a{x=\"1\"y=\"2\"} 2" },
    { "a{=\"1\"} 2", FAULT("1") "a{=\"1\"} 2" },
    { "a{1x=\"1\"} 2", FAULT("1") "a{1x=\"1\"} 2" },
    { "a{x=\"\\", FAULT("1") "a{x=\"\\" },
    { "1a 2", FAULT("1") "1a 2" },
    { "a one", FAULT("1") "a one" },
    { "a 1 2 3", FAULT("1") "a 1 2 3" },
    { "a 1 2.5", FAULT("1") "a 1 2.5" },
    { "a 1 99999999999999999999", FAULT("1") "a 1 99999999999999999999" },
  };
  struct buf b;
  buf_init(&b, 4096);
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    cr_expect_str_eq(describe(&b, rows[i].text, strlen(rows[i].text)), rows[i].expected, "%s", rows[i].text);
  cr_expect_str_eq(describe(&b, "a\0b 1", 5), FAULT("1") "a");
  buf_done(&b);
}

Test(exposition, labels_are_compared_unescaped_and_none_is_empty)
{
  struct exposition x;
  struct sample s;
  struct err e;
  const char *text = "a{path=\"C:\\\\x\",device=\"sda\"} 1\n";
  exposition_init(&x, text, strlen(text));
  cr_assert_eq(exposition_next(&x, &s, &e), EXPOSITION_SAMPLE);
  cr_expect(sample_has(&s, "path", "C:\\x"));
  cr_expect(sample_has(&s, "device", "sda"));
  cr_expect_not(sample_has(&s, "device", "sd"));
  cr_expect_not(sample_has(&s, "dev", "sda"));
  cr_expect(sample_has(&s, "mode", ""));
  cr_expect_not(sample_has(&s, "device", ""));
  cr_expect_eq(exposition_next(&x, &s, &e), EXPOSITION_END);
}
