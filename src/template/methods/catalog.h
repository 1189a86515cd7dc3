// The methods of strings, lists, dicts and `loop`. A new one is a function and a line in the table of its type.
#pragma once

#include <span>
#include <string_view>

#include "template/native.h"

namespace vitrine::templates {

/// Returns the method that a value of this kind has under this name, or nullptr.
const NativeFunction* find_method(const Value& object, std::string_view name);

/// Tells whether this names a method that would change the object: templates see it as undefined.
bool is_mutator(const Value& object, std::string_view name);

std::span<const NativeFunction> string_search_methods();
std::span<const NativeFunction> string_change_methods();
std::span<const NativeFunction> string_class_methods();
std::span<const NativeFunction> list_methods();
std::span<const NativeFunction> dict_methods();
std::span<const NativeFunction> loop_methods();

}  // namespace vitrine::templates
