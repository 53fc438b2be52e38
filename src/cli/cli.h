/* The commands of signalbox(1): one file each, cmd_<name>.c. argv[0] is the command's own name; the return is the exit status. */
#pragma once

int cmd_backtest(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_restart(int argc, char **argv);
int cmd_diagnose(int argc, char **argv);
int cmd_act(int argc, char **argv);
int cmd_lift(int argc, char **argv);
int cmd_logs(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_migrate(int argc, char **argv);
int cmd_new(int argc, char **argv);
int cmd_override(int argc, char **argv);
int cmd_ready(int argc, char **argv);
int cmd_recheck(int argc, char **argv);
int cmd_reload(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_sync(int argc, char **argv);
int cmd_token(int argc, char **argv);
int cmd_user(int argc, char **argv);
