// Work: what a peer can make us compute in one handshake, counted before it is done.
#pragma once

#include "base/limits.h"
#include "handfast/operation.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <variant>

namespace handfast::handshake {

/// What costs more than reading what came. The first are the operations, in the order of
/// `Operation`.
enum class Work : std::uint8_t {
  sign,
  verify_chain,  ///< which has a `Budget` of its own
  choose_credential,
  issue_ticket,
  redeem_ticket,
  check_replay,
  choose_psk,
  forget_session,  ///< after it
  agree_on_key,
  open_hidden_hello,
  check_signature,
  decompress,
};

/// How often it may be done in one handshake: what the coroutines ask for where a peer drives them
/// hardest.
constexpr unsigned most(Work work) {
  switch (work) {
    case Work::verify_chain: return 2;  // of a session's client who is not trusted now, and anew
    case Work::issue_ticket: return limits::tickets_issued;
    case Work::redeem_ticket: return limits::tickets_in_hello;
    // For each ClientHello, and for each session that began with a key.
    case Work::choose_psk: return 2 + limits::tickets_in_hello;
    case Work::open_hidden_hello: return limits::ech_keys + 1;  // and the second ClientHello
    case Work::check_signature: return 2;  // of a delegated credential, and with it
    default: return 1;
  }
}

inline constexpr std::size_t kinds_of_work = std::to_underlying(Work::decompress) + 1;

/// Confined: one thread at a time.
class WorkCount {
 public:
  /// Takes one piece of `work`, before it is done; false: there were as many as there may be.
  [[nodiscard]] bool take(Work work) {
    unsigned& done = done_[std::to_underlying(work)];
    if (done == most(work)) {
      return false;
    }
    ++done;
    return true;
  }

  [[nodiscard]] unsigned done(Work work) const { return done_[std::to_underlying(work)]; }

 private:
  std::array<unsigned, kinds_of_work> done_{};
};

template <Work work, class O>
inline constexpr bool is_operation =
    std::is_same_v<std::variant_alternative_t<std::to_underlying(work), Operation>, O>;

static_assert(std::variant_size_v<Operation> == std::to_underlying(Work::open_hidden_hello));
static_assert(is_operation<Work::sign, Sign> && is_operation<Work::verify_chain, VerifyChain> &&
              is_operation<Work::choose_credential, ChooseCredential> &&
              is_operation<Work::issue_ticket, IssueTicket> &&
              is_operation<Work::redeem_ticket, RedeemTicket> &&
              is_operation<Work::check_replay, CheckReplay> &&
              is_operation<Work::choose_psk, ChoosePsk> &&
              is_operation<Work::forget_session, ForgetSession> &&
              is_operation<Work::agree_on_key, AgreeOnKey>);

}  // namespace handfast::handshake
