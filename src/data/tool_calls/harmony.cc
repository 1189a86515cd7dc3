// Messages to=functions.NAME in the channel of commentary, with JSON as their body: gpt-oss.
#include "data/tool_calls/harmony.h"

#include "data/tool_calls/catalog.h"

namespace vitrine::data {
namespace {

constexpr std::string_view kHarmonyChannel = "<|channel|>", kHarmonyTo = "to=", kHarmonyFunctions = "functions.",
                           kHarmonyAssistant = "assistant";
constexpr std::string_view kEndsOfHarmonyWords = " \t\r\n<";
constexpr size_t kMaxHarmonyHeaderBytes = 512;

/// The word at the front of a text.
std::string_view first_harmony_word(std::string_view text) {
  return text.substr(0, text.find_first_of(kEndsOfHarmonyWords));
}

std::vector<ToolCallPart> parse_harmony_calls(std::string_view text, std::string_view) {
  const auto header = take_until(text, kHarmonyMessage);
  if (!header) return {};
  std::string_view name = parse_harmony_header(*header).recipient;
  if (name.starts_with(kHarmonyFunctions)) name.remove_prefix(kHarmonyFunctions.size());
  auto call = named_call(name, trimmed(text));
  return call ? std::vector{std::move(*call)} : std::vector<ToolCallPart>();
}

}  // namespace

HarmonyHeader parse_harmony_header(std::string_view text) {
  HarmonyHeader header;
  for (size_t at = 0; (at = text.find(kHarmonyTo, at)) != text.npos; at += kHarmonyTo.size())
    if (at == 0 || kEndsOfHarmonyWords.find(text[at - 1]) != kEndsOfHarmonyWords.npos) {
      header.recipient = first_harmony_word(text.substr(at + kHarmonyTo.size()));
      break;
    }
  if (const size_t at = text.find(kHarmonyChannel); at != text.npos)
    header.channel = first_harmony_word(trimmed(text.substr(at + kHarmonyChannel.size())));
  return header;
}

bool may_begin_harmony_header(std::string_view text) {
  if (text.size() > kMaxHarmonyHeaderBytes) return false;
  text = trimmed(text);
  if (text.starts_with(kHarmonyAssistant)) text = trimmed(text.substr(kHarmonyAssistant.size()));
  const auto may_begin = [&](std::string_view mark) { return text.starts_with(mark) || mark.starts_with(text); };
  return may_begin(kHarmonyChannel) || may_begin(kHarmonyTo) || may_begin(kHarmonyAssistant);
}

const ToolCallForm kHarmonyForm = {
    .name = "harmony",
    .help = "to=functions.… <|channel|>commentary <|message|>{…}, thoughts in the channel of analysis (gpt-oss)",
    .begin = "<|channel|>",
    .end = "",
    .has_channels = true,
    .is_shown_in =
        [](std::string_view chat_template) {
          return chat_template.find(kHarmonyChannel) != chat_template.npos &&
                 chat_template.find(kHarmonyMessage) != chat_template.npos;
        },
    .parse = parse_harmony_calls};

}  // namespace vitrine::data
