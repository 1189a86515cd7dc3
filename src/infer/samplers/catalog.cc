#include "infer/samplers/catalog.h"

#include <fmt/format.h>

#include "base/error.h"

namespace vitrine::infer {

std::span<const SamplerDescription> sampler_catalog() {
  static const SamplerDescription kCatalog[] = {samplers::logit_bias(),  samplers::penalties(), samplers::dry(),
                                                samplers::top_n_sigma(), samplers::top_k(),     samplers::temperature(),
                                                samplers::typical(),     samplers::top_p(),     samplers::min_p(),
                                                samplers::xtc(),         samplers::mirostat()};
  return kCatalog;
}

const std::string& default_sampler_order() {
  static const std::string kOrder = [] {
    std::string order;
    for (const SamplerDescription& step : sampler_catalog())
      order += (order.empty() ? "" : ",") + std::string(step.name);
    return order;
  }();
  return kOrder;
}

std::vector<const SamplerDescription*> sampler_order(const std::string& text) {
  std::vector<const SamplerDescription*> order;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    std::string name = text.substr(begin, end - begin);
    name.erase(0, name.find_first_not_of(' '));
    name.erase(name.find_last_not_of(' ') + 1);
    begin = end + 1;
    const auto catalog = sampler_catalog();
    const auto at = std::find_if(catalog.begin(), catalog.end(), [&](const auto& step) { return step.name == name; });
    if (at == catalog.end()) {
      std::vector<std::string> names;
      for (const SamplerDescription& step : catalog) names.emplace_back(step.name);
      const std::string near = nearest_name(name, names);
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("samplers: unknown step (got '{}', expected names separated by commas)", excerpt(name)),
                  near.empty() ? "there are: " + default_sampler_order() : fmt::format("did you mean '{}'?", near));
    }
    if (std::find(order.begin(), order.end(), &*at) != order.end())
      throw Error(ErrorCode::kInvalidArgument, fmt::format("samplers: '{}' comes twice (expected once)", name),
                  "name each step once");
    order.push_back(&*at);
  }
  return order;
}

ConfigFields SamplingSettings::fields() {
  if (samplers.empty()) samplers = default_sampler_order();
  ConfigFields all;
  for (const SamplerDescription& step : sampler_catalog())
    for (ConfigField& field : step.fields(*this)) all.push_back(std::move(field));
  all.push_back({"samplers", &samplers, "the steps of drawing, in the order they are applied; others are left out"});
  all.push_back({"seed", &seed, "same seed, same text", 0, 9e15});
  return all;
}

}  // namespace vitrine::infer
