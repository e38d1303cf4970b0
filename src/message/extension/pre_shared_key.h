// pre_shared_key, psk_key_exchange_modes, early_data. RFC 9846 §4.3.9 to §4.3.11.
#pragma once

#include "message/extension/extension.h"

namespace handfast::message {

/// struct { opaque identity<1..2^16-1>; uint32 obfuscated_ticket_age; } PskIdentity;
struct PskIdentity {
  Bytes identity;
  std::uint32_t obfuscated_ticket_age = 0;
  static constexpr auto layout =
      codec::fields(codec::opaque<1, 0xffff>("identity", &PskIdentity::identity),
                    codec::field("obfuscated_ticket_age", &PskIdentity::obfuscated_ticket_age));
};

/// opaque PskBinderEntry<32..255>;
struct PskBinderEntry {
  Bytes binder;
  static constexpr auto layout =
      codec::fields(codec::opaque<32, 255>("binder", &PskBinderEntry::binder));
};

/// struct { PskIdentity identities<7..2^16-1>; PskBinderEntry binders<33..2^16-1>; } OfferedPsks;
struct OfferedPsks {
  static constexpr auto type = ExtensionType::pre_shared_key;
  codec::List<PskIdentity> identities;
  codec::List<PskBinderEntry> binders;
  static constexpr auto layout =
      codec::fields(codec::vector<7, 0xffff>("identities", &OfferedPsks::identities),
                    codec::vector<33, 0xffff>("binders", &OfferedPsks::binders));
};

/// In a ServerHello: uint16 selected_identity;
struct SelectedPsk {
  static constexpr auto type = ExtensionType::pre_shared_key;
  std::uint16_t selected_identity = 0;
  static constexpr auto layout =
      codec::fields(codec::field("selected_identity", &SelectedPsk::selected_identity));
};

/// enum { psk_ke(0), psk_dhe_ke(1), (255) } PskKeyExchangeMode;
enum class PskKeyExchangeMode : std::uint8_t { psk_ke = 0, psk_dhe_ke = 1 };

/// struct { PskKeyExchangeMode ke_modes<1..255>; } PskKeyExchangeModes;
struct PskKeyExchangeModes {
  static constexpr auto type = ExtensionType::psk_key_exchange_modes;
  codec::List<PskKeyExchangeMode> ke_modes;
  static constexpr auto layout =
      codec::fields(codec::vector<1, 255>("ke_modes", &PskKeyExchangeModes::ke_modes));
};

/// In a ClientHello: struct {} Empty;
struct EarlyDataIndication {
  static constexpr auto type = ExtensionType::early_data;
  static constexpr auto layout = codec::fields();
};

/// In a NewSessionTicket: uint32 max_early_data_size;
struct MaxEarlyDataSize {
  static constexpr auto type = ExtensionType::early_data;
  std::uint32_t max_early_data_size = 0;
  static constexpr auto layout =
      codec::fields(codec::field("max_early_data_size", &MaxEarlyDataSize::max_early_data_size));
};

}  // namespace handfast::message
