/* What a runner does: builds the scripts that it is sent and executes their runs. Lives as long as the process. */
#pragma once

#include "base/err.h"

struct jobs;
struct linepipe;
struct script_env;

/** Answers go out over `scheduler`. */
struct jobs *jobs_new(struct script_env *env);
void jobs_connect(struct jobs *j, struct linepipe *scheduler);
/** One line from the scheduler (core/message.h). A line that is not understood is logged and left. */
void jobs_line(struct jobs *j, const char *line, size_t len);
/** Ends every run without an answer and releases the scripts. */
void jobs_free(struct jobs *j);
