// The operators of expressions, with Python's meaning.
#pragma once

#include <optional>

#include "template/ast.h"
#include "template/limits.h"

namespace vitrine::templates {

/// Returns `left operation right` for arithmetic: numbers, strings and lists as in Python; integers that leave 64 bits
/// are refused. Errors: kInvalidArgument where Python raises, undefined operands among them.
Value arithmetic(Operator operation, const Value& left, const Value& right, Budget& budget);

/// Tells whether `left operation right` for comparisons and `in`.
bool compares(Operator operation, const Value& left, const Value& right, Budget& budget);

/// Returns -value or +value.
Value with_sign(const Value& value, bool negative);

/// Returns object[start:stop:step] of a string or list; parts that are null or none are left out.
Value slice_of(const Value& object, const Value* start, const Value* stop, const Value* step, Budget& budget);

/// Returns the items of anything that can be iterated: characters of a string, keys of a dict. A generator gives its
/// items once. Errors: kInvalidArgument for anything else.
std::vector<Value> items_of(const Value& value, Budget& budget);

/// Returns the number of items; nothing where Python has no len().
std::optional<int64_t> length_of(const Value& value, Budget& budget);

}  // namespace vitrine::templates
