#include "handfast/serve_renewal.h"

#include "handfast/delegated_credential.h"
#include "handfast/describe.h"
#include "handfast/document.h"
#include "handfast/issue.h"
#include "handfast/issue_ocsp.h"
#include "handfast/net.h"
#include "handfast/terminal.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace handfast::serve {
namespace {

namespace fs = std::filesystem;
using Octets = std::vector<std::uint8_t>;

constexpr UnixTime now = {1'800'000'000};
constexpr std::int64_t day = 86'400;

struct Party {
  explicit Party(const std::string& name, const Party* issuer = nullptr, bool is_leaf = false)
      : key(std::make_shared<const SigningKey>(
            SigningKey::generate(CertificateKey::ecdsa_p256).value())) {
    CertificateOrder order;
    order.common_name = name;
    order.not_before = {now.seconds - 30 * day};
    order.not_after = {now.seconds + 30 * day};
    order.is_authority = !is_leaf;
    order.server_auth = order.delegation = is_leaf;
    order.names = is_leaf ? std::vector<std::string>{"www.shop.test"} : order.names;
    der = issuer == nullptr
              ? issue_self_signed(order, *key).value()
              : issue(order, key->public_key_info(), {issuer->certificate(), *issuer->key}).value();
  }

  [[nodiscard]] Certificate certificate() const { return Certificate::parse(der).value(); }

  std::shared_ptr<const SigningKey> key;
  Octets der;
};

// What `signer` says of `leaf`, which `issuer` issued, until `ends`.
Octets response(const Party& leaf, const Party& issuer, const Party& signer, UnixTime ends) {
  const Octets id = ocsp_certificate_id(leaf.certificate(), issuer.certificate()).value();
  const OcspAnswer answer = {.id = id,
                             .status = OcspAnswer::Status::good,
                             .revoked_at = {},
                             .this_update = {now.seconds - 10 * day},
                             .next_update = ends};
  const Certificate certificate = signer.certificate();
  return issue_ocsp_response({&answer, 1}, {}, {now.seconds - 10 * day},
                             {.certificate = certificate, .key = *signer.key})
      .value();
}

SigningKey copy_of(const SigningKey& key) {
  const Octets pem = key.to_pem().value();
  return SigningKey::from_pem(std::string(pem.begin(), pem.end())).value();
}

/// A file that is gone after the test, and what was written into it since somebody last asked.
class Told {
 public:
  [[nodiscard]] std::FILE* stream() const { return file_.get(); }

  std::string text() {
    std::string all;
    std::fflush(file_.get());
    std::rewind(file_.get());
    for (int c = std::fgetc(file_.get()); c != EOF; c = std::fgetc(file_.get())) {
      all.push_back(static_cast<char>(c));
    }
    return all.substr(std::exchange(seen_, all.size()));
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  std::unique_ptr<std::FILE, Close> file_{std::tmpfile()};
  std::size_t seen_ = 0;
};

class Renewing : public ::testing::Test {
 protected:
  Renewing() {
    std::string pattern = (fs::temp_directory_path() / "handfast-renewal-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }

  ~Renewing() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }

  // Each file is newer than the one before, however coarse the clock is that stamps them.
  void write(const std::string& name, Bytes content) {
    const std::string text(content.begin(), content.end());
    std::ofstream(path(name), std::ios::binary) << text;
    fs::last_write_time(path(name), fs::file_time_type(std::chrono::seconds(++written_)));
  }

  void write_authority(const std::string& name, const Party& party) {
    write(name, net::as_bytes(certificate_to_pem(party.der)));
  }

  std::expected<Renewal, command::Failure> read(const std::vector<Octets>& chain,
                                                const Sources& sources) {
    return Renewal::read({Credential::make(chain, copy_of(*leaf_.key)).value()}, sources, {}, now);
  }

  std::expected<Renewal, command::Failure> read_response(const std::vector<Octets>& chain) {
    return read(chain, {.responses = {path("response")}});
  }

  std::string told() {
    log_.flush();
    return told_.text();
  }

  static Octets stapled(const Renewal& renewal) {
    return renewal.current().load()->credentials()[0]->stapled().ocsp_response;
  }

  fs::path folder_;
  int written_ = 0;
  Told told_;
  Log log_{command::Terminal(told_.stream(), command::ColorChoice::never), Log::Form::text, false};

  const Party root_{"Root"};
  const Party middle_{"Middle", &root_};
  const Party leaf_{"shop", &middle_, true};
  const Party other_leaf_{"other", &middle_, true};
  const UnixTime tomorrow_ = {now.seconds + day};
  const Octets good_ = response(leaf_, middle_, middle_, tomorrow_);
  const Octets renewed_ = response(leaf_, middle_, middle_, {now.seconds + 2 * day});
  const Octets forged_ = response(leaf_, middle_, root_, tomorrow_);
  const Octets ended_ = response(leaf_, middle_, middle_, {now.seconds - day});
  const Octets of_another_ = response(other_leaf_, middle_, middle_, tomorrow_);
};

TEST_F(Renewing, staples_a_response_that_the_issuer_in_the_chain_signed) {
  write("response", good_);
  for (const std::vector<Octets>& chain :
       {std::vector{leaf_.der, middle_.der}, std::vector{leaf_.der, middle_.der, root_.der},
        std::vector{leaf_.der, root_.der, middle_.der}}) {
    const auto renewal = read_response(chain);
    ASSERT_TRUE(renewal) << renewal.error().headline;
    EXPECT_EQ(stapled(*renewal), good_);
    EXPECT_TRUE(renewal->has_changing_files());
  }
}

TEST_F(Renewing, refuses_to_begin_with_a_response_that_is_no_good) {
  const std::vector<Octets> chain = {leaf_.der, root_.der, middle_.der};
  for (const Octets& bad : {forged_, ended_, of_another_, Octets{0x30, 0x00}}) {
    write("response", bad);
    EXPECT_FALSE(read_response(chain));
  }
  fs::remove(path("response"));
  EXPECT_FALSE(read_response(chain));
}

TEST_F(Renewing, looks_at_what_needs_no_issuer_where_the_chain_has_none) {
  const std::vector<Octets> chain = {leaf_.der};
  for (const Octets& bad : {ended_, of_another_, Octets{0x30, 0x00}}) {
    write("response", bad);
    EXPECT_FALSE(read_response(chain));
  }
  write("response", good_);
  auto renewal = read_response(chain);
  ASSERT_TRUE(renewal);
  renewal->look_again({tomorrow_.seconds + 1}, log_);
  EXPECT_TRUE(stapled(*renewal).empty());
}

TEST_F(Renewing, has_nothing_to_staple_without_a_file) {
  const auto renewal = read({leaf_.der, middle_.der}, {.responses = {""}});
  ASSERT_TRUE(renewal);
  EXPECT_TRUE(stapled(*renewal).empty());
  EXPECT_FALSE(renewal->has_changing_files());
}

TEST_F(Renewing, staples_a_new_response_to_whoever_comes_next) {
  write("response", good_);
  auto renewal = read_response({leaf_.der, middle_.der});
  ASSERT_TRUE(renewal);
  const std::shared_ptr<const ServerConfig> under_way = renewal->current().load();
  renewal->look_again(now, log_);
  EXPECT_EQ(renewal->current().load(), under_way) << "nothing has changed";
  EXPECT_EQ(told(), "");

  write("response", renewed_);
  renewal->look_again(now, log_);
  EXPECT_EQ(stapled(*renewal), renewed_);
  EXPECT_EQ(under_way->credentials()[0]->stapled().ocsp_response, good_);
  EXPECT_NE(told().find("stapling the new OCSP response"), std::string::npos);
}

TEST_F(Renewing, keeps_the_old_response_where_the_new_one_is_no_good_and_says_so_once) {
  write("response", good_);
  auto renewal = read_response({leaf_.der, middle_.der});
  ASSERT_TRUE(renewal);
  for (const Octets& bad : {forged_, ended_, of_another_, Octets{}}) {
    write("response", bad);
    renewal->look_again(now, log_);
    EXPECT_EQ(stapled(*renewal), good_);
    EXPECT_NE(told().find("The old response stays."), std::string::npos);
    renewal->look_again(now, log_);
    EXPECT_EQ(told(), "");
  }
  fs::remove(path("response"));
  renewal->look_again(now, log_);
  EXPECT_EQ(stapled(*renewal), good_);
  EXPECT_NE(told().find("The old response stays."), std::string::npos);
}

TEST_F(Renewing, staples_nothing_once_a_response_has_ended) {
  write("response", good_);
  auto renewal = read_response({leaf_.der, middle_.der});
  ASSERT_TRUE(renewal);
  renewal->look_again(tomorrow_, log_);
  EXPECT_EQ(stapled(*renewal), good_) << "its last second";
  renewal->look_again({tomorrow_.seconds + 1}, log_);
  EXPECT_TRUE(stapled(*renewal).empty());
  EXPECT_NE(told().find("has ended"), std::string::npos);
  renewal->look_again({tomorrow_.seconds + 2}, log_);
  EXPECT_EQ(told(), "");

  write("response", renewed_);
  renewal->look_again({tomorrow_.seconds + 3}, log_);
  EXPECT_EQ(stapled(*renewal), renewed_);
}

TEST_F(Renewing, believes_other_authorities_once_it_is_told_to_read_them_again) {
  write_authority("staff.pem", root_);
  auto renewal = read({leaf_.der}, {.client_authorities = path("staff.pem")});
  ASSERT_TRUE(renewal);
  const auto believed = [&] {
    const auto& asks = renewal->current().load()->options().client_authentication;
    EXPECT_EQ(asks.mode(), ClientAuthentication::Mode::require);
    return asks.trust()->anchor(0).label();
  };
  EXPECT_EQ(believed(), "Root");

  write_authority("staff.pem", middle_);
  renewal->look_again(now, log_);
  EXPECT_EQ(believed(), "Root");
  renewal->read_again(now, log_);
  EXPECT_EQ(believed(), "Middle");
  EXPECT_NE(told().find("as they are now"), std::string::npos);

  write("staff.pem", {});
  renewal->read_again(now, log_);
  EXPECT_EQ(believed(), "Middle");
  EXPECT_NE(told().find("Those of before stay."), std::string::npos);
}

// RFC 9846 §4.5.1.1: each certificate of a chain may have a response.
TEST_F(Renewing, staples_a_response_to_each_certificate_of_the_chain) {
  const Octets of_middle = response(middle_, root_, root_, {now.seconds + 7});
  const auto pem = [](const std::vector<Octets>& responses) {
    std::string text;
    for (const Octets& one : responses) {
      text += to_pem(DocumentKind::ocsp_response, one);
    }
    return text;
  };
  const std::vector<Octets> chain = {leaf_.der, middle_.der, root_.der};
  for (const std::vector<Octets>& responses :
       {std::vector{good_, of_middle}, std::vector{of_middle, good_}}) {
    const std::string text = pem(responses);
    write("response", net::as_bytes(text));
    auto renewal = read_response(chain);
    ASSERT_TRUE(renewal) << renewal.error().headline;
    const auto shown = renewal->current().load()->credentials()[0];
    EXPECT_EQ(shown->all_stapled()[0].ocsp_response, good_);
    EXPECT_EQ(shown->all_stapled()[1].ocsp_response, of_middle);
    EXPECT_TRUE(shown->all_stapled()[2].ocsp_response.empty());
    // Each ends for itself.
    renewal->look_again({now.seconds + 8}, log_);
    const auto later = renewal->current().load()->credentials()[0];
    EXPECT_EQ(later->all_stapled()[0].ocsp_response, good_);
    EXPECT_TRUE(later->all_stapled()[1].ocsp_response.empty());
    EXPECT_NE(told().find("has ended"), std::string::npos);
    renewal->look_again({tomorrow_.seconds + 1}, log_);
    EXPECT_TRUE(stapled(*renewal).empty());
  }
  const std::string text = pem({good_, of_another_});
  write("response", net::as_bytes(text));
  EXPECT_FALSE(read_response(chain));
}

// What `cert delegate` makes lasts for days, and is renewed while a server runs.
TEST_F(Renewing, shows_delegated_credentials_and_new_ones_when_their_files_change) {
  const auto delegate = [&](const Party& by, CertificateKey kind) {
    const SigningKey key = SigningKey::generate(kind).value();
    const Octets wire = issue_delegated_credential({.now = now, .expires = {now.seconds + day}},
                                                   key.public_key_info(), by.certificate(), *by.key)
                            .value();
    const Octets pem = key.to_pem().value();
    write("lent.pem",
          net::as_bytes(delegated_credential_to_pem(wire) + std::string(net::as_text(pem))));
  };
  const auto first = [](const Renewal& renewal) {
    return renewal.current().load()->credentials().front();
  };
  delegate(leaf_, CertificateKey::ed25519);
  auto renewal = read({leaf_.der}, {.delegated = {path("lent.pem")}});
  ASSERT_TRUE(renewal);
  EXPECT_TRUE(renewal->has_changing_files());
  EXPECT_EQ(renewal->current().load()->credentials().size(), 2U);
  EXPECT_EQ(first(*renewal)->delegation()->scheme, SignatureScheme::ed25519);

  delegate(leaf_, CertificateKey::ecdsa_p384);
  renewal->look_again(now, log_);
  EXPECT_EQ(first(*renewal)->delegation()->scheme, SignatureScheme::ecdsa_secp384r1_sha384);
  EXPECT_NE(told().find("showing the new delegated credential"), std::string::npos);

  // One that is for another certificate, one that is none.
  delegate(other_leaf_, CertificateKey::ed25519);
  renewal->look_again(now, log_);
  EXPECT_EQ(first(*renewal)->delegation()->scheme, SignatureScheme::ecdsa_secp384r1_sha384);
  EXPECT_NE(told().find("The old one stays."), std::string::npos);
  write("lent.pem", {});
  renewal->look_again(now, log_);
  EXPECT_EQ(first(*renewal)->delegation()->scheme, SignatureScheme::ecdsa_secp384r1_sha384);
  EXPECT_FALSE(read({leaf_.der}, {.delegated = {path("lent.pem")}}));

  delegate(leaf_, CertificateKey::ed25519);
  EXPECT_FALSE(Renewal::read({Credential::make({leaf_.der}, copy_of(*leaf_.key)).value()},
                             {.delegated = {path("lent.pem")}}, {}, {now.seconds + 2 * day}));
}

TEST_F(Renewing, lets_clients_stay_unknown_where_it_was_told_to) {
  write_authority("staff.pem", root_);
  auto renewal = read({leaf_.der}, {.client_authorities = path("staff.pem"),
                                    .mode = ClientAuthentication::Mode::request});
  ASSERT_TRUE(renewal);
  renewal->read_again(now, log_);
  EXPECT_EQ(renewal->current().load()->options().client_authentication.mode(),
            ClientAuthentication::Mode::request);
  EXPECT_FALSE(read({leaf_.der}, {.client_authorities = path("nowhere.pem")}));
}

}  // namespace
}  // namespace handfast::serve
