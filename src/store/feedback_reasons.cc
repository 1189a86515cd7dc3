#include "store/feedback_reasons.h"

#include <algorithm>

namespace vitrine::store {
namespace {

constexpr std::string_view kReasons[] = {"correct",   "helpful",   "clear",    "style", "wrong",
                                         "unhelpful", "off_topic", "too_long", "unsafe"};

}  // namespace

std::span<const std::string_view> feedback_reasons() { return kReasons; }

bool is_feedback_reason(std::string_view name) { return std::ranges::find(kReasons, name) != std::end(kReasons); }

void move_words_to_note(std::vector<std::string>& reasons, std::string& note) {
  for (const std::string& reason : reasons)
    if (!is_feedback_reason(reason)) note += (note.empty() ? "" : "\n") + reason;
  std::erase_if(reasons, [](const std::string& reason) { return !is_feedback_reason(reason); });
}

}  // namespace vitrine::store
