/* SHA-256 of files of any size, a slice at a time, so that other questions to the same file system get their turn in between and none of them takes
 * long. What was read once is not read again while the file is the same: same device, inode, size, and times of its last change. Remembers the last
 * MOUNT_DIGEST_FILES files, and goes on with as many that were begun. It may block as file systems do: called in a mount's helper process
 * (mount_helper.c), whose life its memory has. */
#pragma once

#include <jansson.h>

#include "base/err.h"

#define MOUNT_DIGEST_FILES 64
/** A slice is over after so long, milliseconds; unless the file system takes longer for one read. */
#define MOUNT_DIGEST_SLICE_MS 200

/** Puts "size" and "read" (bytes) into answer, and, when all of it was read, "sum" (hex). To be called again while there is no sum. */
bool mount_digest(const char *path, json_t *answer, struct err *e) MUST_CHECK;
