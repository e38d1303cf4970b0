// Passwords of keys: from a file, the environment or a terminal, never from the command line, where
// every user of the computer could read them.
#pragma once

#include "handfast/commands.h"
#include "handfast/failure.h"
#include "handfast/key_text.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

namespace handfast::cert {

/// Wiped when it goes.
using Password = std::unique_ptr<const command::KeyText>;

enum class Asking : std::uint8_t {
  for_what_there_is,  ///< once
  for_a_new_one,      ///< twice, as nobody sees what is typed
};

/// The password of `what`, e.g. a file: the first line of the file at `source`; without one the
/// environment's HANDFAST_PASSWORD; without that it is asked for at the terminal, unless
/// `common.no_input`. May be empty. Fails: password_missing, aborted for Ctrl-C, and what reading
/// the file fails with.
std::expected<Password, command::Failure> find_password(const command::Common& common,
                                                        const std::string& source,
                                                        const std::string& what, Asking asking);

/// Whether a password can be had without asking anybody.
[[nodiscard]] bool password_is_at_hand(const std::string& source);

}  // namespace handfast::cert
