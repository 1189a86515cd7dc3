#include "template/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "template/limits.h"

namespace vitrine::templates {
namespace {

constexpr int kUnordered = 2;

int sign(int comparison) { return comparison < 0 ? -1 : comparison > 0 ? 1 : 0; }

int64_t small_integer(const Value& number) {
  return number.is(Kind::kBoolean) ? number.as_boolean() : number.as_integer();
}

/// Compares an integer with a real exactly: beyond 2^53 a conversion would round.
int compare_mixed(int64_t integer, double real) {
  if (std::isnan(real)) return kUnordered;
  if (real >= 9223372036854775808.0) return -1;
  if (real < -9223372036854775808.0) return 1;
  const auto whole = static_cast<int64_t>(real);
  if (integer != whole) return integer < whole ? -1 : 1;
  const double rest = real - static_cast<double>(whole);
  return rest > 0 ? -1 : rest < 0 ? 1 : 0;
}

int compare_digits(const std::string& a, const std::string& b) {
  const bool a_negative = a.starts_with('-'), b_negative = b.starts_with('-');
  if (a_negative != b_negative) return a_negative ? -1 : 1;
  const int magnitude = a.size() != b.size() ? (a.size() < b.size() ? -1 : 1) : sign(a.compare(b));
  return a_negative ? -magnitude : magnitude;
}

int compare_big(const Value& a, const Value& b) {
  if (a.is(Kind::kBigInteger) && b.is(Kind::kBigInteger)) return compare_digits(a.digits(), b.digits());
  if (b.is(Kind::kBigInteger)) return -compare_big(b, a);
  const bool negative = a.digits().starts_with('-');
  if (!b.is(Kind::kReal)) return negative ? -1 : 1;
  if (std::isnan(b.as_real())) return kUnordered;
  const double value = std::strtod(a.digits().c_str(), nullptr);
  return value < b.as_real() ? -1 : value > b.as_real() ? 1 : 0;
}

int compare_numbers(const Value& a, const Value& b) {
  if (a.is(Kind::kBigInteger) || b.is(Kind::kBigInteger)) return compare_big(a, b);
  if (a.is(Kind::kReal) && b.is(Kind::kReal)) {
    if (std::isnan(a.as_real()) || std::isnan(b.as_real())) return kUnordered;
    return a.as_real() < b.as_real() ? -1 : a.as_real() > b.as_real() ? 1 : 0;
  }
  if (a.is(Kind::kReal)) {
    const int flipped = compare_mixed(small_integer(b), a.as_real());
    return flipped == kUnordered ? kUnordered : -flipped;
  }
  if (b.is(Kind::kReal)) return compare_mixed(small_integer(a), b.as_real());
  return small_integer(a) < small_integer(b) ? -1 : small_integer(a) > small_integer(b) ? 1 : 0;
}

bool equal_lists(const List& a, const List& b) {
  if (a.form != b.form || a.form > ListForm::kRange) return &a == &b;
  return std::ranges::equal(a.items, b.items, equal);
}

bool equal_dicts(const Dict& a, const Dict& b) {
  if (a.entries.size() != b.entries.size()) return false;
  return std::ranges::all_of(a.entries, [&](const auto& entry) {
    const Value* other = b.find(entry.first);
    return other != nullptr && equal(entry.second, *other);
  });
}

/// Where a key stands among keys of other types.
int key_rank(const Value& key) {
  if (key.is_number()) return static_cast<int>(Kind::kBoolean);
  return static_cast<int>(key.kind());
}

const void* key_address(const Value& key) {
  if (key.is(Kind::kNamespace)) return &key.name_space();
  if (key.is(Kind::kCallable)) return key.shared_callable().get();
  if (key.is(Kind::kLoop)) return &key.loop_state();
  return nullptr;
}

int compare_tuples(const List& a, const List& b) {
  for (size_t i = 0; i < a.items.size() && i < b.items.size(); ++i) {
    if (const int comparison = compare_keys(a.items[i], b.items[i])) return comparison;
  }
  return a.items.size() < b.items.size() ? -1 : a.items.size() > b.items.size() ? 1 : 0;
}

}  // namespace

bool equal(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == 0;
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::kUndefined:
    case Kind::kNone:
      return true;
    case Kind::kString:
      return a.bytes() == b.bytes();
    case Kind::kList:
      return equal_lists(a.list(), b.list());
    case Kind::kDict:
      return equal_dicts(a.dict(), b.dict());
    default:
      return a.same_as(b);
  }
}

int ordered(const Value& a, const Value& b, const char* operation) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b);
  if (a.is(Kind::kString) && b.is(Kind::kString)) return sign(a.bytes().compare(b.bytes()));
  if ((a.is_list(ListForm::kList) && b.is_list(ListForm::kList)) ||
      (a.is_list(ListForm::kTuple) && b.is_list(ListForm::kTuple))) {
    const auto &left = a.list().items, &right = b.list().items;
    for (size_t i = 0; i < left.size() && i < right.size(); ++i) {
      if (!equal(left[i], right[i])) return ordered(left[i], right[i], operation);
    }
    return left.size() < right.size() ? -1 : left.size() > right.size() ? 1 : 0;
  }
  for (const Value* side : {&a, &b}) {
    if (side->is(Kind::kUndefined)) fail(side->undefined_name());
  }
  fail(fmt::format("'{}' cannot compare '{}' and '{}'", operation, type_name(a), type_name(b)));
}

bool contains(const Value& container, const Value& item) {
  switch (container.kind()) {
    case Kind::kString:
      if (!item.is(Kind::kString))
        fail(fmt::format("'in' needs a string to look for in a string (got '{}')", type_name(item)));
      return container.bytes().find(item.bytes()) != std::string::npos;
    case Kind::kList: {
      const List& list = container.list();
      while (list.taken < list.items.size()) {
        const size_t at = list.taken;
        if (list.form != ListForm::kGenerator) break;
        ++list.taken;
        if (equal(list.items[at], item)) return true;
      }
      if (list.form == ListForm::kGenerator) return false;
      return std::ranges::any_of(list.items, [&](const Value& member) { return equal(member, item); });
    }
    case Kind::kDict:
      return container.dict().find(item) != nullptr;
    case Kind::kUndefined:
      return false;
    default:
      fail(fmt::format("'in' needs something that can be searched (got '{}')", type_name(container)));
  }
}

int compare_keys(const Value& a, const Value& b) {
  const int rank_a = key_rank(a), rank_b = key_rank(b);
  if (rank_a != rank_b) return rank_a < rank_b ? -1 : 1;
  if (a.is_number()) {
    const int comparison = compare_numbers(a, b);
    if (comparison != kUnordered) return comparison;
    const bool a_nan = a.is(Kind::kReal) && std::isnan(a.as_real());
    const bool b_nan = b.is(Kind::kReal) && std::isnan(b.as_real());
    return a_nan == b_nan ? 0 : a_nan ? 1 : -1;
  }
  if (a.is(Kind::kString)) return sign(a.bytes().compare(b.bytes()));
  if (a.is(Kind::kList)) return compare_tuples(a.list(), b.list());
  const std::less<const void*> before;
  return before(key_address(a), key_address(b)) ? -1 : before(key_address(b), key_address(a)) ? 1 : 0;
}

void require_hashable(const Value& key) {
  if (key.is(Kind::kDict) || (key.is(Kind::kList) && key.list().form != ListForm::kTuple))
    fail(fmt::format("a value of type '{}' cannot be the key of a dict", type_name(key)));
  if (key.is(Kind::kList)) std::ranges::for_each(key.list().items, require_hashable);
}

}  // namespace vitrine::templates
