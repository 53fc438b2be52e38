/* The directory of checks and the folder channels/ in it: which files there are, what they say, and which version of each is in use.
 * A new version is tried by a runner first and only then taken; a broken one leaves its last good version running. Changes are seen by
 * inotify. Everything here is small and local, so it is read at once. Lives as long as the scheduler. */
#pragma once

#include "base/err.h"
#include "scheduler/scheduler.h"

struct files;
struct message_loaded;
struct script_source;

/** Begins to watch the directory; the first files_rescan reads it. */
struct files *files_new(struct scheduler *s, const char *dir, struct err *e) MUST_CHECK;
/** Stops watching; the loop turns once more before files_free. */
void files_stop(struct files *f);
void files_free(struct files *f);

/** Reads the directory again; fn(arg) is called when every changed file was taken or refused (at once when nothing changed). */
void files_rescan(struct files *f, void (*fn)(void *arg), void *arg);

/** The answer to pool_try. */
void files_loaded(void *files, const struct message_loaded *m);
/** Has every file been taken or refused once since the start? */
bool files_are_read(const struct files *f);
/** Is there (still) a file of that name? */
bool files_is_present(const struct files *f, const char *file);
/** The script that runs of this file's services use; NULL when none was ever good. */
const struct script_source *files_in_use(const struct files *f, const char *file);

/** What settings.lua returned, borrowed; NULL: nothing. */
const json_t *files_settings(const struct files *f);
/** An array of {"file","error"} of those whose newest version was refused: an earlier one is in use, or none. To be released. */
json_t *files_broken(const struct files *f);
/** An array of {"file","version","error","services"} for status. To be released. */
json_t *files_present(const struct files *f);
