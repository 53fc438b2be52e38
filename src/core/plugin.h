/* What a monitoring plugin prints, taken apart (Monitoring Plugins Development Guidelines, "Plugin Output for Nagios" and "Performance data"):
 *
 *   DISK WARNING - 12% left | /=88%;85;95;0;100        first line: text | performance data
 *   / is nearly full                                   then lines of long text
 *   /srv too | /srv=86%;85;95                          up to a bar, behind which everything is performance data
 *
 * Pure. Plugins are written by anybody: what cannot be read as performance data is passed over, never guessed at. */
#pragma once

#include "base/base.h"

struct plugin_output {
  char *text;      /* the first line up to its bar, without blanks around it */
  char *long_text; /* the lines after it, without blanks around them; "" when there are none */
  char *perfdata;  /* all performance data, to be read with perfdatum_next */
};

/** Takes len bytes apart. The three texts are the struct's until plugin_output_done. */
void plugin_output_read(const char *bytes, size_t len, struct plugin_output *o);
void plugin_output_done(struct plugin_output *o);

/** One item: 'label'=value[unit];[warn];[crit];[min];[max]. Ranges and bounds stay as written ("10:20", "@~:5"), "" where there are none. */
struct perfdatum {
  char label[128];
  double value;
  char unit[16]; /* "s", "ms", "%", "B", "KB", "c" ...; "" when it has none */
  char warn[32], crit[32], min[32], max[32];
};

/** The next item that can be read at *at, which moves on; false when there are no more. A value of U (unknown) is none. */
bool perfdatum_next(const char **at, struct perfdatum *d);
