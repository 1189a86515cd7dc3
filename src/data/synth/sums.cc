#include "data/synth/sums.h"

#include <fmt/format.h>

#include <utility>

#include "base/hash.h"

namespace vitrine::data {
namespace {

constexpr uint64_t kHeldOutShareOfSums = 16;

}  // namespace

Split split_of_sum(int64_t x, char operation, int64_t y) {
  if ((operation == '+' || operation == '*') && y < x) std::swap(x, y);
  return hash64(fmt::format("{} {} {}", x, operation, y)) % kHeldOutShareOfSums == 0 ? Split::kHeldOut
                                                                                     : Split::kTraining;
}

}  // namespace vitrine::data
