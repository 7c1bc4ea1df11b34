/* JSON indented by two spaces, as people read it. Strings and numbers keep their bytes, but what a
   terminal may obey becomes an escape, which means the same. */

#ifndef CEV_INDENT_H
#define CEV_INDENT_H

#include "kernels.h"

/* Write the taken texts from row *first* up to *last*, each indented and with a line feed. Texts
   should be JSON; another is written somehow, but within the room. Stops before a
   row for which the *room* does not suffice, and returns that; *written* is how much was used. */
size_t cev_indent(const cev_texts *texts, size_t first, size_t last, char *out, size_t room,
                  size_t *written);

#endif
