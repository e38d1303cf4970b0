// Makes cases, asks the verifiers of this process, and writes what others need to be asked too.
//
//   differential FIRST COUNT QUESTIONS ANSWERS
//
// QUESTIONS gets a line a case for go/judge.go; ANSWERS gets its number, the two answers, the
// traits and the text, separated by tabs.

#include "differential/judges.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <span>
#include <string>

#include <openssl/evp.h>

namespace handfast::differential {
namespace {

std::string base64(std::span<const Octets> list) {
  std::string text;
  for (const Octets& octets : list) {
    std::string one(4 * ((octets.size() + 2) / 3) + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(one.data()), octets.data(),
                                     static_cast<int>(octets.size()));
    one.resize(static_cast<std::size_t>(size));
    text += (text.empty() ? "" : ",") + one;
  }
  return text.empty() ? "-" : text;
}

std::string said(const Answer& answer) { return answer.is_accepted ? "yes" : "no " + answer.why; }

void run(std::uint64_t first, std::uint64_t count, std::ostream& questions, std::ostream& answers) {
  for (std::uint64_t index = first; index < first + count; ++index) {
    const Case one = generate(index);
    const std::span<const Octets> chain(one.chain);
    questions << one.name << ' ' << base64(chain.first(1)) << ' ' << base64(chain.subspan(1)) << ' '
              << base64(one.anchors) << '\n';
    answers << index << '\t' << said(ask_handfast(one)) << '\t' << said(ask_openssl(one)) << '\t';
    for (const std::string& trait : one.traits) {
      answers << trait << ';';
    }
    answers << '\t' << one.name << ": " << one.text << '\n';
  }
}

}  // namespace
}  // namespace handfast::differential

int main(int count, char** arguments) {
  if (count != 5) {
    std::fputs("usage: differential FIRST COUNT QUESTIONS ANSWERS\n", stderr);
    return 2;
  }
  std::ofstream questions(arguments[3]);
  std::ofstream answers(arguments[4]);
  handfast::differential::run(std::strtoull(arguments[1], nullptr, 10),
                              std::strtoull(arguments[2], nullptr, 10), questions, answers);
  questions.close();
  answers.close();
  return questions && answers ? 0 : 1;
}
