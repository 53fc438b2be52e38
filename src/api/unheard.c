#include "api/unheard.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/spool.h"
#include "core/access_row.h"

struct unheard {
  char *directory;
  struct repeats repeats;
  unsigned left; /* rows since the scheduler last listened */
};

struct unheard *unheard_new(const char *directory)
{
  struct unheard *u = MEM_NEW(struct unheard);
  u->directory = mem_copy_text(directory);
  return u;
}

static bool leave(struct unheard *u, const struct repeat *one, struct err *e)
{
  char at[CLOCK_STAMP_SIZE];
  if (u->left == UNHEARD_MOST)
    return err_set(e, "%d rows wait for the scheduler in %s already", UNHEARD_MOST, u->directory);
  json_t *row = access_row(one);
  json_set_text(row, "at", clock_format(clock_wall_us(), at));
  struct spool_row *r = spool_note(u->directory, row, e);
  json_decref(row);
  if (!r || !spool_end(r, true, e))
    return false;
  u->left++;
  return true;
}

static void leave_counted(struct unheard *u, int64_t now_ms)
{
  struct repeat one;
  struct err e;
  while (repeats_due(&u->repeats, now_ms, &one))
    if (!leave(u, &one, &e))
      log_warn("audit_lost", "action=%s user=%s address=%s count=%" PRIu64 " why=%s instead=this_line_is_all_there_is", one.kind,
               LOG_QUOTE(one.whom), LOG_QUOTE(one.from), one.count, LOG_QUOTE(e.text));
}

bool unheard_add(struct unheard *u, const char *what, const char *user, const char *from, struct err *e)
{
  struct repeat one;
  int64_t now_ms = clock_mono_ms();
  leave_counted(u, now_ms);
  return !repeats_add(&u->repeats, what, user ? user : "", from ? from : "", now_ms, &one) || leave(u, &one, e);
}

void unheard_over(struct unheard *u)
{
  leave_counted(u, INT64_MAX);
  u->repeats.count = 0;
  u->left = 0;
}

void unheard_free(struct unheard *u)
{
  if (!u)
    return;
  leave_counted(u, INT64_MAX);
  free(u->directory);
  free(u);
}
