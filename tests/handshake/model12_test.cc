// Every sequence of messages is taken or refused as the state machines of RFC 5246 say.
#include "support/model12.h"

#include "support/script12.h"
#include "support/search.h"

#include <iostream>
#include <string>

#include <gtest/gtest.h>

namespace handfast::test::model12 {
namespace {

class EachSide12 : public testing::TestWithParam<Configuration> {};

TEST_P(EachSide12, takes_and_refuses_what_the_rfc_says) {
  // The longest way is that of a client that is stapled to, asked, and given a ticket.
  Search<Script> search(GetParam());
  search.run(6, 9);
  std::cout << GetParam().name << ": " << search.tried() << " sequences, " << search.connected()
            << " of a connected side\n";
  EXPECT_GT(search.connected(), 0U);
}

constexpr Configuration sides[] = {
    {.name = "client"},
    {.name = "client_of_tls_12_alone", .speaks_13 = false},
    {.name = "client_of_tls_12_alone_with_session", .speaks_13 = false, .offered = true},
    {.name = "client_with_certificate", .has_certificate = true},
    {.name = "client_that_is_stapled_to_and_given_a_ticket",
     .has_certificate = true,
     .gives_ticket = true,
     .may_staple = true},
    {.name = "client_with_session", .offered = true},
    {.name = "client_with_session_given_another_ticket", .gives_ticket = true, .offered = true},
    {.name = "client_by_dhe", .exchange = Exchange::dhe, .has_certificate = true},
    {.name = "client_by_rsa", .exchange = Exchange::rsa, .has_certificate = true},
    {.name = "client_by_rsa_that_is_stapled_to", .exchange = Exchange::rsa, .may_staple = true},
    {.name = "client_by_psk", .exchange = Exchange::psk, .speaks_13 = false},
    {.name = "client_by_ecdhe_psk", .exchange = Exchange::ecdhe_psk, .speaks_13 = false},
    {.name = "client_by_psk_given_a_ticket",
     .exchange = Exchange::psk,
     .speaks_13 = false,
     .gives_ticket = true},
    {.name = "server_by_dhe", .exchange = Exchange::dhe, .is_server = true},
    {.name = "server_by_rsa_that_asks", .exchange = Exchange::rsa, .is_server = true, .asks = true},
    {.name = "server_by_psk", .exchange = Exchange::psk, .is_server = true},
    {.name = "server_by_ecdhe_psk", .exchange = Exchange::ecdhe_psk, .is_server = true},
    {.name = "server_that_declines_a_session",
     .is_server = true,
     .gives_ticket = true,
     .offered = true,
     .declines = true},
    {.name = "server", .is_server = true},
    {.name = "server_that_staples_and_gives_a_ticket",
     .is_server = true,
     .gives_ticket = true,
     .may_staple = true},
    {.name = "server_that_asks", .is_server = true, .asks = true},
    {.name = "server_that_demands", .is_server = true, .asks = true, .demands = true},
    {.name = "server_that_resumes", .is_server = true, .offered = true},
    {.name = "server_that_resumes_and_gives_another_ticket",
     .is_server = true,
     .gives_ticket = true,
     .offered = true},
    {.name = "server_that_demands_and_resumes",
     .is_server = true,
     .asks = true,
     .demands = true,
     .has_certificate = true,
     .gives_ticket = true,
     .offered = true},
};

INSTANTIATE_TEST_SUITE_P(Model12, EachSide12, testing::ValuesIn(sides),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace handfast::test::model12
