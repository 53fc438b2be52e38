/* main of a target that is not libFuzzer's: gives it every file of the folders named, and fails as the target fails. */
#include <dirent.h>

#include "base/file.h"
#include "base/mem.h"
#include "fuzz.h"

/** Largest input, bytes. */
#define INPUT_CAP ((size_t)1024 * 1024)

static bool replay(const char *path)
{
  struct err e;
  size_t size;
  char *bytes = file_read(path, INPUT_CAP, &size, &e);
  if (!bytes) {
    fprintf(stderr, "%s\n", e.text);
    return false;
  }
  LLVMFuzzerTestOneInput((const uint8_t *)bytes, size);
  free(bytes);
  return true;
}

int main(int argc, char **argv)
{
  unsigned count = 0, failed = 0;
  for (int i = 1; i < argc; i++) {
    DIR *dir = opendir(argv[i]);
    for (const struct dirent *entry; dir && (entry = readdir(dir));) {
      if (entry->d_name[0] == '.')
        continue;
      char *path = mem_printf("%s/%s", argv[i], entry->d_name);
      failed += !replay(path);
      count++;
      free(path);
    }
    if (dir)
      closedir(dir);
  }
  printf("%u inputs\n", count - failed);
  return failed || !count;
}
