/* What monitoring plugins print. */
#include <criterion/criterion.h>

#include "base/buf.h"
#include "core/plugin.h"

/* The items as "label=value unit[warn,crit,min,max] " each. */
static const char *describe(struct buf *b, const char *perfdata)
{
  struct perfdatum d;
  buf_clear(b);
  while (perfdatum_next(&perfdata, &d))
    buf_printf(b, "%s=%g%s[%s,%s,%s,%s] ", d.label, d.value, d.unit, d.warn, d.crit, d.min, d.max);
  return buf_text(b);
}

Test(plugin, performance_data_is_read_item_by_item)
{
  static const struct {
    const char *perfdata, *expected;
  } rows[] = {
    { "", "" },
    { "time=0.012s;5.0;10.0;0.0;60.0", "time=0.012s[5.0,10.0,0.0,60.0] " },
    { "load1=0.5;8;16;0; load5=0.25;6;12;0;", "load1=0.5[8,16,0,] load5=0.25[6,12,0,] " },
    { "'/srv/my media'=88%;85;95", "/srv/my media=88%[85,95,,] " },
    { "'it''s'=1", "it's=1[,,,] " },
    { "users=3;@10:20;~:5;;", "users=3[@10:20,~:5,,] " },
    { "neg=-1.5e3c", "neg=-1500c[,,,] " },
    { ".5=.5", ".5=0.5[,,,] " },
    { "unknown=U good=1", "good=1[,,,] " },
    { "no value here good=1", "good=1[,,,] " },
    { "inf=inf nan=nan hex=0x10 HEX=-0X10 good=1", "good=1[,,,] " },
    { "comma=1,5 good=1", "good=1[,,,] " },
    { "=5 ''=6 good=1", "good=1[,,,] " },
    { "a=1;2;3;4;5;6;7 good=1", "good=1[,,,] " },
    { "'never ends=1 good=1", "" },
    { "huge=1e999 good=1", "good=1[,,,] " },
    { "a=1;0123456789012345678901234567890123456789 good=1", "good=1[,,,] " },
    { "a=1;2;3;4;5;b=7 good=1", "good=1[,,,] " },                                                       /* what is too much is no item */
    { "a=1;0123456789012345678901234567890 b=2", "a=1[0123456789012345678901234567890,,,] b=2[,,,] " }, /* just fits */
    { "a=1;01234567890123456789012345678901 b=2", "b=2[,,,] " },
    { "a=1\t\nb=2MB\r\n", "a=1[,,,] b=2MB[,,,] " },
  };
  struct buf b;
  buf_init(&b, 4096);
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    cr_expect_str_eq(describe(&b, rows[i].perfdata), rows[i].expected, "%s", rows[i].perfdata);
  buf_done(&b);
}

Test(plugin, output_has_a_text_long_text_and_performance_data_in_two_places)
{
  static const struct {
    const char *printed, *text, *long_text, *items;
  } rows[] = {
    { "", "", "", "" },
    { "OK\n", "OK", "", "" },
    { "DISK OK - fine | /=12%;85;95\n", "DISK OK - fine", "", "/=12%[85,95,,] " },
    { "DISK WARNING|a=1\nfirst\nsecond|b=2\nc=3\n", "DISK WARNING", "first\nsecond", "a=1[,,,] b=2[,,,] c=3[,,,] " },
    { "no data\nlong\n", "no data", "long", "" },
    { "x|", "x", "", "" },
    { "|a=1", "", "", "a=1[,,,] " },
    { "\nlong|a=1", "", "long", "a=1[,,,] " },
  };
  struct buf b;
  buf_init(&b, 4096);
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct plugin_output o;
    plugin_output_read(rows[i].printed, strlen(rows[i].printed), &o);
    cr_expect_str_eq(o.text, rows[i].text, "%s", rows[i].printed);
    cr_expect_str_eq(o.long_text, rows[i].long_text, "%s", rows[i].printed);
    cr_expect_str_eq(describe(&b, o.perfdata), rows[i].items, "%s", rows[i].printed);
    plugin_output_done(&o);
  }
  struct plugin_output o;
  plugin_output_read("ends\0here|a=1", 13, &o);
  cr_expect_str_eq(o.text, "ends");
  cr_expect_str_eq(o.perfdata, " ");
  plugin_output_done(&o);
  buf_done(&b);
}
