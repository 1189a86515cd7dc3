// The kinds of documents. Adding one is a file that defines its function and a line in the catalog.
#pragma once

#include <span>
#include <string_view>

#include "data/conversation.h"
#include "data/synth/composer.h"

namespace vitrine::data {

/// A kind of document: its name, how often it comes at each level (0: never), and what makes one.
struct KindSpec {
  std::string_view name;
  double small_weight;
  double full_weight;
  Document (*make)(Composer&);

  double weight(Level level) const { return level == Level::kSmall ? small_weight : full_weight; }
};

std::span<const KindSpec> kind_catalog();

Document make_story(Composer& composer);
Document make_description(Composer& composer);
Document make_question_chat(Composer& composer);
Document make_small_talk(Composer& composer);
Document make_story_chat(Composer& composer);
Document make_arithmetic_chat(Composer& composer);
Document make_mixed_chat(Composer& composer);
Document make_story_questions(Composer& composer);
Document make_knowledge(Composer& composer);
Document make_knowledge_chat(Composer& composer);
Document make_diary(Composer& composer);
Document make_letter(Composer& composer);
Document make_recipe(Composer& composer);
Document make_news(Composer& composer);
Document make_riddle_chat(Composer& composer);
Document make_plan(Composer& composer);
Document make_instructions(Composer& composer);
Document make_dialogue(Composer& composer);
Document make_advice_chat(Composer& composer);
Document make_comparison_chat(Composer& composer);
Document make_unit_chat(Composer& composer);
Document make_shopping(Composer& composer);

}  // namespace vitrine::data
