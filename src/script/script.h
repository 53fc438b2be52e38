/* A script file, built: its VM, the services it declared, and their functions. No loop is turned here and nothing outside is touched
 * while a file is read; what its functions do is a run (run.h).
 * Counted: whoever built it holds it, and so does every run; the last to let go releases it. */
#pragma once

#include <jansson.h>
#include <uthash.h>

#include "base/err.h"
#include "core/item.h"
#include "core/limit.h"
#include "script/op.h"
#include "script/vm.h"

struct declaration;

/** One service of the file. The functions are references into the VM's registry. */
struct script_service {
  struct declaration *declaration;
  struct limit *limits;
  size_t limit_count;
  int probe, judge; /* judge: LUA_NOREF when limits decide */
  int examples;     /* a table, LUA_NOREF when there are none */
  int table;        /* as declared: deeds are found in it */
  int line;         /* where */
  UT_hash_handle hh;
};

/** A preflight or a channel of the file. */
struct script_item {
  json_t *declaration;
  int table; /* as declared, its functions in it */
  int line;  /* where */
  UT_hash_handle hh;
};

/** What a deed is done on: any item of the file. */
struct script_target {
  const char *name;
  int table;
};

/** CPU time that the runs of a file use together, in ticks of the watchdog. */
struct script_share {
  int64_t second;     /* that they are counted in, of the monotonic clock */
  unsigned ticks;     /* used in it */
  int64_t overrun_ms; /* when a run last used up its budget; 0: never */
};

/** What lua_getextraspace of each of the VM's threads points to. */
struct script_context {
  struct script *script;
  struct run *run; /* NULL: the file is being read */
};

struct script {
  struct vm vm;
  struct script_env *env;
  struct script_context context;         /* of the main thread */
  int globals_before;                    /* which globals there were before the file was read, a reference */
  char *file;                            /* its name below checks.d, for messages */
  struct script_service *services;       /* by name, in the order of declaration */
  struct script_item *items[ITEM_KINDS]; /* the same, of the other kinds */
  struct script_share share;
  unsigned users;
};

/** Builds the VM, opens the modules and reads the file, within the CPU and memory budget. settings: an object or NULL, seen as the global `settings`.
 * NULL with the file's fault in *e: "disk.lua:7: ..." . */
struct script *script_load(struct script_env *env, void (*open_modules)(lua_State *), const char *file, const char *source,
                           const json_t *settings, struct err *e) MUST_CHECK;

/** Evaluates settings.lua: the table it returns, as JSON to be released; NULL with its fault. It sees `env "NAME"`, the process's
 * environment, and no modules. */
json_t *script_read_settings(struct script_env *env, const char *source, struct err *e) MUST_CHECK;

void script_hold(struct script *s);
/** NULL is nothing. */
void script_let_go(struct script *s);

/** The service of that name, NULL when the file declares none. */
struct script_service *script_find(struct script *s, const char *service);
/** An item of any kind by its name; false when the file declares none. */
bool script_find_target(struct script *s, enum item_kind kind, const char *name, struct script_target *target) MUST_CHECK;
/** An array of the declarations of a kind, to be released. */
json_t *script_declarations(const struct script *s, enum item_kind kind);

/** Everybody has been told what it declares: releases what was only good for that, several KiB a service. What can be run stays. */
void script_slim(struct script *s);

/** Does a function judge it, instead of limits? */
bool script_has_judge(const struct script_service *service);

/** The service's i-th example (from 0): its measures, to be released, and the status that is expected (STATUS_NO_DATA: "no-data"). 1: there it is;
 * 0: there are no more; -1: it is malformed, with a sentence. */
int script_example(struct script *s, const struct script_service *service, size_t i, json_t **measures, enum status *expected,
                   struct err *e);

/** The names of the globals that the file itself made (an array, to be released). */
json_t *script_globals(const struct script *s);

/** The context of a thread of a VM. */
struct script_context *script_context_of(lua_State *L);
