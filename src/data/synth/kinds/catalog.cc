#include "data/synth/kinds/catalog.h"

namespace vitrine::data {
namespace {

// Weights count documents. At the small level most of them are questions: that is where answering is learned.
constexpr KindSpec kCatalog[] = {
    {"story", 0.20, 1.0, make_story},
    {"description", 0.10, 1.0, make_description},
    {"question_chat", 0.45, 1.0, make_question_chat},
    {"small_talk", 0.08, 0.3, make_small_talk},
    {"story_chat", 0.09, 0.5, make_story_chat},
    {"arithmetic_chat", 0.08, 0.5, make_arithmetic_chat},
};

}  // namespace

std::span<const KindSpec> kind_catalog() { return kCatalog; }

}  // namespace vitrine::data
