// The space of sums of two whole numbers, split as situations are: what is asked in evaluation is in no training text.
#pragma once

#include <cstdint>

#include "data/synth/situation.h"

namespace vitrine::data {

/// Which half `x operation y` belongs to, by a hash: one in sixteen is held out. The order of the numbers does not
/// count for + and *. operation: one of + - * /.
Split split_of_sum(int64_t x, char operation, int64_t y);

}  // namespace vitrine::data
