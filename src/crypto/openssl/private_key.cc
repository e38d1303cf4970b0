#include "crypto/openssl/private_key.h"

#include "base/limits.h"
#include "base/secret.h"
#include "crypto/ecdsa.h"
#include "crypto/openssl/encryption.h"
#include "crypto/openssl/ml_dsa.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

namespace handfast::crypto {
namespace {

using openssl::BigNumber;
using openssl::KeptSigner;
using openssl::Key;
using openssl::KeyContext;
using openssl::Password;
using openssl::QuietErrors;
using openssl::Signer;

// An RSA key of 8192 bits takes 6.5 KiB.
constexpr std::size_t largest_block = 1U << 15;

// One PEM block: what stands between the dashes of its first line, and all of it.
struct Block {
  std::string_view label;
  std::string_view text;
};

// The first block whose label ends in "PRIVATE KEY".
std::optional<Block> private_key_block(std::string_view pem) {
  constexpr std::string_view begin = "-----BEGIN ";
  constexpr std::string_view end = "-----END ";
  constexpr std::string_view dashes = "-----";
  constexpr auto none = std::string_view::npos;
  for (std::size_t at = pem.find(begin); at != none; at = pem.find(begin, at + 1)) {
    const std::string_view text = pem.substr(at);
    const std::string_view after = text.substr(begin.size());
    const std::string_view label = after.substr(0, after.find(dashes));
    if (label.ends_with("PRIVATE KEY") && label.find('\n') == none) {
      const std::size_t last = text.find(end);
      return Block{label, last == none ? text : text.substr(0, text.find('\n', last))};
    }
  }
  return std::nullopt;
}

// Stands in for libcrypto's own, which would ask at the terminal.
int give_password(char* room, int size, int, void* context) {
  const auto* password = static_cast<const Password*>(context);
  if (password == nullptr || password->size() > size) {
    return -1;
  }
  std::copy_n(password->text(), password->size(), room);
  return password->size();
}

openssl::Stream stream_of(std::string_view block) {
  return openssl::Stream(BIO_new_mem_buf(block.data(), static_cast<int>(block.size())));
}

Key decode(std::string_view block, const Password* password) {
  const openssl::Stream stream = stream_of(block);
  // libcrypto takes the context as one that it may change, and hands it to give_password alone.
  void* context = const_cast<Password*>(password);
  return Key(stream == nullptr
                 ? nullptr
                 : PEM_read_bio_PrivateKey(stream.get(), nullptr, give_password, context));
}

// RFC 5958 §2; nullptr for other forms.
openssl::KeyInfo info_in(std::string_view block) {
  const openssl::Stream stream = stream_of(block);
  return openssl::KeyInfo(stream == nullptr ? nullptr
                                            : PEM_read_bio_PKCS8_PRIV_KEY_INFO(
                                                  stream.get(), nullptr, nullptr, nullptr));
}

// RFC 5958 §3.
Result<Key> decode_sealed(std::string_view block, const Password& password) {
  const openssl::Stream stream = stream_of(block);
  const std::unique_ptr<X509_SIG, openssl::FreeWith<X509_SIG_free>> sealed(
      stream == nullptr ? nullptr : PEM_read_bio_PKCS8(stream.get(), nullptr, nullptr, nullptr));
  if (sealed == nullptr) {
    return fail(Reason::key_malformed);
  }
  openssl::KeyStretching work;
  return openssl::open_key(sealed.get(), password, work);
}

constexpr std::string_view sealed_label = "ENCRYPTED PRIVATE KEY";

// RFC 1421 §4.6.1.1, as libcrypto's own format still has it. The password is hashed once, with MD5.
bool is_sealed(const Block& block) {
  return block.label == sealed_label || block.text.contains("Proc-Type: 4,ENCRYPTED");
}

bool has_text(const Key& key, const char* name, std::string_view wanted) {
  std::array<char, 32> text;
  std::size_t size = 0;
  return EVP_PKEY_get_utf8_string_param(key.get(), name, text.data(), text.size(), &size) == 1 &&
         std::string_view(text.data(), size) == wanted;
}

// The kind of `key`, or nothing for one that we do not sign with.
std::optional<KeyKind> kind_of(const Key& key) {
  if (EVP_PKEY_is_a(key.get(), "ED25519") == 1) {
    return KeyKind::ed25519;
  }
  for (const openssl::MlDsa& row : openssl::ml_dsa_rows) {
    if (EVP_PKEY_is_a(key.get(), row.name) == 1) {
      return row.kind;
    }
  }
  if (EVP_PKEY_is_a(key.get(), "RSA") == 1) {
    const auto bits = static_cast<std::size_t>(EVP_PKEY_get_bits(key.get()));
    const bool fits = bits >= limits::rsa_bits_least && bits <= limits::rsa_bits_most;
    return fits ? std::optional(KeyKind::rsa) : std::nullopt;
  }
  // RFC 5480 §2.1.1: certificates name the curve; one that is written out in numbers fits none.
  if (EVP_PKEY_is_a(key.get(), "EC") != 1 ||
      !has_text(key, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_GROUP)) {
    return std::nullopt;
  }
  if (has_text(key, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1")) {
    return KeyKind::ecdsa_p256;
  }
  if (has_text(key, OSSL_PKEY_PARAM_GROUP_NAME, "secp384r1")) {
    return KeyKind::ecdsa_p384;
  }
  if (has_text(key, OSSL_PKEY_PARAM_GROUP_NAME, "secp521r1")) {
    return KeyKind::ecdsa_p521;
  }
  return std::nullopt;
}

// Ed25519 and ML-DSA hash by themselves, more than once: they are given no digest.
bool takes_whole_message(KeyKind kind) {
  return kind == KeyKind::ed25519 || openssl::ml_dsa(kind) != nullptr;
}

// Whether what the private half signs verifies with the public half. A file may hold any two of
// them, and nobody should find that out in a handshake.
bool halves_fit(const Key& key, KeyKind kind) {
  constexpr std::array<std::uint8_t, 1> message = {};
  const EVP_MD* md = takes_whole_message(kind) ? nullptr : openssl::fetched(HashId::sha256);
  const openssl::DigestContext signing(EVP_MD_CTX_new());
  const openssl::DigestContext verifying(EVP_MD_CTX_new());
  Signature signature;
  std::size_t size = signature.room().size();
  return signing != nullptr && verifying != nullptr &&
         EVP_DigestSignInit(signing.get(), nullptr, md, nullptr, key.get()) == 1 &&
         EVP_DigestSign(signing.get(), signature.room().data(), &size, message.data(),
                        message.size()) == 1 &&
         EVP_DigestVerifyInit(verifying.get(), nullptr, md, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(verifying.get(), signature.room().data(), size, message.data(),
                          message.size()) == 1;
}

std::vector<std::uint8_t> encode_public(const Key& key) {
  std::vector<std::uint8_t> der;
  const int size = i2d_PUBKEY(key.get(), nullptr);
  if (size > 0) {
    der.resize(static_cast<std::size_t>(size));
    std::uint8_t* at = der.data();
    i2d_PUBKEY(key.get(), &at);
  }
  return der;
}

bool set_up(EVP_PKEY_CTX* context, const Scheme& scheme) {
  const EVP_MD* md = openssl::fetched(scheme.hash);
  if (md == nullptr || EVP_PKEY_sign_init(context) != 1 ||
      EVP_PKEY_CTX_set_signature_md(context, md) != 1) {
    return false;
  }
  switch (scheme.padding) {
    case Padding::none: return true;
    case Padding::pkcs1: return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    case Padding::pss:
      // RFC 9846 §4.3.3: the salt is as long as the hash's output, and MGF1 uses the same hash.
      return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_mgf1_md(context, md) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  return false;
}

KeptSigner::Owner make_signer(EVP_PKEY* key, const Scheme& scheme) {
  KeptSigner::Owner signer(new (std::nothrow) Signer{
      scheme.id, KeyContext(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr))});
  if (signer == nullptr || signer->context == nullptr || !set_up(signer->context.get(), scheme)) {
    return nullptr;
  }
  return signer;
}

// The signature's size, or 0 if libcrypto fails.
std::size_t sign_digest(EVP_PKEY* key, KeptSigner& kept, const Scheme& scheme, const Digest& digest,
                        MutBytes room) {
  auto signer = kept.take();
  if (signer == nullptr || signer->scheme != scheme.id) {
    signer = make_signer(key, scheme);
  }
  std::size_t size = room.size();
  if (signer == nullptr || EVP_PKEY_sign(signer->context.get(), room.data(), &size,
                                         digest.bytes().data(), digest.size()) != 1) {
    return 0;
  }
  kept.put_back(std::move(signer));
  return size;
}

std::size_t sign_message(EVP_PKEY* key, Bytes message, MutBytes room) {
  const openssl::DigestContext context(EVP_MD_CTX_new());
  std::size_t size = room.size();
  const bool done =
      context != nullptr &&
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
      EVP_DigestSign(context.get(), room.data(), &size, message.data(), message.size()) == 1;
  return done ? size : 0;
}

// The same key for our own ECDSA, where we have that; nothing for a key whose number libcrypto does
// not give away.
OwnEcdsa::PrivateKey own_copy(const Key& key, KeyKind kind) {
  constexpr std::size_t size = 32;
  OwnEcdsa::PrivateKey none(nullptr, [](void*) {});
  const OwnEcdsa* own = kind == KeyKind::ecdsa_p256 ? own_ecdsa_p256() : nullptr;
  BIGNUM* got = nullptr;
  if (own == nullptr || EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &got) != 1) {
    return none;
  }
  const BigNumber number(got);
  Secret<size> bytes;
  if (BN_bn2binpad(number.get(), bytes.fill(size).data(), size) != size) {
    return none;
  }
  auto made = own->make_private_key(bytes.expose());
  return made ? std::move(*made) : std::move(none);
}

}  // namespace

Result<PrivateKey> PrivateKey::State::make(Key key, KeyKind kind) {
  auto info = encode_public(key);
  if (info.empty()) {
    return fail(Reason::out_of_memory);
  }
  auto own = own_copy(key, kind);
  return PrivateKey(std::make_unique<State>(std::move(key), kind, std::move(info), std::move(own)));
}

Result<PrivateKey> openssl::adopt(Key key) {
  if (key == nullptr) {
    return fail(Reason::key_malformed);
  }
  const auto kind = kind_of(key);
  if (!kind) {
    return fail(Reason::key_unsupported);
  }
  if (!halves_fit(key, *kind)) {
    return fail(Reason::key_malformed);
  }
  return PrivateKey::State::make(std::move(key), *kind);
}

PrivateKey::PrivateKey(std::unique_ptr<State> state) : state_(std::move(state)) {}

PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem,
                                        std::optional<std::string_view> password) {
  const QuietErrors quiet;
  const auto block = private_key_block(pem);
  if (!block) {
    return fail(Reason::pem_malformed);
  }
  if (block->label != "PRIVATE KEY" && block->label != "EC PRIVATE KEY" &&
      block->label != "RSA PRIVATE KEY" && block->label != sealed_label) {
    return fail(Reason::key_unsupported);
  }
  if (block->text.size() > largest_block) {
    return fail(Reason::key_malformed);
  }
  if (!is_sealed(*block)) {
    Key key = decode(block->text, nullptr);
    return key == nullptr && openssl::needs_ml_dsa(info_in(block->text).get())
               ? fail(Reason::key_needs_ml_dsa)
               : openssl::adopt(std::move(key));
  }
  if (!password) {
    return fail(Reason::password_missing);
  }
  const Password given(*password);
  if (block->label != sealed_label) {
    Key key = decode(block->text, &given);
    return key != nullptr ? openssl::adopt(std::move(key)) : fail(Reason::password_wrong);
  }
  Result<Key> key = decode_sealed(block->text, given);
  return key ? openssl::adopt(*std::move(key)) : std::unexpected(key.error());
}

Result<PrivateKey> PrivateKey::generate(KeyKind kind, std::size_t rsa_bits) {
  const QuietErrors quiet;
  Key key;
  switch (kind) {
    case KeyKind::rsa:
      if (rsa_bits < limits::rsa_bits_least || rsa_bits > limits::rsa_bits_most) {
        return fail(Reason::key_unsupported);
      }
      key.reset(EVP_RSA_gen(rsa_bits));
      break;
    case KeyKind::ecdsa_p256: key.reset(EVP_EC_gen("P-256")); break;
    case KeyKind::ecdsa_p384: key.reset(EVP_EC_gen("P-384")); break;
    case KeyKind::ecdsa_p521: key.reset(EVP_EC_gen("P-521")); break;
    case KeyKind::ed25519: key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); break;
    case KeyKind::ml_dsa_44:
    case KeyKind::ml_dsa_65:
    case KeyKind::ml_dsa_87:
      if (const openssl::MlDsa* row = openssl::ml_dsa(kind); row != nullptr && is_available(kind)) {
        key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, row->name));
        break;
      }
      return fail(Reason::key_needs_ml_dsa);
  }
  if (key == nullptr) {
    return fail(Reason::random_failed);
  }
  return State::make(std::move(key), kind);
}

KeyKind PrivateKey::kind() const { return state_->kind; }

Bytes PrivateKey::public_key_info() const { return state_->public_key_info; }

Result<Signature> PrivateKey::sign(SignatureScheme scheme, Bytes message) const {
  const QuietErrors quiet;
  const Scheme* row = find_scheme(scheme);
  if (row == nullptr || row->kind != state_->kind) {
    return fail(Reason::signature_scheme_wrong_key);
  }
  Signature signature;
  if (state_->own != nullptr) {
    const auto written = own_ecdsa_p256()->sign(state_->own.get(), row->hash,
                                                hash(row->hash, message), signature.room());
    if (!written) {
      return std::unexpected(written.error());
    }
    signature.resize(*written);
    return signature;
  }
  const std::size_t size = takes_whole_message(row->kind)
                               ? sign_message(state_->key.get(), message, signature.room())
                               : sign_digest(state_->key.get(), state_->signer, *row,
                                             hash(row->hash, message), signature.room());
  if (size == 0) {
    return fail(Reason::operation_refused);
  }
  signature.resize(size);
  return signature;
}

Result<std::vector<std::uint8_t>>
PrivateKey::to_pem(std::optional<std::string_view> password) const {
  const QuietErrors quiet;
  const openssl::Stream stream(BIO_new(BIO_s_mem()));
  if (stream == nullptr) {
    return fail(Reason::out_of_memory);
  }
  int written = 0;
  if (password) {
    const auto sealed = openssl::seal_key(state_->key.get(), Password(*password));
    written = sealed != nullptr ? PEM_write_bio_PKCS8(stream.get(), sealed.get()) : 0;
  } else {
    const openssl::KeyInfo info = openssl::encode_info(state_->key.get());
    written = info != nullptr ? PEM_write_bio_PKCS8_PRIV_KEY_INFO(stream.get(), info.get()) : 0;
  }
  if (written != 1) {
    return fail(Reason::out_of_memory);
  }
  std::vector<std::uint8_t> text(BIO_ctrl_pending(stream.get()));
  std::size_t size = 0;
  if (BIO_read_ex(stream.get(), text.data(), text.size(), &size) != 1 || size != text.size()) {
    return fail(Reason::internal);
  }
  return text;
}

}  // namespace handfast::crypto
