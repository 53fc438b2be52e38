#include "base/clock.h"

#include <time.h>

static int64_t read_clock(clockid_t id)
{
  struct timespec t;
  clock_gettime(id, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_wall_us(void)
{
  return read_clock(CLOCK_REALTIME);
}

int64_t clock_mono_ms(void)
{
  return read_clock(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_mono_us(void)
{
  return read_clock(CLOCK_MONOTONIC);
}

/* The number in so many digits, and what stands behind it; where it goes on. By hand: an overview holds thousands of stamps. */
static char *put_digits(char *p, int number, int digits, char behind)
{
  for (int i = digits - 1; i >= 0; i--, number /= 10)
    p[i] = (char)('0' + number % 10);
  p[digits] = behind;
  return p + digits + 1;
}

const char *clock_format(int64_t us, char text[CLOCK_STAMP_SIZE])
{
  int64_t fraction = us % 1000000;
  time_t seconds = (time_t)(us / 1000000);
  if (fraction < 0) {
    fraction += 1000000;
    seconds--;
  }
  struct tm t = { 0 };
  gmtime_r(&seconds, &t);
  int year = t.tm_year + 1900;
  char *p = year >= 0 && year <= 9999 ? put_digits(text, year, 4, '-') : text + snprintf(text, CLOCK_STAMP_SIZE, "%d-", year);
  p = put_digits(p, t.tm_mon + 1, 2, '-');
  p = put_digits(p, t.tm_mday, 2, 'T');
  p = put_digits(p, t.tm_hour, 2, ':');
  p = put_digits(p, t.tm_min, 2, ':');
  p = put_digits(p, t.tm_sec, 2, fraction ? '.' : 'Z');
  if (fraction)
    p = put_digits(p, (int)fraction, 6, 'Z');
  *p = '\0';
  return text;
}

/* Up to six digits behind the point count; further ones are read over. */
static const char *parse_fraction(const char *p, int64_t *us)
{
  int64_t unit = 100000;
  for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10)
    *us += (*p - '0') * unit;
  return p;
}

/* "Z", "+02", "+02:00" or "+0200" up to the end of the text. */
static bool parse_offset(const char *p, int64_t *seconds)
{
  *seconds = 0;
  if ((*p == 'Z' || *p == 'z') && !p[1])
    return true;
  int hours = 0, minutes = 0, used = 0;
  if (*p != '+' && *p != '-')
    return false;
  if (sscanf(p + 1, "%2d%n", &hours, &used) != 1 || used != 2)
    return false;
  const char *rest = p + 3;
  if (*rest == ':')
    rest++;
  if (*rest && (sscanf(rest, "%2d%n", &minutes, &used) != 1 || used != 2 || rest[2]))
    return false;
  *seconds = (*p == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
  return hours < 24 && minutes < 60;
}

bool clock_parse(const char *text, int64_t *us)
{
  struct tm t = { 0 };
  const char *p = strptime(text, "%Y-%m-%d", &t);
  if (!p || (*p != 'T' && *p != 't' && *p != ' '))
    return false;
  p = strptime(p + 1, "%H:%M:%S", &t);
  if (!p)
    return false;
  int64_t fraction = 0, offset;
  if (*p == '.')
    p = parse_fraction(p, &fraction);
  if (!parse_offset(p, &offset))
    return false;
  *us = ((int64_t)timegm(&t) - offset) * 1000000 + fraction;
  return true;
}
