#include "handshake/negotiate12.h"

#include "crypto/key_exchange.h"
#include "handshake/common_choice.h"
#include "handshake/permitted.h"
#include "handshake/psk12.h"

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
  return {};
}

/// The first group in common; nothing: there is none. RFC 10024: those with ML-KEM are for TLS 1.3
/// alone. A client without supported_groups takes whatever it is given (RFC 8422 §4), which none
/// does today that wants a group.
std::optional<NamedGroup> common_group12(const ServerOptions& options, const ClientHello& hello) {
  if (!hello.typed.supported_groups) {
    return std::nullopt;
  }
  const auto& theirs = hello.typed.supported_groups->named_group_list;
  const auto group = std::ranges::find_if(options.groups, [&](NamedGroup ours) {
    return !crypto::has_ml_kem(ours) && theirs.contains(ours);
  });
  return group != options.groups.end() ? std::optional(*group) : std::nullopt;
}

bool is_ffdhe(NamedGroup group) {
  const unsigned code = std::to_underlying(group);
  return code >= 256 && code <= 511;  // RFC 7919 §2: 0x01XX
}

/// RFC 7919 §4: of the client's FFDHE groups, if it lists any; who lists none may be given one.
std::optional<NamedGroup> common_ffdhe12(const ClientHello& hello) {
  const auto& listed = hello.typed.supported_groups;
  if (!listed || std::ranges::none_of(listed->named_group_list, is_ffdhe)) {
    return crypto::ffdhe_groups.front();
  }
  const auto* const common = std::ranges::find_if(crypto::ffdhe_groups, [&](NamedGroup ours) {
    return listed->named_group_list.contains(ours);
  });
  return common != crypto::ffdhe_groups.end() ? std::optional(*common) : std::nullopt;
}

Result<> check_group(const ServerOptions& options, const ClientHello& hello) {
  if (!hello.typed.supported_groups) {
    return fail(Reason::group_none_common);
  }
  return common_group12(options, hello)
             ? Result<>()
             : fail(Reason::group_none_common,
                    both_of(Facts::Kind::groups, std::span(options.groups),
                            hello.typed.supported_groups->named_group_list));
}

/// The suites in common, in the order that counts: the client's, as far as it does not put weak
/// ones before others, or the server's.
class CommonSuites {
 public:
  CommonSuites(const ServerOptions& options, const ClientHello& hello)
      : options_(&options), hello_(&hello) {}

  /// The first that `fits`; nullptr: none.
  template <class Fits>
  [[nodiscard]] const crypto::Suite* first(Fits fits) const {
    const auto& ours = options_->cipher_suites12;
    const auto& theirs = hello_->cipher_suites;
    if (options_->own_suite_order) {
      return first(ours, theirs, fits);
    }
    const auto fits_and_is_strong = [&](const crypto::Suite& suite) {
      return !is_weak(suite) && fits(suite);
    };
    const crypto::Suite* const strong = first(theirs, ours, fits_and_is_strong);
    return strong != nullptr ? strong : first(theirs, ours, fits);
  }

 private:
  template <class Favoured, class Others, class Fits>
  static const crypto::Suite* first(const Favoured& favoured, const Others& others, Fits fits) {
    for (const CipherSuite suite : favoured) {
      const crypto::Suite* const row = crypto::find_suite12(suite);
      if (row != nullptr && fits(*row) && std::ranges::find(others, suite) != others.end()) {
        return row;
      }
    }
    return nullptr;
  }

  const ServerOptions* options_;
  const ClientHello* hello_;
};

/// What certificates need. What a client without signature_algorithms takes (RFC 5246 §7.4.1.4.1)
/// is SHA-1 alone. RFC 9155 §2 has every client send it; where nothing is signed, that is let pass.
Result<> check_for_certificates(const ServerOptions& options, const ClientHello& hello,
                                const Choice12& choice) {
  if (choice.by_decryption != nullptr) {
    return {};
  }
  if (choice.by_ecdsa == nullptr && choice.by_rsa == nullptr) {
    return fail(Reason::suite_none_common,
                both_of(Facts::Kind::cipher_suites, std::span(options.cipher_suites12),
                        hello.cipher_suites));
  }
  if (!hello.typed.signature_algorithms) {
    return fail(Reason::signature_none_common);
  }
  return {};
}

/// Why no suite is left, neither with a certificate, where `of_certificates` says why, nor with a
/// key of both sides. `lacks_group` tells the suites that only want for a group.
template <class LacksGroup>
std::unexpected<Error> without_suite(const ServerOptions& options, const ClientHello& hello,
                                     const CommonSuites& common, const Error& of_certificates,
                                     LacksGroup lacks_group) {
  if (of_certificates.reason != Reason::suite_none_common) {
    return std::unexpected(of_certificates);
  }
  // RFC 7919 §4: "If the extension is present with FFDHE groups, none of the client's offered
  // groups are acceptable by the server, and none of the client's proposed non-FFDHE cipher suites
  // are acceptable to the server, the server MUST end the connection with a fatal TLS alert of type
  // insufficient_security(71)."
  const crypto::Suite* const ffdhe = common.first([&](const crypto::Suite& suite) {
    return suite.key_exchange == crypto::KeyExchangeMethod::dhe && lacks_group(suite);
  });
  if (ffdhe != nullptr) {
    return fail(Reason::ffdhe_group_none_common);
  }
  return std::unexpected(common.first(lacks_group) != nullptr ? check_group(options, hello).error()
                                                              : of_certificates);
}

}  // namespace

Result<Choice12> negotiate12(const ServerOptions& options, const ClientHello& hello,
                             bool may_decrypt) {
  if (const auto checked = check_form12(options, hello); !checked) {
    return std::unexpected(checked.error());
  }
  const bool knows_psks = knows_psks12(options);
  const auto is_for_keys = [&](const crypto::Suite& suite) {
    return knows_psks && !crypto::shows_certificate(suite.key_exchange);
  };
  const std::optional<NamedGroup> group = common_group12(options, hello);
  const std::optional<NamedGroup> ffdhe = common_ffdhe12(hello);
  const auto has_its_group = [&](const crypto::Suite& suite) {
    return suite.key_exchange == crypto::KeyExchangeMethod::dhe
               ? ffdhe.has_value()
               : group || !crypto::needs_curve(suite.key_exchange);
  };
  const auto is_signed_by = [&](crypto::SuiteSigner signer) {
    return [&has_its_group, signer](const crypto::Suite& suite) {
      return crypto::shows_certificate(suite.key_exchange) && suite.signer == signer &&
             suite.key_exchange != crypto::KeyExchangeMethod::rsa && has_its_group(suite);
    };
  };
  Choice12 choice;
  choice.group = group.value_or(NamedGroup{});
  choice.ffdhe = ffdhe.value_or(NamedGroup{});
  const CommonSuites common(options, hello);
  choice.by_ecdsa = common.first(is_signed_by(crypto::SuiteSigner::ecdsa));
  choice.by_rsa = common.first(is_signed_by(crypto::SuiteSigner::rsa));
  choice.by_decryption = common.first([&](const crypto::Suite& suite) {
    return may_decrypt && suite.key_exchange == crypto::KeyExchangeMethod::rsa;
  });
  choice.prefers_decryption = choice.by_decryption != nullptr &&
                              choice.by_decryption == common.first([&](const crypto::Suite& suite) {
                                return &suite == choice.by_rsa || &suite == choice.by_decryption;
                              });
  choice.by_psk = common.first(
      [&](const crypto::Suite& suite) { return is_for_keys(suite) && has_its_group(suite); });
  const auto checked = check_for_certificates(options, hello, choice);
  if (!checked && choice.by_psk == nullptr) {
    return without_suite(options, hello, common, checked.error(), [&](const crypto::Suite& suite) {
      return !has_its_group(suite) &&
             (is_for_keys(suite) || crypto::shows_certificate(suite.key_exchange));
    });
  }
  const crypto::Suite* const first = common.first([&](const crypto::Suite& suite) {
    return &suite == choice.by_ecdsa || &suite == choice.by_rsa || &suite == choice.by_decryption ||
           &suite == choice.by_psk;
  });
  choice.prefers_psk = choice.by_psk != nullptr && (!checked || first == choice.by_psk);
  const auto alpn = choose_alpn(options, hello);
  if (!alpn) {
    return std::unexpected(alpn.error());
  }
  choice.alpn = *alpn;
  const auto length = choose_fragment_length(options, hello.typed);
  if (!length) {
    return std::unexpected(length.error());
  }
  choice.max_fragment_length = *length;
  const auto heartbeat = heartbeat_of(hello.typed, options);
  if (!heartbeat) {
    return std::unexpected(heartbeat.error());
  }
  choice.heartbeat = *heartbeat;
  return choice;
}

}  // namespace handfast::handshake
