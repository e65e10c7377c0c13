#include "CPrefetch.h"

// Everything is in the header, so that it is inlined into the loops that use it; the package manager
// asks for a source file.
