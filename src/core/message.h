/* What scheduler and runner say to each other: one JSON object a line, both ways over a socket pair that is the runner's
 * standard input (scripts and their children cannot reach it).
 *
 * scheduler -> runner
 *   {"op":"load","file","version","source","settings"}   build the script's VM (the source travels: a file may change on disk meanwhile)
 *   {"op":"drop","file"}                                  forget it
 *   {"op":"run","id","file","service","kind","what","argument","timeout_ms","due_us"}
 *       what: "probe", or another of the functions that an item of that kind declares (a deed): "diagnose", "restart", "logs", "action:<name>" of a
 *       service, "run" of a preflight, "send" of a channel; "trace": a probe that counts for nothing, whose I/O operations are the answer.
 *       "service" is the item's name. Without "kind" it is a service, without "what" its probe: nearly all are that, and each member costs.
 * runner -> scheduler
 *   {"op":"loaded","file","version","error","services":[declaration...],"preflights":[...],"channels":[...],"settings"}
 *   {"op":"result","id","status","latency_ms","error","measures","late_us","answer","reached","unreached"}
 *       of a deed: healthy, it returned, "answer" says what; down, an expected failure; no data, a bug or a spent budget
 *   {"op":"progress","id","text"}
 *       of a deed that is not done yet: what it is at
 *
 * Pure: text in, structs out. */
#pragma once

#include <jansson.h>

#include "base/err.h"
#include "core/item.h"
#include "core/status.h"

/** Largest answer of a deed, bytes of JSON. */
#define MESSAGE_ANSWER_CAP (256 * 1024)
/** Longest line either side accepts, bytes. */
#define MESSAGE_LINE_CAP (1024 * 1024)
/** Largest source of a script, bytes (compiling is quadratic in the worst case). */
#define MESSAGE_SOURCE_CAP (32 * 1024)
/** The file that is evaluated first and whose table every script sees as `settings`. */
#define MESSAGE_SETTINGS_FILE "settings.lua"
/** What a run does that is no deed. */
#define MESSAGE_PROBE "probe"
/** The folder below the checks' where files of channels lie. */
#define MESSAGE_CHANNELS_FOLDER "channels"

/** A script to build. Texts are borrowed. */
struct message_load {
  const char *file, *version, *source;
  const json_t *settings; /* NULL: an empty table */
};

/** What became of it. */
struct message_loaded {
  const char *file, *version;
  const char *error;               /* NULL: it is running; else the file's fault, with its line */
  const json_t *items[ITEM_KINDS]; /* arrays of declarations; NULL with an error */
  const json_t *settings;          /* what settings.lua returned; NULL for every other file */
};

/** One run to do. */
struct message_run {
  uint64_t id;
  enum item_kind kind;
  const char *file, *service;
  const char *what;
  const json_t *argument; /* of a deed, NULL: none */
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
  const json_t *answer;   /* of a deed, or NULL */
  bool reached;           /* another machine has answered it */
  bool unreached;         /* one has not, or not as expected */
};

/* Lines without their newline, to free(). */
char *message_write_load(const struct message_load *m);
char *message_write_drop(const char *file);
char *message_write_run(const struct message_run *m);
char *message_write_loaded(const struct message_loaded *m);
char *message_write_result(const struct message_result *m);
char *message_write_progress(uint64_t id, const char *text);

/* Texts and JSON in the structs are borrowed from the object that was read. */
bool message_read_load(const json_t *json, struct message_load *m, struct err *e) MUST_CHECK;
bool message_read_run(const json_t *json, struct message_run *m, struct err *e) MUST_CHECK;
bool message_read_loaded(const json_t *json, struct message_loaded *m, struct err *e) MUST_CHECK;
bool message_read_result(const json_t *json, struct message_result *m, struct err *e) MUST_CHECK;
