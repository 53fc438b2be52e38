/* What scheduler and runner say to each other: one JSON object a line, both ways over a socket pair that is the runner's
 * standard input (scripts and their children cannot reach it).
 *
 * scheduler -> runner
 *   {"op":"load","file","version","source","settings"}   build the script's VM (the source travels: a file may change on disk meanwhile)
 *   {"op":"drop","file"}                                  forget it
 *   {"op":"run","id","file","service","timeout_ms","due_us"}
 * runner -> scheduler
 *   {"op":"loaded","file","version","error","services":[declaration...],"settings"}
 *   {"op":"result","id","status","latency_ms","error","measures","late_us"}
 *
 * Pure: text in, structs out. */
#pragma once

#include <jansson.h>

#include "base/err.h"
#include "core/status.h"

/** Longest line either side accepts, bytes. */
#define MESSAGE_LINE_CAP (1024 * 1024)
/** Largest source of a script, bytes (compiling is quadratic in the worst case). */
#define MESSAGE_SOURCE_CAP (32 * 1024)
/** The file that is evaluated first and whose table every script sees as `settings`. */
#define MESSAGE_SETTINGS_FILE "settings.lua"

/** A script to build. Texts are borrowed. */
struct message_load {
  const char *file, *version, *source;
  const json_t *settings; /* NULL: an empty table */
};

/** What became of it. */
struct message_loaded {
  const char *file, *version;
  const char *error;      /* NULL: it is running; else the file's fault, with its line */
  const json_t *services; /* array of declarations; NULL with an error */
  const json_t *settings; /* what settings.lua returned; NULL for every other file */
};

/** One run to do. */
struct message_run {
  uint64_t id;
  const char *file, *service;
  int64_t timeout_ms;
  int64_t due_us; /* monotonic: when it should have begun */
};

/** The outcome of one run. */
struct message_result {
  uint64_t id;
  enum status status;     /* STATUS_NO_DATA: the monitor failed, not the service; error says how */
  int64_t latency_ms;     /* -1: there is none */
  const char *error;      /* why it is not healthy, or NULL */
  const json_t *measures; /* flat object, or NULL */
  int64_t late_us;        /* how long after due_us it began */
};

/* Lines without their newline, to free(). */
char *message_write_load(const struct message_load *m);
char *message_write_drop(const char *file);
char *message_write_run(const struct message_run *m);
char *message_write_loaded(const struct message_loaded *m);
char *message_write_result(const struct message_result *m);

/* Texts and JSON in the structs are borrowed from the object that was read. */
bool message_read_load(const json_t *json, struct message_load *m, struct err *e) MUST_CHECK;
bool message_read_run(const json_t *json, struct message_run *m, struct err *e) MUST_CHECK;
bool message_read_loaded(const json_t *json, struct message_loaded *m, struct err *e) MUST_CHECK;
bool message_read_result(const json_t *json, struct message_result *m, struct err *e) MUST_CHECK;
