#include "der/writer.h"
#include "handfast/explain.h"
#include "x509/oids.h"
#include "x509/transparency_log.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace handfast {
namespace {

using namespace test;

constexpr std::uint64_t milliseconds_before_now = 1'799'900'000'000;

// A question of which the leaf may come with timestamps, and its verdict.
class Timed {
 public:
  Timed& beside(Octets list) {
    beside_ = std::move(list);
    return *this;
  }

  // In an OCSP response, as RFC 6962 §3.3 wants it: an OCTET STRING.
  Timed& stapled(const Octets& list) {
    der::Writer value;
    value.element(der::Tag::octet_string, list);
    SingleOrder single = single_of(three.leaf, three.intermediate);
    single.extras = {{.id = x509::oid::ocsp_certificate_timestamps, .value = value.take()}};
    staple_ = make_response({.singles = {single}}, three.intermediate);
    return *this;
  }

  [[nodiscard]] Octets list(const Log& log, std::uint64_t milliseconds = milliseconds_before_now) {
    return log.list(three.leaf.certificate(), milliseconds);
  }

  void judge(const std::vector<TransparencyLog>& logs) {
    chain_ = {three.leaf.der, three.intermediate.der};
    const std::vector<Bytes> staples = {staple_};
    const std::vector<Bytes> lists = {beside_};
    verdict = x509::verify({.chain = chain_,
                            .trust = Trust::from_der({three.root.der}).value(),
                            .now = now,
                            .staples = staples,
                            .sct_lists = lists});
    if (!logs.empty()) {
      logs_ = TransparencyLogs::make(logs).value();
    }
  }

  [[nodiscard]] TrustScene scene() const {
    return {.chain = chain_, .now = now, .anchors = "roots.pem", .logs = logs_.get()};
  }

  [[nodiscard]] std::vector<TimestampFinding> findings() const {
    return timestamp_findings(verdict, scene());
  }

  [[nodiscard]] TrustLine line() const {
    const auto lines = explain(verdict, scene());
    const auto found = std::ranges::find(lines, "Transparency", &TrustLine::title);
    return found == lines.end() ? TrustLine{.title = "none", .outcome = {}, .text = {}} : *found;
  }

  Three three;
  Verdict verdict;

 private:
  std::vector<Bytes> chain_;
  Octets beside_;
  Octets staple_;
  std::shared_ptr<const TransparencyLogs> logs_;
};

TEST(TimestampFindings, passes_on_the_list_that_came_beside_the_leaf) {
  Timed timed;
  const Octets list = timed.list(Log());
  timed.beside(list).judge({});
  EXPECT_TRUE(timed.verdict.is_trusted());
  EXPECT_TRUE(std::ranges::equal(timed.verdict.sct_list(), list));
}

TEST(TimestampFindings, tells_from_where_each_came) {
  Timed timed;
  const Log log;
  timed.beside(timed.list(log)).stapled(timed.list(Log())).judge({log.entry()});
  ASSERT_TRUE(timed.verdict.is_trusted());
  const auto findings = timed.findings();
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].source, TimestampSource::handshake);
  EXPECT_EQ(findings[0].outcome(), Outcome::passed);
  ASSERT_NE(findings[0].log, nullptr);
  EXPECT_EQ(findings[0].log->name, "Log");
  EXPECT_EQ(findings[1].source, TimestampSource::staple);
  EXPECT_EQ(findings[1].outcome(), Outcome::not_checked) << "its log is not known";
  EXPECT_EQ(timed.line().outcome, Outcome::passed);
  EXPECT_EQ(timed.line().text,
            "2 timestamps (1 in the handshake, 1 in the OCSP response), confirmed by 1 known log: "
            "Log on 2027-01-14 04:13 UTC");
}

TEST(TimestampFindings, believes_a_log_in_a_staple_too) {
  Timed timed;
  const Log log;
  timed.stapled(timed.list(log)).judge({log.entry()});
  const auto findings = timed.findings();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].outcome(), Outcome::passed);
}

TEST(TimestampFindings, believes_nothing_without_logs) {
  Timed timed;
  timed.beside(timed.list(Log())).judge({});
  const auto findings = timed.findings();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].outcome(), Outcome::not_checked);
  EXPECT_EQ(timed.line().outcome, Outcome::not_checked);
  EXPECT_EQ(timed.line().text,
            "1 timestamp (1 in the handshake), not checked: no list of logs was given");
}

TEST(TimestampFindings, tells_which_timestamps_are_no_good) {
  Timed timed;
  const Log log;
  const Octets early = timed.list(log, (now.seconds + 60) * std::uint64_t{1000});
  timed.beside(early).judge({log.entry()});
  auto findings = timed.findings();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].flaw, Reason::timestamp_early);
  EXPECT_EQ(findings[0].outcome(), Outcome::failed);
  EXPECT_EQ(timed.line().outcome, Outcome::failed);
  EXPECT_TRUE(timed.verdict.is_trusted()) << "nothing depends on timestamps";

  timed.beside(log.list(timed.three.root.certificate(), milliseconds_before_now))
      .judge({log.entry()});
  findings = timed.findings();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].flaw, Reason::timestamp_invalid);
}

TEST(TimestampFindings, counts_a_list_that_cannot_be_read_once) {
  Timed timed;
  timed.beside({0, 2, 0, 0}).stapled(timed.list(Log())).judge({});
  const auto findings = timed.findings();
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].flaw, Reason::timestamp_malformed);
  EXPECT_EQ(findings[0].log, nullptr);
  EXPECT_EQ(findings[1].outcome(), Outcome::not_checked);
}

TEST(TimestampFindings, finds_those_inside_a_certificate) {
  const Published published;
  const std::vector<Bytes> chain(published.chain.begin(), published.chain.end());
  const Verdict verdict = x509::verify(
      {.chain = chain, .trust = Trust::from_der({published.chain[1]}).value(), .now = now});
  const auto logs = TransparencyLogs::make({published.log}).value();
  const auto findings =
      timestamp_findings(verdict, {.chain = chain, .now = now, .logs = logs.get()});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].source, TimestampSource::certificate);
  EXPECT_EQ(findings[0].outcome(), Outcome::passed);
}

TEST(TimestampFindings, finds_none_for_a_certificate_that_nobody_issued) {
  const Party alone = make(leaf_order());
  const Octets list = Log().list(alone.certificate(), milliseconds_before_now);
  const std::vector<Bytes> chain = {alone.der};
  const std::vector<Bytes> lists = {list};
  const Verdict verdict = x509::verify({.chain = chain,
                                        .trust = Trust::from_der({alone.der}).value(),
                                        .now = now,
                                        .sct_lists = lists});
  ASSERT_EQ(verdict.path().size(), 1U);
  EXPECT_TRUE(timestamp_findings(verdict, {.chain = chain, .now = now}).empty());
}

}  // namespace
}  // namespace handfast
