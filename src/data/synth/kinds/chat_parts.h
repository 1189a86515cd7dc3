// Turns that several kinds of chat are made of.
#pragma once

#include "data/synth/kinds/chat.h"

namespace vitrine::data {

/// Asks for a story, which is told.
void ask_for_story(Composer& composer, ChatWriter& chat);
/// Asks for a sum, which is calculated and said.
void ask_for_sum(Composer& composer, ChatWriter& chat);
/// Tells a situation and asks about it.
void ask_about_situation(Composer& composer, ChatWriter& chat, size_t num_questions);

}  // namespace vitrine::data
