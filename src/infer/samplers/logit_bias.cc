#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <map>

#include "base/error.h"
#include "infer/samplers/catalog.h"

namespace vitrine::infer {
namespace {

constexpr double kLargestBias = 1000;

[[noreturn]] void bad_bias(const std::string& item) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("logit_bias: bad item (got '{}', expected ID:BIAS with a bias from -{} to {}, or -inf)",
                          excerpt(item), kLargestBias, kLargestBias),
              "for example: 15:2.5,198:-inf");
}

class LogitBias : public SamplerStep {
 public:
  explicit LogitBias(const std::string& text) {
    std::map<int32_t, double> biases;
    for (size_t begin = 0; begin <= text.size();) {
      const size_t end = std::min(text.find(',', begin), text.size());
      const auto [id, bias] = parse(text.substr(begin, end - begin));
      if (!biases.emplace(id, bias).second)
        throw Error(ErrorCode::kInvalidArgument, fmt::format("logit_bias: token {} comes twice", id),
                    "give each token one bias");
      begin = end + 1;
    }
    for (const auto& [id, bias] : biases) {
      ids_.push_back(id);
      biases_.push_back(bias);
    }
  }

  void check(int64_t vocabulary_size) const override {
    if (ids_.back() >= vocabulary_size)
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("logit_bias: there is no token {} (expected ids from 0 to {})", ids_.back(),
                              vocabulary_size - 1),
                  "'vitrine tokenizer encode' shows the ids of a text");
  }

  void apply(Candidates& candidates, SamplerState&) const override {
    check(static_cast<int64_t>(candidates.vocabulary_size()));
    candidates.change_some(ids_, [&](const Candidate& candidate, size_t i) { return candidate.logit + biases_[i]; });
  }

 private:
  static std::pair<int32_t, double> parse(const std::string& item) {
    const char* const end = item.data() + item.size();
    int32_t id = -1;
    const auto [colon, error] = std::from_chars(item.data(), end, id);
    if (error != std::errc() || id < 0 || colon == end || *colon != ':') bad_bias(item);
    double bias = 0;
    const auto [rest, bias_error] = std::from_chars(colon + 1, end, bias);
    const bool is_legal = std::abs(bias) <= kLargestBias || bias == -std::numeric_limits<double>::infinity();
    if (bias_error != std::errc() || rest != end || !is_legal) bad_bias(item);
    return {id, bias};
  }

  std::vector<int32_t> ids_;
  std::vector<double> biases_;
};

}  // namespace

SamplerDescription samplers::logit_bias() {
  return {.name = "logit_bias",
          .help = "adds to the logits of given tokens",
          .fields = [](SamplingSettings& s) -> ConfigFields {
            return {{"logit_bias", &s.logit_bias, "added to logits, as ID:BIAS,ID:BIAS; -inf rules a token out"}};
          },
          .make = [](const SamplingSettings& s) -> std::unique_ptr<const SamplerStep> {
            if (s.logit_bias.empty()) return nullptr;
            return std::make_unique<LogitBias>(s.logit_bias);
          }};
}

}  // namespace vitrine::infer
