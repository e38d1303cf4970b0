// What a fuzz target is: one function over bytes that an attacker chose. It either ends quietly or
// ends the program, by a sanitizer or by `must`.
#pragma once

#include "handfast/bytes.h"

namespace handfast::fuzz {

/// Feeds `input` to what the target is named after. Every target has its own file with one of it.
void feed(Bytes input);

/// Ends the program where a property does not hold.
inline void must(bool property) {
  if (!property) {
    __builtin_trap();
  }
}

}  // namespace handfast::fuzz
