#include "handshake/check13.h"

#include "base/code_set.h"
#include "base/limits.h"
#include "handshake/common_choice.h"
#include "handshake/downgrade.h"
#include "handshake/ech_config.h"
#include "x509/oid_filter.h"

#include <algorithm>
#include <array>

namespace handfast::handshake {
namespace {

using message::ServerHello;

bool has_extension(const message::ExtensionList& extensions, ExtensionType type) {
  return std::ranges::any_of(extensions, [type](const message::Extension& extension) {
    return extension.extension_type == type;
  });
}

/// A server that answers without supported_versions has chosen TLS 1.2 or older, and not one that
/// was offered.
Result<> refuse_old_version(const ClientOptions& options, const ServerHello& hello) {
  if (const auto checked = check_no_downgrade(hello.random); !checked) {
    return checked;
  }
  Facts facts{.kind = Facts::Kind::versions};
  for (const ProtocolVersion version : options.versions) {
    facts.add_ours(static_cast<std::uint16_t>(version));
  }
  facts.add_theirs(static_cast<std::uint16_t>(hello.legacy_version));
  return fail(Reason::version_none_common, facts);
}

/// What ServerHello and HelloRetryRequest have in common. Returns the suite.
Result<const crypto::Suite*> check_common(const Asked& asked, const ServerHello& hello,
                                          const std::optional<message::SelectedVersion>& version) {
  if (!version) {  // RFC 9846 §4.2.4: a HelloRetryRequest is one of TLS 1.3, and MUST hold it
    return hello.is_retry() ? fail(Reason::extension_missing)
                            : std::unexpected(refuse_old_version(*asked.options, hello).error());
  }
  // RFC 9846 §4.3.1: a selected_version that was not offered, or is older than TLS 1.3, MUST end
  // with illegal_parameter.
  if (version->selected_version != ProtocolVersion::tls13) {
    return fail(Reason::version_not_offered);
  }
  // RFC 9846 §4.2.3: "A client which receives a TLS 1.3 Server Hello with a legacy_version value
  // not equal to 0x0303 MUST abort the handshake with a "protocol_version" alert."
  if (hello.legacy_version != ProtocolVersion::tls12) {
    return fail(Reason::legacy_version_invalid);
  }
  // RFC 9846 §4.2.3: a session id that does not match what was sent MUST end with
  // illegal_parameter.
  if (!std::ranges::equal(hello.legacy_session_id_echo, asked.offer->sent_session_id())) {
    return fail(Reason::session_id_not_echoed);
  }
  // RFC 9846 §4.2.3: a suite that was not offered MUST end with illegal_parameter.
  if (std::ranges::find(asked.options->cipher_suites, hello.cipher_suite) ==
      asked.options->cipher_suites.end()) {
    return fail(Reason::suite_not_offered);
  }
  // RFC 9846 §4.2.3: legacy_compression_method MUST be 0.
  if (hello.legacy_compression_method != 0) {
    return fail(Reason::compression_not_null);
  }
  return crypto::find_suite(hello.cipher_suite);
}

/// A server of TLS 1.2 may send extensions that TLS 1.3 has not; its version is what is wrong, and
/// is named first.
Result<> check_is_13(const ClientOptions& options, const ServerHello& hello, bool retried) {
  if (has_extension(hello.extensions, ExtensionType::supported_versions)) {
    return {};
  }
  // RFC 9846 §4.2.4: the selected_version of the HelloRetryRequest "MUST be retained in the
  // ServerHello, and a client MUST abort the handshake with an "illegal_parameter" alert if the
  // value changes."
  return retried ? fail(Reason::version_not_offered) : refuse_old_version(options, hello);
}

template <class Block>
Result<Block> read_answer(const message::ExtensionList& extensions,
                          const message::ExtensionList& asked) {
  if (const auto checked = message::check_answered(extensions, asked); !checked) {
    return std::unexpected(checked.error());
  }
  return message::read_extensions<Block>(extensions);
}

Result<> check_filters(const message::OidFilters& asked) {
  std::array<Bytes, limits::oid_filters> seen;
  std::size_t count = 0;
  for (const message::OidFilter& filter : asked.filters) {
    const Bytes oid = filter.certificate_extension_oid;
    // RFC 9846 §4.3.5: "Any given OID MUST NOT appear more than once in the filters list" and "The
    // special anyExtendedKeyUsage OID MUST NOT be used in the request."
    const auto earlier = std::span(seen).first(count);
    const bool is_double =
        std::ranges::any_of(earlier, [oid](Bytes other) { return std::ranges::equal(oid, other); });
    if (count == seen.size() || is_double ||
        x509::asks_for_any_purpose(oid, filter.certificate_extension_values)) {
      return fail(Reason::oid_filters_invalid);
    }
    seen[count++] = oid;
  }
  return {};
}

/// An extension as it stood; empty if there is none.
Bytes data_of(const message::ExtensionList& extensions, ExtensionType type) {
  for (const message::Extension& extension : extensions) {
    if (extension.extension_type == type) {
      return extension.extension_data;
    }
  }
  return {};
}

Result<> check_retry_configs(const Asked& asked, Bytes list) {
  // RFC 9849 §5: in answer to the inner variant, the client MUST abort with unsupported_extension.
  if (asked.is_hidden) {
    return fail(Reason::extension_unsolicited);
  }
  // RFC 9849 §6.1.6, §6.2.1: the client MUST check that it is syntactically valid, or abort with
  // decode_error; with GREASE too.
  const auto configs = read_ech_configs(list);
  return configs ? Result<>() : std::unexpected(configs.error());
}

// RFC 9345 §4.1.1: who receives a delegated credential without having asked for one MUST abort with
// unexpected_message; other extensions that nobody asked for have another alert.
Result<> check_delegation_asked(const message::CertificateEntry& entry,
                                const message::ExtensionList& asked) {
  const bool is_unasked = has_extension(entry.extensions, ExtensionType::delegated_credential) &&
                          !has_extension(asked, ExtensionType::delegated_credential);
  return is_unasked ? fail(Reason::delegated_credential_unasked) : Result<>();
}

Result<> check_raw_key(const message::CertificateEntry& entry, const PeerCertificates& before) {
  // RFC 9846 §4.5.1: "If the RawPublicKey certificate type was negotiated, then the
  // certificate_list MUST contain no more than one CertificateEntry".
  if (!before.empty()) {
    return fail(Reason::raw_key_not_alone);
  }
  const auto key = Certificate::of_raw_key(entry.cert_data);
  return key ? Result<>() : std::unexpected(key.error());
}

}  // namespace

Result<Retry> check_retry(const Asked& asked, const ServerHello& hello) {
  const auto typed =
      read_answer<message::HelloRetryRequestExtensions>(hello.extensions, asked.extensions);
  if (!typed) {
    return std::unexpected(typed.error());
  }
  const auto suite = check_common(asked, hello, typed->supported_versions);
  if (!suite) {
    return std::unexpected(suite.error());
  }
  Retry retry;
  retry.suite = *suite;
  if (typed->cookie) {
    retry.cookie = typed->cookie->cookie;
    if (retry.cookie.size() > limits::cookie) {
      return fail_limit(Reason::handshake_too_large, limits::cookie, retry.cookie.size());
    }
  }
  if (typed->key_share) {
    const NamedGroup group = typed->key_share->selected_group;
    // RFC 9846 §4.3.8: the client MUST verify that the selected_group was in its supported_groups,
    // and that it does not have a share already; else illegal_parameter.
    if (std::ranges::find(asked.options->groups, group) == asked.options->groups.end()) {
      return fail(Reason::group_not_offered);
    }
    if (asked.offer->find_share(group) != nullptr) {
      return fail(Reason::retry_for_share_sent);
    }
    retry.group = group;
  }
  // RFC 9846 §4.2.4: "Clients MUST abort the handshake with an "illegal_parameter" alert if the
  // HelloRetryRequest would not result in any change in the ClientHello."
  if (!retry.group && retry.cookie.empty()) {
    return fail(Reason::retry_without_change);
  }
  return retry;
}

Result<ServerChoice> check_server_hello(const Asked& asked, const std::optional<Retry>& retry,
                                        const ServerHello& hello) {
  // RFC 9846 §4.2.4: a second HelloRetryRequest MUST end with unexpected_message.
  if (hello.is_retry()) {
    return fail(Reason::retry_repeated);
  }
  if (const auto checked = check_is_13(*asked.options, hello, retry.has_value()); !checked) {
    return std::unexpected(checked.error());
  }
  const auto typed =
      read_answer<message::ServerHelloExtensions>(hello.extensions, asked.extensions);
  if (!typed) {
    return std::unexpected(typed.error());
  }
  const auto suite = check_common(asked, hello, typed->supported_versions);
  if (!suite) {
    return std::unexpected(suite.error());
  }
  // RFC 9846 §4.2.4: the suite MUST be that of the HelloRetryRequest.
  if (retry && retry->suite != *suite) {
    return fail(Reason::suite_changed);
  }
  const OfferedPsk* psk = nullptr;
  if (typed->pre_shared_key) {
    // RFC 9846 §4.3.11: "Clients MUST verify that the server's selected_identity is within the
    // range supplied by the client, that the server selected a cipher suite indicating a Hash
    // associated with the PSK, and that a server "key_share" extension is present if required by
    // the ClientHello "psk_key_exchange_modes" extension." Else illegal_parameter.
    const std::size_t index = typed->pre_shared_key->selected_identity;
    if (index >= asked.offer->psks.view().size()) {
      return fail(Reason::psk_not_offered);
    }
    psk = &asked.offer->psks.view()[index];
    if (psk->hash != (*suite)->hash || !typed->key_share) {
      return fail(Reason::psk_hash_mismatch);
    }
  }
  if (!typed->key_share) {
    return fail(Reason::extension_missing);
  }
  const message::KeyShareEntry& share = typed->key_share->server_share;
  // RFC 9846 §4.3.8: the server's share MUST be in the same group as one of the client's.
  if (asked.offer->find_share(share.group) == nullptr) {
    return fail(Reason::key_share_not_offered);
  }
  return ServerChoice{*suite, share.group, share.key_exchange, psk};
}

Result<std::string> chosen_protocol(const message::ProtocolNameList& answer,
                                    const ClientOptions& options) {
  std::string chosen;
  std::size_t count = 0;
  for (const message::ProtocolName& protocol : answer.protocol_name_list) {
    ++count;
    chosen.assign(protocol.name.begin(), protocol.name.end());
  }
  // RFC 7301 §3.1: the server's list MUST contain exactly one name.
  if (count != 1) {
    return fail(Reason::alpn_malformed);
  }
  const bool is_offered = std::ranges::find(options.alpn, chosen) != options.alpn.end();
  return is_offered ? Result<std::string>(std::move(chosen)) : fail(Reason::alpn_not_offered);
}

Result<ServerTerms> check_encrypted_extensions(const Asked& asked,
                                               const message::EncryptedExtensions& extensions) {
  const auto typed =
      read_answer<message::EncryptedExtensionsTyped>(extensions.extensions, asked.extensions);
  if (!typed) {
    return std::unexpected(typed.error());
  }
  ServerTerms terms;
  terms.early_data = typed->early_data.has_value();
  if (typed->alpn) {
    auto chosen = chosen_protocol(*typed->alpn, *asked.options);
    if (!chosen) {
      return std::unexpected(chosen.error());
    }
    terms.alpn = *std::move(chosen);
  }
  const auto types = check_types(*asked.options, *typed);
  if (!types) {
    return std::unexpected(types.error());
  }
  terms.types = *types;
  // RFC 8449 §4: a value below 64 MUST be answered with illegal_parameter.
  if (typed->record_size_limit) {
    terms.record_size_limit = typed->record_size_limit->record_size_limit;
    if (*terms.record_size_limit < limits::record_inner_least) {
      return fail(Reason::record_size_limit_invalid);
    }
  }
  const auto length = fragment_length_of(*typed, *asked.options);
  if (!length) {
    return std::unexpected(length.error());
  }
  terms.max_fragment_length = *length;
  const auto heartbeat = heartbeat_of(*typed, *asked.options);
  if (!heartbeat) {
    return std::unexpected(heartbeat.error());
  }
  terms.heartbeat = *heartbeat;
  if (typed->encrypted_client_hello) {
    terms.ech_retry_configs = data_of(extensions.extensions, ExtensionType::encrypted_client_hello);
    if (const auto checked = check_retry_configs(asked, terms.ech_retry_configs); !checked) {
      return std::unexpected(checked.error());
    }
  }
  return terms;
}

Result<> check_compressions(const message::CertificateCompressionAlgorithms& listed) {
  CodeSet seen;
  for (const CertificateCompressionAlgorithm algorithm : listed.algorithms) {
    if (!seen.insert(std::to_underlying(algorithm))) {
      return fail(Reason::compression_duplicated);
    }
  }
  return {};
}

Result<> check_without_context(const message::CertificateRequest& request) {
  // RFC 9846 §4.4.2: the context SHALL be empty unless it is used for post-handshake
  // authentication.
  return request.certificate_request_context.empty() ? Result<>()
                                                     : fail(Reason::certificate_context_invalid);
}

Result<message::CertificateRequestExtensions>
check_certificate_request(const message::CertificateRequest& request) {
  auto typed = message::read_extensions<message::CertificateRequestExtensions>(request.extensions);
  if (!typed) {
    return typed;
  }
  // RFC 9846 §4.4.2: "The "signature_algorithms" extension MUST be specified".
  if (!typed->signature_algorithms) {
    return fail(Reason::extension_missing);
  }
  if (typed->compress_certificate) {
    if (const auto checked = check_compressions(*typed->compress_certificate); !checked) {
      return std::unexpected(checked.error());
    }
  }
  if (typed->oid_filters) {
    if (const auto checked = check_filters(*typed->oid_filters); !checked) {
      return std::unexpected(checked.error());
    }
  }
  return typed;
}

Result<PeerCertificates> check_certificate(const message::ExtensionList& asked,
                                           const message::Certificate& certificate,
                                           CertificateType type, Bytes context) {
  // RFC 9846 §4.5.1: "If this message is in response to a CertificateRequest, the value of
  // certificate_request_context in that message. Otherwise (in the case of server authentication),
  // this field SHALL be zero length."
  if (!std::ranges::equal(certificate.certificate_request_context, context)) {
    return fail(Reason::certificate_context_invalid);
  }
  PeerCertificates certificates(type);
  for (const message::CertificateEntry& entry : certificate.certificate_list) {
    if (certificates.chain().size() == limits::certificates_in_message) {
      return fail_limit(Reason::certificate_list_too_long, limits::certificates_in_message,
                        limits::certificates_in_message + 1);
    }
    if (type == CertificateType::raw_public_key) {
      if (const auto checked = check_raw_key(entry, certificates); !checked) {
        return std::unexpected(checked.error());
      }
    }
    if (const auto checked = check_delegation_asked(entry, asked); !checked) {
      return std::unexpected(checked.error());
    }
    const auto typed = read_answer<message::CertificateEntryExtensions>(entry.extensions, asked);
    if (!typed) {
      return std::unexpected(typed.error());
    }
    Bytes staple;
    if (typed->status_request) {
      // RFC 6066 §8: the response is of the type that was asked for, and ocsp is all we ask for.
      if (typed->status_request->status_type != message::CertificateStatusType::ocsp) {
        return fail(Reason::staple_type_not_offered);
      }
      staple = typed->status_request->response;
    }
    if (certificates.empty()) {
      certificates.delegate(data_of(entry.extensions, ExtensionType::delegated_credential));
    }
    certificates.add(entry.cert_data, staple,
                     data_of(entry.extensions, ExtensionType::signed_certificate_timestamp));
  }
  return certificates;
}

}  // namespace handfast::handshake
