/* A private Postgres for a test: made in a temporary directory, on a unix socket only, gone with the test. As root it runs as the user postgres. */
#pragma once

#include <sys/types.h>

struct postgres {
  char dir[64];       /* holds the cluster, its socket and log; the test may put files of its own beside it */
  char conninfo[128]; /* as the owner of the database "signalbox" */
  pid_t pid;          /* of the running postmaster, 0: stopped */
};

/** initdb, start, roles, database. Aborts the test when it cannot. */
void postgres_make(struct postgres *p);
/** Starts it (again) and waits until it lets one in. */
void postgres_start(struct postgres *p);
/** Ends it at once, as a power cut would. */
void postgres_stop(struct postgres *p);
/** Stops it and removes the directory. */
void postgres_remove(struct postgres *p);

/** Runs a program and waits; its exit code. */
int run_program(char *const argv[]);
