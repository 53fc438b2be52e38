/* What Prometheus is told (OpenMetrics 1.0, https://github.com/prometheus/OpenMetrics): every service now, and how well Signalbox itself works. */
#pragma once

#include "scheduler/scheduler.h"

/** The whole exposition, to free(). */
char *metrics_text(const struct scheduler *s);
