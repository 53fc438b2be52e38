/* Where the instance is that a command is about: everything that ./dev run keeps lies below $SIGNALBOX_STATE, or below var/ of the folder one is in. What
 * is given here are defaults of options; texts live as long as the process. */
#pragma once

/** The scheduler's control socket, the users file, the directory of tokens. */
const char *place_control(void);
const char *place_users(void);
const char *place_tokens(void);

/** The private cluster, as libpq understands it; NULL where there is none. */
const char *place_database(void);
