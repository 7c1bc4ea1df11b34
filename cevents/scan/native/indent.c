#include "indent.h"

#include <string.h>

static int is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static int is_mark(char c)
{
    return c == ',' || c == ':' || c == '[' || c == ']' || c == '{' || c == '}';
}

static const char *skip_spaces(const char *at, const char *end)
{
    while (at < end && is_space(*at))
        at++;
    return at;
}

/* The end of a string that begins at *at*: behind the first quote after an even number of
   backslashes. */
static const char *string_end(const char *at, const char *end)
{
    for (const char *quote = at + 1; quote < end; quote++) {
        quote = memchr(quote, '"', (size_t)(end - quote));
        if (!quote)
            return end;
        const char *escape = quote;
        while (escape[-1] == '\\') /* ends at the first quote at the latest */
            escape--;
        if ((quote - escape) % 2 == 0)
            return quote + 1;
    }
    return end;
}

static const char *scalar_end(const char *at, const char *end)
{
    while (at < end && !is_space(*at) && !is_mark(*at) && *at != '"')
        at++;
    return at;
}

/* Whether some bytes are characters of ASCII that do nothing: outside of strings JSON has no other,
   and in strings no controls. */
static int is_harmless(const char *at, const char *end)
{
    int found = 0;
    for (; at < end; at++)
        found |= (unsigned char)*at >= 0x7f;
    return !found;
}

/* Whether a terminal may obey a character: see UNSAFE in cevents/terminal.py. */
static int is_unsafe(unsigned c)
{
    return (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f
           || (c >= 0x2028 && c < 0x202f) || (c >= 0x2066 && c < 0x206a) || c == 0xfeff;
}

enum { ESCAPE = 6 }; /* bytes of an escape as \u200e */

/* Write a string of UTF-8 with such characters as escapes. */
static char *write_escaped(const char *at, const char *end, char *out)
{
    while (at < end) {
        unsigned c = (unsigned char)*at;
        size_t length = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
        if (length > (size_t)(end - at))
            length = (size_t)(end - at);
        if (length > 1)
            c &= 0xffu >> (length + 1);
        for (size_t i = 1; i < length; i++)
            c = c << 6 | ((unsigned char)at[i] & 0x3f);
        if (is_unsafe(c)) {
            *out++ = '\\';
            *out++ = 'u';
            for (int shift = 12; shift >= 0; shift -= 4)
                *out++ = "0123456789abcdef"[c >> shift & 15];
        } else {
            memcpy(out, at, length);
            out += length;
        }
        at += length;
    }
    return out;
}

/* Whether a token, an indentation and two bytes more fit, each into its half of the room: it may
   say no where they would just fit, and no sum in it can overflow. */
static int fits(size_t room, size_t token, size_t depth)
{
    return depth < room / 4 && token < room / 2 / ESCAPE;
}

static char *new_line(char *out, size_t depth)
{
    *out++ = '\n';
    memset(out, ' ', 2 * depth);
    return out + 2 * depth;
}

/* Write a text. Returns NULL if it does not fit. */
static char *write_text(const char *at, const char *end, char *out, const char *out_end)
{
    size_t depth = 0;
    int harmless = is_harmless(at, end);
    while ((at = skip_spaces(at, end)) < end) {
        const char *token = at;
        char c = *at++;
        if (c == '"')
            at = string_end(token, end);
        else if (!is_mark(c))
            at = scalar_end(at, end);
        size_t length = (size_t)(at - token);
        if (!fits((size_t)(out_end - out), length, depth + 1))
            return NULL;
        if (c == '}' || c == ']') {
            depth -= depth > 0;
            out = new_line(out, depth);
        }
        if (length == 1) {
            *out++ = c;
        } else if (harmless) {
            memcpy(out, token, length);
            out += length;
        } else {
            out = write_escaped(token, at, out);
        }
        if (c == '{' || c == '[') {
            at = skip_spaces(at, end);
            if (at < end && (*at == '}' || *at == ']'))
                *out++ = *at++; /* empty: stays on its line */
            else
                out = new_line(out, ++depth);
        } else if (c == ',') {
            out = new_line(out, depth);
        } else if (c == ':') {
            *out++ = ' ';
        }
    }
    return out;
}

size_t cev_indent(const cev_texts *texts, size_t first, size_t last, char *out, size_t room,
                  size_t *written)
{
    char *to = out, *end = out + room;
    size_t row = first;
    for (; row < last; row++) {
        if (texts->state[row] != CEV_STATE_TAKEN)
            continue;
        const char *data = texts->data;
        char *after = write_text(data + texts->starts[row], data + texts->ends[row], to, end);
        if (!after || after == end)
            break;
        *after++ = '\n';
        to = after;
    }
    *written = (size_t)(to - out);
    return row;
}
