#include "handshake/cookie13.h"

#include "base/limits.h"
#include "codec/layout.h"
#include "handfast/tickets.h"
#include "handshake/session_state.h"

#include <algorithm>
#include <array>

namespace handfast::handshake {
namespace {

/// What is sealed in a cookie.
struct CookieFields {
  /// No `SessionFields` begins so, and so no ticket passes for a cookie, nor the other way round.
  static constexpr std::uint8_t current_format = 0xc1;

  std::uint8_t format = current_format;
  CipherSuite suite{};
  NamedGroup group{};           ///< 0: no share was asked for
  std::uint8_t was_hidden = 0;  ///< by ECH
  std::uint32_t issued = 0;     ///< seconds since 1970
  Bytes client;                 ///< hash over what the caller knows of the client
  Bytes first_hello;

  static constexpr auto layout = codec::fields(
      codec::field("format", &CookieFields::format), codec::field("suite", &CookieFields::suite),
      codec::field("group", &CookieFields::group),
      codec::field("was_hidden", &CookieFields::was_hidden),
      codec::field("issued", &CookieFields::issued),
      codec::opaque<32, 32>("client", &CookieFields::client),
      codec::opaque<32, 48>("first_hello", &CookieFields::first_hello));
};

/// Whom a cookie of this connection is for; zeros: for everybody.
crypto::Digest client_of(const Handshake& hs) {
  const crypto::Digest& told = hs.server().client;
  return told.size() != 0 ? told : crypto::Digest(crypto::digest_size(crypto::HashId::sha256));
}

/// Whether a cookie with these fields is for the client of this connection, and fresh.
bool is_for(const CookieFields& fields, const Handshake& hs) {
  const auto now = session_time(hs.now());
  const bool is_hidden = fields.was_hidden != 0 || hs.settled().ech == EchOutcome::accepted;
  if (fields.format != CookieFields::current_format || is_hidden || !now) {
    return false;
  }
  const std::int64_t age = std::int64_t{*now} - std::int64_t{fields.issued};
  return age >= -std::int64_t{limits::cookie_ahead} && age <= std::int64_t{limits::cookie_age} &&
         std::ranges::equal(fields.client, client_of(hs).bytes());
}

}  // namespace

Result<std::vector<std::uint8_t>> make_cookie(const Handshake& hs, Bytes first_hello,
                                              const RetryTerms& terms) {
  const auto& keys = hs.server().config->options().cookie_keys;
  if (keys == nullptr) {
    return std::vector<std::uint8_t>();
  }
  const crypto::Digest client = client_of(hs);
  const crypto::Digest first = crypto::hash(terms.suite->hash, first_hello);
  CookieFields fields;
  fields.suite = terms.suite->id;
  fields.group = terms.group.value_or(NamedGroup{});
  fields.was_hidden = hs.settled().ech == EchOutcome::accepted ? 1 : 0;
  fields.issued = session_time(hs.now()).value_or(0);
  fields.client = client.bytes();
  fields.first_hello = first.bytes();
  std::array<std::uint8_t, 128> memory{};
  codec::Writer out(memory);
  codec::write(out, fields);
  if (!out.good()) {
    return fail(Reason::internal);
  }
  return keys->issue(out.written(), hs.now(), {hs.now().seconds + limits::cookie_age});
}

Result<std::optional<RecalledRetry>> open_cookie(const Handshake& hs,
                                                 const message::ClientHello& hello) {
  const auto& cookie = hello.typed.cookie;
  if (!cookie) {
    return std::nullopt;
  }
  const ServerOptions& options = hs.server().config->options();
  const auto& keys = options.cookie_keys;
  // RFC 9846 §4.3.2: "Clients MUST NOT use cookies in their initial ClientHello in subsequent
  // connections"; one that is ours and fresh continues a handshake instead.
  const auto content = keys == nullptr ? std::nullopt : keys->redeem(cookie->cookie, hs.now());
  if (!content) {
    return fail(Reason::cookie_unknown);
  }
  const auto fields = codec::read<CookieFields>(content->expose());
  const crypto::Suite* const suite = fields ? crypto::find_suite(fields->suite) : nullptr;
  if (suite == nullptr || std::ranges::count(options.cipher_suites, suite->id) == 0 ||
      !is_for(*fields, hs) || fields->first_hello.size() != crypto::digest_size(suite->hash)) {
    return fail(Reason::cookie_unknown);
  }
  RecalledRetry retry{.terms = {.suite = suite},
                      .first_hello = crypto::Digest(fields->first_hello.size())};
  if (fields->group != NamedGroup{}) {
    retry.terms.group = fields->group;
  }
  std::ranges::copy(fields->first_hello, retry.first_hello.fill().begin());
  return retry;
}

}  // namespace handfast::handshake
