#include "crypto/hkdf.h"

#include "crypto/wycheproof.h"

#include <algorithm>
#include <array>
#include <random>
#include <sstream>

#include <gtest/gtest.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace handfast::crypto {
namespace {

using nlohmann::json;
using test::bytes_of;
using test::run_wycheproof;

using Vector = std::vector<std::uint8_t>;

Vector expand(HashId id, Bytes prk, Bytes info, std::size_t size) {
  Vector out(size);
  hkdf_expand(Hmac(id, prk), info, out);
  return out;
}

// "KEY = hex" lines, a case from each COUNT on.
std::vector<std::map<std::string, std::string>> rfc5869_cases() {
  std::vector<std::map<std::string, std::string>> cases;
  std::istringstream lines(test::load_text("rfc5869/rfc-5869-HKDF-SHA256.txt"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string key;
    std::string equals;
    std::string value;
    words >> key >> equals >> value;
    if (equals != "=") {
      continue;
    }
    if (key == "COUNT") {
      cases.emplace_back();
    }
    cases.back()[key] = value;
  }
  return cases;
}

TEST(Hkdf, gives_the_values_of_rfc5869) {
  const auto cases = rfc5869_cases();
  ASSERT_EQ(cases.size(), 3U);
  for (const auto& each : cases) {
    const HashSecret prk = hkdf_extract(HashId::sha256, test::from_hex(each.at("salt")),
                                        test::from_hex(each.at("IKM")));
    EXPECT_EQ(Vector(prk.expose().begin(), prk.expose().end()), test::from_hex(each.at("PRK")));
    EXPECT_EQ(expand(HashId::sha256, prk.expose(), test::from_hex(each.at("info")),
                     std::stoul(each.at("L"))),
              test::from_hex(each.at("OKM")));
  }
}

void run_hkdf(const char* file, HashId id, std::size_t valid) {
  std::size_t too_long = 0;
  const auto tally = run_wycheproof(file, [&](const json&, const json& test) {
    // The size is our own choice in TLS, never the peer's, so that it fits is a precondition.
    if (test::has_flag(test, "SizeTooLarge")) {
      ++too_long;
      return false;
    }
    const HashSecret prk = hkdf_extract(id, bytes_of(test, "salt"), bytes_of(test, "ikm"));
    return expand(id, prk.expose(), bytes_of(test, "info"), test.at("size")) ==
           bytes_of(test, "okm");
  });
  EXPECT_EQ(tally.accepted, valid);
  EXPECT_EQ(tally.refused, too_long);
}

TEST(Hkdf, stands_wycheproof_sha256) { run_hkdf("hkdf_sha256", HashId::sha256, 83); }

TEST(Hkdf, stands_wycheproof_sha384) { run_hkdf("hkdf_sha384", HashId::sha384, 80); }

void run_hmac(const char* file, HashId id) {
  const auto tally = run_wycheproof(file, [&](const json& group, const json& test) {
    Vector code(digest_size(id));
    Hmac(id, bytes_of(test, "key")).authenticate({bytes_of(test, "msg")}, code);
    code.resize(group.at("tagSize").get<std::size_t>() / 8);
    return code == bytes_of(test, "tag");
  });
  EXPECT_EQ(tally.accepted, 66U);
  EXPECT_EQ(tally.refused, 108U);
}

TEST(Hmac, stands_wycheproof_sha256) { run_hmac("hmac_sha256", HashId::sha256); }

TEST(Hmac, stands_wycheproof_sha384) { run_hmac("hmac_sha384", HashId::sha384); }

// RFC 4231 §4.7: a key longer than a block.
TEST(Hmac, hashes_a_long_key_first) {
  const Vector key(131, 0xaa);
  const std::string_view text = "Test Using Larger Than Block-Size Key - Hash Key First";
  Vector code(32);
  Hmac(HashId::sha256, key)
      .authenticate({{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}}, code);
  EXPECT_EQ(code,
            test::from_hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"));
}

TEST(Hmac, may_be_used_again_and_takes_any_parts) {
  const Vector key(32, 1);
  const Vector text(100, 2);
  const Hmac mac(HashId::sha384, key);
  Vector whole(48);
  Vector parts(48);
  mac.authenticate({text}, whole);
  mac.authenticate({Bytes(text).first(7), {}, Bytes(text).subspan(7)}, parts);
  EXPECT_EQ(whole, parts);
}

class EachHmac : public testing::TestWithParam<HashId> {
 protected:
  Vector code_of_libcrypto(Bytes key, Bytes text) {
    const EVP_MD* const md = GetParam() == HashId::sha256   ? EVP_sha256()
                             : GetParam() == HashId::sha384 ? EVP_sha384()
                                                            : EVP_sha512();
    Vector code(digest_size(GetParam()));
    EXPECT_NE(HMAC(md, key.data(), static_cast<int>(key.size()), text.data(), text.size(),
                   code.data(), nullptr),
              nullptr);
    return code;
  }

  Vector random_bytes(std::size_t size) {
    Vector bytes(size);
    std::ranges::generate(bytes, [this] { return static_cast<std::uint8_t>(random_()); });
    return bytes;
  }

  std::mt19937 random_{1};
};

INSTANTIATE_TEST_SUITE_P(Hmac, EachHmac,
                         testing::Values(HashId::sha256, HashId::sha384, HashId::sha512));

TEST_P(EachHmac, is_libcryptos_for_every_length_of_text) {
  const Vector key = random_bytes(48);
  const Hmac mac(GetParam(), key);
  const Vector text = random_bytes(600);
  for (std::size_t size = 0; size <= text.size(); ++size) {
    Vector code(digest_size(GetParam()));
    mac.authenticate({Bytes(text).first(size / 3), Bytes(text).subspan(size / 3, size - size / 3)},
                     code);
    ASSERT_EQ(code, code_of_libcrypto(key, Bytes(text).first(size))) << size;
  }
}

TEST_P(EachHmac, is_libcryptos_for_every_length_of_key) {
  const Vector text = random_bytes(32);
  for (std::size_t size = 0; size <= 300; ++size) {
    const Vector key = random_bytes(size);
    Vector code(digest_size(GetParam()));
    Hmac(GetParam(), key).authenticate({text}, code);
    ASSERT_EQ(code, code_of_libcrypto(key, text)) << size;
  }
}

TEST_P(EachHmac, gives_two_codes_at_once_whatever_the_lengths) {
  const Vector key = random_bytes(48);
  const Hmac mac(GetParam(), key);
  const Vector text = random_bytes(300);
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const Bytes one = Bytes(text).first(size);
    const Bytes other = Bytes(text).last(random_() % text.size());
    Vector code(digest_size(GetParam()));
    Vector other_code(digest_size(GetParam()));
    mac.authenticate_both(std::array<Bytes, 2>{one.first(size / 2), one.subspan(size / 2)}, code,
                          std::array<Bytes, 1>{other}, other_code);
    ASSERT_EQ(code, code_of_libcrypto(key, one)) << size;
    ASSERT_EQ(other_code, code_of_libcrypto(key, other)) << other.size();
  }
}

TEST_P(EachHmac, expands_two_at_once_as_one_after_the_other) {
  const Vector key = random_bytes(32);
  const Hmac mac(GetParam(), key);
  const std::size_t most = digest_size(GetParam());
  for (std::size_t size = 0; size <= most; ++size) {
    const Vector info = random_bytes(size);
    const Vector other_info = random_bytes(random_() % 200);
    Vector out(size);
    Vector out_of_other(most - size);
    hkdf_expand_both(mac, info, out, other_info, out_of_other);
    EXPECT_EQ(out, expand(GetParam(), key, info, size));
    EXPECT_EQ(out_of_other, expand(GetParam(), key, other_info, most - size));
  }
}

}  // namespace
}  // namespace handfast::crypto
