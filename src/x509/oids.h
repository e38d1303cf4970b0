// The object identifiers that certificates are made of, under the names of their documents.
#pragma once

#include "der/oid.h"

namespace handfast::x509::oid {

using der::Oid;

// Attributes of names, X.520 and RFC 4519; dc and emailAddress as RFC 5280 §4.1.2.4, §4.1.2.6.
inline constexpr Oid common_name = {2, 5, 4, 3};
inline constexpr Oid serial_number = {2, 5, 4, 5};
inline constexpr Oid country = {2, 5, 4, 6};
inline constexpr Oid locality = {2, 5, 4, 7};
inline constexpr Oid state = {2, 5, 4, 8};
inline constexpr Oid street = {2, 5, 4, 9};
inline constexpr Oid organization = {2, 5, 4, 10};
inline constexpr Oid organizational_unit = {2, 5, 4, 11};
inline constexpr Oid title = {2, 5, 4, 12};
inline constexpr Oid given_name = {2, 5, 4, 42};
inline constexpr Oid organization_identifier = {2, 5, 4, 97};
inline constexpr Oid user_id = {0, 9, 2342, 19200300, 100, 1, 1};
inline constexpr Oid domain_component = {0, 9, 2342, 19200300, 100, 1, 25};
inline constexpr Oid email_address = {1, 2, 840, 113549, 1, 9, 1};

// Extensions, RFC 5280 §4.2.1.
inline constexpr Oid subject_key_identifier = {2, 5, 29, 14};
inline constexpr Oid key_usage = {2, 5, 29, 15};
inline constexpr Oid subject_alt_name = {2, 5, 29, 17};
inline constexpr Oid issuer_alt_name = {2, 5, 29, 18};
inline constexpr Oid basic_constraints = {2, 5, 29, 19};
inline constexpr Oid name_constraints = {2, 5, 29, 30};
inline constexpr Oid crl_distribution_points = {2, 5, 29, 31};
inline constexpr Oid certificate_policies = {2, 5, 29, 32};
inline constexpr Oid policy_mappings = {2, 5, 29, 33};
inline constexpr Oid authority_key_identifier = {2, 5, 29, 35};
inline constexpr Oid policy_constraints = {2, 5, 29, 36};
inline constexpr Oid extended_key_usage = {2, 5, 29, 37};
inline constexpr Oid freshest_crl = {2, 5, 29, 46};
inline constexpr Oid inhibit_any_policy = {2, 5, 29, 54};
inline constexpr Oid no_rev_avail = {2, 5, 29, 56};  // RFC 9608 §2
inline constexpr Oid authority_info_access = {1, 3, 6, 1, 5, 5, 7, 1, 1};
inline constexpr Oid tls_feature = {1, 3, 6, 1, 5, 5, 7, 1, 24};        // RFC 7633 §4.1
inline constexpr Oid ocsp_no_check = {1, 3, 6, 1, 5, 5, 7, 48, 1, 5};   // RFC 6960 §4.2.2.2.1
inline constexpr Oid delegation_usage = {1, 3, 6, 1, 4, 1, 44363, 44};  // RFC 9345 §4.2
inline constexpr Oid signed_certificate_timestamps = {1, 3, 6, 1, 4, 1, 11129, 2, 4, 2};

// Extensions of revocation lists and of their entries, RFC 5280 §5.2, §5.3.
inline constexpr Oid crl_number = {2, 5, 29, 20};
inline constexpr Oid crl_reason = {2, 5, 29, 21};
inline constexpr Oid invalidity_date = {2, 5, 29, 24};
inline constexpr Oid delta_crl_indicator = {2, 5, 29, 27};
inline constexpr Oid issuing_distribution_point = {2, 5, 29, 28};
inline constexpr Oid certificate_issuer = {2, 5, 29, 29};

// OCSP, RFC 6960 §4.2.1, §4.4.1.
inline constexpr Oid ocsp_basic = {1, 3, 6, 1, 5, 5, 7, 48, 1, 1};
inline constexpr Oid ocsp_nonce = {1, 3, 6, 1, 5, 5, 7, 48, 1, 2};
inline constexpr Oid ocsp_certificate_timestamps = {1, 3, 6, 1, 4, 1, 11129, 2, 4, 5};  // RFC 6962
inline constexpr Oid sha1 = {1, 3, 14, 3, 2, 26};  // to look up by, never to sign

// Kinds of otherName, RFC 9598 §3.
inline constexpr Oid smtp_utf8_mailbox = {1, 3, 6, 1, 5, 5, 7, 8, 9};

// Policies, RFC 5280 §4.2.1.4.
inline constexpr Oid any_policy = {2, 5, 29, 32, 0};
inline constexpr Oid cps_qualifier = {1, 3, 6, 1, 5, 5, 7, 2, 1};
inline constexpr Oid user_notice_qualifier = {1, 3, 6, 1, 5, 5, 7, 2, 2};

// Ways to more of an authority, RFC 5280 §4.2.2.1.
inline constexpr Oid ocsp_access = {1, 3, 6, 1, 5, 5, 7, 48, 1};
inline constexpr Oid ca_issuers_access = {1, 3, 6, 1, 5, 5, 7, 48, 2};

// Attributes of requests, RFC 2985 §5.4.2.
inline constexpr Oid extension_request = {1, 2, 840, 113549, 1, 9, 14};

// Content types, RFC 2315 §14.
inline constexpr Oid data = {1, 2, 840, 113549, 1, 7, 1};
inline constexpr Oid signed_data = {1, 2, 840, 113549, 1, 7, 2};

// Purposes, RFC 5280 §4.2.1.12.
inline constexpr Oid any_extended_key_usage = {2, 5, 29, 37, 0};
inline constexpr Oid server_auth = {1, 3, 6, 1, 5, 5, 7, 3, 1};
inline constexpr Oid client_auth = {1, 3, 6, 1, 5, 5, 7, 3, 2};
inline constexpr Oid ocsp_signing = {1, 3, 6, 1, 5, 5, 7, 3, 9};

// Keys: RFC 8017 §A.1, RFC 5480 §2.1.1, RFC 8410 §3.
inline constexpr Oid rsa_encryption = {1, 2, 840, 113549, 1, 1, 1};
inline constexpr Oid ec_public_key = {1, 2, 840, 10045, 2, 1};
inline constexpr Oid secp256r1 = {1, 2, 840, 10045, 3, 1, 7};
inline constexpr Oid secp384r1 = {1, 3, 132, 0, 34};
inline constexpr Oid secp521r1 = {1, 3, 132, 0, 35};
inline constexpr Oid ed25519 = {1, 3, 101, 112};

// Keys and signatures alike: RFC 9881 §2.
inline constexpr Oid ml_dsa_44 = {2, 16, 840, 1, 101, 3, 4, 3, 17};
inline constexpr Oid ml_dsa_65 = {2, 16, 840, 1, 101, 3, 4, 3, 18};
inline constexpr Oid ml_dsa_87 = {2, 16, 840, 1, 101, 3, 4, 3, 19};

// Signatures: RFC 4055 §5, RFC 5758 §3.2.
inline constexpr Oid sha256_with_rsa = {1, 2, 840, 113549, 1, 1, 11};
inline constexpr Oid sha384_with_rsa = {1, 2, 840, 113549, 1, 1, 12};
inline constexpr Oid sha512_with_rsa = {1, 2, 840, 113549, 1, 1, 13};
inline constexpr Oid rsassa_pss = {1, 2, 840, 113549, 1, 1, 10};
inline constexpr Oid mgf1 = {1, 2, 840, 113549, 1, 1, 8};
inline constexpr Oid ecdsa_with_sha256 = {1, 2, 840, 10045, 4, 3, 2};
inline constexpr Oid ecdsa_with_sha384 = {1, 2, 840, 10045, 4, 3, 3};
inline constexpr Oid ecdsa_with_sha512 = {1, 2, 840, 10045, 4, 3, 4};
inline constexpr Oid sha256 = {2, 16, 840, 1, 101, 3, 4, 2, 1};
inline constexpr Oid sha384 = {2, 16, 840, 1, 101, 3, 4, 2, 2};
inline constexpr Oid sha512 = {2, 16, 840, 1, 101, 3, 4, 2, 3};

}  // namespace handfast::x509::oid
