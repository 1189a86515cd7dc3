// All filters there are. A new one is a function in the file of its family and a line in that file's table; a new
// family is one file, its line below, and one in catalog.cc.
#pragma once

#include <span>
#include <string_view>

#include "template/native.h"

namespace vitrine::templates {

/// Returns the filter of this name, or nullptr.
const NativeFunction* find_filter(std::string_view name);

/// Returns all filters, sorted by name.
std::span<const NativeFunction* const> filter_catalog();

std::span<const NativeFunction> string_filters();
std::span<const NativeFunction> number_filters();
std::span<const NativeFunction> sequence_filters();
std::span<const NativeFunction> order_filters();
std::span<const NativeFunction> selection_filters();
std::span<const NativeFunction> value_filters();

}  // namespace vitrine::templates
