#include "core/kernel_context.h"

#include <array>
#include <utility>

namespace vitrine {
namespace {

constexpr std::array<std::pair<KernelSet, std::string_view>, 5> kNames{{{KernelSet::kPortable, "portable"},
                                                                        {KernelSet::kAvx2, "avx2"},
                                                                        {KernelSet::kAvx512, "avx512"},
                                                                        {KernelSet::kAmx, "amx"},
                                                                        {KernelSet::kNeon, "neon"}}};
}  // namespace

std::string_view kernel_set_name(KernelSet set) {
  for (const auto& [value, name] : kNames)
    if (value == set) return name;
  return "?";
}

std::optional<KernelSet> kernel_set_from_name(std::string_view name) {
  for (const auto& [value, text] : kNames)
    if (text == name) return value;
  return std::nullopt;
}

}  // namespace vitrine
