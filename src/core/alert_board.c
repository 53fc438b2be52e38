#include "core/alert_board.h"

#include <uthash.h>

#include "base/mem.h"

/** Open incidents are looked at this often: acknowledgements and windows end, parents come and go, milliseconds. */
#define LOOK_MS 1000

struct entry {
  char *name;
  struct alert alert;
  struct alert_view view; /* of this turn */
  bool changed;
  UT_hash_handle hh;
};

/* One decision of this turn. */
struct ready {
  struct entry *entry;
  struct alert_decision decision;
};

/* What goes to one target. */
struct group {
  char *key; /* channel, newline, address */
  struct ready *ready;
  size_t count, room;
  bool urgent;
  int64_t least_delay_ms;
  int64_t opens_ms; /* since when something waits; 0: nothing does */
  int64_t last_ms;  /* of the last message, 0: none lately */
  UT_hash_handle hh;
};

struct board {
  struct board_world world;
  struct entry *entries;
  struct group *groups;
  int64_t group_ms;
};

struct board *board_new(const struct board_world *world)
{
  struct board *b = MEM_NEW(struct board);
  b->world = *world;
  return b;
}

static void free_group(struct board *b, struct group *g)
{
  HASH_DEL(b->groups, g);
  free(g->key);
  free(g->ready);
  free(g);
}

static void free_entry(struct board *b, struct entry *entry)
{
  HASH_DEL(b->entries, entry);
  alert_done(&entry->alert);
  free(entry->name);
  free(entry);
}

void board_free(struct board *b)
{
  struct entry *entry, *next_entry;
  struct group *g, *next_group;
  if (!b)
    return;
  HASH_ITER(hh, b->entries, entry, next_entry)
    free_entry(b, entry);
  HASH_ITER(hh, b->groups, g, next_group)
    free_group(b, g);
  free(b);
}

void board_set_grouping(struct board *b, int64_t ms)
{
  b->group_ms = ms;
}

static struct entry *find(const struct board *b, const char *service)
{
  struct entry *entry;
  HASH_FIND_STR(b->entries, service, entry);
  return entry;
}

static struct entry *find_or_add(struct board *b, const char *service)
{
  struct entry *entry = find(b, service);
  if (!entry) {
    entry = MEM_NEW(struct entry);
    entry->name = mem_copy_text(service);
    HASH_ADD_KEYPTR(hh, b->entries, entry->name, strlen(entry->name), entry);
  }
  return entry;
}

struct alert *board_restore(struct board *b, const char *service)
{
  return &find_or_add(b, service)->alert;
}

const struct alert *board_find(const struct board *b, const char *service)
{
  const struct entry *entry = find(b, service);
  return entry ? &entry->alert : NULL;
}

enum alert_event board_transition(struct board *b, const char *service, enum status to, int64_t at_us, struct moment now)
{
  struct entry *entry = find_or_add(b, service);
  enum alert_event event = alert_transition(&entry->alert, service, to, at_us, now);
  b->world.keep(b->world.arg, service, &entry->alert);
  return event;
}

bool board_acknowledge(struct board *b, const char *service, const char *by, const char *note, int64_t until_us, struct moment now)
{
  struct entry *entry = find(b, service);
  if (!entry || !alert_acknowledge(&entry->alert, by, note, until_us, now))
    return false;
  b->world.keep(b->world.arg, service, &entry->alert);
  return true;
}

void board_reference(struct board *b, const char *incident, const struct alert_target *target, const char *reference)
{
  for (struct entry *entry = b->entries; entry; entry = entry->hh.next) {
    if (!entry->alert.incident || strcmp(entry->alert.incident, incident) != 0)
      continue;
    struct alert_told *t = alert_find_told(&entry->alert, target);
    if (!t)
      return;
    free(t->reference);
    t->reference = mem_copy_text(reference);
    b->world.keep(b->world.arg, entry->name, &entry->alert);
    return;
  }
}

void board_clock_set(struct board *b, int64_t by_us)
{
  for (struct entry *entry = b->entries; entry; entry = entry->hh.next) {
    alert_clock_set(&entry->alert, by_us);
    b->world.keep(b->world.arg, entry->name, &entry->alert);
  }
}

/* ---- a turn ---- */

static struct group *group_for(struct board *b, const struct alert_target *target)
{
  struct group *g;
  char *key = mem_printf("%s\n%s", target->channel, target->url ? target->url : "");
  HASH_FIND_STR(b->groups, key, g);
  if (g) {
    free(key);
    return g;
  }
  g = MEM_NEW(struct group);
  g->key = key;
  HASH_ADD_KEYPTR(hh, b->groups, g->key, strlen(g->key), g);
  return g;
}

static void put(struct board *b, struct entry *entry, const struct alert_decision *d)
{
  struct group *g = group_for(b, d->target);
  if (g->count == g->room) {
    g->room = g->room ? 2 * g->room : 8;
    g->ready = mem_resize(g->ready, g->room, sizeof *g->ready);
  }
  if (!g->count || entry->view.config->delay_ms < g->least_delay_ms)
    g->least_delay_ms = entry->view.config->delay_ms;
  g->urgent = g->urgent || d->event == ALERT_SUMMARY;
  g->ready[g->count++] = (struct ready){ .entry = entry, .decision = *d };
}

static struct board_item item_of(struct entry *entry, const struct alert_decision *d)
{
  return (struct board_item){
    .service = entry->name,
    .alert = &entry->alert,
    .view = &entry->view,
    .event = d->event,
    .status = alert_problem(&entry->alert, &entry->view),
    .previous = d->told ? d->told->status : entry->alert.before,
    .reference = d->told ? d->told->reference : NULL,
  };
}

/* What is to be done about one service goes to the groups, what is held back to the ledger. */
static void look_at(struct board *b, struct entry *entry, struct moment now)
{
  struct alert_decision decisions[ALERT_DECISIONS_MOST];
  struct alert_ack was = entry->alert.ack;
  entry->alert.gone = !b->world.view(b->world.arg, entry->name, &entry->view);
  size_t n = alert_decide(&entry->alert, &entry->view, now, decisions);
  if (was.by && !entry->alert.ack.by)
    entry->changed = true;
  for (size_t i = 0; i < n; i++) {
    if (decisions[i].hold == HOLD_NOT) {
      put(b, entry, &decisions[i]);
      continue;
    }
    struct board_item item = item_of(entry, &decisions[i]);
    b->world.hold(b->world.arg, decisions[i].target, &item, decisions[i].hold);
    entry->changed = true;
  }
}

static void flush(struct board *b, struct group *g, struct moment now)
{
  struct board_item items[BOARD_ITEMS_MOST];
  struct alert_target target = *g->ready[0].decision.target;
  /* A told target may go with its recovery, and with it the texts of the first decision. */
  target.channel = mem_copy_text(target.channel);
  target.url = mem_copy_text(target.url);
  for (size_t at = 0; at < g->count;) {
    size_t n = 0, first = at;
    for (; n < BOARD_ITEMS_MOST && at < g->count; at++)
      items[n++] = item_of(g->ready[at].entry, &g->ready[at].decision);
    b->world.tell(b->world.arg, &target, items, n, g->count - at);
    for (size_t i = first; i < at; i++) {
      struct entry *entry = g->ready[i].entry;
      alert_commit(&entry->alert, &g->ready[i].decision, &entry->view, now);
      entry->changed = true;
    }
  }
  free(target.channel);
  free(target.url);
  g->last_ms = now.ms;
}

/* Sends what has waited long enough. Returns when the group has to be looked at again. */
static int64_t turn_group(struct board *b, struct group *g, struct moment now)
{
  int64_t again_ms = INT64_MAX;
  if (g->count) {
    if (!g->opens_ms)
      g->opens_ms = now.ms;
    int64_t wait_ms = g->least_delay_ms < b->group_ms ? g->least_delay_ms : b->group_ms, due_ms = g->opens_ms + wait_ms;
    if (g->last_ms && due_ms < g->last_ms + b->group_ms)
      due_ms = g->last_ms + b->group_ms;
    if (g->urgent || now.ms >= due_ms)
      flush(b, g, now);
    else
      again_ms = due_ms;
  }
  if (again_ms == INT64_MAX)
    g->opens_ms = 0;
  g->count = 0;
  g->urgent = false;
  return again_ms;
}

/* For the ledger: why nobody heard of it. */
static void hold_brief(struct board *b, struct entry *entry)
{
  const struct alert_config *config = entry->view.config;
  if (entry->alert.was_told || entry->alert.noted || entry->alert.gone || entry->alert.worst < STATUS_DEGRADED || !config->enabled)
    return;
  for (size_t i = 0; i < config->target_count; i++) {
    struct board_item item = item_of(entry, &(struct alert_decision){ .event = ALERT_RAISED });
    item.status = entry->alert.worst;
    b->world.hold(b->world.arg, &config->targets[i], &item, HOLD_BRIEF);
  }
}

static bool is_open(const struct entry *entry)
{
  return entry->alert.incident || entry->alert.missed.count;
}

/* Closes what is over and has what changed kept. */
static void settle(struct board *b, struct entry *entry)
{
  if (is_open(entry) && alert_is_over(&entry->alert, &entry->view)) {
    hold_brief(b, entry);
    alert_close(&entry->alert);
    entry->changed = true;
  }
  bool forget = entry->alert.gone && !entry->alert.incident;
  if (entry->changed)
    b->world.keep(b->world.arg, entry->name, forget ? NULL : &entry->alert);
  entry->changed = false;
  if (forget)
    free_entry(b, entry);
}

int64_t board_turn(struct board *b, struct moment now)
{
  int64_t again_ms = INT64_MAX;
  struct entry *entry, *next_entry;
  struct group *g, *next_group;
  HASH_ITER(hh, b->entries, entry, next_entry)
    if (is_open(entry))
      look_at(b, entry, now);
  HASH_ITER(hh, b->groups, g, next_group) {
    int64_t ms = turn_group(b, g, now);
    again_ms = ms < again_ms ? ms : again_ms;
    if (!g->opens_ms && now.ms - g->last_ms > b->group_ms)
      free_group(b, g);
  }
  HASH_ITER(hh, b->entries, entry, next_entry) {
    if (is_open(entry) || entry->changed)
      settle(b, entry);
  }
  for (entry = b->entries; entry; entry = entry->hh.next)
    if (is_open(entry) && now.ms + LOOK_MS < again_ms)
      again_ms = now.ms + LOOK_MS;
  return again_ms;
}
