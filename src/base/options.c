#include "base/options.h"

#include <errno.h>

static void print_help(const char *usage, const struct option_row *rows, size_t n)
{
  printf("%s\n", usage);
  for (size_t i = 0; i < n; i++) {
    char left[64];
    snprintf(left, sizeof left, "%s%s%s", rows[i].name, rows[i].value_name ? " " : "", rows[i].value_name ? rows[i].value_name : "");
    printf("  %-24s %s", left, rows[i].help);
    if (*rows[i].value)
      printf(" (default: %s)", *rows[i].value);
    if (rows[i].environment)
      printf(" [$%s]", rows[i].environment);
    printf("\n");
  }
}

/* The row whose name is the word up to its '='; *value is what follows the '=' or NULL. */
static const struct option_row *find(const struct option_row *rows, size_t n, const char *word, const char **value)
{
  size_t len = strcspn(word, "=");
  *value = word[len] ? word + len + 1 : NULL;
  for (size_t i = 0; i < n; i++)
    if (strlen(rows[i].name) == len && strncmp(rows[i].name, word, len) == 0)
      return &rows[i];
  return NULL;
}

static void read_environment(const struct option_row *rows, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    const char *value = rows[i].environment ? getenv(rows[i].environment) : NULL;
    if (value && *value)
      *rows[i].value = value;
  }
}

bool options_read(int argc, char **argv, int first, const char *usage, const struct option_row *rows, size_t n, int *rest, struct err *e)
{
  for (int i = first; i < argc; i++) {
    if (strcmp(argv[i], "--help") == 0) {
      print_help(usage, rows, n);
      exit(0);
    }
  }
  read_environment(rows, n);
  int words = 0;
  for (int i = first; i < argc; i++) {
    const char *value;
    if (strncmp(argv[i], "--", 2) != 0) {
      if (!rest)
        return err_set(e, "\"%s\" is not expected here; see --help", argv[i]);
      argv[first + words++] = argv[i];
      continue;
    }
    const struct option_row *row = find(rows, n, argv[i], &value);
    if (!row)
      return err_set(e, "there is no option %s; see --help", argv[i]);
    if (row->value_name && !value && i + 1 == argc)
      return err_set(e, "%s needs a value: %s %s", row->name, row->name, row->value_name);
    if (!row->value_name && value)
      return err_set(e, "%s takes no value", row->name);
    if (!row->value_name)
      value = "1";
    *row->value = value ? value : argv[++i];
  }
  if (rest)
    *rest = words;
  return true;
}

bool options_number(const char *name, const char *value, int64_t least, int64_t most, int64_t *number, struct err *e)
{
  char *end;
  errno = 0;
  *number = strtoll(value, &end, 10);
  if (end == value || *end || errno || *number < least || *number > most)
    return err_set(e, "%s: \"%s\" is not a whole number from %" PRId64 " to %" PRId64, name, value, least, most);
  return true;
}
