// How many ways to read a text a program can have open at once.
#pragma once

#include <cstdint>

#include "schema/program.h"

namespace vitrine::schema {

/// Returns in how many places at most a text can be at once, or `limit` where that may be as many or more. It never
/// says less than there can be; where alternatives part early it says more. The program must be finished.
uint32_t width_of(const Program& program, uint32_t limit);

}  // namespace vitrine::schema
