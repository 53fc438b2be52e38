#include "postgres.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/db.h"

static char bin[256];

static void become_postgres(void)
{
  const struct passwd *user = geteuid() == 0 ? getpwnam("postgres") : NULL;
  if (user && (setgroups(0, NULL) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
    _exit(126);
}

/* Forks; the child, as the user postgres, with its output in a file, becomes the program. */
static pid_t start_as_postgres(const char *log, char *const argv[])
{
  pid_t pid = fork();
  if (pid)
    return pid;
  become_postgres();
  prctl(PR_SET_PDEATHSIG, SIGQUIT); /* also when the test is aborted */
  int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(fd, 1);
  dup2(fd, 2);
  execvp(argv[0], argv);
  _exit(127);
}

static int wait_for(pid_t pid)
{
  int status = -1;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

int run_program(char *const argv[])
{
  pid_t pid = fork();
  if (pid == 0) {
    execvp(argv[0], argv);
    _exit(127);
  }
  return wait_for(pid);
}

static void find_programs(void)
{
  glob_t found;
  cr_assert_eq(glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found), 0, "Debian's package postgresql is needed");
  snprintf(bin, sizeof bin, "%s", found.gl_pathv[found.gl_pathc - 1]);
  *strrchr(bin, '/') = '\0';
  globfree(&found);
}

void postgres_start(struct postgres *p)
{
  char program[300], data[96], socket[96], log[96];
  snprintf(program, sizeof program, "%s/postgres", bin);
  snprintf(data, sizeof data, "%s/pg", p->dir);
  snprintf(socket, sizeof socket, "unix_socket_directories=%s", p->dir);
  snprintf(log, sizeof log, "%s/log", p->dir);
  char *argv[] = {
    program,          (char[]){ "-D" },        data, (char[]){ "-c" }, socket, (char[]){ "-c" }, (char[]){ "listen_addresses=" },
    (char[]){ "-c" }, (char[]){ "fsync=off" }, NULL
  };
  p->pid = start_as_postgres(log, argv);
  char ready[300], host[80];
  snprintf(ready, sizeof ready, "%s/pg_isready", bin);
  snprintf(host, sizeof host, "%s", p->dir);
  char *ask[] = { ready, (char[]){ "-q" }, (char[]){ "-h" }, host, NULL };
  while (run_program(ask) != 0)
    cr_assert_eq(waitpid(p->pid, NULL, WNOHANG), 0, "Postgres has ended; see %s", log);
}

void postgres_make(struct postgres *p)
{
  char program[300], data[96], log[96];
  struct err e;
  *p = (struct postgres){ .dir = "/tmp/signalbox-pg-XXXXXX" };
  find_programs();
  cr_assert(mkdtemp(p->dir));
  const struct passwd *user = geteuid() == 0 ? getpwnam("postgres") : NULL;
  cr_assert(!user || chown(p->dir, user->pw_uid, user->pw_gid) == 0);
  snprintf(program, sizeof program, "%s/initdb", bin);
  snprintf(data, sizeof data, "%s/pg", p->dir);
  snprintf(log, sizeof log, "%s/log", p->dir);
  char *argv[] = { program,
                   (char[]){ "-D" },
                   data,
                   (char[]){ "-U" },
                   (char[]){ "postgres" },
                   (char[]){ "-A" },
                   (char[]){ "trust" },
                   (char[]){ "--no-sync" },
                   (char[]){ "--locale=C.UTF-8" },
                   NULL };
  cr_assert_eq(wait_for(start_as_postgres(log, argv)), 0, "initdb failed; see %s", log);
  postgres_start(p);
  snprintf(p->conninfo, sizeof p->conninfo, "host=%s user=postgres dbname=postgres", p->dir);
  struct db *db = db_open(p->conninfo);
  cr_assert(db_execute(db, "CREATE ROLE signalbox LOGIN", 10000, &e), "%s", e.text);
  cr_assert(db_execute(db, "CREATE DATABASE signalbox OWNER signalbox", 10000, &e), "%s", e.text);
  db_close(db);
  snprintf(p->conninfo, sizeof p->conninfo, "host=%s user=signalbox dbname=signalbox", p->dir);
}

void postgres_stop(struct postgres *p)
{
  if (!p->pid)
    return;
  kill(p->pid, SIGCONT);
  kill(p->pid, SIGQUIT);
  waitpid(p->pid, NULL, 0);
  p->pid = 0;
}

void postgres_remove(struct postgres *p)
{
  postgres_stop(p);
  char *argv[] = { (char[]){ "rm" }, (char[]){ "-rf" }, p->dir, NULL };
  run_program(argv);
}
