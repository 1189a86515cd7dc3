#include "serve/metrics.h"

#include <fmt/format.h>

#include <algorithm>

namespace vitrine::serve {

void Histogram::add(double seconds) {
  const std::lock_guard lock(mutex_);
  ++counts_[static_cast<size_t>(std::lower_bound(kBounds.begin(), kBounds.end(), seconds) - kBounds.begin())];
  sum_ += seconds;
}

void Histogram::write(std::string& out, std::string_view name, std::string_view help) const {
  const std::lock_guard lock(mutex_);
  out += fmt::format("# HELP {0} {1}\n# TYPE {0} histogram\n", name, help);
  int64_t total = 0;
  for (size_t i = 0; i < kBounds.size(); ++i)
    out += fmt::format("{}_bucket{{le=\"{}\"}} {}\n", name, kBounds[i], total += counts_[i]);
  total += counts_.back();
  out += fmt::format("{0}_bucket{{le=\"+Inf\"}} {1}\n{0}_sum {2}\n{0}_count {1}\n", name, total, sum_);
}

void Metrics::count_response(std::string_view method, int status) {
  const bool is_known =
      method == "GET" || method == "POST" || method == "DELETE" || method == "PATCH" || method == "HEAD";
  const std::lock_guard lock(mutex_);
  ++responses_[fmt::format("method=\"{}\",status=\"{}\"", is_known ? method : "other", status)];
}

void Metrics::count_generation(const GenerationResult& result) {
  ++generations_;
  prompt_tokens_ += result.prompt_tokens;
  cached_tokens_ += result.cached_tokens;
  completion_tokens_ += result.completion_tokens;
  tokens_after_cancel_ += result.tokens_after_cancel;
  if (result.failure)
    ++failed_;
  else if (result.reason == FinishReason::kCancelled)
    ++cancelled_;
  if (result.first_token_s > 0) first_token_.add(result.first_token_s);
  total_.add(result.total_s);
}

void Metrics::write(std::string& out) const {
  const auto counter = [&](std::string_view name, std::string_view help, int64_t value) {
    out += fmt::format("# HELP vitrine_{0} {1}\n# TYPE vitrine_{0} counter\nvitrine_{0} {2}\n", name, help, value);
  };
  out += "# HELP vitrine_http_responses_total Responses by method and status.\n";
  out += "# TYPE vitrine_http_responses_total counter\n";
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [labels, count] : responses_)
      out += fmt::format("vitrine_http_responses_total{{{}}} {}\n", labels, count);
  }
  counter("generations_total", "Texts that were written.", generations_);
  counter("generations_cancelled_total", "Of these, ended by their clients.", cancelled_);
  counter("generations_failed_total", "Of these, ended by an error.", failed_);
  counter("prompt_tokens_total", "Tokens of prompts.", prompt_tokens_);
  counter("cached_prompt_tokens_total", "Of these, taken from the cache.", cached_tokens_);
  counter("completion_tokens_total", "Tokens that were written.", completion_tokens_);
  counter("cancelled_tokens_total", "Tokens drawn for answers that had been cancelled already.", tokens_after_cancel_);
  first_token_.write(out, "vitrine_first_token_seconds", "Time to the first token.");
  total_.write(out, "vitrine_generation_seconds", "Time to the end of a text.");
}

}  // namespace vitrine::serve
