/* The users file, and the decoding of what a browser sends. */
#include <criterion/criterion.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/users.h"

/* A path in a new directory, to be given to remove_directory_of. */
static char *new_path(void)
{
  char directory[] = "/tmp/test-users-XXXXXX";
  cr_assert(mkdtemp(directory));
  return mem_printf("%s/users", directory);
}

static void remove_directory_of(char *path)
{
  unlink(path);
  *strrchr(path, '/') = '\0';
  cr_expect_eq(rmdir(path), 0, "nothing is left beside the file");
  free(path);
}

static struct users *read_users(const char *path)
{
  struct err e;
  struct users *u = users_new(path);
  cr_assert(users_refresh(u, &e), "%s", e.text);
  return u;
}

static bool may_log_in(const struct users *u, const char *name, const char *password)
{
  return users_password_is(u, users_find(u, name), password);
}

Test(users, are_added_changed_and_removed_and_the_rest_of_the_file_stays)
{
  char *path = new_path();
  struct err e;
  struct stat st;
  cr_assert(users_add(path, "ada", ROLE_ADMIN, "pass:word ü", &e), "%s", e.text);
  cr_assert(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
  cr_assert(users_add(path, "vi", ROLE_VIEWER, "only looking", &e), "%s", e.text);
  cr_assert(!users_add(path, "vi", ROLE_ADMIN, "again", &e) && strstr(e.text, "there is a user vi already"));

  size_t len;
  char *text = file_read(path, 65536, &len, &e);
  char *with_comment = mem_printf("# who may look\n\n%s", text);
  cr_assert(file_replace(path, with_comment, strlen(with_comment), 0640, &e));
  struct users *u = read_users(path);
  cr_assert(may_log_in(u, "ada", "pass:word ü") && users_find(u, "ada")->role == ROLE_ADMIN);
  cr_assert(may_log_in(u, "vi", "only looking") && users_find(u, "vi")->role == ROLE_VIEWER);
  cr_assert(!may_log_in(u, "ada", "pass:word") && !may_log_in(u, "vi", "") && !may_log_in(u, "eve", "pass:word ü"));

  cr_assert(users_change_password(path, "ada", "new one", &e), "%s", e.text);
  cr_assert(users_remove(path, "vi", &e), "%s", e.text);
  cr_assert(!users_remove(path, "vi", &e) && !users_change_password(path, "vi", "x", &e));
  cr_assert(stat(path, &st) == 0 && (st.st_mode & 0777) == 0640, "the file keeps its mode");
  cr_assert(users_refresh(u, &e));
  cr_assert(may_log_in(u, "ada", "new one") && !may_log_in(u, "ada", "pass:word ü") && !users_find(u, "vi"));
  cr_assert(users_find(u, "ada")->role == ROLE_ADMIN, "a new password is the same role");
  free(text);
  text = file_read(path, 65536, &len, &e);
  cr_assert(strncmp(text, "# who may look\n\nada:admin:$y$", 29) == 0, "%s", text);

  unlink(path);
  cr_assert(users_refresh(u, &e) && !users_at(u, 0), "no file: nobody");
  users_free(u);
  free(text);
  free(with_comment);
  remove_directory_of(path);
}

Test(users, lines_that_are_not_understood_are_named_and_count_for_nobody)
{
  static const struct {
    const char *line, *fault;
  } rows[] = {
    { "eve", "name:role:hash" },          { "eve:admin", "name:role:hash" },
    { "eve:admin:", "name:role:hash" },   { "eve:root:$y$x", "is not \"admin\"" },
    { ":admin:$y$x", "1 to 64" },         { "e ve:admin:$y$x", "1 to 64" },
    { "ada:viewer:$y$x", "there twice" },
  };
  char *path = new_path();
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    struct err e;
    char *text = mem_printf("ada:admin:$y$j9T$abc$def\n%s\nbob:viewer:$y$x\n", rows[i].line);
    cr_assert(file_replace(path, text, strlen(text), 0600, &e));
    struct users *u = users_new(path);
    cr_expect(!users_refresh(u, &e) && strstr(e.text, "line 2: ") && strstr(e.text, rows[i].fault), "%s: %s", rows[i].line, e.text);
    cr_expect(users_find(u, "ada") && users_find(u, "bob") && !users_at(u, 2), "the good lines count");
    cr_expect(!may_log_in(u, "bob", "x"), "a hash that is none lets nobody in");
    users_free(u);
    free(text);
  }
  remove_directory_of(path);
}

Test(users, names_and_passwords_that_could_break_the_file_are_refused)
{
  static const char *const names[] = { "", "a:b", "a b", "a\nb", "../x", "ünï" };
  static const char *const passwords[] = { "", "two\nlines", "\x7f" };
  struct err e;
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    cr_expect(!users_add("/nonexistent/users", names[i], ROLE_VIEWER, "x", &e) && strstr(e.text, "1 to 64"), "\"%s\"", names[i]);
  char *path = new_path();
  for (size_t i = 0; i < ARRAY_LEN(passwords); i++)
    cr_expect(!users_add(path, "ada", ROLE_VIEWER, passwords[i], &e) && strstr(e.text, "password"), "row %zu", i);
  cr_expect(access(path, F_OK) != 0, "nothing was written");
  remove_directory_of(path);
}

Test(users, base64_is_read_strictly)
{
  static const struct {
    const char *text, *bytes; /* NULL: refused */
  } rows[] = {
    { "", "" },
    { "YQ==", "a" },
    { "YWI=", "ab" },
    { "YWJj", "abc" },
    { "YWRhOng6eQ==", "ada:x:y" },
    { "/+8=", "\xff\xef" },
    { "YQ=", NULL },
    { "YQ", NULL },
    { "YR==", NULL },
    { "YWJ=", NULL },
    { "Y===", NULL },
    { "====", NULL },
    { "YQ==YQ==", NULL },
    { "Y Q=", NULL },
    { "_-8=", NULL },
  };
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    unsigned char bytes[64];
    size_t n;
    bool ok = base64_decode(rows[i].text, strlen(rows[i].text), bytes, &n);
    cr_expect_eq(ok, rows[i].bytes != NULL, "\"%s\"", rows[i].text);
    cr_expect(!ok || (n == strlen(rows[i].bytes) && memcmp(bytes, rows[i].bytes, n) == 0), "\"%s\"", rows[i].text);
  }
}
