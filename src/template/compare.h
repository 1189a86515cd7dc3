// Equality and order, as Python defines them. A comparison costs at most the smaller of the two weights, which callers
// charge: shared parts are walked each time.
#pragma once

#include "template/value.h"

namespace vitrine::templates {

/// Tells whether two values are equal; values of unlike types are not, numbers compare by their value.
bool equal(const Value& a, const Value& b);

/// Returns a number below, at or above zero, or 2 where neither is less (NaN). Errors: kInvalidArgument for types
/// without an order between them; names `operation`.
int ordered(const Value& a, const Value& b, const char* operation);

/// Tells whether `item` is in `container`: a substring, an item, a key. Errors: kInvalidArgument where Python has a
/// TypeError.
bool contains(const Value& container, const Value& item);

/// Orders the keys of dicts: any total order under which equal keys are equal.
int compare_keys(const Value& a, const Value& b);

/// Errors: kInvalidArgument for a value that cannot be the key of a dict.
void require_hashable(const Value& key);

}  // namespace vitrine::templates
