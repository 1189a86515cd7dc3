// What is said when memory runs out outside of tensors: how much was asked for, and what there is.
#pragma once

#include "base/error.h"

namespace vitrine::cli {

/// The error that stands for a std::bad_alloc. The program's own operator new has kept the size that could not be had.
Error out_of_memory_error();

}  // namespace vitrine::cli
