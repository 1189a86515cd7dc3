#include "template/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "template/limits.h"

namespace vitrine::templates {
namespace {

constexpr std::string_view kRoles[] = {"system",   "developer", "user",         "assistant",   "tool",
                                       "function", "model",     "tool_results", "environment", "ipython"};
// Names that reasoning goes by; the first one present counts.
constexpr std::string_view kReasoningKeys[] = {"reasoning_content", "thinking", "reasoning"};

using Entries = std::vector<std::pair<Value, Value>>;

Value* find_entry(Entries& entries, std::string_view key) {
  const auto found = std::ranges::find_if(
      entries, [&](const auto& entry) { return entry.first.is(Kind::kString) && entry.first.bytes() == key; });
  return found == entries.end() ? nullptr : &found->second;
}

void trust_role(Entries& entries) {
  Value* role = find_entry(entries, "role");
  if (role == nullptr || !role->is(Kind::kString)) return;
  if (std::ranges::find(kRoles, role->bytes()) != std::end(kRoles))
    *role = Value::string(role->bytes(), Origin::kTemplate);
}

/// Puts reasoning under `reasoning_content`, and under `thinking` where that is free.
void name_reasoning(Entries& entries) {
  for (const std::string_view key : kReasoningKeys) {
    const Value* found = find_entry(entries, key);
    if (found == nullptr) continue;
    const Value reasoning = *found;
    const auto name = [](std::string_view key) { return Value::string(std::string(key), Origin::kTemplate); };
    // In the order in which Python's dict display would put them.
    Entries named{{name("thinking"), reasoning}};
    named.insert(named.end(), entries.begin(), entries.end());
    named.emplace_back(name("reasoning_content"), reasoning);
    entries = std::move(named);
    return;
  }
}

Value prepared_message(const Value& message) {
  if (!message.is(Kind::kDict)) fail(fmt::format("chat messages: each is a dict (got '{}')", type_name(message)));
  Entries entries;
  for (const auto& entry : message.dict().entries) {
    if (!entry.second.is(Kind::kNone)) entries.push_back(entry);
  }
  trust_role(entries);
  name_reasoning(entries);
  return Value::dict(std::move(entries));
}

}  // namespace

Value prepared_messages(const Value& messages) {
  if (!messages.is(Kind::kList)) fail(fmt::format("chat messages: a list is needed (got '{}')", type_name(messages)));
  std::vector<Value> prepared;
  for (const Value& message : messages.list().items) prepared.push_back(prepared_message(message));
  return Value::list(std::move(prepared));
}

}  // namespace vitrine::templates
