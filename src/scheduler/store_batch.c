#include "scheduler/store_batch.h"

#include <uthash.h>

#include "base/json.h"
#include "base/mem.h"

/* The specification's table: one row a result. */
static const char insert_results[] =
    "INSERT INTO health_checks (service_name, status, latency_ms, error_message, details_json, checked_at)"
    " SELECT * FROM unnest($1::text[], $2::text[], $3::int4[], $4::text[], $5::jsonb[], $6::timestamptz[])";

/* The newest result of each service of the batch. */
static const char update_latest[] =
    "UPDATE services s SET checked_at = u.at, latency_ms = u.latency, error_message = u.error, measures = u.measures,"
    "       no_data_error = NULL, no_data_at = NULL"
    " FROM unnest($1::text[], $2::int4[], $3::text[], $4::jsonb[], $5::timestamptz[]) AS u (name, latency, error, measures, at)"
    " WHERE s.service_name = u.name";

static const char update_no_data[] = "UPDATE services s SET no_data_error = u.error, no_data_at = u.at"
                                     " FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS u (name, error, at)"
                                     " WHERE s.service_name = u.name";

static const char upsert_services[] =
    "INSERT INTO services (service_name, title, service_group, critical, declaration, file, retired_at)"
    " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bool[], $5::jsonb[], $6::text[], $7::timestamptz[])"
    " ON CONFLICT (service_name) DO UPDATE SET title = excluded.title, service_group = excluded.service_group, critical = "
    "excluded.critical,"
    "   declaration = excluded.declaration, file = excluded.file, retired_at = excluded.retired_at";

/* In order: several of one service may stand in one batch. */
static const char make_transitions[] = "SELECT signalbox_transition(t.service, t.status, t.at) FROM (SELECT * FROM"
                                       " unnest($1::text[], $2::text[], $3::timestamptz[]) WITH ORDINALITY AS u (service, status, at, n)"
                                       " ORDER BY n) t";

/* Results of hours that are rolled up already: those hours are computed again. */
static const char rewind_rollups[] =
    "UPDATE rollup_state SET rolled_up_to = date_trunc('hour', u.at, 'UTC') FROM unnest($1::timestamptz[]) AS u (at)"
    " WHERE rolled_up_to > u.at";

/* Everything else that happened, each kind by a function of its own (migrations/). In order: later facts rest on earlier ones. */
static const char take_notes[] = "SELECT signalbox_note(n.note, n.subject, n.body, n.at) FROM (SELECT * FROM"
                                 " unnest($1::text[], $2::text[], $3::jsonb[], $4::timestamptz[]) WITH ORDINALITY"
                                 " AS u (note, subject, body, at, n) ORDER BY n) n";

static const struct {
  const char *name, *sql;
  enum pgarray_type columns[STORE_COLUMNS];
} shapes[STORE_STATEMENTS] = {
  [STORE_SERVICES] = { "services",
                       upsert_services,
                       { PGARRAY_TEXT, PGARRAY_TEXT, PGARRAY_TEXT, PGARRAY_BOOL, PGARRAY_JSONB, PGARRAY_TEXT, PGARRAY_TIMESTAMPTZ } },
  [STORE_RESULTS] = { "results",
                      insert_results,
                      { PGARRAY_TEXT, PGARRAY_TEXT, PGARRAY_INT4, PGARRAY_TEXT, PGARRAY_JSONB, PGARRAY_TIMESTAMPTZ } },
  [STORE_LATEST] = { "latest", update_latest, { PGARRAY_TEXT, PGARRAY_INT4, PGARRAY_TEXT, PGARRAY_JSONB, PGARRAY_TIMESTAMPTZ } },
  [STORE_NO_DATA] = { "no_data", update_no_data, { PGARRAY_TEXT, PGARRAY_TEXT, PGARRAY_TIMESTAMPTZ } },
  [STORE_TRANSITIONS] = { "transitions", make_transitions, { PGARRAY_TEXT, PGARRAY_TEXT, PGARRAY_TIMESTAMPTZ } },
  [STORE_REWIND] = { "rewind", rewind_rollups, { PGARRAY_TIMESTAMPTZ } },
  [STORE_NOTES] = { "notes", take_notes, { PGARRAY_TEXT, PGARRAY_TEXT, PGARRAY_JSONB, PGARRAY_TIMESTAMPTZ } },
};

/* The last entry of each service, for what is only overwritten. */
struct last {
  const struct entry *run, *service;
  const char *name;
  UT_hash_handle hh;
};

static void add_result(struct store_statement *s, const struct entry *e)
{
  pgarray_add_text(&s->columns[0], e->service);
  pgarray_add_text(&s->columns[1], status_name(e->status));
  pgarray_add_number(&s->columns[2], e->latency_ms);
  pgarray_add_text(&s->columns[3], e->error);
  pgarray_add_text(&s->columns[4], e->body);
  pgarray_add_stamp(&s->columns[5], e->at_us);
  s->rows++;
}

static void add_latest(struct store_statement *s, const struct entry *e)
{
  pgarray_add_text(&s->columns[0], e->service);
  pgarray_add_number(&s->columns[1], e->latency_ms);
  pgarray_add_text(&s->columns[2], e->error);
  pgarray_add_text(&s->columns[3], e->body);
  pgarray_add_stamp(&s->columns[4], e->at_us);
  s->rows++;
}

static void add_no_data(struct store_statement *s, const struct entry *e)
{
  pgarray_add_text(&s->columns[0], e->service);
  pgarray_add_text(&s->columns[1], e->error);
  pgarray_add_stamp(&s->columns[2], e->at_us);
  s->rows++;
}

static void add_transition(struct store_statement *s, const struct entry *e)
{
  pgarray_add_text(&s->columns[0], e->service);
  pgarray_add_text(&s->columns[1], status_name(e->status));
  pgarray_add_stamp(&s->columns[2], e->at_us);
  s->rows++;
}

static void add_note(struct store_statement *s, const struct entry *e)
{
  pgarray_add_text(&s->columns[0], e->note);
  pgarray_add_text(&s->columns[1], e->service);
  pgarray_add_text(&s->columns[2], e->body);
  pgarray_add_stamp(&s->columns[3], e->at_us);
  s->rows++;
}

/* body NULL: retired. Its title and the rest then stay as they were in its last declaration, which a retired entry does not carry. */
static void add_service(struct store_statement *s, const struct entry *e)
{
  struct err unused;
  json_t *json = e->body ? json_read(e->body, strlen(e->body), &unused) : NULL;
  json_t *declaration = json_object_get(json, "declaration");
  char *text = declaration ? json_line(declaration) : mem_copy_text("{}");
  pgarray_add_text(&s->columns[0], e->service);
  pgarray_add_text(&s->columns[1], json_text_of(json, "title", e->service));
  pgarray_add_text(&s->columns[2], json_text_of(json, "group", NULL));
  pgarray_add_bool(&s->columns[3], json_bool_of(json, "critical", false));
  pgarray_add_text(&s->columns[4], text);
  pgarray_add_text(&s->columns[5], json_text_of(json, "file", NULL));
  pgarray_add_stamp(&s->columns[6], e->body ? 0 : e->at_us);
  s->rows++;
  free(text);
  json_decref(json);
}

static struct last *find_or_add(struct last **all, const char *name)
{
  struct last *l;
  HASH_FIND_STR(*all, name, l);
  if (!l) {
    l = MEM_NEW(struct last);
    l->name = name;
    HASH_ADD_KEYPTR(hh, *all, l->name, strlen(l->name), l);
  }
  return l;
}

static bool stands_alone(const struct entry *e)
{
  return e->kind == ENTRY_NOTE && strcmp(e->note, "clock") == 0;
}

size_t store_batch_reach(const struct entry *entries, size_t n)
{
  size_t reach = 1;
  while (reach < n && !stands_alone(&entries[0]) && !stands_alone(&entries[reach]))
    reach++;
  return reach;
}

void store_batch_init(struct store_batch *b, const struct entry *entries, size_t n)
{
  struct store_statement *s = b->statements;
  struct last *all = NULL, *l, *next;
  for (size_t i = 0; i < STORE_STATEMENTS; i++) {
    s[i] = (struct store_statement){ .name = shapes[i].name, .sql = shapes[i].sql };
    while (s[i].column_count < STORE_COLUMNS && shapes[i].columns[s[i].column_count]) {
      pgarray_init(&s[i].columns[s[i].column_count], shapes[i].columns[s[i].column_count]);
      s[i].column_count++;
    }
  }
  int64_t oldest_us = 0;
  for (size_t i = 0; i < n; i++) {
    if (entries[i].kind == ENTRY_RESULT && (!oldest_us || entries[i].at_us < oldest_us))
      oldest_us = entries[i].at_us;
    if (entries[i].kind == ENTRY_NOTE) {
      add_note(&s[STORE_NOTES], &entries[i]);
      continue;
    }
    l = find_or_add(&all, entries[i].service);
    switch (entries[i].kind) {
    case ENTRY_RESULT: add_result(&s[STORE_RESULTS], &entries[i]); __attribute__((fallthrough));
    case ENTRY_NO_DATA: l->run = &entries[i]; break;
    case ENTRY_TRANSITION: add_transition(&s[STORE_TRANSITIONS], &entries[i]); break;
    case ENTRY_SERVICE: l->service = &entries[i]; break;
    case ENTRY_NOTE: break;
    }
  }
  if (oldest_us) {
    pgarray_add_stamp(&s[STORE_REWIND].columns[0], oldest_us);
    s[STORE_REWIND].rows = 1;
  }
  HASH_ITER(hh, all, l, next) {
    if (l->service)
      add_service(&s[STORE_SERVICES], l->service);
    if (l->run && l->run->kind == ENTRY_RESULT)
      add_latest(&s[STORE_LATEST], l->run);
    else if (l->run)
      add_no_data(&s[STORE_NO_DATA], l->run);
    HASH_DEL(all, l);
    free(l);
  }
}

void store_batch_done(struct store_batch *b)
{
  for (size_t i = 0; i < STORE_STATEMENTS; i++)
    for (size_t k = 0; k < b->statements[i].column_count; k++)
      pgarray_done(&b->statements[i].columns[k]);
}
