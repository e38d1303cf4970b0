// A revocation list: parsed, and walked over.

#include "x509/crl.h"

#include "fuzz.h"
#include "handfast/revocation.h"

namespace handfast::fuzz {

void feed(Bytes input) {
  const Result<x509::Crl> list = x509::Crl::parse(input);
  if (list) {
    x509::CrlEntries entries(*list);
    std::size_t before = entries.offset();
    while (const auto entry = entries.next()) {
      must(!entry->serial.empty() && entries.offset() > before);
      before = entries.offset();
    }
    must(before == list->entries.size());
  }
  const auto lists = RevocationLists::parse({{input.begin(), input.end()}});
  // What a list alone is, a file with it is too.
  must(!list || lists.has_value() == (lists && lists.value()->size() == 1));
}

}  // namespace handfast::fuzz
