#include "message/post_handshake.h"

#include "support/expect.h"
#include "support/hex.h"

#include <vector>

#include <gtest/gtest.h>

namespace handfast::message {
namespace {

using test::operator""_hex;

// RFC 9846 §1.2 names the upper bound among what it corrects: Extension extensions<0..2^16-1>.
TEST(NewSessionTicket, may_fill_its_extensions_to_the_last_byte) {
  auto bytes = "00000e10 01020304 01 00 0001 aa ffff 1234 fffb"_hex;
  bytes.resize(bytes.size() + 0xfffb);
  const auto ticket = codec::read<NewSessionTicket>(bytes);
  ASSERT_TRUE(ticket);
  EXPECT_EQ(ticket->ticket_lifetime, 3600U);
  EXPECT_EQ(ticket->extensions.wire().size(), 0xffffU);
}

TEST(NewSessionTicket, tells_how_much_early_data_it_is_good_for) {
  const auto bytes = "002a 0004 00000400"_hex;
  const auto typed = read_extensions<NewSessionTicketExtensions>(ExtensionList::from_wire(bytes));
  ASSERT_TRUE(typed);
  EXPECT_EQ(typed->early_data->max_early_data_size, 1024U);
}

TEST(KeyUpdate, keeps_a_request_that_does_not_exist_for_its_user_to_refuse) {
  const auto update = codec::read<KeyUpdate>("02"_hex);
  ASSERT_TRUE(update);
  EXPECT_GT(update->request_update, KeyUpdateRequest::update_requested);
  EXPECT_FAILS(codec::read<KeyUpdate>("0000"_hex), Reason::message_leftover);
}

}  // namespace
}  // namespace handfast::message
