/* Whole small files: read with a cap, written so that a reader sees the old or the new one and never half. */
#pragma once

#include "base/err.h"

/** The file's bytes with a NUL behind them, to free(); NULL when it cannot be read or has more than cap bytes. len may be NULL. */
char *file_read(const char *path, size_t cap, size_t *len, struct err *e) MUST_CHECK;

/** Writes a temporary file beside it, syncs, renames. mode as in chmod(2). */
bool file_replace(const char *path, const void *bytes, size_t len, unsigned mode, struct err *e) MUST_CHECK;

/** The directory that path lies in, to free(): "." for a bare name. */
char *file_directory_of(const char *path);
/** Makes a directory for its owner alone, unless it is there. Made by root it belongs to the owner of the directory around it. */
bool file_make_directory(const char *directory, struct err *e) MUST_CHECK;
/** What root has made in a directory passes to the directory's owner, so that the service that works there can read it. Nothing for anybody else. */
bool file_hand_over(const char *path, const char *directory, struct err *e) MUST_CHECK;
/** What was made, renamed and removed in the directory outlives a loss of power. */
bool file_sync_directory(const char *directory, struct err *e) MUST_CHECK;
