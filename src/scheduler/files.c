#include "scheduler/files.h"

#include <dirent.h>
#include <errno.h>
#include <uthash.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/message.h"
#include "core/policy.h"
#include "scheduler/catalogue.h"
#include "scheduler/items.h"
#include "scheduler/journal.h"
#include "scheduler/pool.h"
#include "scheduler/store.h"

/** Several events of one saving are one change, milliseconds. */
#define SETTLE_MS 100

struct file {
  char *name;
  struct script_source *in_use; /* NULL: never good */
  struct script_source *trial;  /* with the pool now */
  char *tried;                  /* version tried last */
  char *error;                  /* of that one, NULL: it is in use */
  bool present;
  UT_hash_handle hh;
};

struct waiter {
  struct waiter *next;
  void (*fn)(void *arg);
  void *arg;
};

/* A directory that is looked into. */
struct folder {
  const char *name; /* below the directory of checks; "" is that itself */
  struct files *files;
  uv_fs_event_t event;
};

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
  struct folder folders[2]; /* itself, and channels/ */
  uv_timer_t settle_timer;
};

static void watch(struct folder *folder, const char *path);
static void scan(struct files *f);
static void scan_scripts(struct files *f);

static void free_source(struct script_source *source)
{
  if (!source)
    return;
  free(source->file);
  free(source->version);
  free(source->source);
  json_decref(source->settings);
  free(source);
}

static void free_file(struct files *f, struct file *file)
{
  HASH_DEL(f->files, file);
  free_source(file->in_use);
  free_source(file->trial);
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

/* A version is the text of the file and of the settings that it is read with. */
static char *version_of(const char *source, const json_t *settings)
{
  char hex[DIGEST_SIZE];
  char *shown = settings ? json_dumps(settings, JSON_COMPACT | JSON_SORT_KEYS) : mem_copy_text("");
  char *both = mem_printf("%s\n%s", shown, source);
  char *version = mem_copy_bytes(digest_sha256(both, strlen(both), hex), 16);
  free(shown);
  free(both);
  return version;
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
  char *version = source ? version_of(source, settings) : NULL;
  bool known = version && !file->error && file->tried && strcmp(file->tried, version) == 0;
  if (!source)
    refuse(file, e.text);
  if (!source || known) {
    free(source);
    free(version);
    return;
  }
  free(file->tried);
  file->tried = mem_copy_text(version);
  file->trial = MEM_NEW(struct script_source);
  *file->trial =
      (struct script_source){ .file = mem_copy_text(name), .version = version, .source = source, .settings = json_incref(settings) };
  f->trials++;
  pool_try(f->scheduler->pool, file->trial);
}

static bool is_script(const char *name)
{
  size_t n = strlen(name);
  return n > 4 && name[0] != '.' && strcmp(name + n - 4, ".lua") == 0;
}

/* Does the file lie in this folder itself? */
static bool is_in(const struct folder *folder, const char *file)
{
  size_t n = strlen(folder->name);
  return n ? strncmp(file, folder->name, n) == 0 && file[n] == '/' : !strchr(file, '/');
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
    free_file(f, file);
  }
}

static void finish_scan(struct files *f)
{
  drop_absent(f);
  if (!f->complete)
    catalogue_retire_leftovers(f->scheduler);
  f->complete = true;
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
static void scan_dir(struct files *f, struct folder *folder)
{
  char *path = path_of(f, folder->name);
  DIR *dir = opendir(path);
  bool optional = *folder->name && errno == ENOENT;
  if (!dir && !optional)
    log_error("checks_unreadable", "dir=%s why=%s instead=last_good_versions", path, strerror(errno));
  watch(folder, path);
  free(path);
  for (struct dirent *entry; dir && (entry = readdir(dir));) {
    if (!is_script(entry->d_name) || strcmp(entry->d_name, MESSAGE_SETTINGS_FILE) == 0)
      continue;
    char *name = mem_printf("%s%s%s", folder->name, *folder->name ? "/" : "", entry->d_name);
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
  for (size_t i = 0; i < ARRAY_LEN(f->folders); i++)
    scan_dir(f, &f->folders[i]);
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
  journal_set_cap(s->journal, p->journal_results);
  store_set_retention(s->store, p->raw_keep_ms, p->hourly_keep_ms);
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
    json_decref(f->settings);
    f->settings = NULL;
    use_policy(f, &policy);
  }
  if (!f->trials)
    scan_scripts(f);
}

static void take_settings(struct files *f, struct file *file, const struct message_loaded *m)
{
  struct policy policy;
  struct err e;
  if (m->error ? !err_set(&e, "%s", m->error) : !policy_read(m->settings, &policy, &e)) {
    refuse(file, e.text);
  } else {
    json_decref(f->settings);
    f->settings = json_incref((json_t *)(uintptr_t)m->settings);
    free(file->error);
    file->error = NULL;
    use_policy(f, &policy);
  }
  free_source(file->trial);
  file->trial = NULL;
}

static void take_script(struct files *f, struct file *file, const struct message_loaded *m)
{
  struct err e;
  struct script_source *was = file->in_use;
  file->in_use = file->trial; /* the catalogue may start runs */
  bool ok = m->error ? err_set(&e, "%s", m->error)
                     : items_check(f->scheduler, file->name, m->items, &e) &&
                           catalogue_declare(f->scheduler, file->name, m->items[ITEM_SERVICE], &e);
  if (!ok) {
    file->in_use = was;
    free_source(file->trial);
    refuse(file, e.text);
  } else {
    items_take(f->scheduler, file->name, m->items);
    free_source(was);
    free(file->error);
    file->error = NULL;
    log_info("file_loaded", "file=%s version=%s services=%zu preflights=%zu channels=%zu", file->name, m->version,
             json_array_size(m->items[ITEM_SERVICE]), json_array_size(m->items[ITEM_PREFLIGHT]), json_array_size(m->items[ITEM_CHANNEL]));
  }
  file->trial = NULL;
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

static void on_settled(uv_timer_t *timer)
{
  files_rescan(timer->data, NULL, NULL);
}

/* A folder that comes or goes is a change too. */
static void on_event(uv_fs_event_t *event, const char *name, int events, int status)
{
  struct files *f = ((struct folder *)event->data)->files;
  (void)events;
  bool is_ours = !name || is_script(name);
  for (size_t i = 1; name && i < ARRAY_LEN(f->folders); i++)
    is_ours = is_ours || strcmp(name, f->folders[i].name) == 0;
  if (status == 0 && is_ours)
    uv_timer_start(&f->settle_timer, on_settled, SETTLE_MS, 0);
}

/* Anew at each scan for what lies below: a folder of that name may be another one by now. */
static void watch(struct folder *folder, const char *path)
{
  if (!*folder->name)
    return;
  uv_fs_event_stop(&folder->event);
  uv_fs_event_start(&folder->event, on_event, path, 0); /* fails when there is none, which is no fault */
}

struct files *files_new(struct scheduler *s, const char *dir, struct err *e)
{
  struct files *f = MEM_NEW(struct files);
  f->scheduler = s;
  f->noted_weight = -1;
  f->dir = mem_copy_text(dir);
  f->folders[0].name = "";
  f->folders[1].name = "channels";
  for (size_t i = 0; i < ARRAY_LEN(f->folders); i++) {
    f->folders[i].files = f;
    uv_fs_event_init(s->loop, &f->folders[i].event);
    f->folders[i].event.data = &f->folders[i];
  }
  uv_timer_init(s->loop, &f->settle_timer);
  f->settle_timer.data = f;
  int failure = uv_fs_event_start(&f->folders[0].event, on_event, dir, 0);
  if (!failure)
    return f;
  err_set(e, "the directory of checks %s cannot be watched: %s", dir, uv_strerror(failure));
  files_stop(f);
  files_free(f);
  return NULL;
}

void files_stop(struct files *f)
{
  for (size_t i = 0; i < ARRAY_LEN(f->folders); i++)
    uv_close((uv_handle_t *)&f->folders[i].event, NULL);
  uv_close((uv_handle_t *)&f->settle_timer, NULL);
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
    json_array_append_new(list, json);
  }
  return list;
}
