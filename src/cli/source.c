#include "cli/source.h"

#include <ctype.h>

#include "base/mem.h"

enum kind { NAME, KEYWORD, SIGN, LITERAL };

/* What a name is doing. */
enum role { USED, FIELD, KEY, DECLARED, ASSIGNED };

struct token {
  enum kind kind;
  enum role role; /* of a NAME */
  bool is_function;
  int line;
  char *text; /* of a NAME or KEYWORD; else NULL */
  char sign;  /* of a SIGN: its first character; two-character ones are told apart by `twice` */
  bool twice; /* "==", "..", "::", "~=", "<=", ">=", "//", "<<", ">>" */
};

struct source {
  struct token *tokens;
  size_t count;
};

static const char *const keywords[] = { "and", "break", "do",  "else", "elseif", "end",    "false",  "for",  "function", "goto",  "if",
                                        "in",  "local", "nil", "not",  "or",     "repeat", "return", "then", "true",     "until", "while" };

static bool is_keyword(const char *text)
{
  for (size_t i = 0; i < ARRAY_LEN(keywords); i++)
    if (strcmp(text, keywords[i]) == 0)
      return true;
  return false;
}

/* ---- into tokens ---- */

static struct token *add(struct source *s, enum kind kind, int line)
{
  if ((s->count & (s->count + 1)) == 0) /* room is 1, 3, 7 ... */
    s->tokens = mem_resize(s->tokens, 2 * s->count + 1, sizeof *s->tokens);
  struct token *t = &s->tokens[s->count++];
  *t = (struct token){ .kind = kind, .line = line };
  return t;
}

/* The length of "[[ ... ]]" or "[==[ ... ]==]" at p with what is missing at the file's end forgiven; 0: it is none. */
static size_t long_text(const char *p)
{
  size_t level = strspn(p + 1, "=");
  if (*p != '[' || p[1 + level] != '[')
    return 0;
  for (const char *q = p + level + 2; *q; q++)
    if (*q == ']' && strspn(q + 1, "=") >= level && q[1 + level] == ']')
      return (size_t)(q + level + 2 - p);
  return strlen(p);
}

static size_t quoted(const char *p)
{
  const char *q = p + 1;
  while (*q && *q != *p && *q != '\n')
    q += *q == '\\' && q[1] ? 2 : 1;
  return (size_t)(q - p) + (*q == *p);
}

static size_t comment(const char *p)
{
  size_t n = long_text(p + 2);
  return n ? 2 + n : strcspn(p, "\n");
}

static size_t word(struct source *s, const char *p, int line)
{
  size_t n = 1;
  while (isalnum((unsigned char)p[n]) || p[n] == '_')
    n++;
  struct token *t = add(s, NAME, line);
  t->text = mem_copy_bytes(p, n);
  if (is_keyword(t->text))
    t->kind = KEYWORD;
  return n;
}

/* 0x1F, 1e-5, 3.14: letters, digits and dots, and a sign behind an exponent. */
static size_t number(const char *p)
{
  bool hex = p[0] == '0' && (p[1] == 'x' || p[1] == 'X');
  size_t n = 1;
  while (isalnum((unsigned char)p[n]) || p[n] == '.' || ((p[n] == '+' || p[n] == '-') && strchr(hex ? "pP" : "eE", p[n - 1])))
    n++;
  return n;
}

static size_t sign(struct source *s, const char *p, int line)
{
  struct token *t = add(s, SIGN, line);
  t->sign = *p;
  t->twice = (p[1] == '=' && strchr("=~<>", *p)) || (p[1] == *p && strchr(".:/<>", *p));
  if (t->twice && p[0] == '.' && p[2] == '.')
    return 3;
  return t->twice ? 2 : 1;
}

static size_t take(struct source *s, const char *p, int line)
{
  if (isspace((unsigned char)*p))
    return 1;
  if (p[0] == '-' && p[1] == '-')
    return comment(p);
  if (isalpha((unsigned char)*p) || *p == '_')
    return word(s, p, line);
  size_t n = *p == '"' || *p == '\'' ? quoted(p) : isdigit((unsigned char)*p) ? number(p) : long_text(p);
  if (!n)
    return sign(s, p, line);
  add(s, LITERAL, line);
  return n;
}

/* ---- what the names do ---- */

static bool is_sign(const struct token *t, char sign)
{
  return t->kind == SIGN && t->sign == sign && !t->twice;
}

static bool is_word(const struct token *t, const char *text)
{
  return t->kind == KEYWORD && strcmp(t->text, text) == 0;
}

/* What is open at each place: '{', '(' or '[', and 'b' for a block that ends with "end" or "until". */
struct nesting {
  char *open;
  size_t depth;
};

static void follow(struct nesting *n, const struct token *t)
{
  bool opens_block = is_word(t, "function") || is_word(t, "if") || is_word(t, "do") || is_word(t, "repeat");
  bool closes = is_word(t, "end") || is_word(t, "until") || (t->kind == SIGN && !t->twice && strchr("})]", t->sign));
  if (opens_block)
    n->open[n->depth++] = 'b';
  else if (t->kind == SIGN && !t->twice && strchr("{([", t->sign))
    n->open[n->depth++] = t->sign;
  else if (closes && n->depth)
    n->depth--;
}

static bool in_table(const struct nesting *n)
{
  return n->depth && n->open[n->depth - 1] == '{';
}

/* `local a <const>, b = ...`: the names, from place i on. What is to be closed has its use in that. */
static void mark_local(struct source *s, size_t i)
{
  struct token *t = s->tokens;
  for (; i < s->count && t[i].kind == NAME; i += 2) {
    bool attributed = i + 3 < s->count && is_sign(&t[i + 1], '<') && t[i + 2].kind == NAME;
    t[i].role = attributed && strcmp(t[i + 2].text, "close") == 0 ? KEY : DECLARED;
    if (attributed)
      i += 3;
    if (i + 1 >= s->count || !is_sign(&t[i + 1], ','))
      return;
  }
}

static void mark_name(struct source *s, size_t i, const struct nesting *nesting)
{
  static const struct token none = { .kind = LITERAL };
  struct token *t = &s->tokens[i];
  const struct token *before = i ? t - 1 : &none, *behind = i + 1 < s->count ? t + 1 : &none;
  if (t->role != USED)
    return;
  if (is_word(before, "function") && i > 1 && is_word(before - 1, "local")) {
    t->role = DECLARED;
    t->is_function = true;
  } else if (is_sign(before, '.') || is_sign(before, ':')) {
    t->role = FIELD;
  } else if (is_sign(behind, '=') && in_table(nesting) && (is_sign(before, '{') || is_sign(before, ',') || is_sign(before, ';'))) {
    t->role = KEY;
  } else if (is_sign(behind, '=') || is_sign(behind, ',') ||
             (is_word(before, "function") && !is_sign(behind, '.') && !is_sign(behind, ':'))) {
    /* Perhaps: a comma stands behind an argument too. Only asked of names that are known to be assigned somewhere. */
    t->role = ASSIGNED;
  }
}

static void mark_names(struct source *s)
{
  struct nesting nesting = { .open = mem_new(s->count + 1, 1) };
  for (size_t i = 0; i < s->count; i++) {
    if (is_word(&s->tokens[i], "local"))
      mark_local(s, i + 1);
    if (s->tokens[i].kind == NAME)
      mark_name(s, i, &nesting);
    follow(&nesting, &s->tokens[i]);
  }
  free(nesting.open);
}

struct source *source_new(const char *text)
{
  struct source *s = MEM_NEW(struct source);
  int line = 1;
  for (const char *p = text; *p;) {
    size_t n = take(s, p, line);
    for (; n; n--, p++)
      line += *p == '\n';
  }
  mark_names(s);
  return s;
}

void source_free(struct source *s)
{
  if (!s)
    return;
  for (size_t i = 0; i < s->count; i++)
    free(s->tokens[i].text);
  free(s->tokens);
  free(s);
}

int source_assigned_at(const struct source *s, const char *name)
{
  for (size_t i = 0; i < s->count; i++)
    if (s->tokens[i].role == ASSIGNED && strcmp(s->tokens[i].text, name) == 0)
      return s->tokens[i].line;
  return 0;
}

/* Is the name mentioned behind place i, as a variable? */
static bool is_mentioned(const struct source *s, size_t i)
{
  const char *name = s->tokens[i].text;
  for (size_t k = i + 1; k < s->count; k++) {
    const struct token *t = &s->tokens[k];
    if (t->kind == NAME && (t->role == USED || t->role == ASSIGNED) && strcmp(t->text, name) == 0)
      return true;
  }
  return false;
}

bool source_next_unused(const struct source *s, size_t *at, struct unused *found)
{
  while (*at < s->count) {
    const struct token *t = &s->tokens[*at];
    size_t i = (*at)++;
    if (t->kind != NAME || t->role != DECLARED || t->text[0] == '_' || is_mentioned(s, i))
      continue;
    *found = (struct unused){ .name = t->text, .line = t->line, .is_function = t->is_function };
    return true;
  }
  return false;
}
