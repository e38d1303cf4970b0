#include "handfast/alert.h"

#include <iostream>

int main() {
  const auto alert = handfast::Alert::certificate_expired;
  std::cout << handfast::name(alert) << ": " << handfast::usual_meaning(alert) << '\n';
}
