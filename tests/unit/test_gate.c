/* The gate: what happens to its items as letters, one a second, and when the gate opens (+) and closes (-). */
#include <criterion/criterion.h>

#include "core/gate.h"

#define GRACE_MS 3000
#define FIRST_MS 2000
#define OVERRIDE_MS 4000

/* p passes, f fails, u is not known for now, o is overridden for 4 s, l the override is lifted, anything else: nothing happens */
static void happen(struct gate_check *c, char letter, int64_t now_ms)
{
  if (letter == 'p')
    gate_check_take(c, GATE_PASSED, now_ms);
  else if (letter == 'f')
    gate_check_take(c, GATE_FAILED, now_ms);
  else if (letter == 'u')
    gate_check_take(c, GATE_UNKNOWN, now_ms);
  else if (letter == 'o')
    c->override_ms = now_ms + OVERRIDE_MS;
  else if (letter == 'l')
    c->override_ms = 0;
}

static void openings_of(const char *required, const char *optional, bool latched, int64_t grace_ms, char *text, size_t size)
{
  struct gate g = { .latched = latched };
  struct gate_check a = { .required = true, .grace_ms = grace_ms, .first_ms = FIRST_MS }, b = { .grace_ms = grace_ms };
  const struct gate_check *both[] = { &a, &b };
  size_t n = 0;
  text[0] = '\0';
  for (size_t i = 0; required[i]; i++) {
    int64_t now_ms = (int64_t)i * 1000;
    happen(&a, required[i], now_ms);
    happen(&b, i < strlen(optional) ? optional[i] : '.', now_ms);
    if (gate_weigh(&g, both, ARRAY_LEN(both), now_ms))
      n += (size_t)snprintf(text + n, size - n, "%s%c%zu", n ? " " : "", g.open ? '+' : '-', i);
  }
}

Test(gate, when_it_opens_and_closes)
{
  static const struct {
    const char *required, *optional;
    bool latched;
    int64_t grace_ms;
    const char *openings;
  } rows[] = {
    { "......", "", false, GRACE_MS, "" },             /* nothing known: closed */
    { "..p...", "", false, GRACE_MS, "+2" },           /* opens when what is required has passed */
    { "f.f.p.", "", false, GRACE_MS, "+4" },           /* grace opens nothing */
    { "p.ffff.", "", false, GRACE_MS, "+0 -5" },       /* open, it closes when the grace is over, from the first failure on */
    { "p.ffpff.", "", false, GRACE_MS, "+0" },         /* a success ends the grace, the next failure begins it anew */
    { "p.ffpfff.p", "", false, GRACE_MS, "+0 -8 +9" }, /* and passing opens again */
    { "p.f...", "", false, 0, "+0 -2" },               /* without grace at once */
    { "p.fffffffff", "", true, GRACE_MS, "+0" },       /* latched */
    { "f.ffffffff", "", true, GRACE_MS, "" },          /* but a latched gate opens like any other */
    { "p.....", "ffffff", false, 0, "+0" },            /* what is optional holds nothing */
    { "......", "pppppp", false, 0, "" },              /* and opens nothing */
    { "ffo......", "", false, GRACE_MS, "+2 -6" },     /* overridden, until the override ends: no grace after that */
    { "ffo..l", "", false, GRACE_MS, "+2 -5" },        /* or is lifted */
    { "ffo.p....", "", false, GRACE_MS, "+2" },        /* it has passed meanwhile */
    { "ffooo.......", "", false, GRACE_MS, "+2 -8" },  /* the last one counts */
    { "o.....", "", false, GRACE_MS, "+0 -5" },        /* never run: after its override its first result has its time */
    { "p.f.o......f", "", false, GRACE_MS, "+0 -8" },  /* overridden within its grace */
    { "u.u.p.", "", false, GRACE_MS, "+4" },           /* not known: closed until it passes */
    { "p.uuuuuuuuu", "", false, GRACE_MS, "+0 -7" },   /* no longer known: its grace, and the time that a first result may take */
    { "p.uuuuup.", "", false, GRACE_MS, "+0" },        /* known again in time */
    { "p.uufff..", "", false, GRACE_MS, "+0 -7" },     /* found out to have failed: its grace from then on */
    { "p.fufufu.", "", false, GRACE_MS, "+0 -5" },     /* not knowing is no way out of having failed */
    { "p.ff.l", "", false, GRACE_MS, "+0 -5" },        /* lifting nothing changes nothing */
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    char text[256];
    openings_of(rows[i].required, rows[i].optional, rows[i].latched, rows[i].grace_ms, text, sizeof text);
    cr_expect_str_eq(text, rows[i].openings, "%s/%s latched %d, grace %d: \"%s\", not \"%s\"", rows[i].required, rows[i].optional,
                     rows[i].latched, (int)rows[i].grace_ms, text, rows[i].openings);
  }
}

Test(gate, how_an_item_stands)
{
  static const struct {
    struct gate_check check;
    const char *state;
    bool holds_closed, holds_open, holds_latched; /* at 10 s */
    int64_t next_ms;                              /* -1: never */
  } rows[] = {
    { { .required = true }, "pending", true, true, false, -1 },
    { { .required = true, .running = true }, "running", true, true, false, -1 },
    { { .required = true, .failing_ms = 9000, .first_ms = 2000 }, "pending", true, false, false, 11000 },
    { { .required = true, .failing_ms = 9000, .first_ms = 2000, .grace_ms = 500 }, "pending", true, false, false, 11500 },
    { { .required = true, .result = GATE_PASSED, .running = true }, "passed", false, false, false, -1 },
    { { .required = true, .result = GATE_PASSED, .override_ms = 12000 }, "passed", false, false, false, 12000 },
    { { .required = true, .result = GATE_FAILED, .failing_ms = 9000 }, "failed", true, true, false, -1 },
    { { .required = true, .result = GATE_FAILED, .failing_ms = 9000, .grace_ms = 1000 }, "failed", true, true, false, -1 },
    { { .required = true, .result = GATE_FAILED, .failing_ms = 9000, .grace_ms = 1001 }, "failed", true, false, false, 10001 },
    { { .required = true, .result = GATE_FAILED, .failing_ms = 9000, .first_ms = 9000 }, "failed", true, true, false, -1 },
    { { .required = true, .result = GATE_FAILED, .override_ms = 10001 }, "overridden", false, false, false, 10001 },
    { { .required = true, .result = GATE_FAILED, .override_ms = 10000 }, "failed", true, true, false, -1 },
    { { .result = GATE_FAILED }, "failed", false, false, false, -1 },
    { { .result = GATE_UNKNOWN, .override_ms = 11000 }, "overridden", false, false, false, 11000 },
  };
  const int64_t now_ms = 10000;
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    const struct gate_check *c = &rows[i].check;
    int64_t next_ms = gate_check_next_ms(c, now_ms);
    cr_expect_str_eq(gate_state_name(gate_check_state(c, now_ms)), rows[i].state, "row %zu", i);
    cr_expect_eq(gate_is_held_by(&(struct gate){ 0 }, c, now_ms), rows[i].holds_closed, "row %zu, closed", i);
    cr_expect_eq(gate_is_held_by(&(struct gate){ .open = true }, c, now_ms), rows[i].holds_open, "row %zu, open", i);
    cr_expect_eq(gate_is_held_by(&(struct gate){ .open = true, .latched = true }, c, now_ms), rows[i].holds_latched, "row %zu, latched", i);
    cr_expect_eq(next_ms == INT64_MAX ? -1 : next_ms, rows[i].next_ms, "row %zu: next %" PRId64, i, next_ms);
  }
}

Test(gate, the_flag_needs_the_lease_and_something_to_pass)
{
  struct gate g = { .leased = true };
  cr_expect(!gate_weigh(&g, NULL, 0, 0) && !gate_is_up(&g), "nothing is declared: nothing is known to be well");
  const struct gate_check passed = { .required = true, .result = GATE_PASSED };
  const struct gate_check *one[] = { &passed };
  cr_expect(gate_weigh(&g, one, 1, 0) && gate_is_up(&g));
  g.leased = false;
  cr_expect(!gate_weigh(&g, one, 1, 0) && g.open && !gate_is_up(&g), "nobody renews: down, whatever the items say");
  cr_expect(gate_weigh(&g, NULL, 0, 0) && !g.open, "all that was declared is gone");
}
