/* What the fuzz targets have in common. A target is one file: its LLVMFuzzerTestOneInput gives the bytes to a parser, and ends the process when what the
 * parser promises does not hold. Built with clang the targets are libFuzzer's (`./dev fuzz`); with any compiler they replay their corpora, which is a
 * test (replay.c). */
#pragma once

#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Ends the process, with the sentence in a form that libFuzzer and the replay both show, unless the condition holds. */
#define HOLDS(condition, sentence) ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition, sentence))

static inline _Noreturn void fuzz_fail(const char *file, int line, const char *condition, const char *sentence)
{
  fprintf(stderr, "%s:%d: %s: %s\n", file, line, sentence, condition);
  abort();
}

/** The bytes and a NUL, in memory of exactly that size, so that reading past the end is seen. To free(). */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
  char *text = malloc(size + 1);
  if (!text)
    abort();
  if (size)
    memcpy(text, data, size);
  text[size] = '\0';
  return text;
}

/** Appends every byte of the text as %XX. */
static inline void fuzz_percent(struct buf *b, const char *text)
{
  for (; *text; text++)
    buf_printf(b, "%%%02X", (unsigned char)*text);
}
