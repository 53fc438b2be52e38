#include "base/users.h"

#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

/** Largest file, bytes. */
#define FILE_CAP ((size_t)1024 * 1024)

struct users {
  char *path;
  struct stat seen; /* of the file that was read; zero: none was */
  struct user *list;
  size_t count;
  char nobodys_setting[CRYPT_GENSALT_OUTPUT_SIZE]; /* what an unknown name's password is hashed with */
};

static const char *const role_names[] = { "nobody", "viewer", "admin" };

const char *role_name(enum role role)
{
  return role_names[role];
}

bool role_from_name(const char *name, enum role *role)
{
  for (size_t i = ROLE_VIEWER; i < ARRAY_LEN(role_names); i++) {
    if (strcmp(name, role_names[i]) == 0) {
      *role = (enum role)i;
      return true;
    }
  }
  return false;
}

/* ---- reading ---- */

struct users *users_new(const char *path)
{
  struct users *u = MEM_NEW(struct users);
  u->path = mem_copy_text(path);
  if (!crypt_gensalt_rn("$y$", 0, NULL, 0, u->nobodys_setting, sizeof u->nobodys_setting))
    snprintf(u->nobodys_setting, sizeof u->nobodys_setting, "$y$j9T$nobody");
  return u;
}

static void forget(struct users *u)
{
  for (size_t i = 0; i < u->count; i++) {
    free(u->list[i].name);
    free(u->list[i].hash);
  }
  free(u->list);
  u->list = NULL;
  u->count = 0;
}

void users_free(struct users *u)
{
  if (!u)
    return;
  forget(u);
  free(u->path);
  free(u);
}

/* Takes `name:role:hash`; the line is cut up. */
static bool read_line(struct users *u, char *line, struct err *e)
{
  char *name = strsep(&line, ":"), *role = line ? strsep(&line, ":") : NULL;
  struct user user;
  if (!line || !*line)
    return err_set(e, "a line is name:role:hash");
  if (!users_name_is_valid(name, e))
    return false;
  if (!role_from_name(role, &user.role))
    return err_set(e, "%s: the role is not \"admin\" or \"viewer\"", name);
  if (users_find(u, name))
    return err_set(e, "%s is there twice; the first line counts", name);
  user.name = mem_copy_text(name);
  user.hash = mem_copy_text(line);
  u->list = mem_resize(u->list, u->count + 1, sizeof *u->list);
  u->list[u->count++] = user;
  return true;
}

static bool read_lines(struct users *u, char *text, struct err *e)
{
  bool ok = true;
  for (unsigned number = 1; text; number++) {
    char *line = strsep(&text, "\n");
    struct err why;
    if (!*line || *line == '#' || read_line(u, line, &why))
      continue;
    if (ok)
      err_set(e, "%s: line %u: %s", u->path, number, why.text);
    ok = false;
  }
  return ok;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
  return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
         a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

bool users_refresh(struct users *u, struct err *e)
{
  struct stat now;
  if (stat(u->path, &now) != 0) {
    if (errno != ENOENT)
      return err_set(e, "%s: %s", u->path, strerror(errno));
    forget(u);
    u->seen = (struct stat){ 0 };
    return true;
  }
  if (is_same_file(&now, &u->seen))
    return true;
  char *text = file_read(u->path, FILE_CAP, NULL, e);
  if (!text)
    return false;
  forget(u);
  bool ok = read_lines(u, text, e);
  free(text);
  u->seen = now;
  return ok;
}

const struct user *users_find(const struct users *u, const char *name)
{
  for (size_t i = 0; i < u->count; i++)
    if (strcmp(u->list[i].name, name) == 0)
      return &u->list[i];
  return NULL;
}

const struct user *users_at(const struct users *u, size_t i)
{
  return i < u->count ? &u->list[i] : NULL;
}

bool users_password_is(const struct users *u, const struct user *user, const char *password)
{
  struct crypt_data *room = MEM_NEW(struct crypt_data);
  const char *hash = crypt_rn(password, user ? user->hash : u->nobodys_setting, room, sizeof *room);
  bool same = user && hash && strlen(hash) == strlen(user->hash) && CRYPTO_memcmp(hash, user->hash, strlen(hash)) == 0;
  OPENSSL_cleanse(room, sizeof *room);
  free(room);
  return same;
}

/* ---- changing ---- */

bool users_name_is_valid(const char *name, struct err *e)
{
  static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-@";
  size_t len = strlen(name);
  return (len >= 1 && len <= 64 && strspn(name, allowed) == len) || err_set(e, "a user's name is 1 to 64 letters, digits and . _ - @");
}

static bool password_is_valid(const char *password, struct err *e)
{
  size_t len = strlen(password);
  if (len < 1 || len >= CRYPT_MAX_PASSPHRASE_SIZE)
    return err_set(e, "a password has 1 to %d bytes", CRYPT_MAX_PASSPHRASE_SIZE - 1);
  for (const unsigned char *p = (const unsigned char *)password; *p; p++)
    if (*p < 0x20 || *p == 0x7f)
      return err_set(e, "a password has no control characters");
  return true;
}

/* "name:role:hash\n", to free(); NULL when it cannot be hashed. */
static char *make_line(const char *name, enum role role, const char *password, struct err *e)
{
  char setting[CRYPT_GENSALT_OUTPUT_SIZE];
  struct crypt_data *room = MEM_NEW(struct crypt_data);
  char *line = NULL;
  if (!password_is_valid(password, e))
    goto out;
  const char *hash = crypt_gensalt_rn("$y$", 0, NULL, 0, setting, sizeof setting) ? crypt_rn(password, setting, room, sizeof *room) : NULL;
  if (hash)
    line = mem_printf("%s:%s:%s\n", name, role_name(role), hash);
  else
    err_set(e, "the password could not be hashed: %s", strerror(errno));
out:
  OPENSSL_cleanse(room, sizeof *room);
  free(room);
  return line;
}

/* Locks the directory that holds path; to close(), -1 with a sentence. */
static int lock_directory_of(const char *path, struct err *e)
{
  char *directory = file_directory_of(path);
  int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || flock(fd, LOCK_EX) != 0) {
    err_set(e, "%s: %s", directory, strerror(errno));
    if (fd >= 0)
      close(fd);
    fd = -1;
  }
  free(directory);
  return fd;
}

/* The text without the user's line and with the new one (NULL: none) in its place, or at the end. */
static void write_lines(struct buf *out, const char *text, const char *name, const char *line)
{
  size_t len = strlen(name);
  for (const char *p = text; *p;) {
    size_t n = strcspn(p, "\n");
    if (strncmp(p, name, len) != 0 || p[len] != ':') {
      buf_add(out, p, n);
      buf_add_text(out, "\n");
    } else if (line) {
      buf_add_text(out, line);
      line = NULL;
    }
    p += p[n] ? n + 1 : n;
  }
  if (line)
    buf_add_text(out, line);
}

/* The owner and mode of the old file pass to the new one: a service that reads it must go on being able to. */
static bool replace(const char *path, const struct buf *text, struct err *e)
{
  struct stat old;
  bool existed = stat(path, &old) == 0;
  if (text->full)
    return err_set(e, "%s: would be larger than %zu bytes", path, FILE_CAP);
  if (!file_replace(path, buf_text(text), text->len, existed ? old.st_mode & 0777 : 0600, e))
    return false;
  if (existed && geteuid() == 0 && chown(path, old.st_uid, old.st_gid) != 0)
    return err_set(e, "%s: written, but its owner could not be kept: %s", path, strerror(errno));
  return true;
}

enum change { ADD, PASSWORD, REMOVE };

static bool change(const char *path, enum change what, const char *name, enum role role, const char *password, struct err *e)
{
  if (!users_name_is_valid(name, e))
    return false;
  int lock = lock_directory_of(path, e);
  if (lock < 0)
    return false;
  struct users *u = users_new(path);
  const struct user *user = NULL;
  char *text = NULL, *line = NULL;
  bool ok = users_refresh(u, e);
  if (ok) {
    user = users_find(u, name);
    ok = what == ADD ? !user || err_set(e, "there is a user %s already; `signalbox user password %s` changes the password", name, name)
                     : user || err_set(e, "there is no user %s in %s", name, path);
  }
  if (ok && what != REMOVE) {
    line = make_line(name, user ? user->role : role, password, e);
    ok = line != NULL;
  }
  if (ok) {
    text = u->seen.st_ino ? file_read(path, FILE_CAP, NULL, e) : mem_copy_text("");
    ok = text != NULL;
  }
  if (ok) {
    struct buf out;
    buf_init(&out, FILE_CAP);
    write_lines(&out, text, name, line);
    ok = replace(path, &out, e);
    buf_done(&out);
  }
  free(text);
  free(line);
  users_free(u);
  close(lock);
  return ok;
}

bool users_add(const char *path, const char *name, enum role role, const char *password, struct err *e)
{
  return change(path, ADD, name, role, password, e);
}

bool users_change_password(const char *path, const char *name, const char *password, struct err *e)
{
  return change(path, PASSWORD, name, ROLE_NOBODY, password, e);
}

bool users_remove(const char *path, const char *name, struct err *e)
{
  return change(path, REMOVE, name, ROLE_NOBODY, NULL, e);
}
