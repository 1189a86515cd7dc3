// Why people judge an answer as they do: names that events hold. Words of their own are notes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::store {

std::span<const std::string_view> feedback_reasons();
bool is_feedback_reason(std::string_view name);

/// Takes what is no known reason out of the list, into the note: a line each.
void move_words_to_note(std::vector<std::string>& reasons, std::string& note);

}  // namespace vitrine::store
