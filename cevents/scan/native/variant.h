/* All that is compiled for one kind of processor: TARGET says for which, VARIANT names it, PREFIX_XOR
   and PLACES are its own, of masks.h. */

#include "quotes.h"

#include "cut.h"

#include "unescape.h"

#undef TARGET
#undef VARIANT
#undef PREFIX_XOR
#undef PLACES
