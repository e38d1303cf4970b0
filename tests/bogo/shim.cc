// bogo_shim: Handfast under the TLS test runner of BoringSSL. See README.md beside this file.
#include "errors.h"
#include "exchange.h"
#include "flags.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>

namespace handfast::bogo {
namespace {

constexpr int exit_failed = 1;
constexpr int exit_unimplemented = 89;

// The runner's clock, in the units of ours.
constexpr UnixTime beginning{1234};

void run(std::span<const char* const> arguments) {
  const Plan plan = parse_flags(arguments);
  if (plan.initial.is_handshaker_supported) {
    std::puts("No");
    return;
  }
  if (plan.initial.wait_for_debugger) {
    static_cast<void>(std::raise(SIGSTOP));
  }
  const Memory memory;
  UnixTime now = beginning;
  for (int i = 0; i <= plan.initial.resume_count; ++i) {
    const Settings& settings = i == 0 ? plan.initial : plan.resume;
    Exchange(settings, i == 0 ? plan.initial : plan.retry, memory, i > 0, now).run();
    now.seconds += settings.resumption_delay;
  }
}

/// The runner drops what is said of tests that are not implemented, so it goes to a file of whoever
/// wants to know.
void note_unimplemented(const char* what) {
  if (const char* path = std::getenv("HANDFAST_BOGO_UNIMPLEMENTED")) {
    std::ofstream(path, std::ios::app) << what << '\n';
  }
}

int main_of_shim(std::span<const char* const> arguments) {
  try {
    run(arguments);
    return EXIT_SUCCESS;
  } catch (const Unimplemented& missing) {
    note_unimplemented(missing.what());
    return exit_unimplemented;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return exit_failed;
  }
}

}  // namespace
}  // namespace handfast::bogo

int main(int argc, char** argv) {
  const std::span<const char* const> arguments(argv, static_cast<std::size_t>(argc));
  const int status = handfast::bogo::main_of_shim(arguments.subspan(1));
  // What a sanitizer says after this is not taken for the shim's own words.
  std::fputs("--- DONE ---\n", stderr);
  return status;
}
