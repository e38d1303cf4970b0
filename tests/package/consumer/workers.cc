#include <handfast/workers.h>

int main() { return handfast::net::Workers::start(2) ? 0 : 1; }
