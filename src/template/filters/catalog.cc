#include "template/filters/catalog.h"

#include <algorithm>
#include <vector>

namespace vitrine::templates {
namespace {

constexpr std::span<const NativeFunction> (*kFamilies[])() = {
    string_filters, number_filters, sequence_filters, order_filters, selection_filters, value_filters,
};

std::vector<const NativeFunction*> sorted_filters() {
  std::vector<const NativeFunction*> filters;
  for (const auto family : kFamilies) {
    for (const NativeFunction& filter : family()) filters.push_back(&filter);
  }
  std::ranges::sort(filters, {}, &NativeFunction::name);
  return filters;
}

}  // namespace

std::span<const NativeFunction* const> filter_catalog() {
  static const std::vector<const NativeFunction*> filters = sorted_filters();
  return filters;
}

const NativeFunction* find_filter(std::string_view name) {
  const auto filters = filter_catalog();
  const auto found = std::ranges::lower_bound(filters, name, {}, &NativeFunction::name);
  return found == filters.end() || (*found)->name != name ? nullptr : *found;
}

}  // namespace vitrine::templates
