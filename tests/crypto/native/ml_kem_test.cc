#include "crypto/native/ml_kem.h"

#include "crypto/native/k_pke.h"
#include "crypto/native/keccak.h"
#include "crypto/native/twins.h"
#include "crypto/wycheproof.h"
#include "support/expect.h"
#include "support/hex.h"
#include "support/vectors.h"

#include <map>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::crypto::native {
namespace {

using nlohmann::json;
using test::bytes_of;
using test::from_hex;
using Vector = std::vector<std::uint8_t>;

Vector copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

Vector join(Vector left, const Vector& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

// J of FIPS 203 §4.1 for z and a ciphertext: what is due for one that is rejected.
Vector rejection_of(Bytes expanded, Bytes ciphertext) {
  Vector secret(32);
  keccak(shake256, {expanded.last(32), ciphertext}, secret);
  return secret;
}

// Calls `run` with the parameter set of that name, unless it is ML-KEM-512.
template <class Run>
void with_set(const std::string& name, Run run) {
  if (name == "ML-KEM-768") {
    run(MlKem768());
  } else if (name == "ML-KEM-1024") {
    run(MlKem1024());
  } else {
    EXPECT_EQ(name, "ML-KEM-512");
  }
}

class MlKem : public EachTwin {
 protected:
  // The key of a seed that must be a good one.
  template <class Set>
  static MlKemKey<Set> key_of(const Vector& seed) {
    return MlKemKey<Set>::from_seed(seed, GetParam()).value();
  }

  // The secret, or nothing where one of the inputs is refused.
  template <class Set>
  static std::optional<Vector> secret_of(const Vector& expanded, const Vector& ciphertext) {
    const auto key = MlKemKey<Set>::from_expanded(expanded, GetParam());
    if (!key) {
      EXPECT_FAILS(key, Reason::key_malformed);
      return std::nullopt;
    }
    const auto secret = key->decapsulate(ciphertext);
    if (!secret) {
      EXPECT_FAILS(secret, Reason::key_share_invalid);
      return std::nullopt;
    }
    return copy(secret->expose());
  }

  template <class Set>
  static Result<MlKemEncapsulation<Set>> encapsulate(Bytes key, const Vector& message) {
    return ml_kem_encapsulate<Set>(key, Bytes(message).first<ml_kem_message_size>(), GetParam());
  }

  // Whether encapsulation to `key` gives that ciphertext and that secret.
  template <class Set>
  static bool encapsulates(const Vector& key, const Vector& message, const Vector& ciphertext,
                           const Vector& secret) {
    const auto made = encapsulate<Set>(key, message);
    if (!made) {
      EXPECT_FAILS(made, Reason::key_share_invalid);
      return false;
    }
    return copy(made->ciphertext) == ciphertext && copy(made->secret.expose()) == secret;
  }
};

INSTANTIATE_TEST_SUITE_P(Native, MlKem, twins, name_of_twin);

// --- NIST's vectors
// -------------------------------------------------------------------------------

json vector_set(const std::string& name) {
  json all = test::load_json("acvp/" + name + ".json.xz");
  return all.is_array() ? all.at(1) : all;  // some come with a header
}

// Calls `run(group, test, expected)` for each test of a pair of files; gives how many there were.
template <class Run>
std::size_t run_acvp(const std::string& questions, const std::string& answers, Run run) {
  std::map<int, json> expected;
  for (const json all = vector_set(answers); const json& group : all.at("testGroups")) {
    for (const json& test : group.at("tests")) {
      expected[test.at("tcId")] = test;
    }
  }
  std::size_t count = 0;
  for (const json all = vector_set(questions); const json& group : all.at("testGroups")) {
    if (group.at("parameterSet") == "ML-KEM-512") {
      continue;
    }
    for (const json& test : group.at("tests")) {
      SCOPED_TRACE(test.at("tcId").dump());
      run(group, test, expected.at(test.at("tcId")));
      ++count;
    }
  }
  return count;
}

TEST_P(MlKem, generates_the_keys_of_acvp) {
  const auto run = [](const json& group, const json& test, const json& expected) {
    with_set(group.at("parameterSet"), [&]<class Set>(Set) {
      const auto key = key_of<Set>(join(bytes_of(test, "d"), bytes_of(test, "z")));
      EXPECT_EQ(copy(key.encapsulation_key()), bytes_of(expected, "ek"));
      EXPECT_EQ(copy(key.expose()), bytes_of(expected, "dk"));
    });
  };
  EXPECT_EQ(run_acvp("ML-KEM-keyGen-FIPS203.prompt", "ML-KEM-keyGen-FIPS203.expectedResults", run),
            50U);
  EXPECT_EQ(run_acvp("boringssl-ML-KEM.vectors", "boringssl-ML-KEM.expected", run), 2U);
}

TEST_P(MlKem, encapsulates_and_decapsulates_as_acvp_says) {
  const auto run = [](const json& group, const json& test, const json& expected) {
    with_set(group.at("parameterSet"), [&]<class Set>(Set) {
      if (group.at("function") == "encapsulation") {
        EXPECT_TRUE(encapsulates<Set>(bytes_of(test, "ek"), bytes_of(test, "m"),
                                      bytes_of(expected, "c"), bytes_of(expected, "k")));
        return;
      }
      EXPECT_EQ(group.at("function"), "decapsulation");
      const Vector expanded =
          group.contains("dk")
              ? bytes_of(group, "dk")
              : copy(key_of<Set>(join(bytes_of(test, "d"), bytes_of(test, "z"))).expose());
      EXPECT_EQ(secret_of<Set>(expanded, bytes_of(test, "c")), bytes_of(expected, "k"));
    });
  };
  EXPECT_EQ(run_acvp("ML-KEM-encapDecap-FIPS203.prompt",
                     "ML-KEM-encapDecap-FIPS203.expectedResults", run),
            70U);
  EXPECT_EQ(run_acvp("boringssl-ML-KEM-seed.vectors", "boringssl-ML-KEM-seed.expected", run), 4U);
}

TEST_P(MlKem, checks_encapsulation_keys_as_acvp_says) {
  std::set<bool> seen;
  const auto run = [&](const json& group, const json& test, const json& expected) {
    with_set(group.at("parameterSet"), [&]<class Set>(Set) {
      const bool passes = expected.at("testPassed");
      EXPECT_EQ(encapsulate<Set>(bytes_of(test, "ek"), Vector(32)).has_value(), passes);
      seen.insert(passes);
    });
  };
  EXPECT_EQ(run_acvp("boringssl-ML-KEM-encap-key-check.vectors",
                     "boringssl-ML-KEM-encap-key-check.expected", run),
            4U);
  EXPECT_EQ(seen.size(), 2U);
}

// --- Wycheproof
// -----------------------------------------------------------------------------------

class MlKemWycheproof : public MlKem {
 protected:
  template <class Set>
  static void run_key_generation(const std::string& name) {
    const auto tally =
        test::run_wycheproof(name + "_keygen_seed", [](const json&, const json& test) {
          const auto key = key_of<Set>(bytes_of(test, "seed"));
          return copy(key.encapsulation_key()) == bytes_of(test, "ek") &&
                 copy(key.expose()) == bytes_of(test, "dk");
        });
    EXPECT_EQ(tally.accepted, 100U);
  }

  template <class Set>
  static test::Tally run_encapsulation(const std::string& name) {
    return test::run_wycheproof(name + "_encaps", [](const json&, const json& test) {
      return encapsulates<Set>(bytes_of(test, "ek"), bytes_of(test, "m"), bytes_of(test, "c"),
                               bytes_of(test, "K"));
    });
  }

  // From seeds, of which some are no seeds.
  template <class Set>
  static test::Tally run_decapsulation(const std::string& name) {
    return test::run_wycheproof(name, [](const json&, const json& test) {
      const auto key = MlKemKey<Set>::from_seed(bytes_of(test, "seed"), GetParam());
      if (!key) {
        EXPECT_FAILS(key, Reason::key_malformed);
        return false;
      }
      return secret_of<Set>(copy(key->expose()), bytes_of(test, "c")) == bytes_of(test, "K");
    });
  }

  template <class Set>
  static test::Tally run_expanded(const std::string& name) {
    return test::run_wycheproof(name + "_semi_expanded_decaps", [](const json&, const json& test) {
      const auto secret = secret_of<Set>(bytes_of(test, "dk"), bytes_of(test, "c"));
      return secret && *secret == bytes_of(test, "K");
    });
  }
};

INSTANTIATE_TEST_SUITE_P(Native, MlKemWycheproof, twins, name_of_twin);

TEST_P(MlKemWycheproof, generates_keys) {
  run_key_generation<MlKem768>("mlkem_768");
  run_key_generation<MlKem1024>("mlkem_1024");
}

TEST_P(MlKemWycheproof, encapsulates) {
  const auto of_768 = run_encapsulation<MlKem768>("mlkem_768");
  EXPECT_EQ(of_768.accepted, 133U);
  EXPECT_EQ(of_768.refused, 132U);
  const auto of_1024 = run_encapsulation<MlKem1024>("mlkem_1024");
  EXPECT_EQ(of_1024.accepted, 133U);
  EXPECT_EQ(of_1024.refused, 136U);
}

TEST_P(MlKemWycheproof, decapsulates) {
  const auto of_768 = run_decapsulation<MlKem768>("mlkem_768");
  EXPECT_EQ(of_768.accepted, 153U);
  EXPECT_EQ(of_768.refused, 40U);
  const auto of_1024 = run_decapsulation<MlKem1024>("mlkem_1024");
  EXPECT_EQ(of_1024.accepted, 153U);
  EXPECT_EQ(of_1024.refused, 40U);
}

TEST_P(MlKemWycheproof, decapsulates_with_expanded_keys) {
  const auto of_768 = run_expanded<MlKem768>("mlkem_768");
  EXPECT_EQ(of_768.accepted, 3U);
  EXPECT_EQ(of_768.refused, 6U);
  const auto of_1024 = run_expanded<MlKem1024>("mlkem_1024");
  EXPECT_EQ(of_1024.accepted, 3U);
  EXPECT_EQ(of_1024.refused, 6U);
}

// --- CCTV
// -----------------------------------------------------------------------------------------

class MlKemCctv : public MlKem {
 protected:
  // A key as the draft of FIPS 203 made it, which CCTV follows: k is not hashed with d.
  template <class Set>
  static Vector draft_key_of(const Vector& d, const Vector& z) {
    Vector seeds(64);
    keccak(sha3_512, {d}, seeds);
    Vector key(ml_kem_encapsulation_key_size<Set>);
    Vector expanded(384 * Set::k);
    k_pke_key_gen<Set>(ml_kem_ring(GetParam()), seeds, key, expanded);
    Vector hash(32);
    keccak(sha3_256, {key}, hash);
    return join(join(join(expanded, key), hash), z);
  }

  // 10,000 keys, encapsulations and decapsulations, good ones and rejected ones. All that comes out
  // is hashed. (CCTV, "Accumulated pq-crystals vectors".)
  template <class Set>
  static Vector accumulated(int count) {
    Keccak random(shake128);
    Keccak results(shake128);
    const auto draw = [&](std::size_t size) {
      Vector bytes(size);
      random.squeeze(bytes);
      return bytes;
    };
    for (int i = 0; i < count; ++i) {
      const Vector d = draw(32);
      const Vector z = draw(32);
      const Vector message = draw(32);
      const Vector garbage = draw(ml_kem_ciphertext_size<Set>);
      const auto key = MlKemKey<Set>::from_expanded(draft_key_of<Set>(d, z), GetParam());
      const auto made = encapsulate<Set>(key->encapsulation_key(), message);
      const auto secret = key->decapsulate(made->ciphertext);
      EXPECT_TRUE(equal_constant_time(secret->expose(), made->secret.expose())) << i;
      const auto rejected = key->decapsulate(garbage);
      EXPECT_EQ(copy(rejected->expose()), rejection_of(key->expose(), garbage)) << i;
      for (const Bytes part : {key->encapsulation_key(), key->expose(), Bytes(made->ciphertext),
                               made->secret.expose(), rejected->expose()}) {
        results.absorb(part);
      }
    }
    Vector hash(32);
    results.squeeze(hash);
    return hash;
  }

  // The values of a file of lines "name = value".
  static std::map<std::string, Vector> values_of(const std::string& name) {
    std::map<std::string, Vector> values;
    std::istringstream lines(test::load_text("cctv-ml-kem/" + name + ".txt.xz"));
    for (std::string line; std::getline(lines, line);) {
      const std::size_t equals = line.find(" = ");
      values[line.substr(0, equals)] = from_hex(line.substr(equals + 3));
    }
    return values;
  }

  template <class Set>
  static void run_file(const std::string& name) {
    const auto values = values_of(name);
    const Vector expanded =
        values.contains("d") ? draft_key_of<Set>(values.at("d"), values.at("z")) : values.at("dk");
    EXPECT_EQ(expanded, values.at("dk"));
    EXPECT_EQ(secret_of<Set>(expanded, values.at("c")), values.at("K"));
  }

  template <class Set>
  static std::size_t run_moduli(const std::string& name) {
    std::istringstream lines(test::load_text("cctv-ml-kem/" + name + ".txt.xz"));
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
      EXPECT_FAILS(encapsulate<Set>(from_hex(line), Vector(32)), Reason::key_share_invalid);
    }
    return count;
  }
};

INSTANTIATE_TEST_SUITE_P(Native, MlKemCctv, twins, name_of_twin);

TEST_P(MlKemCctv, gives_10000_times_what_the_reference_gives_with_768) {
  EXPECT_EQ(accumulated<MlKem768>(10'000),
            from_hex("f7db260e1137a742e05fe0db9525012812b004d29040a5b606aad3d134b548d3"));
}

TEST_P(MlKemCctv, gives_10000_times_what_the_reference_gives_with_1024) {
  EXPECT_EQ(accumulated<MlKem1024>(10'000),
            from_hex("47ac888fe61544efc0518f46094b4f8a600965fc89822acb06dc7169d24f3543"));
}

TEST_P(MlKemCctv, samples_on_where_many_numbers_are_refused) {
  run_file<MlKem768>("unluckysample-ML-KEM-768");
  run_file<MlKem1024>("unluckysample-ML-KEM-1024");
}

TEST_P(MlKemCctv, compares_past_a_zero_byte) {
  run_file<MlKem768>("strcmp-ML-KEM-768");
  run_file<MlKem1024>("strcmp-ML-KEM-1024");
}

TEST_P(MlKemCctv, refuses_each_number_from_q_on_at_each_place) {
  EXPECT_EQ(run_moduli<MlKem768>("modulus-ML-KEM-768"), 780U);
  EXPECT_EQ(run_moduli<MlKem1024>("modulus-ML-KEM-1024"), 1040U);
}

// --- What no file has
// -----------------------------------------------------------------------------

Vector any_bytes(std::mt19937_64& random, std::size_t size) {
  Vector bytes(size);
  std::ranges::generate(bytes, [&] { return static_cast<std::uint8_t>(random()); });
  return bytes;
}

class MlKemItself : public MlKem {
 protected:
  template <class Set>
  static void flip_every_byte() {
    std::mt19937_64 random(6);
    const auto key = key_of<Set>(any_bytes(random, 64));
    const auto made = encapsulate<Set>(key.encapsulation_key(), any_bytes(random, 32));
    ASSERT_TRUE(made);
    for (std::size_t i = 0; i < made->ciphertext.size(); ++i) {
      Vector ciphertext = copy(made->ciphertext);
      ciphertext[i] = static_cast<std::uint8_t>(ciphertext[i] ^ (1 + random() % 255));
      const auto secret = key.decapsulate(ciphertext);
      ASSERT_TRUE(secret);
      EXPECT_EQ(copy(secret->expose()), rejection_of(key.expose(), ciphertext)) << i;
      EXPECT_NE(copy(secret->expose()), copy(made->secret.expose())) << i;
    }
  }

  template <class Set>
  static void flip_every_bit_of_the_hash() {
    std::mt19937_64 random(7);
    const Vector expanded = copy(key_of<Set>(any_bytes(random, 64)).expose());
    EXPECT_TRUE(MlKemKey<Set>::from_expanded(expanded, GetParam()));
    for (std::size_t i = 384 * Set::k; i < expanded.size() - 32; ++i) {  // ek and H(ek)
      Vector changed = expanded;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ 1 << i % 8);
      EXPECT_FAILS(MlKemKey<Set>::from_expanded(changed, GetParam()), Reason::key_malformed);
    }
  }

  template <class Set>
  static void refuse_lengths() {
    const auto key = key_of<Set>(Vector(64, 1));
    const Vector expanded = copy(key.expose());
    const auto made = encapsulate<Set>(key.encapsulation_key(), Vector(32));
    ASSERT_TRUE(made);
    const auto resized = [](Bytes bytes, std::size_t size) {
      Vector other = copy(bytes);
      other.resize(size);
      return other;
    };
    for (const std::size_t size : {0UL, 63UL, 65UL, 128UL}) {
      EXPECT_FAILS(MlKemKey<Set>::from_seed(Vector(size)), Reason::key_malformed);
    }
    for (const std::size_t size : {0UL, expanded.size() - 1, expanded.size() + 1}) {
      EXPECT_FAILS(MlKemKey<Set>::from_expanded(resized(expanded, size)), Reason::key_malformed);
    }
    for (const std::size_t size : {0UL, made->ciphertext.size() - 1, made->ciphertext.size() + 1}) {
      EXPECT_FAILS(key.decapsulate(resized(made->ciphertext, size)), Reason::key_share_invalid);
    }
    const Bytes encapsulation_key = key.encapsulation_key();
    for (const std::size_t size :
         {0UL, encapsulation_key.size() - 1, encapsulation_key.size() + 1}) {
      EXPECT_FAILS(encapsulate<Set>(resized(encapsulation_key, size), Vector(32)),
                   Reason::key_share_invalid);
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Native, MlKemItself, twins, name_of_twin);

TEST_P(MlKemItself, rejects_a_ciphertext_with_any_byte_changed) {
  flip_every_byte<MlKem768>();
  flip_every_byte<MlKem1024>();
}

TEST_P(MlKemItself, refuses_a_key_whose_hash_is_not_its_own) {
  flip_every_bit_of_the_hash<MlKem768>();
  flip_every_bit_of_the_hash<MlKem1024>();
}

TEST_P(MlKemItself, refuses_other_lengths) {
  refuse_lengths<MlKem768>();
  refuse_lengths<MlKem1024>();
}

TEST_P(MlKemItself, goes_on_working_where_it_is_moved) {
  auto key = key_of<MlKem768>(Vector(64, 2));
  const Vector expanded = copy(key.expose());
  const MlKemKey<MlKem768> moved(std::move(key));
  EXPECT_EQ(copy(moved.expose()), expanded);
  const auto made = encapsulate<MlKem768>(moved.encapsulation_key(), Vector(32, 3));
  ASSERT_TRUE(made);
  const auto secret = moved.decapsulate(made->ciphertext);
  ASSERT_TRUE(secret);
  EXPECT_TRUE(equal_constant_time(secret->expose(), made->secret.expose()));
}

template <class Set>
void agree_on_random_input() {
  std::mt19937_64 random(8);
  for (int round = 0; round < 1000; ++round) {
    const Vector seed = any_bytes(random, 64);
    const Vector message = any_bytes(random, 32);
    const auto one = MlKemKey<Set>::from_seed(seed, Twin::portable);
    const auto other = MlKemKey<Set>::from_seed(seed, Twin::avx2);
    ASSERT_EQ(copy(one->expose()), copy(other->expose()));
    const auto m = Bytes(message).first<ml_kem_message_size>();
    const auto made = ml_kem_encapsulate<Set>(one->encapsulation_key(), m, Twin::portable);
    const auto same = ml_kem_encapsulate<Set>(one->encapsulation_key(), m, Twin::avx2);
    ASSERT_EQ(copy(made->ciphertext), copy(same->ciphertext));
    ASSERT_TRUE(equal_constant_time(made->secret.expose(), same->secret.expose()));
    // Keys and ciphertexts that no honest peer makes, too.
    Vector expanded = copy(one->expose());
    std::ranges::copy(any_bytes(random, 384 * Set::k), expanded.begin());
    const auto wild = MlKemKey<Set>::from_expanded(expanded, Twin::portable);
    const auto wild_other = MlKemKey<Set>::from_expanded(expanded, Twin::avx2);
    for (const Vector& ciphertext :
         {copy(made->ciphertext), any_bytes(random, ml_kem_ciphertext_size<Set>)}) {
      ASSERT_EQ(copy(one->decapsulate(ciphertext)->expose()),
                copy(other->decapsulate(ciphertext)->expose()));
      ASSERT_EQ(copy(wild->decapsulate(ciphertext)->expose()),
                copy(wild_other->decapsulate(ciphertext)->expose()));
    }
  }
}

TEST(MlKemTwins, agree_on_random_input) {
  if (!is_available(Twin::avx2)) {
    GTEST_SKIP() << "this build or this processor does not have AVX2";
  }
  agree_on_random_input<MlKem768>();
  agree_on_random_input<MlKem1024>();
}

}  // namespace
}  // namespace handfast::crypto::native
