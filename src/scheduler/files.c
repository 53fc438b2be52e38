#include "scheduler/files.h"

#include <dirent.h>
#include <errno.h>
#include <uthash.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/message.h"
#include "core/policy.h"
#include "scheduler/alerts.h"
#include "scheduler/catalogue.h"
#include "scheduler/gatekeeper.h"
#include "scheduler/items.h"
#include "scheduler/journal.h"
#include "scheduler/network.h"
#include "scheduler/pool.h"
#include "scheduler/script_source.h"
#include "scheduler/store.h"
#include "scheduler/watch.h"

struct file {
  char *name;
  struct script_source *in_use; /* NULL: never good */
  struct script_source *trial;  /* with the pool now */
  char *tried;                  /* version tried last */
  char *error;                  /* of that one, NULL: it is in use */
  char *kept;                   /* text of the last good version before the scheduler's start, NULL: none, or one is in use */
  bool trial_is_kept;           /* that is what is being tried */
  bool present;
  UT_hash_handle hh;
};

struct waiter {
  struct waiter *next;
  void (*fn)(void *arg);
  void *arg;
};

/* Where scripts lie, below the directory of checks; "" is that itself. */
static const char *const folders[] = { "", MESSAGE_CHANNELS_FOLDER };

struct files {
  struct scheduler *scheduler;
  char *dir;
  struct file *files;  /* settings.lua too */
  json_t *settings;    /* what settings.lua returned last, NULL: nothing */
  double noted_weight; /* that Postgres was last told; -1: none yet */
  size_t trials;       /* answers that are missing */
  bool again;          /* asked for while a scan was going on */
  bool complete;       /* the first scan is through */
  struct waiter *waiters;
  struct watch *watch;
};

static void scan(struct files *f);
static void scan_scripts(struct files *f);

static void free_file(struct files *f, struct file *file)
{
  HASH_DEL(f->files, file);
  script_source_free(file->in_use);
  script_source_free(file->trial);
  free(file->kept);
  free(file->name);
  free(file->tried);
  free(file->error);
  free(file);
}

static struct file *find(const struct files *f, const char *name)
{
  struct file *file;
  HASH_FIND_STR(f->files, name, file);
  return file;
}

static struct file *find_or_add(struct files *f, const char *name)
{
  struct file *file = find(f, name);
  if (!file) {
    file = MEM_NEW(struct file);
    file->name = mem_copy_text(name);
    HASH_ADD_KEYPTR(hh, f->files, file->name, strlen(file->name), file);
  }
  return file;
}

static char *path_of(const struct files *f, const char *name)
{
  return mem_printf("%s%s%s", f->dir, *name ? "/" : "", name);
}

static void refuse(struct file *file, const char *why)
{
  free(file->error);
  file->error = mem_copy_text(why);
  log_warn("file_refused", "file=%s why=%s instead=%s", file->name, LOG_QUOTE(why), file->in_use ? "last_good_version" : "not_used");
}

static void begin_trial(struct files *f, struct file *file, const char *source, json_t *settings)
{
  file->trial = script_source_new(file->name, source, settings);
  f->trials++;
  pool_try(f->scheduler->pool, file->trial);
}

/* A file that was broken while the scheduler was not there goes on in its last good version too. */
static void try_kept(struct files *f, struct file *file)
{
  char *kept = file->kept;
  if (!kept || file->trial)
    return;
  file->kept = NULL;
  file->trial_is_kept = true;
  begin_trial(f, file, kept, f->settings);
  free(kept);
}

/* Reads a file and has it tried if this version was not tried before, or if it was refused (what stood in its way may be gone). */
static void try_file(struct files *f, const char *name, json_t *settings)
{
  struct file *file = find_or_add(f, name);
  char *path = path_of(f, name);
  struct err e;
  char *source = file_read(path, MESSAGE_SOURCE_CAP, NULL, &e);
  free(path);
  file->present = true;
  struct script_source *seen = source ? script_source_new(name, source, settings) : NULL;
  if (!seen) {
    refuse(file, e.text);
    if (!file->in_use)
      try_kept(f, file);
  } else if (file->error || !file->tried || strcmp(file->tried, seen->version) != 0) {
    free(file->tried);
    file->tried = mem_copy_text(seen->version);
    begin_trial(f, file, source, settings);
  }
  script_source_free(seen);
  free(source);
}

/* Does the file lie in this folder itself? */
static bool is_in(const char *folder, const char *file)
{
  size_t n = strlen(folder);
  return n ? strncmp(file, folder, n) == 0 && file[n] == '/' : !strchr(file, '/');
}

/* Those that were not seen in this scan are gone. */
static void drop_absent(struct files *f)
{
  struct file *file, *next;
  HASH_ITER(hh, f->files, file, next) {
    if (file->present)
      continue;
    log_info("file_removed", "file=%s", file->name);
    catalogue_retire_file(f->scheduler, file->name);
    items_drop_file(f->scheduler, file->name);
    pool_forget(f->scheduler->pool, file->name);
    journal_keep_state(f->scheduler->journal, "file", file->name, NULL);
    free_file(f, file);
  }
}

static void finish_scan(struct files *f)
{
  drop_absent(f);
  if (!f->complete)
    catalogue_retire_leftovers(f->scheduler);
  f->complete = true;
  gatekeeper_kick(f->scheduler->gatekeeper);
  if (f->again) {
    f->again = false;
    scan(f);
    return;
  }
  struct waiter *waiters = f->waiters;
  f->waiters = NULL;
  while (waiters) {
    struct waiter *w = waiters;
    waiters = w->next;
    w->fn(w->arg);
    free(w);
  }
}

/* The scripts of one directory. A directory that cannot be read is not an empty one: its files stay as they were. */
static void scan_dir(struct files *f, const char *folder)
{
  char *path = path_of(f, folder);
  DIR *dir = opendir(path);
  bool optional = *folder && errno == ENOENT;
  if (!dir && !optional)
    log_error("checks_unreadable", "dir=%s why=%s instead=last_good_versions", path, strerror(errno));
  free(path);
  for (struct dirent *entry; dir && (entry = readdir(dir));) {
    if (!watch_is_script(entry->d_name) || strcmp(entry->d_name, MESSAGE_SETTINGS_FILE) == 0)
      continue;
    char *name = mem_printf("%s%s%s", folder, *folder ? "/" : "", entry->d_name);
    try_file(f, name, f->settings);
    free(name);
  }
  if (dir)
    closedir(dir);
  for (struct file *file = f->files; !dir && !optional && file; file = file->hh.next)
    if (is_in(folder, file->name))
      file->present = true;
}

static void scan_scripts(struct files *f)
{
  f->trials++; /* held until all are on their way */
  for (size_t i = 0; i < ARRAY_LEN(folders); i++)
    scan_dir(f, folders[i]);
  if (--f->trials == 0)
    finish_scan(f);
}

static bool settings_exist(const struct files *f)
{
  char *path = path_of(f, MESSAGE_SETTINGS_FILE);
  FILE *stream = fopen(path, "re");
  free(path);
  if (stream)
    fclose(stream);
  return stream != NULL;
}

/* What is not the scheduler's own affair goes to Postgres, for the API; when it changes, and once at the start. */
static void use_policy(struct files *f, const struct policy *p)
{
  struct scheduler *s = f->scheduler;
  s->flap = p->flap;
  network_set_references(s->network, p->references);
  gatekeeper_set_latched(s->gatekeeper, p->gate_latched);
  journal_set_cap(s->journal, p->journal_results);
  store_set_retention(s->store, p->raw_keep_ms, p->hourly_keep_ms);
  alerts_use_settings(s, f->settings);
  if (f->noted_weight == p->degraded_weight)
    return;
  f->noted_weight = p->degraded_weight;
  json_t *json = json_pack("{s:{s:f}}", "uptime", "degraded_weight", p->degraded_weight);
  char *body = json_line(json);
  journal_add(
      s->journal,
      &(struct entry){ .kind = ENTRY_NOTE, .service = "", .note = "settings", .body = body, .latency_ms = -1, .at_us = clock_wall_us() });
  free(body);
  json_decref(json);
}

/* settings.lua first: what it returns is part of every other file's version. */
static void scan(struct files *f)
{
  for (struct file *file = f->files; file; file = file->hh.next)
    file->present = false;
  if (settings_exist(f)) {
    try_file(f, MESSAGE_SETTINGS_FILE, NULL);
  } else {
    struct policy policy = policy_default();
    if (f->settings)
      journal_keep_state(f->scheduler->journal, "file", MESSAGE_SETTINGS_FILE, NULL);
    json_decref(f->settings);
    f->settings = NULL;
    use_policy(f, &policy);
  }
  if (!f->trials)
    scan_scripts(f);
}

/* What a restart needs of a file that is good. */
static void keep(struct files *f, const char *name, const char *key, json_t *value)
{
  json_t *json = json_object();
  json_object_set(json, key, value);
  char *line = json_line(json);
  journal_keep_state(f->scheduler->journal, "file", name, line);
  free(line);
  json_decref(json);
}

static void take_settings(struct files *f, struct file *file, const struct message_loaded *m)
{
  struct policy policy;
  struct err e;
  if (m->error ? !err_set(&e, "%s", m->error) : !(policy_read(m->settings, &policy, &e) && alerts_check_settings(m->settings, &e))) {
    refuse(file, e.text);
  } else {
    json_decref(f->settings);
    f->settings = json_incref((json_t *)(uintptr_t)m->settings);
    free(file->error);
    file->error = NULL;
    use_policy(f, &policy);
    keep(f, file->name, "settings", f->settings);
  }
  script_source_free(file->trial);
  file->trial = NULL;
}

/* A version that stands in for a broken one is not what the file says now: its error stays. */
static void take_good(struct files *f, struct file *file, bool stands_in)
{
  free(file->kept);
  file->kept = NULL;
  if (stands_in)
    return;
  free(file->error);
  file->error = NULL;
  json_t *source = json_string_from(file->in_use->source, strlen(file->in_use->source));
  keep(f, file->name, "source", source);
  json_decref(source);
}

static void take_script(struct files *f, struct file *file, const struct message_loaded *m)
{
  struct err e;
  struct script_source *was = file->in_use;
  bool stands_in = file->trial_is_kept;
  file->in_use = file->trial; /* the catalogue may start runs */
  file->trial_is_kept = false;
  bool ok = m->error ? err_set(&e, "%s", m->error)
                     : items_check(f->scheduler, file->name, m->items, &e) &&
                           catalogue_declare(f->scheduler, file->name, m->items[ITEM_SERVICE], &e);
  if (!ok) {
    file->in_use = was;
    script_source_free(file->trial);
    if (!stands_in)
      refuse(file, e.text);
  } else {
    items_take(f->scheduler, file->name, m->items);
    script_source_free(was);
    take_good(f, file, stands_in);
    log_info("file_loaded", "file=%s version=%s services=%zu preflights=%zu channels=%zu", file->name, m->version,
             json_array_size(m->items[ITEM_SERVICE]), json_array_size(m->items[ITEM_PREFLIGHT]), json_array_size(m->items[ITEM_CHANNEL]));
  }
  file->trial = NULL;
  if (!file->in_use)
    try_kept(f, file);
}

void files_loaded(void *arg, const struct message_loaded *m)
{
  struct files *f = arg;
  struct file *file = find(f, m->file);
  if (!file || !file->trial)
    return;
  bool is_settings = strcmp(m->file, MESSAGE_SETTINGS_FILE) == 0;
  if (is_settings)
    take_settings(f, file, m);
  else
    take_script(f, file, m);
  if (--f->trials)
    return;
  if (is_settings)
    scan_scripts(f);
  else
    finish_scan(f);
}

static void restore(void *arg, const char *name, const char *text)
{
  struct files *f = arg;
  struct err e;
  json_t *json = json_read(text, strlen(text), &e);
  if (strcmp(name, MESSAGE_SETTINGS_FILE) == 0)
    f->settings = json_incref(json_object_get(json, "settings"));
  else
    find_or_add(f, name)->kept = mem_copy_text(json_text_of(json, "source", NULL));
  json_decref(json);
}

static void on_change(void *arg)
{
  files_rescan(arg, NULL, NULL);
}

struct files *files_new(struct scheduler *s, const char *dir, struct err *e)
{
  struct files *f = MEM_NEW(struct files);
  char *paths[ARRAY_LEN(folders)];
  f->scheduler = s;
  f->noted_weight = -1;
  f->dir = mem_copy_text(dir);
  DIR *there = opendir(dir);
  bool ok =
      there ? journal_each_state(s->journal, "file", restore, f, e) : err_set(e, "the directory of checks %s: %s", dir, strerror(errno));
  if (there)
    closedir(there);
  if (!ok) {
    files_free(f);
    return NULL;
  }
  struct policy policy;
  if (f->settings && policy_read(f->settings, &policy, e))
    use_policy(f, &policy);
  for (size_t i = 0; i < ARRAY_LEN(folders); i++)
    paths[i] = path_of(f, folders[i]);
  f->watch = watch_new(s->loop, (const char *const *)paths, ARRAY_LEN(paths), on_change, f);
  for (size_t i = 0; i < ARRAY_LEN(folders); i++)
    free(paths[i]);
  return f;
}

void files_stop(struct files *f)
{
  watch_free(f->watch);
  f->watch = NULL;
}

static void drop_waiters(struct files *f)
{
  while (f->waiters) {
    struct waiter *w = f->waiters;
    f->waiters = w->next;
    free(w);
  }
}

void files_free(struct files *f)
{
  if (!f)
    return;
  struct file *file, *next;
  HASH_ITER(hh, f->files, file, next)
    free_file(f, file);
  drop_waiters(f);
  json_decref(f->settings);
  free(f->dir);
  free(f);
}

void files_rescan(struct files *f, void (*fn)(void *arg), void *arg)
{
  if (fn) {
    struct waiter *w = MEM_NEW(struct waiter);
    *w = (struct waiter){ .next = f->waiters, .fn = fn, .arg = arg };
    f->waiters = w;
  }
  if (f->trials)
    f->again = true;
  else
    scan(f);
}

bool files_are_read(const struct files *f)
{
  return f->complete;
}

bool files_is_present(const struct files *f, const char *file)
{
  const struct file *found = find(f, file);
  return found && found->present;
}

const struct script_source *files_in_use(const struct files *f, const char *file)
{
  const struct file *found = find(f, file);
  return found ? found->in_use : NULL;
}

json_t *files_broken(const struct files *f)
{
  json_t *list = json_array();
  for (const struct file *file = f->files; file; file = file->hh.next) {
    if (!file->error)
      continue;
    json_t *json = json_object();
    json_set_text(json, "file", file->name);
    json_set_text(json, "error", file->error);
    json_array_append_new(list, json);
  }
  return list;
}

const json_t *files_settings(const struct files *f)
{
  return f->settings;
}

json_t *files_present(const struct files *f)
{
  json_t *list = json_array();
  for (const struct file *file = f->files; file; file = file->hh.next) {
    json_t *json = json_object(), *services = json_array();
    json_set_text(json, "file", file->name);
    json_set_text(json, "version", file->in_use ? file->in_use->version : NULL);
    json_set_text(json, "error", file->error);
    for (const struct service *service = f->scheduler->services; service; service = service->hh.next)
      if (service->file && strcmp(service->file, file->name) == 0)
        json_array_append_new(services, json_string(service->name));
    json_object_set_new(json, "services", services);
    items_list_file(f->scheduler, file->name, json);
    json_array_append_new(list, json);
  }
  return list;
}
