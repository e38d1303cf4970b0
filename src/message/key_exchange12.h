// ServerKeyExchange and ClientKeyExchange of TLS 1.2, which have another form in each method of key
// exchange: with ephemeral elliptic curves (RFC 8422 §5.4, §5.7), with an external key (RFC 4279
// §2), with both (RFC 5489 §2), with the server's RSA key (RFC 5246 §7.4.7.1), in a
// finite field (§7.4.3, §7.4.7.2).
#pragma once

#include "codec/layout.h"
#include "handfast/registry.h"

namespace handfast::message {

/// enum { deprecated(1..2), named_curve(3), reserved(248..255) } ECCurveType;
enum class EcCurveType : std::uint8_t { named_curve = 3 };

/// struct { ECCurveType curve_type = named_curve; NamedCurve namedcurve; ECPoint public; }
/// ServerECDHParams; struct { opaque point<1..2^8-1>; } ECPoint;
struct ServerEcdhParams {
  EcCurveType curve_type{};
  NamedGroup namedcurve{};
  Bytes public_point;
  static constexpr auto layout =
      codec::fields(codec::field("curve_type", &ServerEcdhParams::curve_type),
                    codec::field("namedcurve", &ServerEcdhParams::namedcurve),
                    codec::opaque<1, 0xff>("public", &ServerEcdhParams::public_point));
};

/// struct { ServerECDHParams params; SignatureAndHashAlgorithm algorithm;
///          opaque signature<0..2^16-1>; } ServerKeyExchange;
///
/// What is signed are both randoms and the params as they were sent.
struct ServerKeyExchange {
  static constexpr auto type = HandshakeType::server_key_exchange;
  ServerEcdhParams params;
  SignatureScheme algorithm{};
  Bytes signature;
  static constexpr auto layout =
      codec::fields(codec::field("params", &ServerKeyExchange::params),
                    codec::field("algorithm", &ServerKeyExchange::algorithm),
                    codec::opaque<0, 0xffff>("signature", &ServerKeyExchange::signature));
};

/// struct { ECPoint ecdh_Yc; } ClientKeyExchange;
struct ClientKeyExchange {
  static constexpr auto type = HandshakeType::client_key_exchange;
  Bytes ecdh_yc;
  static constexpr auto layout =
      codec::fields(codec::opaque<1, 0xff>("ecdh_Yc", &ClientKeyExchange::ecdh_yc));
};

// ---- with an external key -----------------------------------------------------------------------

/// struct { opaque psk_identity_hint<0..2^16-1>; } ServerKeyExchange;
struct PskServerKeyExchange {
  static constexpr auto type = HandshakeType::server_key_exchange;
  Bytes psk_identity_hint;
  static constexpr auto layout = codec::fields(
      codec::opaque<0, 0xffff>("psk_identity_hint", &PskServerKeyExchange::psk_identity_hint));
};

/// struct { opaque psk_identity<0..2^16-1>; } ClientKeyExchange;
struct PskClientKeyExchange {
  static constexpr auto type = HandshakeType::client_key_exchange;
  Bytes psk_identity;
  static constexpr auto layout =
      codec::fields(codec::opaque<0, 0xffff>("psk_identity", &PskClientKeyExchange::psk_identity));
};

// ---- with both ----------------------------------------------------------------------------------

/// struct { opaque psk_identity_hint<0..2^16-1>; ServerECDHParams params; } ServerKeyExchange;
struct EcdhePskServerKeyExchange {
  static constexpr auto type = HandshakeType::server_key_exchange;
  Bytes psk_identity_hint;
  ServerEcdhParams params;
  static constexpr auto layout = codec::fields(
      codec::opaque<0, 0xffff>("psk_identity_hint", &EcdhePskServerKeyExchange::psk_identity_hint),
      codec::field("params", &EcdhePskServerKeyExchange::params));
};

/// struct { opaque psk_identity<0..2^16-1>; ClientECDiffieHellmanPublic public; }
/// ClientKeyExchange;
struct EcdhePskClientKeyExchange {
  static constexpr auto type = HandshakeType::client_key_exchange;
  Bytes psk_identity;
  Bytes ecdh_yc;
  static constexpr auto layout = codec::fields(
      codec::opaque<0, 0xffff>("psk_identity", &EcdhePskClientKeyExchange::psk_identity),
      codec::opaque<1, 0xff>("ecdh_Yc", &EcdhePskClientKeyExchange::ecdh_yc));
};

// ---- in a finite field --------------------------------------------------------------------------

/// struct { opaque dh_p<1..2^16-1>; opaque dh_g<1..2^16-1>; opaque dh_Ys<1..2^16-1>; }
/// ServerDHParams;
struct ServerDhParams {
  Bytes dh_p;
  Bytes dh_g;
  Bytes dh_ys;
  static constexpr auto layout =
      codec::fields(codec::opaque<1, 0xffff>("dh_p", &ServerDhParams::dh_p),
                    codec::opaque<1, 0xffff>("dh_g", &ServerDhParams::dh_g),
                    codec::opaque<1, 0xffff>("dh_Ys", &ServerDhParams::dh_ys));
};

/// ServerDHParams and the signature over both randoms and them.
struct DheServerKeyExchange {
  static constexpr auto type = HandshakeType::server_key_exchange;
  ServerDhParams params;
  SignatureScheme algorithm{};
  Bytes signature;
  static constexpr auto layout =
      codec::fields(codec::field("params", &DheServerKeyExchange::params),
                    codec::field("algorithm", &DheServerKeyExchange::algorithm),
                    codec::opaque<0, 0xffff>("signature", &DheServerKeyExchange::signature));
};

/// struct { opaque dh_Yc<1..2^16-1>; } ClientDiffieHellmanPublic;
struct DheClientKeyExchange {
  static constexpr auto type = HandshakeType::client_key_exchange;
  Bytes dh_yc;
  static constexpr auto layout =
      codec::fields(codec::opaque<1, 0xffff>("dh_Yc", &DheClientKeyExchange::dh_yc));
};

// ---- with the server's RSA key ------------------------------------------------------------------

/// struct { public-key-encrypted PreMasterSecret pre_master_secret; } EncryptedPreMasterSecret; it
/// is the whole ClientKeyExchange, and what is encrypted is opaque<0..2^16-1> (RFC 5246 §4.7).
struct EncryptedPreMasterSecret {
  static constexpr auto type = HandshakeType::client_key_exchange;
  Bytes pre_master_secret;
  static constexpr auto layout = codec::fields(
      codec::opaque<0, 0xffff>("pre_master_secret", &EncryptedPreMasterSecret::pre_master_secret));
};

}  // namespace handfast::message
