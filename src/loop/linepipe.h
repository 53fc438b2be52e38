/* Lines of text over a uv_stream (a pipe or a unix socket): whole lines in, whole lines out, with a cap on both.
 * The owner embeds nothing: it is opaque, lives until linepipe_close, and calls nobody afterwards. */
#pragma once

#include <uv.h>

#include "base/err.h"

struct linepipe;

/** One line without its newline, NUL-terminated; valid during the call, in which the pipe may be closed. */
typedef void (*linepipe_line_fn)(void *arg, char *line, size_t len);
/** The other side has gone or broke the rules (a line over the cap); why says which. The pipe still has to be closed by its owner. */
typedef void (*linepipe_end_fn)(void *arg, const struct err *why);

/** Takes over a stream that was accepted or opened by the caller and allocated with malloc (it is closed and freed with the pipe). */
struct linepipe *linepipe_new(uv_stream_t *stream, size_t line_cap, linepipe_line_fn on_line, linepipe_end_fn on_end, void *arg);
/** Opens a file descriptor (pipe or socket) as a stream of its own. Takes the descriptor, also when it fails. */
struct linepipe *linepipe_open(uv_loop_t *loop, int fd, size_t line_cap, linepipe_line_fn on_line, linepipe_end_fn on_end, void *arg,
                               struct err *e) MUST_CHECK;
/** Queues the line and a newline; lines sent within one round of the loop go out in one write. Takes the text (free()). */
void linepipe_send(struct linepipe *p, char *line);
/** Bytes queued and not yet written. */
size_t linepipe_backlog(const struct linepipe *p);
/** NULL is nothing. What was queued but not written is dropped. */
void linepipe_close(struct linepipe *p);
