// EncryptedExtensions. RFC 9846 §4.4.1.
#pragma once

#include "message/extension/alpn.h"
#include "message/extension/certificate_type.h"
#include "message/extension/encrypted_client_hello.h"
#include "message/extension/heartbeat.h"
#include "message/extension/max_fragment_length.h"
#include "message/extension/pre_shared_key.h"
#include "message/extension/record_size_limit.h"
#include "message/extension/server_name.h"
#include "message/extension/supported_groups.h"
#include "message/extension/ticket_request.h"
#include "message/extension_block.h"

#include <optional>
#include <tuple>

namespace handfast::message {

struct EncryptedExtensionsTyped {
  std::optional<ServerNameAck> server_name;
  std::optional<SupportedGroups> supported_groups;
  std::optional<ProtocolNameList> alpn;
  std::optional<ClientCertificateType> client_certificate_type;
  std::optional<ServerCertificateType> server_certificate_type;
  std::optional<MaxFragmentLength> max_fragment_length;
  std::optional<HeartbeatExtension> heartbeat;
  std::optional<RecordSizeLimit> record_size_limit;
  std::optional<EarlyDataIndication> early_data;
  std::optional<ServerTicketRequestHint> ticket_request;
  std::optional<EchEncryptedExtensions> encrypted_client_hello;

  static constexpr auto place = Place::encrypted_extensions;
  static constexpr auto members = std::tuple{&EncryptedExtensionsTyped::server_name,
                                             &EncryptedExtensionsTyped::supported_groups,
                                             &EncryptedExtensionsTyped::alpn,
                                             &EncryptedExtensionsTyped::client_certificate_type,
                                             &EncryptedExtensionsTyped::server_certificate_type,
                                             &EncryptedExtensionsTyped::max_fragment_length,
                                             &EncryptedExtensionsTyped::heartbeat,
                                             &EncryptedExtensionsTyped::record_size_limit,
                                             &EncryptedExtensionsTyped::early_data,
                                             &EncryptedExtensionsTyped::ticket_request,
                                             &EncryptedExtensionsTyped::encrypted_client_hello};
};

/// struct { Extension extensions<0..2^16-1>; } EncryptedExtensions;
struct EncryptedExtensions {
  static constexpr auto type = HandshakeType::encrypted_extensions;
  ExtensionList extensions;
  static constexpr auto layout =
      codec::fields(codec::vector<0, 0xffff>("extensions", &EncryptedExtensions::extensions));
};

}  // namespace handfast::message
