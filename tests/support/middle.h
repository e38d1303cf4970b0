// Middle: somebody between client and server who holds the keys of both, and so may change
// anything, also what is encrypted.
#pragma once

#include "crypto/aead.h"
#include "message/server_hello.h"
#include "support/loopback.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace handfast::test {

/// A record on its way, taken out of its protection. Handshake records hold exactly one message
/// each when `Middle::take` makes them.
struct Piece {
  ContentType type = ContentType::handshake;
  std::vector<std::uint8_t> content = {};
  Epoch epoch = Epoch::plaintext;
  std::uint32_t generation = 0;
  std::size_t zeros = 0;               ///< padding
  std::vector<std::uint8_t> raw = {};  ///< if there is any, this goes out in the place of a record

  /// If set, makes the content at the last moment, when the receiver has seen all that is before.
  std::function<std::vector<std::uint8_t>(End&)> forge = {};

  [[nodiscard]] bool is(HandshakeType message) const {
    return type == ContentType::handshake && !content.empty() && raw.empty() &&
           content.front() == static_cast<std::uint8_t>(message);
  }
};

/// What one side says before it waits for the other.
using Flight = std::vector<Piece>;

/// Changes a flight on its way.
using Edit = std::function<void(Flight&)>;

class Middle {
 public:
  explicit Middle(Loopback& pair) : pair_(&pair) {}

  /// What `from` has to say, opened.
  Flight take(End& from);

  /// `piece` as a record for its receiver.
  std::vector<std::uint8_t> seal(End& to, const Piece& piece);

  /// Seals a flight for its receiver, and hands it over record by record.
  void deliver(End& to, const Flight& flight);

  /// Lets the two talk until neither has more to say. The n-th flight, counted from 0, the
  /// ClientHello, goes through `edits[n]`.
  void run(const std::map<unsigned, Edit>& edits = {});

  /// A piece of the epoch in which `to` reads now.
  [[nodiscard]] Piece piece_for(const End& to, ContentType type, Bytes content) const;

 private:
  struct Keys {
    crypto::Aead aead;
    crypto::Iv iv;
    std::uint64_t sequence = 0;
  };

  using Which = std::pair<Epoch, std::uint32_t>;

  struct Way {
    std::map<Which, Keys> opening;
    std::map<Which, Keys> sealing;
  };

  [[nodiscard]] bool is_client(const End& end) const { return &end == &pair_->client; }

  Way& way_from(const End& from) { return ways_[is_client(from) ? 0 : 1]; }

  End& other(const End& end) { return is_client(end) ? pair_->server : pair_->client; }

  Keys* keys(std::map<Which, Keys>& ring, crypto::Direction direction, Which which,
             const End& knows, const End& else_knows);
  void add_opened(Flight& flight, End& from, const SentRecord& sent,
                  std::vector<std::uint8_t> record);

  Loopback* pair_;
  Way ways_[2];  // NOLINT(modernize-avoid-c-arrays): from the client, from the server
};

// ---- forgeries, which fit the transcript of the receiver whatever it was told -------------------

/// A Finished that `to` must take for its peer's.
std::vector<std::uint8_t> forged_finished(End& to);

/// The context string that the peer of `to` signs with. RFC 9846 §4.5.2.
std::string_view context_for(const End& to);

/// A CertificateVerify that `to` must take for the owner's of `credential`, if the `context` is
/// that of its peer.
std::vector<std::uint8_t> forged_certificate_verify(End& to, const Credential& credential,
                                                    SignatureScheme scheme,
                                                    std::string_view context);

inline std::vector<std::uint8_t> forged_certificate_verify(End& to, const Credential& credential,
                                                           SignatureScheme scheme) {
  return forged_certificate_verify(to, credential, scheme, context_for(to));
}

/// Makes the last messages of a flight fit what its reader saw of the others.
Edit reforge(Edit before);

// ---- edits --------------------------------------------------------------------------------------

/// The first piece of `flight` that is this message; a test that names one that is not there fails.
Piece& find(Flight& flight, HandshakeType message);

/// A handshake message: its header and `body`.
std::vector<std::uint8_t> handshake_message(HandshakeType type, Bytes body);

/// Gives the content of `message` another body.
Edit replace_body(HandshakeType message, std::vector<std::uint8_t> body);

/// Puts `content`, as a record of `type`, before the first `message`, in its epoch.
Edit insert_before(HandshakeType message, ContentType type, std::vector<std::uint8_t> content);

/// Puts the bytes `raw` on the wire before the first `message`, as they are.
Edit insert_raw_before(HandshakeType message, std::vector<std::uint8_t> raw);

/// Joins `content` to the end of the record of `message`.
Edit append_to(HandshakeType message, std::vector<std::uint8_t> content);

Edit drop(HandshakeType message);

/// A hello taken apart, its extensions too.
struct OpenHello {
  struct Extension {
    ExtensionType type;
    std::vector<std::uint8_t> data;
  };

  std::uint16_t legacy_version = 0;
  message::Random random{};
  std::vector<std::uint8_t> session_id;
  std::vector<std::uint8_t> suites;       ///< a ServerHello: the two bytes of its suite
  std::vector<std::uint8_t> compression;  ///< a ServerHello: the byte of its method
  std::vector<Extension> extensions;

  static OpenHello parse(Bytes message);

  /// As a message again, whatever its parts hold.
  [[nodiscard]] std::vector<std::uint8_t> message(HandshakeType type) const;

  /// Appended if there is none.
  std::vector<std::uint8_t>& operator[](ExtensionType type);

  void erase(ExtensionType type);
};

/// The ClientHellos of a handshake of `sides`, the second if the client is asked for one.
std::vector<OpenHello> hellos(const Sides& sides);

/// Opens the first hello of the flight, changes it, and closes it again.
Edit edit_hello(std::function<void(OpenHello&)> change);

/// EncryptedExtensions with exactly these.
Edit replace_extensions(std::vector<OpenHello::Extension> extensions);

/// The list of extensions as it goes into a message, with its length.
std::vector<std::uint8_t> extension_block(const std::vector<OpenHello::Extension>& extensions);

}  // namespace handfast::test
