#include "handshake/offer13.h"

#include "crypto/signature.h"
#include "handshake/application_extension13.h"
#include "handshake/certificate_type13.h"
#include "handshake/common_choice.h"
#include "message/extension_block.h"

#include <algorithm>
#include <span>
#include <utility>

namespace handfast::handshake {
namespace {

/// Who uses which byte of the dice. Each GREASE value has a byte of its own, so they differ and
/// stay the same in the second ClientHello.
enum class Die : std::uint8_t { suite, group, version, extension, empty_extension, order };

/// RFC 8701 §2: one of 0x0A0A, 0x1A1A, ... 0xFAFA.
std::uint16_t grease(const Offer& offer, Die die) {
  const unsigned nibble = offer.dice[std::to_underlying(die)] & 0xf0U;
  return static_cast<std::uint16_t>(((nibble | 0x0aU) << 8) | nibble | 0x0aU);
}

/// What an extension's writer may look at.
struct Material {
  const Offer& offer;
  const ClientOptions& options;
  std::string_view name;
  bool is_hidden = false;  ///< it is a ClientHelloInner that is written
};

bool speaks_12(const Material& from) {
  return !from.is_hidden && offers_12(from.offer, from.options);
}

bool speaks_13(const Material& from) { return handshake::speaks_13(from.options); }

void write_text(codec::Writer& out, std::string_view text) {
  for (const char c : text) {
    out.number(static_cast<std::uint8_t>(c));
  }
}

/// Writes an extension whose body `write_body` appends.
template <class F>
void write_raw(codec::Writer& out, ExtensionType type, F write_body) {
  codec::write_element(out, type);
  const std::size_t place = out.begin_vector(2);
  write_body();
  out.end_vector(place, 2);
}

void write_server_name(codec::Writer& out, const Material& from) {
  if (from.name.empty()) {
    return;
  }
  write_raw(out, ExtensionType::server_name, [&] {
    const std::size_t list = out.begin_vector(2);
    out.number(std::uint8_t{0});
    const std::size_t name = out.begin_vector(2);
    write_text(out, from.name);
    out.end_vector(name, 2);
    out.end_vector(list, 2);
  });
}

void write_supported_versions(codec::Writer& out, const Material& from) {
  if (!speaks_13(from)) {
    return;
  }
  write_raw(out, ExtensionType::supported_versions, [&] {
    const std::size_t list = out.begin_vector(1);
    if (from.options.grease) {
      out.number(grease(from.offer, Die::version));
    }
    codec::write_element(out, ProtocolVersion::tls13);
    if (speaks_12(from)) {
      codec::write_element(out, ProtocolVersion::tls12);
    }
    out.end_vector(list, 1);
  });
}

/// RFC 7919 §3: a client that offers DHE SHOULD list its groups. One that speaks TLS 1.3 does not,
/// as it could not use them there.
void write_ffdhe_groups(codec::Writer& out, const Material& from) {
  const bool offers_dhe =
      !speaks_13(from) && std::ranges::any_of(from.options.cipher_suites12, [](CipherSuite id) {
        const crypto::Suite* const suite = crypto::find_suite12(id);
        return suite != nullptr && suite->key_exchange == crypto::KeyExchangeMethod::dhe;
      });
  for (const NamedGroup group : crypto::ffdhe_groups) {
    if (offers_dhe) {
      codec::write_element(out, group);
    }
  }
}

/// Whether a suite of TLS 1.2 is offered that `is` so.
template <class Is>
bool offers_in_12(const Material& from, Is is) {
  return speaks_12(from) &&
         std::ranges::any_of(from.options.cipher_suites12, [&](CipherSuite suite) {
           return offers_suite12(from.offer, from.options, suite) && is(crypto::suite_of(suite));
         });
}

/// RFC 8422 §4: "The client MUST NOT include these extensions in the ClientHello message if it does
/// not propose any ECC cipher suites." RFC 7919 §3 has the groups of finite fields in the first.
void write_supported_groups(codec::Writer& out, const Material& from) {
  const auto has_group = [](const crypto::Suite& suite) {
    return crypto::needs_curve(suite.key_exchange) ||
           suite.key_exchange == crypto::KeyExchangeMethod::dhe;
  };
  if (!speaks_13(from) && !offers_in_12(from, has_group)) {
    return;
  }
  write_raw(out, ExtensionType::supported_groups, [&] {
    const std::size_t list = out.begin_vector(2);
    if (from.options.grease) {
      out.number(grease(from.offer, Die::group));
    }
    for (const NamedGroup group : from.options.groups) {
      // RFC 10024: ML-KEM is for TLS 1.3 alone.
      if (speaks_13(from) || !crypto::has_ml_kem(group)) {
        codec::write_element(out, group);
      }
    }
    write_ffdhe_groups(out, from);
    out.end_vector(list, 2);
  });
}

void write_signature_algorithms(codec::Writer& out, const Material& from) {
  if (from.offer.takes_certificates) {
    message::write_extension(
        out, message::SignatureAlgorithms{std::span(from.options.signature_schemes)});
  }
}

void write_alpn(codec::Writer& out, const Material& from) {
  if (from.options.alpn.empty()) {
    return;
  }
  write_raw(out, ExtensionType::application_layer_protocol_negotiation, [&] {
    const std::size_t list = out.begin_vector(2);
    for (const std::string& protocol : from.options.alpn) {
      const std::size_t name = out.begin_vector(1);
      write_text(out, protocol);
      out.end_vector(name, 1);
    }
    out.end_vector(list, 2);
  });
}

void write_status_request(codec::Writer& out, const Material& from) {
  if (from.options.request_staples && from.offer.takes_certificates) {
    // RFC 6066 §8: ocsp, of any responder, with no extensions.
    static constexpr std::array<std::uint8_t, 4> any = {0, 0, 0, 0};
    message::write_extension(
        out, message::CertificateStatusRequest{message::CertificateStatusType::ocsp, any});
  }
}

void write_sct_wish(codec::Writer& out, const Material& from) {
  if (from.options.request_sct_lists && from.offer.takes_certificates) {
    message::write_extension(out, message::SignedCertificateTimestampWish{});
  }
}

void write_compress_certificate(codec::Writer& out, const Material& from) {
  if (!from.options.certificate_compression.empty() && from.offer.takes_certificates) {
    message::write_extension(out, message::CertificateCompressionAlgorithms{
                                      std::span(from.options.certificate_compression)});
  }
}

void write_client_certificate_type(codec::Writer& out, const Material& from) {
  write_client_types(out, from.options);
}

void write_server_certificate_type(codec::Writer& out, const Material& from) {
  write_server_types(out, from.options);
}

void write_record_size_limit(codec::Writer& out, const Material& from) {
  if (const std::uint16_t limit = record_limit(from.options); limit != 0) {
    message::write_extension(
        out, message::RecordSizeLimit{speaks_13(from) ? limit : record_limit12(limit)});
  }
}

void write_max_fragment_length(codec::Writer& out, const Material& from) {
  if (from.options.max_fragment_length != 0) {
    message::write_extension(out, message::MaxFragmentLength::of(from.options.max_fragment_length));
  }
}

void write_heartbeat(codec::Writer& out, const Material& from) {
  if (from.options.heartbeat) {
    message::write_extension(out, message::HeartbeatExtension{*from.options.heartbeat});
  }
}

void write_delegated_credential(codec::Writer& out, const Material& from) {
  if (!from.options.delegated_credential_schemes.empty() && from.offer.takes_certificates) {
    message::write_extension(out, message::DelegatedCredentialWish{
                                      std::span(from.options.delegated_credential_schemes)});
  }
}

void write_key_share(codec::Writer& out, const Material& from) {
  if (!speaks_13(from)) {
    return;
  }
  write_raw(out, ExtensionType::key_share, [&] {
    const std::size_t list = out.begin_vector(2);
    // RFC 9846 §4.2.2: the second ClientHello has the one share that was asked for, and no GREASE
    // beside it.
    if (from.options.grease && !from.offer.single_share) {
      static constexpr std::array<std::uint8_t, 1> zero = {0};
      codec::write(out, message::KeyShareEntry{
                            static_cast<NamedGroup>(grease(from.offer, Die::group)), zero});
    }
    for (const crypto::KeyExchange& share : from.offer.shares) {
      codec::write(out, message::KeyShareEntry{share.group(), share.share()});
    }
    out.end_vector(list, 2);
  });
}

void write_cookie(codec::Writer& out, const Material& from) {
  if (!from.offer.cookie.empty()) {
    message::write_extension(out, message::Cookie{from.offer.cookie});
  }
}

void write_psk_modes(codec::Writer& out, const Material& from) {
  // RFC 9846 §4.3.9: without the modes there would be no tickets. psk_ke has no forward secrecy.
  if (speaks_13(from) &&
      (from.options.sessions != nullptr || !from.options.external_psks.empty())) {
    static constexpr std::array modes = {message::PskKeyExchangeMode::psk_dhe_ke};
    message::write_extension(
        out, message::PskKeyExchangeModes{std::span<const message::PskKeyExchangeMode>(modes)});
  }
}

void write_post_handshake_auth(codec::Writer& out, const Material& from) {
  if (from.options.post_handshake_auth) {
    message::write_extension(out, message::PostHandshakeAuth{});
  }
}

void write_early_data(codec::Writer& out, const Material& from) {
  if (from.offer.early_data) {
    message::write_extension(out, message::EarlyDataIndication{});
  }
}

void write_ticket_request(codec::Writer& out, const Material& from) {
  if (from.options.sessions != nullptr && from.options.request_tickets) {
    const TicketCounts wanted = *from.options.request_tickets;
    message::write_extension(out, message::ClientTicketRequest{wanted.full, wanted.resumed});
  }
}

/// RFC 9846 §4.3.11: "The "pre_shared_key" extension MUST be the last extension in the
/// ClientHello".
void write_pre_shared_key(codec::Writer& out, const Offer& offer) {
  if (offer.psks.empty()) {
    return;
  }
  write_raw(out, ExtensionType::pre_shared_key, [&] {
    const std::size_t identities = out.begin_vector(2);
    for (const OfferedPsk& psk : offer.psks.view()) {
      codec::write(out, message::PskIdentity{psk.identity, psk.obfuscated_ticket_age});
    }
    out.end_vector(identities, 2);
    const std::size_t binders = out.begin_vector(2);
    for (const OfferedPsk& psk : offer.psks.view()) {
      static constexpr std::array<std::uint8_t, 48> zeros{};
      const Bytes empty = Bytes(zeros).first(crypto::digest_size(psk.hash));
      codec::write(out, message::PskBinderEntry{empty});
    }
    out.end_vector(binders, 2);
  });
}

void write_encrypted_client_hello(codec::Writer& out, const Material& from) {
  if (!from.offer.encrypted_client_hello.empty()) {
    write_raw(out, ExtensionType::encrypted_client_hello,
              [&] { out.bytes(from.offer.encrypted_client_hello); });
  }
}

void write_grease_empty(codec::Writer& out, const Material& from) {
  if (from.options.grease) {
    write_raw(out, static_cast<ExtensionType>(grease(from.offer, Die::empty_extension)), [] {});
  }
}

void write_grease_byte(codec::Writer& out, const Material& from) {
  if (from.options.grease) {
    std::uint16_t type = grease(from.offer, Die::extension);
    if (type == grease(from.offer, Die::empty_extension)) {
      type ^= 0x1010;  // RFC 9846 §4.3: never two of one type
    }
    write_raw(out, static_cast<ExtensionType>(type), [&] { out.number(std::uint8_t{0}); });
  }
}

void write_applications_own(codec::Writer& out, const Material& from) {
  write_application_extensions(out, from.options);
}

void write_extended_main_secret(codec::Writer& out, const Material& from) {
  if (speaks_12(from)) {
    message::write_extension(out, message::ExtendedMainSecret{});
  }
}

void write_encrypt_then_mac(codec::Writer& out, const Material& from) {
  const auto is_block_suite = [](const crypto::Suite& suite) { return suite.mac.has_value(); };
  if (offers_in_12(from, is_block_suite)) {
    message::write_extension(out, message::EncryptThenMac{});
  }
}

void write_renegotiation_info(codec::Writer& out, const Material& from) {
  if (speaks_12(from)) {
    message::write_extension(out, message::RenegotiationInfo{});
  }
}

void write_ec_point_formats(codec::Writer& out, const Material& from) {
  const auto needs_curve = [](const crypto::Suite& suite) {
    return crypto::needs_curve(suite.key_exchange);
  };
  if (offers_in_12(from, needs_curve)) {
    static constexpr std::array formats = {message::EcPointFormat::uncompressed};
    message::write_extension(
        out, message::EcPointFormats{std::span<const message::EcPointFormat>(formats)});
  }
}

/// RFC 5077 §3.2: empty by a client that takes tickets and has none.
void write_session_ticket(codec::Writer& out, const Material& from) {
  if (speaks_12(from) && from.options.sessions != nullptr) {
    const SessionFields* const session = from.offer.session12;
    message::write_extension(
        out, message::SessionTicket{session != nullptr ? session->ticket : Bytes()});
  }
}

using WriteExtension = void (*)(codec::Writer&, const Material&);

constexpr std::array writers = std::to_array<WriteExtension>({
    write_server_name,
    write_supported_groups,
    write_signature_algorithms,
    write_alpn,
    write_status_request,
    write_sct_wish,
    write_client_certificate_type,
    write_server_certificate_type,
    write_compress_certificate,
    write_delegated_credential,
    write_key_share,
    write_supported_versions,
    write_cookie,
    write_record_size_limit,
    write_max_fragment_length,
    write_heartbeat,
    write_psk_modes,
    write_post_handshake_auth,
    write_early_data,
    write_ticket_request,
    write_applications_own,
    write_grease_empty,
    write_grease_byte,
    write_encrypted_client_hello,
    write_encrypt_then_mac,
    write_extended_main_secret,
    write_renegotiation_info,
    write_ec_point_formats,
    write_session_ticket,
});

/// Fisher and Yates, with the dice: the same order in both hellos.
static_assert(std::to_underlying(Die::order) + writers.size() <=
              std::tuple_size_v<decltype(Offer::dice)>);

std::array<WriteExtension, writers.size()> shuffled(const Offer& offer) {
  auto order = writers;
  for (std::size_t i = order.size() - 1; i > 0; --i) {
    const std::size_t die = offer.dice[std::to_underlying(Die::order) + i];
    std::swap(order[i], order[die % (i + 1)]);
  }
  return order;
}

/// The groups of which shares are sent, in the order of all of them.
std::span<const NamedGroup> groups_shared(const ClientOptions& options) {
  if (options.key_shares) {
    return *options.key_shares;
  }
  constexpr std::size_t usual = 2;
  return std::span(options.groups).first(std::min(usual, options.groups.size()));
}

Result<> add_shares(Offer& offer, std::span<const NamedGroup> groups, Chance& chance) {
  offer.shares.reserve(groups.size());
  for (const NamedGroup group : groups) {
    auto share = chance.key_exchange(group);
    if (!share) {
      return std::unexpected(share.error());
    }
    offer.shares.push_back(std::move(*share));
  }
  return {};
}

/// Whether a server of TLS 1.2 may show a certificate, and sign with it.
bool takes_certificate12(const Offer& offer, const ClientOptions& options) {
  const auto& types = options.peer_certificate_types;
  const bool has_scheme = std::ranges::any_of(options.signature_schemes, [](SignatureScheme id) {
    const crypto::Scheme* const scheme = crypto::find_scheme(id);
    return scheme != nullptr && crypto::is_in_12(scheme->kind);
  });
  return offer.takes_certificates && has_scheme &&
         std::ranges::find(types, CertificateType::x509) != types.end();
}

}  // namespace

bool offers_12(const Offer& offer, const ClientOptions& options) {
  const auto& versions = options.versions;
  // What only TLS 1.3 can do is not worth a server's choice of TLS 1.2.
  return std::ranges::find(versions, ProtocolVersion::tls12) != versions.end() &&
         options.ech == nullptr &&
         std::ranges::any_of(options.cipher_suites12, [&](CipherSuite suite) {
           return offers_suite12(offer, options, suite);
         });
}

bool offers_suite12(const Offer& offer, const ClientOptions& options, CipherSuite suite) {
  const crypto::Suite* const row = crypto::find_suite12(suite);
  const auto& named = options.cipher_suites12;
  if (row == nullptr || std::ranges::find(named, suite) == named.end()) {
    return false;
  }
  const bool has_curve = !std::ranges::all_of(options.groups, crypto::has_ml_kem);
  return (has_curve || !crypto::needs_curve(row->key_exchange)) &&
         (crypto::shows_certificate(row->key_exchange) ? takes_certificate12(offer, options)
                                                       : offer.has_psk12);
}

const crypto::KeyExchange* Offer::find_share(NamedGroup group) const {
  const auto found = std::ranges::find(shares, group, &crypto::KeyExchange::group);
  return found != shares.end() ? &*found : nullptr;
}

std::size_t Offer::binders_size() const {
  std::size_t size = 2;
  for (const OfferedPsk& psk : psks.view()) {
    size += 1 + crypto::digest_size(psk.hash);
  }
  return size;
}

Result<> prepare(Offer& offer, const ClientOptions& options, bool compatible, Chance& chance) {
  std::array<std::uint8_t, 64 + std::tuple_size_v<decltype(Offer::dice)>>
      bytes;  // one call for all: the system's random source is dear
  if (const auto filled = chance.fill(bytes); !filled) {
    return filled;
  }
  std::copy_n(bytes.begin(), 32, offer.random.begin());
  std::copy_n(bytes.begin() + 32, 32, offer.session_id.begin());
  std::ranges::copy(std::span(bytes).subspan(64), offer.dice.begin());
  if (!speaks_13(options)) {
    return {};  // what stands for a session in TLS 1.3 would be one in TLS 1.2
  }
  offer.session_id_size = compatible ? offer.session_id.size() : 0;
  return add_shares(offer, groups_shared(options), chance);
}

Result<> prepare_again(Offer& offer, std::optional<NamedGroup> group, Bytes cookie,
                       Chance& chance) {
  offer.cookie = cookie;
  if (!group) {
    return {};
  }
  offer.single_share = true;
  offer.shares.clear();
  return add_shares(offer, std::span(&*group, 1), chance);
}

void write_extensions(codec::Writer& out, const Offer& offer, const ClientOptions& options,
                      std::string_view name) {
  write_outer_extensions(out, offer, options, name);
  write_pre_shared_key(out, offer);
}

SharedExtensions write_inner_extensions(codec::Writer& out, const Offer& offer,
                                        const ClientOptions& options, std::string_view name) {
  const Material material{offer, options, name, true};
  // RFC 9849 §6.1: the inner hello MUST hold encrypted_client_hello of type inner, and what is
  // compressed MUST stand together.
  write_server_name(out, material);
  message::write_extension(out, message::EchClientHello{message::EchClientHelloType::inner, {}});
  SharedExtensions shared{.begin = out.size()};
  const auto order = options.grease ? shuffled(offer) : writers;
  for (const WriteExtension write : order) {
    if (write != write_server_name && write != write_encrypted_client_hello) {
      write(out, material);
    }
  }
  shared.end = out.size();
  write_pre_shared_key(out, offer);
  return shared;
}

void write_outer_extensions(codec::Writer& out, const Offer& offer, const ClientOptions& options,
                            std::string_view public_name) {
  const Material material{offer, options, public_name};
  const auto order = options.grease ? shuffled(offer) : writers;
  for (const WriteExtension write : order) {
    write(out, material);
  }
}

Bytes write_suites(MutBytes memory, const Offer& offer, const ClientOptions& options) {
  codec::Writer out(memory);
  if (options.grease) {
    out.number(grease(offer, Die::suite));
  }
  if (speaks_13(options)) {
    for (const CipherSuite suite : options.cipher_suites) {
      codec::write_element(out, suite);
    }
  }
  if (offers_12(offer, options)) {
    for (const CipherSuite suite : options.cipher_suites12) {
      if (offers_suite12(offer, options, suite)) {
        codec::write_element(out, suite);
      }
    }
  }
  return out.written();
}

}  // namespace handfast::handshake
