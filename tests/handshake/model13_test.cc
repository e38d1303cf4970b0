// Every sequence of messages is taken or refused as the state machines of RFC 9846 say.
#include "support/model13.h"

#include "support/script13.h"
#include "support/search.h"

#include <iostream>
#include <string>

#include <gtest/gtest.h>

namespace handfast::test::model13 {
namespace {

class EachSide : public testing::TestWithParam<Configuration> {};

TEST_P(EachSide, takes_and_refuses_what_the_rfc_says) {
  // A client that is asked for a certificate after a retry reads 7 messages until it is connected.
  const bool is_longest =
      !GetParam().is_server && GetParam().has_certificate && !GetParam().offered;
  Search<Script> search(GetParam());
  search.run(6, is_longest ? 7 : 6);
  std::cout << GetParam().name << ": " << search.tried() << " sequences, " << search.connected()
            << " of a connected side\n";
  EXPECT_GT(search.connected(), 0U);
}

constexpr Configuration sides[] = {
    {.name = "client"},
    {.name = "client_with_certificate", .has_certificate = true},
    {.name = "client_with_certificate_and_session", .has_certificate = true, .offered = true},
    {.name = "client_that_may_be_asked_later", .offers_later = true},
    {.name = "client_with_certificate_that_may_be_asked_later",
     .has_certificate = true,
     .offers_later = true},
    {.name = "server", .is_server = true},
    {.name = "server_that_asks_later", .is_server = true, .asks_later = true},
    {.name = "server_that_asks", .is_server = true, .asks = true},
    {.name = "server_that_demands", .is_server = true, .asks = true, .demands = true},
    {.name = "server_that_retries", .is_server = true, .retries = true},
    {.name = "server_that_retries_and_asks", .is_server = true, .retries = true, .asks = true},
    {.name = "server_that_retries_and_demands",
     .is_server = true,
     .retries = true,
     .asks = true,
     .demands = true},
    {.name = "server_that_resumes", .is_server = true, .offered = true},
    {.name = "server_that_demands_and_resumes",
     .is_server = true,
     .asks = true,
     .demands = true,
     .offered = true},
    {.name = "server_that_retries_and_resumes",
     .is_server = true,
     .retries = true,
     .asks = true,
     .offered = true},
};

INSTANTIATE_TEST_SUITE_P(Model13, EachSide, testing::ValuesIn(sides),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace handfast::test::model13
