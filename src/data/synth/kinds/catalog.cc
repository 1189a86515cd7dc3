#include "data/synth/kinds/catalog.h"

namespace vitrine::data {
namespace {

// Weights count documents. At the small level nearly half of them are questions: that is where answering is learned.
constexpr KindSpec kCatalog[] = {
    {"story", 0.22, 0.16, make_story},
    {"description", 0.10, 0.08, make_description},
    {"question_chat", 0.40, 0.20, make_question_chat},
    {"small_talk", 0.06, 0.04, make_small_talk},
    {"story_chat", 0.09, 0.06, make_story_chat},
    {"arithmetic_chat", 0.05, 0.05, make_arithmetic_chat},
    {"mixed_chat", 0.10, 0.05, make_mixed_chat},
    {"story_questions", 0, 0.06, make_story_questions},
    {"knowledge", 0, 0.04, make_knowledge},
    {"knowledge_chat", 0, 0.05, make_knowledge_chat},
    {"diary", 0, 0.03, make_diary},
    {"letter", 0, 0.03, make_letter},
    {"recipe", 0, 0.02, make_recipe},
    {"news", 0, 0.03, make_news},
    {"riddle_chat", 0, 0.02, make_riddle_chat},
    {"plan", 0, 0.02, make_plan},
    {"instructions", 0, 0.02, make_instructions},
    {"dialogue", 0, 0.03, make_dialogue},
    {"advice_chat", 0, 0.02, make_advice_chat},
    {"comparison_chat", 0, 0.02, make_comparison_chat},
    {"unit_chat", 0, 0.03, make_unit_chat},
    {"shopping", 0, 0.02, make_shopping},
};

}  // namespace

std::span<const KindSpec> kind_catalog() { return kCatalog; }

}  // namespace vitrine::data
