// Every bound on what a peer can make us hold or do. No caller can switch one off.
#pragma once

#include <cstddef>
#include <cstdint>

namespace handfast::limits {

// Plain text of a server before TLS begins (STARTTLS).
inline constexpr std::size_t starttls_line = 1U << 12;    // or packet, or tag of XML; with its end
inline constexpr std::size_t starttls_lines = 512;        // the same, in all
inline constexpr std::size_t starttls_bytes = 32U << 10;  // in all
inline constexpr unsigned starttls_depth = 16;            // of elements of XML in each other

// Records. RFC 9846 §5.1, §5.2.
inline constexpr std::size_t record_plaintext = 1U << 14;
inline constexpr std::size_t record_ciphertext = (1U << 14) + 256;
// Of a block cipher: IV, MAC and padding. RFC 5246 §6.2.3 would have 2^14 + 2048.
inline constexpr std::size_t record_block_ciphertext = (1U << 14) + 16 + 48 + 256;
inline constexpr std::size_t record_header = 5;
inline constexpr std::size_t record_inner = (1U << 14) + 1;  // content, type and padding
inline constexpr std::size_t record_inner_least = 64;        // that a peer may ask for, RFC 8449
inline constexpr unsigned empty_records_in_a_row = 32;
inline constexpr unsigned warning_alerts = 4;
inline constexpr unsigned change_cipher_specs = 1;
inline constexpr unsigned heartbeats_answered = 16;          // at once; then one a second
inline constexpr unsigned heartbeats_dropped_in_a_row = 32;  // with neither data nor time between
inline constexpr std::size_t skipped_early_data = 1U << 14;

// Handshake messages, checked on the fourth byte, before anything is kept.
inline constexpr std::size_t client_hello = 1U << 14;
inline constexpr std::size_t protocol_names = 1U << 12;               // of ours, in one ClientHello
inline constexpr std::size_t key_shares = 6;                          // of ours, in one ClientHello
inline constexpr std::size_t application_extensions = 16;             // of ours, in one message
inline constexpr std::size_t application_extension_bytes = 1U << 13;  // in all, also of the peer's
inline constexpr std::size_t certificate_message = 1U << 16;          // to a client
inline constexpr std::size_t client_certificate_message = 1U << 15;   // to a server
inline constexpr std::size_t decompression_memory = 1U << 20;         // of the decompressor itself
inline constexpr std::size_t certificate_request = 1U << 16;
inline constexpr std::size_t authorities_sent = 1U << 12;  // of ours, in one CertificateRequest
inline constexpr std::size_t authorities_looked_at = 64;   // of a ClientHello's
inline constexpr std::size_t authority_name = 1U << 10;    // of a peer's, in DER
inline constexpr std::size_t oid_filters = 64;
inline constexpr std::size_t new_session_ticket = (1U << 16) + (1U << 10);
inline constexpr std::size_t other_message = 1U << 14;
inline constexpr unsigned post_handshake_messages_in_a_row = 32;
inline constexpr std::size_t certificate_requests = 64;  // after the handshake, in one connection

// Exported authenticators. RFC 9261.
inline constexpr std::size_t authenticator_steps = 512;   // made, answered, judged; a connection's
inline constexpr std::size_t authenticators_judged = 64;  // of those: each may bring a dear chain

// Sessions. RFC 9846 §4.7.1.
inline constexpr std::size_t ticket = 1U << 13;         // kept by a client, issued by a server
inline constexpr std::size_t tickets_in_hello = 4;      // looked at; the rest is unknown
inline constexpr std::size_t sessions_forgotten = 256;  // names that a store remembers, see Tickets
inline constexpr unsigned tickets_issued = 8;           // after one handshake, whoever asks
inline constexpr std::uint32_t ticket_lifetime = 7 * 86'400;  // seconds
inline constexpr std::uint32_t ticket_lifetime12 = 2 * 3600;  // of TLS 1.2: it holds all secrets
inline constexpr std::int64_t session_lifetime12 = 86'400;    // of which nobody said how long
inline constexpr std::uint32_t authentication_age = 86'400;   // seconds, however often it resumes
inline constexpr std::uint32_t session_age12 =
    12 * 3600;  // of TLS 1.2, however often: RFC 9325 §3.4

// Cookies of a HelloRetryRequest.
inline constexpr std::uint32_t cookie_age = 60;   // seconds
inline constexpr std::uint32_t cookie_ahead = 5;  // seconds by which another's clock may be ahead
inline constexpr std::size_t cookie = 1U << 12;   // bytes that a client brings back

// External pre-shared keys. RFC 9257, RFC 9258.
inline constexpr std::size_t psk_imported = 32;   // bytes of a key, at least
inline constexpr std::size_t psk_raw = 16;        // of one that is not imported
inline constexpr std::size_t psk_longest = 256;   // of any
inline constexpr std::size_t psk_identity = 128;  // bytes
inline constexpr std::size_t psk_context = 512;   // bytes
inline constexpr std::size_t psks_known = 256;    // to a server, compared with those offered
inline constexpr std::size_t psks_offered = 8;    // keys; each has two identities at most
inline constexpr std::size_t psks_in_hello = 16;  // identities looked at; the rest is unknown

// Early data. RFC 9846 §8.
inline constexpr std::uint32_t early_data = 14'336;    // bytes that a server takes
inline constexpr std::int64_t early_data_window = 10;  // seconds, a ClientHello's late or early

// Encrypted Client Hello.
inline constexpr std::size_t ech_keys = 16;  // of a server, each one tried with its config_id
inline constexpr std::size_t ech_configs = 1U << 13;  // of ours, in one EncryptedExtensions

// Memory of one handshake: coroutine frames; what we say; what the peer says and what is made of
// that, until the handshake ends.
inline constexpr std::size_t frame_arena = 10U << 10;
inline constexpr std::size_t said_arena = 160U << 10;
inline constexpr std::size_t heard_by_client = 120U << 10;
inline constexpr std::size_t heard_by_asking_server = 84U << 10;  // for certificates
inline constexpr std::size_t heard_by_server = 29U << 10;

// With what a connection needs besides, a peer that has proved nothing holds so much at most, of
// who says no more than 8 KiB itself and has no extensions of the application's own; and 2 KiB of a
// server to which it has said nothing yet.
inline constexpr std::size_t held_of_client = 160U << 10;
inline constexpr std::size_t held_of_asking_server = 112U << 10;
inline constexpr std::size_t held_of_server = 49U << 10;
inline constexpr std::size_t held_at_rest = 2U << 10;

// Certificates.
inline constexpr std::size_t staple = 1U << 14;           // of ours, for one certificate
inline constexpr std::size_t staples = 1U << 15;          // of ours, for a whole chain
inline constexpr std::size_t delegating_leaf = 1U << 14;  // it is copied to check its signature
inline constexpr std::size_t certificates_in_set = 1U << 14;
inline constexpr std::size_t certificates_in_message = 10;
inline constexpr std::size_t raw_key = 1U << 12;  // a SubjectPublicKeyInfo instead of certificates
inline constexpr std::size_t intermediates_in_path = 6;
inline constexpr std::size_t certificates_in_path = intermediates_in_path + 2;  // leaf and anchor
inline constexpr std::size_t der_depth = 16;
inline constexpr std::size_t der_element = 1U << 16;
inline constexpr std::size_t pem_block = 1U << 17;
inline constexpr std::size_t extensions_in_certificate = 64;
inline constexpr std::size_t names_in_certificate = 1000;
inline constexpr std::size_t policies_in_certificate = 64;
inline constexpr std::size_t attributes_in_rdn = 32;
inline constexpr std::size_t distribution_points = 64;
inline constexpr std::size_t timestamps_in_list = 32;
inline constexpr std::size_t attributes_in_request = 16;
inline constexpr std::size_t name_comparisons = 65'536;
inline constexpr std::size_t issuer_names = 128;         // above one leaf, while searching
inline constexpr std::size_t issuer_certificates = 256;  // and the certificates of those
inline constexpr unsigned path_nodes = 256;
inline constexpr unsigned path_signatures = 16;
inline constexpr std::size_t known_signatures = 256;  // kept by a Trust, 33 bytes each
inline constexpr std::uint32_t path_cost_us = 25'000;
inline constexpr std::size_t rsa_bits_least = 2048;
inline constexpr std::size_t rsa_bits_most = 8192;

// Files with keys in them. A password is hashed as often as the file says.
inline constexpr std::size_t container = 4U << 20;
inline constexpr std::size_t certificates_in_container = 256;
inline constexpr std::int64_t key_stretching = 10'000'000;

// Revocation. Lists are ours, so they may be large; responses are the peer's.
inline constexpr std::size_t crl = 64U << 20;
inline constexpr std::size_t crl_pem_block = 96U << 20;
inline constexpr std::size_t ocsp_responses = 256;
inline constexpr std::size_t ocsp_certificates = 8;
inline constexpr std::int64_t clock_difference = 300;  // seconds that a responder's may be ahead

// Keys. RFC 9846 §5.5: AES-GCM bears about 2^24.5 full records; we change keys well before.
inline constexpr std::uint64_t records_before_key_update = 1ULL << 23;
inline constexpr std::uint64_t records_for_one_key = 1ULL << 24;

}  // namespace handfast::limits
