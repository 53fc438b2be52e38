/* Which services there are: declared by files, retired when their file goes, known by name over both. */
#pragma once

#include <jansson.h>

#include "base/err.h"
#include "scheduler/scheduler.h"

/** The service of that name, retired ones too; NULL. */
struct service *catalogue_find(const struct scheduler *s, const char *name);

/** The nearest service that this one depends on, directly or over others, and that is down now; NULL: none is. */
const struct service *catalogue_down_parent(const struct scheduler *s, const struct service *service);

/** The nearest of those for which is_it says so; NULL: there is none. */
const struct service *catalogue_parent(const struct scheduler *s, const struct service *service,
                                       bool (*is_it)(const struct service *parent));
/** Does it depend on that one, directly or over others? */
bool catalogue_depends_on(const struct scheduler *s, const struct service *service, const struct service *parent);

/** Brings back the services of the journal's kept states, all retired until a file declares them. */
bool catalogue_restore(struct scheduler *s, struct err *e) MUST_CHECK;

/** The file now declares exactly these services (an array of declarations): new ones are put on the schedule, changed ones updated with
 * their past kept, missing ones retired. Refused as a whole, nothing changed, when one is declared by another file already or depends on itself. */
bool catalogue_declare(struct scheduler *s, const char *file, const json_t *declarations, struct err *e) MUST_CHECK;

/** The file is gone: its services are retired. Their history stays. */
void catalogue_retire_file(struct scheduler *s, const char *file);

/** Services of the past that no file has declared after all files were read: their windows are closed. */
void catalogue_retire_leftovers(struct scheduler *s);

/** Releases all. */
void catalogue_free(struct scheduler *s);
