#include <iostream>

#include "handfast/alert.h"

int main() {
  const auto alert = handfast::Alert::certificate_expired;
  std::cout << handfast::name(alert) << ": " << handfast::usual_meaning(alert) << '\n';
}
