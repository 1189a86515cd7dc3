// Headers of harmony, the format of gpt-oss: every message of an answer says who is spoken to and in which channel.
#pragma once

#include <string_view>

namespace vitrine::data {

inline constexpr std::string_view kHarmonyStart = "<|start|>", kHarmonyMessage = "<|message|>";
inline constexpr std::string_view kHarmonyEnds[] = {"<|end|>", "<|call|>", "<|return|>"};
/// What ends thoughts and begins the words of the answer.
inline constexpr std::string_view kHarmonyToFinal = "<|end|><|start|>assistant<|channel|>final<|message|>";

/// What stands between <|start|> and <|message|>.
struct HarmonyHeader {
  std::string_view recipient;  ///< a tool; empty: the user
  std::string_view channel;    ///< "analysis": thoughts; else words
};

HarmonyHeader parse_harmony_header(std::string_view text);

/// Tells whether a text may go on to be the header of a message of the assistant.
bool may_begin_harmony_header(std::string_view text);

}  // namespace vitrine::data
