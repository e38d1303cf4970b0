#include "handshake/negotiate12.h"

#include "crypto/key_exchange.h"
#include "handshake/common_choice.h"

#include <algorithm>
#include <array>

namespace handfast::handshake {
namespace {

using message::ClientHello;

Result<> check_form12(const ServerOptions& options, const ClientHello& hello) {
  const message::ClientHelloExtensions& typed = hello.typed;
  // RFC 5246 §7.4.1.2: the vector of compression methods "MUST contain, and all implementations
  // MUST support, CompressionMethod.null."
  if (std::ranges::find(hello.legacy_compression_methods, 0) ==
      hello.legacy_compression_methods.end()) {
    return fail(Reason::compression_not_null);
  }
  // RFC 7507 §3: the SCSV with an older version than the server's newest MUST be answered with
  // inappropriate_fallback.
  const bool speaks_13 =
      std::ranges::find(options.versions, ProtocolVersion::tls13) != options.versions.end();
  if (speaks_13 && hello.cipher_suites.contains(CipherSuite::tls_fallback_scsv)) {
    return fail(Reason::fallback_inappropriate);
  }
  // RFC 7627 §5.2: a server "SHOULD abort the handshake if it does not wish to interoperate with
  // legacy clients", whose keys may belong to two handshakes.
  if (!typed.extended_main_secret) {
    return fail(Reason::extended_main_secret_missing);
  }
  // RFC 5746 §3.6: in the first handshake the server "MUST then verify that the length of the
  // "renegotiated_connection" field is zero, and if it is not, MUST abort the handshake."
  if (typed.renegotiation_info && !typed.renegotiation_info->renegotiated_connection.empty()) {
    return fail(Reason::renegotiation_info_invalid);
  }
  // RFC 8422 §5.1.2: a client that sends the extension without "uncompressed" is answered with
  // illegal_parameter.
  if (typed.ec_point_formats && !typed.ec_point_formats->ec_point_format_list.contains(
                                    message::EcPointFormat::uncompressed)) {
    return fail(Reason::point_format_none_common);
  }
  if (const auto checked = check_record_limit(typed.record_size_limit); !checked) {
    return checked;
  }
  // What a client without signature_algorithms takes (RFC 5246 §7.4.1.4.1) is SHA-1 alone; one
  // without supported_groups takes whatever it is given (RFC 8422 §4), which none does today.
  if (!typed.signature_algorithms) {
    return fail(Reason::signature_none_common);
  }
  if (!typed.supported_groups) {
    return fail(Reason::group_none_common);
  }
  return {};
}

/// The first suite with this signer in the order that counts; nullptr: none.
const crypto::Suite* choose_suite12(const ServerOptions& options, const ClientHello& hello,
                                    crypto::SuiteSigner signer) {
  const auto first = [signer](const auto& favoured, const auto& others) -> const crypto::Suite* {
    for (const CipherSuite suite : favoured) {
      const crypto::Suite* const row = crypto::find_suite12(suite);
      if (row != nullptr && row->signer == signer &&
          std::ranges::find(others, suite) != others.end()) {
        return row;
      }
    }
    return nullptr;
  };
  const auto& ours = options.cipher_suites12;
  const auto& theirs = hello.cipher_suites;
  return options.own_suite_order ? first(ours, theirs) : first(theirs, ours);
}

}  // namespace

Result<Choice12> negotiate12(const ServerOptions& options, const ClientHello& hello) {
  if (const auto checked = check_form12(options, hello); !checked) {
    return std::unexpected(checked.error());
  }
  Choice12 choice;
  choice.by_ecdsa = choose_suite12(options, hello, crypto::SuiteSigner::ecdsa);
  choice.by_rsa = choose_suite12(options, hello, crypto::SuiteSigner::rsa);
  if (choice.by_ecdsa == nullptr && choice.by_rsa == nullptr) {
    return fail(Reason::suite_none_common,
                both_of(Facts::Kind::cipher_suites, std::span(options.cipher_suites12),
                        hello.cipher_suites));
  }
  const auto& groups = hello.typed.supported_groups->named_group_list;
  const auto group = std::ranges::find_if(options.groups, [&](NamedGroup ours) {
    return !crypto::has_ml_kem(ours) && groups.contains(ours);  // RFC 10024: TLS 1.3 alone
  });
  if (group == options.groups.end()) {
    return fail(Reason::group_none_common,
                both_of(Facts::Kind::groups, std::span(options.groups), groups));
  }
  choice.group = *group;
  const auto alpn = choose_alpn(options, hello);
  if (!alpn) {
    return std::unexpected(alpn.error());
  }
  choice.alpn = *alpn;
  return choice;
}

}  // namespace handfast::handshake
