#include "support/rfc8448.h"

#include "record/open.h"
#include "record/seal.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::record {
namespace {

using test::joined;
using test::Trace;

using Buffer = std::vector<std::uint8_t>;

const crypto::Suite& suite() { return *crypto::find_suite(CipherSuite::tls_aes_128_gcm_sha256); }

/// Both ends of one direction of one epoch: whatever is opened is sealed again and must be the
/// same.
class Mirror {
 public:
  Mirror(const Trace& trace, const std::string& prefix)
      : opener_(*Opener::make(suite(), keys(trace, prefix))),
        sealer_(*Sealer::make(suite(), keys(trace, prefix))) {}

  /// The content of `record`, which is expected to have `type`.
  Buffer reflect(const Buffer& record, ContentType type) {
    Buffer memory = record;
    const auto opened = opener_.open(memory);
    if (!opened) {
      ADD_FAILURE() << opened.error().text();
      return {};
    }
    EXPECT_EQ(opened->type, type);
    const Buffer content(opened->content.begin(), opened->content.end());
    Buffer again(sealer_.record_size(content.size(), 0));
    const Bytes part = content;
    EXPECT_TRUE(sealer_.seal(type, std::span(&part, 1), 0, again));
    EXPECT_EQ(again, record);
    return content;
  }

 private:
  static crypto::TrafficKeys keys(const Trace& trace, const std::string& prefix) {
    crypto::TrafficKeys keys;
    const Buffer key = trace.bytes(prefix + "_key");
    std::ranges::copy(key, keys.key.fill(key.size()).begin());
    std::ranges::copy(trace.bytes(prefix + "_iv"), keys.iv.fill(crypto::aead_nonce_size).begin());
    return keys;
  }

  Opener opener_;
  Sealer sealer_;
};

/// The encrypted records of `wire`; a change_cipher_spec before them is left out.
std::vector<Buffer> encrypted(const Buffer& wire) {
  std::vector<Buffer> records;
  for (std::size_t at = 0; at < wire.size();) {
    const std::size_t size = header_size + (std::size_t{wire[at + 3]} << 8) + wire[at + 4];
    const Bytes record = Bytes(wire).subspan(at, size);
    if (record.front() == static_cast<std::uint8_t>(ContentType::application_data)) {
      records.emplace_back(record.begin(), record.end());
    }
    at += size;
  }
  return records;
}

class EachTrace : public testing::TestWithParam<Trace> {
 protected:
  const Trace& trace = GetParam();
};

TEST_P(EachTrace, has_our_records_of_the_handshake) {
  Mirror server(trace, "server_handshake");
  const auto flight = encrypted(trace.record("Record_ServerHandshakeMessages"));
  ASSERT_EQ(flight.size(), 1U);
  EXPECT_EQ(server.reflect(flight[0], ContentType::handshake),
            joined(trace.flight("server_flight")));

  auto messages = trace.flight("client_flight");
  auto records = encrypted(trace.record("Record_ClientFinished"));
  if (trace.has_record("Record_Client_EarlyAppData")) {
    Mirror early(trace, "client_early");
    const auto data = trace.record("Record_Client_EarlyAppData");
    EXPECT_EQ(early.reflect(data, ContentType::application_data),
              trace.bytes("client_early_app_data"));
    EXPECT_EQ(early.reflect(records.front(), ContentType::handshake), messages.front());
    records.erase(records.begin());
    messages.erase(messages.begin());
  }
  ASSERT_EQ(records.size(), 1U);
  Mirror client(trace, "client_handshake");
  EXPECT_EQ(client.reflect(records[0], ContentType::handshake), joined(messages));
}

TEST_P(EachTrace, has_our_records_of_the_connection) {
  Mirror client(trace, "client_application");
  Mirror server(trace, "server_application");
  const Buffer close_notify = {1, 0};
  if (trace.has_record("Record_NewSessionTicket")) {
    EXPECT_EQ(server.reflect(trace.record("Record_NewSessionTicket"), ContentType::handshake),
              trace.bytes("new_session_ticket"));
  }
  if (trace.has_record("Record_Client_AppData")) {
    EXPECT_EQ(client.reflect(trace.record("Record_Client_AppData"), ContentType::application_data),
              trace.bytes("client_app_data"));
    EXPECT_EQ(server.reflect(trace.record("Record_Server_AppData"), ContentType::application_data),
              trace.bytes("server_app_data"));
  }
  EXPECT_EQ(client.reflect(trace.record("Record_Client_CloseNotify"), ContentType::alert),
            close_notify);
  EXPECT_EQ(server.reflect(trace.record("Record_Server_CloseNotify"), ContentType::alert),
            close_notify);
}

INSTANTIATE_TEST_SUITE_P(Rfc8448, EachTrace, testing::ValuesIn(test::rfc8448_traces()),
                         [](const auto& test) { return test.param.name(); });

}  // namespace
}  // namespace handfast::record
