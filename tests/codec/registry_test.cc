#include "handfast/registry.h"

#include <gtest/gtest.h>

namespace handfast {
namespace {

template <class E>
std::string_view name_of(unsigned code) {
  return name(static_cast<E>(code));
}

// The names of the IANA registries at these code points, and of RFC 9846 §B.4, §4.3.3, §4.3.7.
TEST(Registry, has_the_names_of_iana) {
  EXPECT_EQ(name_of<CipherSuite>(0x1301), "TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(name_of<CipherSuite>(0x1302), "TLS_AES_256_GCM_SHA384");
  EXPECT_EQ(name_of<CipherSuite>(0x1303), "TLS_CHACHA20_POLY1305_SHA256");
  EXPECT_EQ(name_of<CipherSuite>(0x1304), "TLS_AES_128_CCM_SHA256");
  EXPECT_EQ(name_of<CipherSuite>(0x1305), "TLS_AES_128_CCM_8_SHA256");
  EXPECT_EQ(name_of<CipherSuite>(0x5600), "TLS_FALLBACK_SCSV");
  EXPECT_EQ(name_of<CipherSuite>(0x00ff), "TLS_EMPTY_RENEGOTIATION_INFO_SCSV");

  EXPECT_EQ(name_of<NamedGroup>(0x0017), "secp256r1");
  EXPECT_EQ(name_of<NamedGroup>(0x0018), "secp384r1");
  EXPECT_EQ(name_of<NamedGroup>(0x0019), "secp521r1");
  EXPECT_EQ(name_of<NamedGroup>(0x001d), "x25519");
  EXPECT_EQ(name_of<NamedGroup>(0x001e), "x448");
  EXPECT_EQ(name_of<NamedGroup>(0x0100), "ffdhe2048");
  EXPECT_EQ(name_of<NamedGroup>(0x0104), "ffdhe8192");
  EXPECT_EQ(name_of<NamedGroup>(0x0201), "MLKEM768");
  EXPECT_EQ(name_of<NamedGroup>(0x11eb), "SecP256r1MLKEM768");
  EXPECT_EQ(name_of<NamedGroup>(0x11ec), "X25519MLKEM768");
  EXPECT_EQ(name_of<NamedGroup>(0x11ed), "SecP384r1MLKEM1024");

  EXPECT_EQ(name_of<SignatureScheme>(0x0401), "rsa_pkcs1_sha256");
  EXPECT_EQ(name_of<SignatureScheme>(0x0403), "ecdsa_secp256r1_sha256");
  EXPECT_EQ(name_of<SignatureScheme>(0x0503), "ecdsa_secp384r1_sha384");
  EXPECT_EQ(name_of<SignatureScheme>(0x0603), "ecdsa_secp521r1_sha512");
  EXPECT_EQ(name_of<SignatureScheme>(0x0804), "rsa_pss_rsae_sha256");
  EXPECT_EQ(name_of<SignatureScheme>(0x0807), "ed25519");
  EXPECT_EQ(name_of<SignatureScheme>(0x0808), "ed448");
  EXPECT_EQ(name_of<SignatureScheme>(0x080b), "rsa_pss_pss_sha512");
  EXPECT_EQ(name_of<SignatureScheme>(0x0904), "mldsa44");
  EXPECT_EQ(name_of<SignatureScheme>(0x0905), "mldsa65");
  EXPECT_EQ(name_of<SignatureScheme>(0x0906), "mldsa87");
  EXPECT_EQ(name_of<SignatureScheme>(0x0201), "rsa_pkcs1_sha1");
  EXPECT_EQ(name_of<SignatureScheme>(0x0203), "ecdsa_sha1");

  EXPECT_EQ(name_of<ExtensionType>(0), "server_name");
  EXPECT_EQ(name_of<ExtensionType>(16), "application_layer_protocol_negotiation");
  EXPECT_EQ(name_of<ExtensionType>(23), "extended_main_secret");
  EXPECT_EQ(name_of<ExtensionType>(27), "compress_certificate");
  EXPECT_EQ(name_of<ExtensionType>(41), "pre_shared_key");
  EXPECT_EQ(name_of<ExtensionType>(51), "key_share");
  EXPECT_EQ(name_of<ExtensionType>(57), "quic_transport_parameters");
  EXPECT_EQ(name_of<ExtensionType>(65037), "encrypted_client_hello");
  EXPECT_EQ(name_of<ExtensionType>(65281), "renegotiation_info");

  EXPECT_EQ(name_of<CertificateCompressionAlgorithm>(1), "zlib");
  EXPECT_EQ(name_of<CertificateCompressionAlgorithm>(2), "brotli");
  EXPECT_EQ(name_of<CertificateCompressionAlgorithm>(3), "zstd");
  EXPECT_EQ(name_of<CertificateCompressionAlgorithm>(4), "unassigned");
  EXPECT_EQ(name_of<HandshakeType>(25), "CompressedCertificate");
  EXPECT_EQ(name_of<HandshakeType>(17), "ClientCertificateRequest");

  EXPECT_EQ(name_of<CertificateType>(0), "X509");
  EXPECT_EQ(name_of<CertificateType>(2), "RawPublicKey");
  EXPECT_EQ(name_of<CertificateType>(1), "unassigned") << "OpenPGP: not for TLS 1.3";

  EXPECT_EQ(name_of<ContentType>(20), "change_cipher_spec");
  EXPECT_EQ(name_of<ContentType>(21), "alert");
  EXPECT_EQ(name_of<ContentType>(22), "handshake");
  EXPECT_EQ(name_of<ContentType>(23), "application_data");
  EXPECT_EQ(name_of<ContentType>(24), "heartbeat");
  EXPECT_EQ(name_of<ContentType>(25), "unassigned") << "tls12_cid: not here yet";
}

// The RFC's headings and texts write messages without underscores.
TEST(Registry, names_messages_as_the_rfc_writes_them) {
  EXPECT_EQ(name(HandshakeType::client_hello), "ClientHello");
  EXPECT_EQ(name(HandshakeType::hello_retry_request), "HelloRetryRequest");
  EXPECT_EQ(name(HandshakeType::key_update), "KeyUpdate");
  EXPECT_EQ(name_of<HandshakeType>(3), "unassigned");
}

TEST(Registry, names_versions) {
  EXPECT_EQ(name_of<ProtocolVersion>(0x0304), "TLS 1.3");
  EXPECT_EQ(name_of<ProtocolVersion>(0x0300), "SSL 3.0");
  EXPECT_EQ(name_of<ProtocolVersion>(0x0305), "unassigned");
}

// RFC 8701 §2.
TEST(Registry, knows_the_sixteen_values_of_grease) {
  unsigned count = 0;
  for (unsigned code = 0; code < 0x10000; ++code) {
    count += is_grease(static_cast<std::uint16_t>(code)) ? 1U : 0U;
  }
  EXPECT_EQ(count, 16U);
  for (unsigned nibble = 0; nibble < 16; ++nibble) {
    const unsigned byte = nibble << 4 | 0x0a;
    const unsigned code = byte << 8 | byte;
    EXPECT_TRUE(is_grease(static_cast<std::uint16_t>(code)));
    EXPECT_EQ(name_of<CipherSuite>(code), "GREASE");
    EXPECT_EQ(name_of<NamedGroup>(code), "GREASE");
    EXPECT_EQ(name_of<ExtensionType>(code), "GREASE");
  }
  EXPECT_EQ(name_of<ExtensionType>(0x0a1a), "unassigned");
}

}  // namespace
}  // namespace handfast
